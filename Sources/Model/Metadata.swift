/// The keys and values that a client attaches to a request, packed into one buffer.
///
/// Keys are unique; of a repeated key the last value stands, at the place of the first. Packing keeps a request with
/// metadata at one allocation, and an empty one at none.
package struct Metadata: Hashable, Sendable {
  /// Entries one after the other: key length and value length as two little-endian bytes each, then key and value.
  package let packed: [UInt8]
  package let count: Int

  package static let empty = Metadata(packed: [], count: 0)

  /// The longest key or value, in UTF-8 bytes.
  package static let textBytesMax = 65_535

  /// Wraps packed bytes; the caller guarantees the form described at ``packed`` and unique keys.
  package init(packed: [UInt8], count: Int) {
    self.packed = packed
    self.count = count
  }

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

  package static func == (left: Metadata, right: Metadata) -> Bool { left.packed == right.packed }

  package func hash(into hasher: inout Hasher) { hasher.combine(packed) }

  /// Calls the body with the byte ranges of each entry's key and value inside ``packed``.
  package func forEachRange(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
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
}
