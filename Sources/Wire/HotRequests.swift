import CResourceCoordinator
import Model
import NIOCore

// The two requests that nearly all traffic consists of, read in place in one pass. Whatever is not as every encoder
// writes it (an unknown field, a repeated one, a text that is not UTF-8, more metadata than usual) is left to the way
// through protobuf-c, which also finds the words for what is wrong. Both ways make the same value of the same bytes;
// a test compares them over random and mutated messages.

/// Tags: a field's number times 8, plus its wire type.
private enum Tag {
  static let requestID: UInt32 = 1 << 3 | 2
  static let component: UInt32 = 2 << 3 | 2
  static let resource: UInt32 = 3 << 3
  static let quantity: UInt32 = 4 << 3
  static let priority: UInt32 = 5 << 3
  static let timeout: UInt32 = 6 << 3 | 2
  static let duration: UInt32 = 7 << 3 | 2
  static let metadata: UInt32 = 8 << 3 | 2
  static let wait: UInt32 = 9 << 3
  static let pool: UInt32 = 10 << 3 | 2
  static let allowPartial: UInt32 = 11 << 3
  static let clientSecret: UInt32 = 12 << 3 | 2
  static let cancelOnDisconnect: UInt32 = 13 << 3

  static let releaseToken: UInt32 = 2 << 3 | 2
  static let releaseComponent: UInt32 = 3 << 3 | 2

  static let seconds: UInt32 = 1 << 3
  static let nanos: UInt32 = 2 << 3
  static let key: UInt32 = 1 << 3 | 2
  static let value: UInt32 = 2 << 3 | 2
}

/// Notes which fields have been seen; only metadata may stand twice.
private struct SeenFields {
  private var bits: UInt32 = 0

  /// False if the field was seen before.
  @inline(__always)
  mutating func insert(_ tag: UInt32) -> Bool {
    let bit: UInt32 = 1 << (tag >> 3 & 31)
    guard bits & bit == 0 else { return false }
    bits |= bit
    return true
  }
}

/// Bytes of a text in the caller's buffer.
private struct TextRange {
  var start: BytePointer
  var count: Int
}

extension FieldCursor {
  /// Stores the text at the cursor; false if it is not UTF-8 or too long to be stored inline.
  @inline(__always)
  fileprivate func read(into text: inout Text) -> Bool {
    let count = position - value
    guard count <= Text.inlineBytesMax, UTF8Check.isValid(value, count: count) else { return false }
    text = Text(inline: value, count: count)
    return true
  }

  /// The Duration at the cursor.
  @inline(__always)
  fileprivate var hotSpan: TimeSpan? {
    var seconds: Int64 = 0
    var nanos: Int32 = 0
    var seen = SeenFields()
    var inner = FieldCursor(from: value, to: position)
    while inner.next(depth: FieldCursor.depthMax) {
      guard seen.insert(inner.tag) else { return nil }
      switch inner.tag {
      case Tag.seconds: seconds = Int64(bitPattern: inner.number)
      case Tag.nanos: nanos = Int32(truncatingIfNeeded: inner.number)
      default: return nil
      }
    }
    guard inner.fault == nil, !inner.hasDroppedBits else { return nil }
    return TimeSpan(seconds: seconds, nanos: nanos)
  }
}

/// The entries of a request's metadata while it is read: few, each with a key of its own.
private struct HotMetadata {
  private static let entriesMax = 8
  private var keys: [8 of TextRange]
  private var values: [8 of TextRange]
  private var count = 0
  private var bytes = 0

  /// `anywhere` only fills unused places; nothing is read from it.
  @inline(__always)
  init(_ anywhere: BytePointer) {
    keys = .init(repeating: TextRange(start: anywhere, count: 0))
    values = .init(repeating: TextRange(start: anywhere, count: 0))
  }

  /// Reads the entry at the cursor; false if it is one for the general way.
  @inline(__always)
  mutating func append(_ cursor: FieldCursor) -> Bool {
    guard count < HotMetadata.entriesMax else { return false }
    var inner = FieldCursor(from: cursor.value, to: cursor.position)
    var seen = SeenFields()
    var key = TextRange(start: cursor.value, count: 0)
    var value = key
    while inner.next(depth: FieldCursor.depthMax) {
      let text = TextRange(start: inner.value, count: inner.position - inner.value)
      guard seen.insert(inner.tag), UTF8Check.isValid(text.start, count: text.count) else {
        return false
      }
      switch inner.tag {
      case Tag.key: key = text
      case Tag.value: value = text
      default: return false
      }
    }
    guard inner.fault == nil, max(key.count, value.count) <= Metadata.textBytesMax else {
      return false
    }
    for earlier in 0..<count where HotMetadata.isEqual(keys[earlier], key) { return false }
    keys[count] = key
    values[count] = value
    count += 1
    bytes += key.count + value.count
    return true
  }

