import NIOCore

/// What the load needs of a reply, read straight from the bytes: the call, whether it went well, and where the token is.
struct LoadReply {
  var callID: UInt64 = 0
  var code: UInt64 = 0
  var tokenAt: Int?
  var isSuccess = false

  /// Reads one message; nil if it is not a reply of a kind that the load gets.
  init?(_ buffer: ByteBuffer, at range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound {
      guard let tag = LoadReply.varint(buffer, &position) else { return nil }
      switch tag {
      case 1 << 3: callID = LoadReply.varint(buffer, &position) ?? 0
      case 2 << 3: code = LoadReply.varint(buffer, &position) ?? 0
      case 4 << 3 | 2:
        guard let count = LoadReply.varint(buffer, &position) else { return nil }
        readPayload(buffer, position..<position + Int(count))
        position += Int(count)
      default:
        guard LoadReply.skip(tag, buffer, &position) else { return nil }
      }
    }
  }

  private mutating func readPayload(_ buffer: ByteBuffer, _ range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound {
      guard let tag = LoadReply.varint(buffer, &position) else { return }
      if tag == 6 << 3 | 2 {
        guard let count = LoadReply.varint(buffer, &position), count == LoadFrames.tokenBytes
        else { return }
        tokenAt = position
        isSuccess = true
        return
      }
      // ReleaseResponse.success
      if tag == 1 << 3 {
        isSuccess = LoadReply.varint(buffer, &position) == 1
        return
      }
      guard LoadReply.skip(tag, buffer, &position) else { return }
    }
  }

  @inline(__always)
  private static func varint(_ buffer: ByteBuffer, _ position: inout Int) -> UInt64? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64, let byte = buffer.getInteger(at: position, as: UInt8.self) {
      position += 1
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
    return nil
  }

  @inline(__always)
  private static func skip(
    _ tag: UInt64, _ buffer: ByteBuffer, _ position: inout Int
  ) -> Bool {
    switch tag & 7 {
    case 0: return varint(buffer, &position) != nil
    case 1: position += 8
    case 2:
      guard let count = varint(buffer, &position) else { return false }
      position += Int(count)
    case 5: position += 4
    default: return false
    }
    return true
  }
}
