import NIOCore

/// What the load needs of a reply, read straight from the bytes: the call, whether it went well, and where the token is.
///
/// The load must cost less than the server that it measures, so nothing is decoded that is not looked at.
struct LoadReply {
  var callID: UInt64 = 0
  var code: UInt64 = 0
  var tokenAt: Int?
  var isSuccess = false

  /// Reads one message; nil if it is not a reply of a kind that the load gets. Positions count from the span's start.
  init?(_ bytes: Span<UInt8>, at range: Range<Int>) {
    guard range.upperBound <= bytes.count else { return nil }
    var position = range.lowerBound
    while position < range.upperBound {
      guard let tag = LoadReply.varint(bytes, &position) else { return nil }
      switch tag {
      case 1 << 3: callID = LoadReply.varint(bytes, &position) ?? 0
      case 2 << 3: code = LoadReply.varint(bytes, &position) ?? 0
      case 4 << 3 | 2:
        guard let count = LoadReply.varint(bytes, &position) else { return nil }
        let end = position + Int(clamping: count)
        guard end <= range.upperBound else { return nil }
        readPayload(bytes, position..<end)
        position = end
      default:
        guard LoadReply.skip(tag, bytes, &position) else { return nil }
      }
    }
  }

  private mutating func readPayload(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound {
      guard let tag = LoadReply.varint(bytes, &position) else { return }
      if tag == 6 << 3 | 2 {
        guard let count = LoadReply.varint(bytes, &position), count == LoadFrames.tokenBytes,
          position + LoadFrames.tokenBytes <= range.upperBound
        else { return }
        tokenAt = position
        isSuccess = true
        return
      }
      // ReleaseResponse.success
      if tag == 1 << 3 {
        isSuccess = LoadReply.varint(bytes, &position) == 1
        return
      }
      guard LoadReply.skip(tag, bytes, &position) else { return }
    }
  }

  @inline(__always)
  private static func varint(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64, position < bytes.count {
      let byte = bytes[position]
      position += 1
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
    return nil
  }

  @inline(__always)
  private static func skip(_ tag: UInt64, _ bytes: Span<UInt8>, _ position: inout Int) -> Bool {
    switch tag & 7 {
    case 0: return varint(bytes, &position) != nil
    case 1: position += 8
    case 2:
      guard let count = varint(bytes, &position), count <= bytes.count else { return false }
      position += Int(count)
    case 5: position += 4
    default: return false
    }
    return true
  }
}
