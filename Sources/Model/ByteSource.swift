/// Reads what ``ByteSink`` wrote. Bytes that no sink writes are an error, never a crash.
package struct ByteSource {
  /// Why bytes cannot be read: what was expected, and where.
  package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    package var expected: String
    package var offset: Int

    package init(expected: String, offset: Int) {
      self.expected = expected
      self.offset = offset
    }

    package var description: String { "expected \(expected) at byte \(offset)" }
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package init(_ bytes: [UInt8]) {
    self.init(bytes[...])
  }

  package var isAtEnd: Bool { position == bytes.endIndex }
  package var remaining: Int { bytes.endIndex - position }

  /// The error of the next byte.
  package func malformed(_ expected: String) -> Malformed {
    Malformed(expected: expected, offset: position - bytes.startIndex)
  }

  package func finish() throws(Malformed) {
    guard isAtEnd else { throw malformed("the end") }
  }

  @inline(__always)
  package mutating func byte() throws(Malformed) -> UInt8 {
    guard position < bytes.endIndex else { throw malformed("a byte") }
    defer { position += 1 }
    return bytes[position]
  }

  package mutating func flag() throws(Malformed) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw malformed("0 or 1 before this")
    }
  }

  /// A varint in its shortest form.
  package mutating func number() throws(Malformed) -> UInt64 {
    guard let number = bytes.varint(at: &position, before: bytes.endIndex) else {
      throw malformed("a number before this")
    }
    return number
  }

  package mutating func signed() throws(Malformed) -> Int64 {
    let coded = try number()
    return Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
  }

  package mutating func int32() throws(Malformed) -> Int32 {
    guard let number = Int32(exactly: try signed()) else {
      throw malformed("a number of 32 bits before this")
    }
    return number
  }

  /// A count, which is never below zero.
  package mutating func count() throws(Malformed) -> Int {
    let count = Int(try signed())
    guard count >= 0 else { throw malformed("a count before this") }
    return count
  }

  package mutating func word() throws(Malformed) -> UInt64 {
    guard remaining >= 8 else { throw malformed("eight bytes") }
    defer { position += 8 }
    return word(at: position, count: 8)
  }

  package mutating func double() throws(Malformed) -> Double {
    Double(bitPattern: try word())
  }

  package mutating func instant() throws(Malformed) -> Instant {
    Instant(nanoseconds: Int64(bitPattern: try word()))
  }

  package mutating func instant(since origin: Instant) throws(Malformed) -> Instant {
    Instant(nanoseconds: origin.nanoseconds &+ (try signed()))
  }

  package mutating func span() throws(Malformed) -> TimeSpan {
    TimeSpan(nanoseconds: try signed())
  }

  package mutating func text() throws(Malformed) -> Text {
    let count = try length()
    guard count > Text.inlineBytesMax else {
      let words = words(count)
      position += count
      let text = Text(words: words)
      guard text.isValid else { throw malformed("a text of valid UTF-8 before this") }
      return text
    }
    let part = bytes[position..<position + count]
    guard let string = String(validating: part, as: UTF8.self) else {
      throw malformed("a text of valid UTF-8")
    }
    position += count
    return Text(string)
  }

  package mutating func metadata() throws(Malformed) -> Metadata {
    let entries = try number()
    guard entries > 0 else { return .empty }
    let count = try length()
    guard entries <= UInt64(count) else { throw malformed("metadata") }
    defer { position += count }
    let metadata =
      count <= Text.inlineBytesMax
      ? Metadata(words: words(count), count: Int(entries))
      : Metadata(packed: Array(bytes[position..<position + count]), count: Int(entries))
    guard metadata.isWellFormed else { throw malformed("metadata") }
    return metadata
  }

  package mutating func token() throws(Malformed) -> Token {
    Token(high: try word(), low: try word())
  }

  package mutating func optional<Value>(
    _ read: (inout ByteSource) throws(Malformed) -> Value
  ) throws(Malformed) -> Value? {
    try flag() ? try read(&self) : nil
  }

  /// A value of an enumeration by its number.
  package mutating func value<Value: RawRepresentable<UInt8>>(
    _ type: Value.Type
  ) throws(Malformed) -> Value {
    guard let value = Value(rawValue: try byte()) else {
      throw malformed("a \(type) before this")
    }
    return value
  }

  /// The length of what follows, which is all there.
  private mutating func length() throws(Malformed) -> Int {
    let count = try number()
    guard count <= UInt64(remaining) else { throw malformed("\(count) bytes") }
    return Int(count)
  }

  private func words(_ count: Int) -> Text.Words {
    func word(_ index: Int) -> UInt64 {
      self.word(at: position + index * 8, count: min(8, max(0, count - index * 8)))
    }
    return Text.Words(word(0), word(1), word(2), word(3), word(4) | UInt64(count) << 56)
  }

  @inline(__always)
  private func word(at start: Int, count: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<count { word |= UInt64(bytes[start + index]) << UInt64(index << 3) }
    return word
  }
}

extension Text {
  /// Whether the inline bytes are UTF-8; most are ASCII, which is seen at once.
  fileprivate var isValid: Bool {
    guard let words = inline else { return true }
    let high = (words.a | words.b | words.c | words.d | words.e) & 0x8080_8080_8080_8080
    return high == 0 || String(validating: words.bytes, as: UTF8.self) != nil
  }
}

extension Metadata {
  /// Whether the entries fill the bytes and are as many as counted. Their texts were checked when they were taken.
  fileprivate var isWellFormed: Bool {
    let packed = packed
    var position = 0
    var found = 0
    while position < packed.count {
      guard packed.count - position >= 4 else { return false }
      let key = Int(packed[position]) | Int(packed[position + 1]) << 8
      let value = Int(packed[position + 2]) | Int(packed[position + 3]) << 8
      position += 4 + key + value
      found += 1
    }
    return position == packed.count && found == count
  }
}