  @inline(__always)
  private static func isEqual(_ left: TextRange, _ right: TextRange) -> Bool {
    guard left.count == right.count else { return false }
    var position = 0
    while position < left.count {
      guard left.start[position] == right.start[position] else { return false }
      position += 1
    }
    return true
  }

  /// The metadata, copied from the buffer; nil if it is above the limits.
  @inline(__always)
  func packed(_ limits: borrowing Limits) -> Metadata? {
    guard count > 0 else { return .empty }
    guard count <= limits.metadataEntries, bytes <= limits.metadataBytes else { return nil }
    let total = 4 * count + bytes
    guard total > Text.inlineBytesMax else {
      var words: [5 of UInt64] = .init(repeating: 0)
      // 40 bytes, of which `total` are written.
      withUnsafeMutableBytes(of: &words) { write(to: $0) }
      return Metadata(
        words: Text.Words(
          UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]),
          UInt64(littleEndian: words[2]), UInt64(littleEndian: words[3]),
          UInt64(littleEndian: words[4]) | UInt64(total) << 56), count: count)
    }
    let packed = [UInt8](unsafeUninitializedCapacity: total) { room, used in
      write(to: UnsafeMutableRawBufferPointer(room))
      used = total
    }
    return Metadata(packed: packed, count: count)
  }

  /// Writes every entry with its two lengths: `4 * count + bytes` bytes, for which the room must be large enough.
  @inline(__always)
  private func write(to room: UnsafeMutableRawBufferPointer) {
    guard var out = room.baseAddress else { preconditionFailure("room was asked for") }
    precondition(room.count >= 4 * count + bytes, "the room was counted")
    for index in 0..<count {
      let key = keys[index]
      let value = values[index]
      out.storeBytes(of: UInt16(key.count).littleEndian, as: UInt16.self)
      (out + 2).storeBytes(of: UInt16(value.count).littleEndian, as: UInt16.self)
      out += 4
      out.copyMemory(from: key.start, byteCount: key.count)
      out += key.count
      out.copyMemory(from: value.start, byteCount: value.count)
      out += value.count
    }
  }
}

extension Codec {
  /// Reads a ResourceRequest of the usual form into an empty one; false for every other, and then parts may be written.
  /// The bytes belong to the caller and are not kept.
  func readHot(_ bytes: UnsafeRawBufferPointer, into request: inout ResourceRequest) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    // The memory is the caller's for the whole call; bytes are read as bytes.
    let start = base.assumingMemoryBound(to: UInt8.self)
    var cursor = FieldCursor(from: start, to: start + bytes.count)
    var seen = SeenFields()
    var metadata = HotMetadata(start)
    while cursor.next(depth: FieldCursor.depthMax) {
      if cursor.tag == Tag.metadata {
        guard metadata.append(cursor) else { return false }
        continue
      }
      guard seen.insert(cursor.tag) else { return false }
      switch cursor.tag {
      case Tag.requestID:
        guard cursor.read(into: &request.requestID) else { return false }
      case Tag.component:
        guard cursor.read(into: &request.component) else { return false }
      case Tag.resource:
        request.claims.first.pool.number = Int32(truncatingIfNeeded: cursor.number)
      case Tag.quantity: request.claims.first.quantity = Int64(bitPattern: cursor.number)
      case Tag.priority: request.priority = Int32(truncatingIfNeeded: cursor.number)
      case Tag.timeout:
        guard let span = cursor.hotSpan else { return false }
        request.timeout = span
      case Tag.duration:
        guard let span = cursor.hotSpan else { return false }
        request.duration = span
      case Tag.wait: request.wait = cursor.number != 0
      case Tag.pool:
        guard cursor.read(into: &request.claims.first.pool.name) else { return false }
      case Tag.allowPartial: request.allowPartial = cursor.number != 0
      case Tag.clientSecret:
        guard cursor.read(into: &request.clientSecret) else { return false }
      case Tag.cancelOnDisconnect: request.cancelOnDisconnect = cursor.number != 0
      default: return false
      }
    }
    guard cursor.fault == nil, !cursor.hasDroppedBits, let packed = metadata.packed(limits) else {
      return false
    }
    request.metadata = packed
    return true
  }

  /// Reads a ReleaseRequest without settlements into an empty one; false for every other, as above.
  func readHot(_ bytes: UnsafeRawBufferPointer, into request: inout ReleaseRequest) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    // The memory is the caller's for the whole call; bytes are read as bytes.
    let start = base.assumingMemoryBound(to: UInt8.self)
    var cursor = FieldCursor(from: start, to: start + bytes.count)
    var seen = SeenFields()
    while cursor.next(depth: FieldCursor.depthMax) {
      guard seen.insert(cursor.tag) else { return false }
      let isRead =
        switch cursor.tag {
        case Tag.requestID: cursor.read(into: &request.requestID)
        case Tag.releaseToken: cursor.read(into: &request.token)
        case Tag.releaseComponent: cursor.read(into: &request.component)
        default: false
        }
      guard isRead else { return false }
    }
    return cursor.fault == nil
  }
}
