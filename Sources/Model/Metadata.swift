/// The keys and values that a client attaches to a request, packed into one run of bytes.
///
/// Keys are unique; of a repeated key the last value stands, at the place of the first. Up to ``Text/inlineBytesMax``
/// bytes live inside the value, more in one array, so that the usual few short entries cost no allocation.
///
/// The packed form: entries one after the other, key length and value length as two little-endian bytes each, then key
/// and value.
package struct Metadata: Hashable, Sendable {
  /// ``Text/Words/none`` where there are more packed bytes.
  private let words: Text.Words
  /// The packed bytes where they are more than the words hold.
  private let long: [UInt8]?
  private let entryCount: Int32

  /// The number of entries.
  package var count: Int { Int(entryCount) }

  package static var empty: Metadata { Metadata(words: Text.Words(0, 0, 0, 0, 0), count: 0) }

  /// The longest key or value, in UTF-8 bytes.
  package static let textBytesMax = 65_535

  /// Wraps packed bytes; the caller guarantees their form and unique keys.
  package init(packed: [UInt8], count: Int) {
    entryCount = Int32(count)
    guard packed.count <= Text.inlineBytesMax else {
      words = .none
      long = packed
      return
    }
    var words: [5 of UInt64] = [0, 0, 0, 0, UInt64(packed.count) << 56]
    for (position, byte) in packed.enumerated() {
      words[position >> 3] |= UInt64(byte) << UInt64((position & 7) << 3)
    }
    self.words = Text.Words(words[0], words[1], words[2], words[3], words[4])
    long = nil
  }

  /// Wraps inline bytes with their count in the last byte; the caller guarantees the form and unique keys.
  package init(words: Text.Words, count: Int) {
    self.words = words
    long = nil
    entryCount = Int32(count)
  }

  /// The packed bytes where they lie inside the value; nil where they are more.
  package var inline: Text.Words? { words.isNone ? nil : words }

  /// The packed bytes, in an array; for paths that are not hot.
  package var packed: [UInt8] { long ?? words.bytes }

  /// The number of packed bytes.
  package var byteCount: Int { words.isNone ? long?.count ?? 0 : words.count }

  /// Packs entries. Keys and values are at most ``textBytesMax`` bytes long.
  package init(_ entries: [(key: String, value: String)]) {
    var order: [Text] = []
    var values: [Text: String] = [:]
    for entry in entries {
      let key = Text(entry.key)
      if values.updateValue(entry.value, forKey: key) == nil { order.append(key) }
    }
    var packed: [UInt8] = []
    for key in order {
      Metadata.append(key.utf8Bytes, Array((values[key] ?? "").utf8), to: &packed)
    }
    self.init(packed: packed, count: order.count)
  }

  private static func append(_ key: [UInt8], _ value: [UInt8], to packed: inout [UInt8]) {
    precondition(key.count <= textBytesMax && value.count <= textBytesMax, "metadata text too long")
    for count in [key.count, value.count] {
      packed.append(UInt8(count & 0xFF))
      packed.append(UInt8(count >> 8))
    }
    packed += key
    packed += value
  }

  package var isEmpty: Bool { count == 0 }

  /// Calls the body with the byte ranges of each entry's key and value inside ``packed``.
  package func forEachRange(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
    let packed = packed
    var position = 0
    while position < packed.count {
      let keyCount = Int(packed[position]) | Int(packed[position + 1]) << 8
      let valueCount = Int(packed[position + 2]) | Int(packed[position + 3]) << 8
      let key = position + 4..<position + 4 + keyCount
      let value = key.upperBound..<key.upperBound + valueCount
      body(key, value)
      position = value.upperBound
    }
  }

  /// The entries as strings, in order.
  package var entries: [(key: String, value: String)] {
    let packed = packed
    var entries: [(key: String, value: String)] = []
    entries.reserveCapacity(count)
    forEachRange { key, value in
      entries.append(
        (
          String(decoding: packed[key], as: UTF8.self),
          String(decoding: packed[value], as: UTF8.self)
        ))
    }
    return entries
  }

  package subscript(key: String) -> String? {
    entries.first { $0.key == key }?.value
  }

  /// The same with one more entry at the end. The key is not there yet.
  package func adding(_ key: Text, _ value: Text) -> Metadata {
    var packed = packed
    Metadata.append(key.utf8Bytes, value.utf8Bytes, to: &packed)
    return Metadata(packed: packed, count: count + 1)
  }
}

// What a record keeps of the trace of the call that made it.
extension Metadata {
  /// The same with the trace of the call it came with, unless it tells of one itself or the limits leave no room.
  package func tracing(_ trace: TraceParent, limits: Limits) -> Metadata? {
    guard count < limits.metadataEntries,
      byteCount + Metadata.traceBytes <= limits.metadataBytes,
      self[TraceParent.key] == nil, self[TraceParent.idKey] == nil
    else { return nil }
    return adding(Text(TraceParent.key), trace.text)
  }

  /// Whether this is the other metadata with a trace that ``tracing(_:limits:)`` has added.
  package func isTraced(_ other: Metadata) -> Bool {
    count == other.count + 1 && byteCount == other.byteCount + Metadata.traceBytes
      && packed.dropLast(Metadata.traceBytes).elementsEqual(other.packed)
  }

  private static let traceBytes = 4 + TraceParent.key.utf8.count + TraceParent.byteCount
}
