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

/// The words of the empty text.
private let noText = Text.Words(0, 0, 0, 0, 0)

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

// What follows takes the bounds of a field's value, in the caller's buffer, and not the cursor at it: handing that over
// by its address would keep it out of registers.

/// Bytes of a text in the caller's buffer.
private struct TextRange {
  var start: BytePointer
  var count: Int
}

/// Stores the text between the bounds; false if it is not UTF-8 or too long to be stored inline.
private func read(_ start: BytePointer, _ end: BytePointer, into words: inout Text.Words) -> Bool {
  let count = end - start
  guard count <= Text.inlineBytesMax else { return false }
  words = Text.Words(start, count: count)
  return words.isASCII || UTF8Check.isValid(start, count: count)
}

/// The Duration between the bounds; nil if it is one for the general way.
private func span(_ start: BytePointer, _ end: BytePointer) -> TimeSpan? {
  var seconds: Int64 = 0
  var nanos: Int32 = 0
  var seen = SeenFields()
  var cursor = FieldCursor(from: start, to: end)
  while cursor.next(depth: FieldCursor.depthMax) {
    guard seen.insert(cursor.tag) else { return nil }
    switch cursor.tag {
    case Tag.seconds: seconds = Int64(bitPattern: cursor.number)
    case Tag.nanos: nanos = Int32(truncatingIfNeeded: cursor.number)
    default: return nil
    }
  }
  guard cursor.fault == nil, !cursor.hasDroppedBits else { return nil }
  return TimeSpan(seconds: seconds, nanos: nanos)
}

/// The entries of a request's metadata while it is read: few, each with a key of its own, packed one behind the other.
private struct HotMetadata {
  private static let entriesMax = 8
  private let start: UnsafeMutableRawPointer
  private var end: UnsafeMutableRawPointer
  private var count = 0

  /// Bytes that the entries of a message of this many may take: each has four bytes for its lengths beside its texts.
  @inline(__always)
  static func room(forMessageOf count: Int) -> Int { count + 4 * entriesMax }

  /// The room belongs to the caller and is as large as asked for above.
  @inline(__always)
  init(_ room: UnsafeMutableRawPointer) {
    start = room
    end = room
  }

  /// Reads the entry between the bounds, a part of the message; false if it is one for the general way.
  mutating func append(_ first: BytePointer, _ last: BytePointer) -> Bool {
    guard count < HotMetadata.entriesMax else { return false }
    var cursor = FieldCursor(from: first, to: last)
    var seen = SeenFields()
    var key = TextRange(start: first, count: 0)
    var value = key
    while cursor.next(depth: FieldCursor.depthMax) {
      let text = TextRange(start: cursor.value, count: cursor.position - cursor.value)
      guard seen.insert(cursor.tag) else { return false }
      switch cursor.tag {
      case Tag.key: key = text
      case Tag.value: value = text
      default: return false
      }
    }
    guard cursor.fault == nil, max(key.count, value.count) <= Metadata.textBytesMax,
      isNew(key)
    else { return false }
    end.storeBytes(of: UInt16(key.count).littleEndian, as: UInt16.self)
    end.storeBytes(of: UInt16(value.count).littleEndian, toByteOffset: 2, as: UInt16.self)
    (end + 4).copyMemory(from: key.start, byteCount: key.count)
    (end + 4 + key.count).copyMemory(from: value.start, byteCount: value.count)
    end += 4 + key.count + value.count
    count += 1
    return true
  }

  private func isNew(_ key: TextRange) -> Bool {
    allTexts { text, isKey in
      !isKey || text.count != key.count
        || !UnsafeBufferPointer(start: text.start, count: text.count)
          .elementsEqual(UnsafeBufferPointer(start: key.start, count: key.count))
    }
  }

