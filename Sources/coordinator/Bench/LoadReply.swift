import Model
import NIOCore

/// What the load needs of a reply, read straight from the bytes: the call, whether it went well, and where the token is.
///
/// The load must cost less than the server that it measures, so nothing is decoded that is not looked at.
struct LoadReply {
  /// What a reply's message says.
  enum Success {
    /// A ResourceResponse with the status GRANTED and a token.
    case granted
    /// A ReleaseResponse or a HealthStatus whose first field is true.
    case done
  }

  var callID: UInt64 = 0
  /// 0 = OK.
  var code: UInt64 = 0
  /// Nil = anything else than what the load asks for.
  var success: Success?
  /// The token's position in the span, where it was granted.
  var tokenAt = 0

  /// Reads one message; nil if it is no reply. Positions count from the span's start.
  init?(_ bytes: Span<UInt8>, at range: Range<Int>) {
    guard range.upperBound <= bytes.count else { return nil }
    let end = range.upperBound
    var position = range.lowerBound
    while position < end {
      let tag = bytes[position]
      position += 1
      guard let number = LoadReply.varint(bytes, &position, end) else { return nil }
      switch tag {
      case 1 << 3: callID = number
      case 2 << 3: code = number
      case 4 << 3 | 2:
        guard number <= UInt64(end - position) else { return nil }
        readPayload(bytes, position..<position + Int(number))
        position += Int(number)
      default:
        guard LoadReply.skip(tag, number, &position, end) else { return nil }
      }
    }
  }

  private mutating func readPayload(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let end = range.upperBound
    var position = range.lowerBound
    var isGranted = false
    while position < end {
      let tag = bytes[position]
      position += 1
      guard let number = LoadReply.varint(bytes, &position, end) else { return }
      switch tag {
      case 1 << 3:
        // The first field of the messages that have a bool there.
        success = number == 1 ? .done : nil
        return
      case 2 << 3: isGranted = number == UInt64(RequestStatus.granted.rawValue)
      case 6 << 3 | 2:
        guard isGranted, number == LoadFrames.tokenBytes, position + LoadFrames.tokenBytes <= end
        else { return }
        tokenAt = position
        success = .granted
        return
      default:
        guard LoadReply.skip(tag, number, &position, end) else { return }
      }
    }
  }

  /// A number, most often of one byte; nil if the message ends before it does.
  @inline(__always)
  private static func varint(
    _ bytes: Span<UInt8>, _ position: inout Int, _ end: Int
  ) -> UInt64? {
    guard position < end else { return nil }
    var byte = UInt64(bytes[position])
    position += 1
    var result = byte & 0x7F
    var shift: UInt64 = 7
    while byte >= 0x80 {
      guard position < end, shift < 64 else { return nil }
      byte = UInt64(bytes[position])
      position += 1
      result |= (byte & 0x7F) << shift
      shift += 7
    }
    return result
  }

  /// Steps behind a field whose number or length was read; false for the wire types that no field of a reply has, and at
  /// an end that comes too early.
  @inline(__always)
  private static func skip(
    _ tag: UInt8, _ number: UInt64, _ position: inout Int, _ end: Int
  ) -> Bool {
    switch tag & 7 {
    case 0: return true
    case 2:
      guard number <= UInt64(end - position) else { return false }
      position += Int(number)
      return true
    default: return false
    }
  }
}
