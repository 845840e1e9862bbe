/// Writes values as bytes, one after another, in the form that ``ByteSource`` reads.
///
/// Numbers are varints (`appendVarint`); signed ones are zigzag coded before, so that small magnitudes stay short. No
/// field has a name: order is the format.
package struct ByteSink: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package var count: Int { bytes.count }

  /// Forgets what was written and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  package mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  package mutating func append(_ flag: Bool) {
    bytes.append(flag ? 1 : 0)
  }

  @inline(__always)
  package mutating func append(_ number: UInt64) {
    bytes.appendVarint(number)
  }

  package mutating func append(_ number: Int64) {
    append(UInt64(bitPattern: number << 1 ^ number >> 63))
  }

  package mutating func append(_ number: Int32) {
    append(Int64(number))
  }

  package mutating func append(_ count: Int) {
    append(Int64(count))
  }

  /// All eight bytes: for numbers that are random or near the largest.
  package mutating func append(word: UInt64) {
    append(word, count: 8)
  }

  package mutating func append(_ number: Double) {
    append(word: number.bitPattern)
  }

  package mutating func append(_ instant: Instant) {
    append(word: UInt64(bitPattern: instant.nanoseconds))
  }

  /// An instant as the distance from one that the reader knows. Any two instants have one: it wraps around.
  package mutating func append(_ instant: Instant, since origin: Instant) {
    append(instant.nanoseconds &- origin.nanoseconds)
  }

  package mutating func append(_ span: TimeSpan) {
    append(span.nanoseconds)
  }

  package mutating func append(_ text: Text) {
    append(UInt64(text.utf8Count))
    if let words = text.inline { append(words) } else { bytes.append(contentsOf: text.utf8Bytes) }
  }

  package mutating func append(_ metadata: Metadata) {
    append(UInt64(metadata.count))
    guard metadata.count > 0 else { return }
    append(UInt64(metadata.byteCount))
    if let words = metadata.inline {
      append(words)
    } else {
      bytes.append(contentsOf: metadata.packed)
    }
  }

  package mutating func append(_ token: Token) {
    append(word: token.high)
    append(word: token.low)
  }

  package mutating func append(contentsOf more: [UInt8]) {
    bytes.append(contentsOf: more)
  }

  /// A value that may be missing: a byte that tells, then the value.
  package mutating func append<Value>(
    optional value: Value?, _ write: (inout ByteSink, Value) -> Void
  ) {
    append(value != nil)
    if let value { write(&self, value) }
  }

  private mutating func append(_ words: Text.Words) {
    var rest = words.count
    append(words.a, count: min(8, rest))
    rest -= 8
    guard rest > 0 else { return }
    append(words.b, count: min(8, rest))
    rest -= 8
    guard rest > 0 else { return }
    append(words.c, count: min(8, rest))
    rest -= 8
    guard rest > 0 else { return }
    append(words.d, count: min(8, rest))
    rest -= 8
    guard rest > 0 else { return }
    append(words.e, count: rest)
  }

  @inline(__always)
  private mutating func append(_ word: UInt64, count: Int) {
    bytes.append(addingCapacity: 8) { out in
      var rest = word
      for _ in 0..<count {
        out.append(UInt8(truncatingIfNeeded: rest))
        rest >>= 8
      }
    }
  }
}
