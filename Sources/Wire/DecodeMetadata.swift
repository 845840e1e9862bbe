import CResourceCoordinator
import Model

extension Codec {
  typealias MetadataPointers = UnsafeMutablePointer<UnsafeMutablePointer<CMetadataEntry>?>

  /// Packs a map's entries; of a key that stands twice the last value counts. One allocation.
  ///
  /// The pointers lead into the arena; `count` bounds them. Counts and bytes above the limits are refused before
  /// anything is allocated.
  @inline(__always)
  func metadata(_ count: Int, _ pointers: MetadataPointers?) throws(WireError) -> Metadata {
    guard count > 0, let pointers else { return .empty }
    return try packedMetadata(count, pointers)
  }

  private func packedMetadata(
    _ count: Int, _ pointers: MetadataPointers
  ) throws(WireError) -> Metadata {
    guard count <= limits.metadataEntries else {
      throw .fieldTooLarge("metadata", limit: limits.metadataEntries)
    }
    var total = 0
    for index in 0..<count {
      let entry = Codec.entry(pointers, index)
      guard max(entry.key.len, entry.value.len) <= Metadata.textBytesMax else {
        throw .fieldTooLarge("metadata", limit: Metadata.textBytesMax)
      }
      total += 4 + entry.key.len + entry.value.len
    }
    guard total - 4 * count <= limits.metadataBytes else {
      throw .fieldTooLarge("metadata", limit: limits.metadataBytes)
    }
    var unique = 0
    var used = 0
    var packed = [UInt8](repeating: 0, count: total)
    packed.withUnsafeMutableBufferPointer { room in
      // `total` counts every entry, so those without repeated keys fit.
      guard let start = room.baseAddress else { return }
      var out = start
      for index in 0..<count where Codec.isFirst(pointers, index) {
        let key = Codec.entry(pointers, index).key
        let value = Codec.lastValue(pointers, index, count)
        Codec.write(UInt16(key.len), to: &out)
        Codec.write(UInt16(value.len), to: &out)
        Codec.write(key, to: &out)
        Codec.write(value, to: &out)
        unique += 1
      }
      used = out - start
    }
    if used < total { packed.removeLast(total - used) }
    return Metadata(packed: packed, count: unique)
  }

  @inline(__always)
  private static func entry(_ pointers: MetadataPointers, _ index: Int) -> CMetadataEntry {
    guard let entry = pointers[index] else {
      preconditionFailure("protobuf-c stores no empty pointers in a repeated field")
    }
    return entry.pointee
  }

  /// Whether no earlier entry has the same key. O(entries), which the limit bounds.
  private static func isFirst(_ pointers: MetadataPointers, _ index: Int) -> Bool {
    let key = entry(pointers, index).key
    for earlier in 0..<index where isEqual(entry(pointers, earlier).key, key) { return false }
    return true
  }

  private static func lastValue(
    _ pointers: MetadataPointers, _ index: Int, _ count: Int
  ) -> ProtobufCBinaryData {
    let first = entry(pointers, index)
    for later in stride(from: count - 1, to: index, by: -1)
    where isEqual(entry(pointers, later).key, first.key) {
      return entry(pointers, later).value
    }
    return first.value
  }

  @inline(__always)
  private static func isEqual(_ left: ProtobufCBinaryData, _ right: ProtobufCBinaryData) -> Bool {
    guard left.len == right.len else { return false }
    // Both belong to the arena; each is read up to its own length.
    return UnsafeBufferPointer(start: left.data, count: left.len)
      .elementsEqual(UnsafeBufferPointer(start: right.data, count: right.len))
  }

  @inline(__always)
  private static func write(_ count: UInt16, to out: inout UnsafeMutablePointer<UInt8>) {
    out[0] = UInt8(truncatingIfNeeded: count)
    out[1] = UInt8(truncatingIfNeeded: count >> 8)
    out += 2
  }

  @inline(__always)
  private static func write(
    _ text: ProtobufCBinaryData, to out: inout UnsafeMutablePointer<UInt8>
  ) {
    guard let start = text.data, text.len > 0 else { return }
    out.update(from: start, count: text.len)
    out += text.len
  }
}