  /// Whether every key and value satisfies the test. The bytes are those that `append` has written.
  @inline(__always)
  private func allTexts(_ test: (TextRange, _ isKey: Bool) -> Bool) -> Bool {
    var entry = UnsafeRawPointer(start)
    while entry < UnsafeRawPointer(end) {
      let texts = (entry + 4).assumingMemoryBound(to: UInt8.self)
      let key = Int(UInt16(littleEndian: entry.loadUnaligned(as: UInt16.self)))
      let value = Int(
        UInt16(littleEndian: entry.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      guard test(TextRange(start: texts, count: key), true),
        test(TextRange(start: texts + key, count: value), false)
      else { return false }
      entry += 4 + key + value
    }
    return true
  }

  /// The metadata, copied; nil if it is above the limits or not UTF-8.
  func packed(entriesMax: Int, bytesMax: Int) -> Metadata? {
    guard count > 0 else { return .empty }
    let total = end - start
    guard count <= entriesMax, total - 4 * count <= bytesMax else { return nil }
    let bytes = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: total)
    if total <= Text.inlineBytesMax, let base = bytes.baseAddress {
      let words = Text.Words(base, count: total)
      // The lengths are below 39: only a text can have a byte that is not ASCII.
      return words.isASCII || isUTF8 ? Metadata(words: words, count: count) : nil
    }
    return isUTF8 ? Metadata(packed: Array(bytes), count: count) : nil
  }

  private var isUTF8: Bool {
    allTexts { text, _ in UTF8Check.isValid(text.start, count: text.count) }
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
    arena.reset()
    var metadata = HotMetadata(arena.take(HotMetadata.room(forMessageOf: bytes.count)))
    // Texts are put together as words, whose copies are free.
    var (requestID, component, pool, clientSecret) = (noText, noText, noText, noText)
    while cursor.next(depth: FieldCursor.depthMax) {
      if cursor.tag == Tag.metadata {
        guard metadata.append(cursor.value, cursor.position) else { return false }
        continue
      }
      guard seen.insert(cursor.tag) else { return false }
      switch cursor.tag {
      case Tag.requestID:
        guard read(cursor.value, cursor.position, into: &requestID) else { return false }
      case Tag.component:
        guard read(cursor.value, cursor.position, into: &component) else { return false }
      case Tag.resource:
        request.claims.first.pool.number = Int32(truncatingIfNeeded: cursor.number)
      case Tag.quantity: request.claims.first.quantity = Int64(bitPattern: cursor.number)
      case Tag.priority: request.priority = Int32(truncatingIfNeeded: cursor.number)
      case Tag.timeout:
        guard let timeout = span(cursor.value, cursor.position) else { return false }
        request.timeout = timeout
      case Tag.duration:
        guard let duration = span(cursor.value, cursor.position) else { return false }
        request.duration = duration
      case Tag.wait: request.wait = cursor.number != 0
      case Tag.pool: guard read(cursor.value, cursor.position, into: &pool) else { return false }
      case Tag.allowPartial: request.allowPartial = cursor.number != 0
      case Tag.clientSecret:
        guard read(cursor.value, cursor.position, into: &clientSecret) else { return false }
      case Tag.cancelOnDisconnect: request.cancelOnDisconnect = cursor.number != 0
      default: return false
      }
    }
    let packed = metadata.packed(
      entriesMax: limits.metadataEntries, bytesMax: limits.metadataBytes)
    guard cursor.fault == nil, !cursor.hasDroppedBits, let packed else { return false }
    request.requestID = Text(words: requestID)
    request.component = Text(words: component)
    request.claims.first.pool.name = Text(words: pool)
    request.clientSecret = Text(words: clientSecret)
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
    var (requestID, token, component) = (noText, noText, noText)
    while cursor.next(depth: FieldCursor.depthMax) {
      guard seen.insert(cursor.tag) else { return false }
      let isRead =
        switch cursor.tag {
        case Tag.requestID: read(cursor.value, cursor.position, into: &requestID)
        case Tag.releaseToken: read(cursor.value, cursor.position, into: &token)
        case Tag.releaseComponent: read(cursor.value, cursor.position, into: &component)
        default: false
        }
      guard isRead else { return false }
    }
    guard cursor.fault == nil else { return false }
    request.requestID = Text(words: requestID)
    request.token = Text(words: token)
    request.component = Text(words: component)
    return true
  }
}
