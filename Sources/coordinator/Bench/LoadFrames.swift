import Model
import NIOCore
import Wire

/// The frames of the load, encoded once: what changes from call to call has a fixed length and is patched in.
///
/// A pair is what every user does: RequestResource with a 36-byte id and two metadata entries, then ReleaseResource with
/// the token of the answer.
struct LoadFrames {
  static let idBytes = 36
  static let tokenBytes = 36

  private let request: [UInt8]
  private let requestIDOffset: Int
  private let requestCallOffset: Int
  private let release: [UInt8]
  private let releaseIDOffset: Int
  private let releaseTokenOffset: Int
  private let releaseCallOffset: Int

  /// Call ids are patched as varints of two bytes: from 128 to 16383.
  static let firstCallID: UInt64 = 128

  init(pool: String, quantity: Int64, duration: TimeSpan) throws {
    let id = String(repeating: "I", count: LoadFrames.idBytes)
    let token = String(repeating: "T", count: LoadFrames.tokenBytes)
    let codec = Codec(limits: Limits())
    var buffer = ByteBuffer()
    try codec.appendCall(
      callID: LoadFrames.firstCallID,
      message: .request(
        ResourceRequest(
          requestID: Text(id), component: "bench",
          claims: Claims(PoolQuantity(pool: PoolReference(name: Text(pool)), quantity: quantity)),
          duration: duration, metadata: Metadata([("job_id", "12345"), ("stage", "bench")]))),
      to: &buffer)
    request = Array(buffer.readableBytesView)
    buffer.clear()
    try codec.appendCall(
      callID: LoadFrames.firstCallID,
      message: .release(
        ReleaseRequest(requestID: Text(id), token: Text(token), component: "bench")), to: &buffer)
    release = Array(buffer.readableBytesView)
    requestIDOffset = try LoadFrames.offset(of: id, in: request)
    releaseIDOffset = try LoadFrames.offset(of: id, in: release)
    releaseTokenOffset = try LoadFrames.offset(of: token, in: release)
    // Frame length, then the tag of call_id, then the call id itself.
    requestCallOffset = 5
    releaseCallOffset = 5
  }

  private static func offset(of text: String, in bytes: [UInt8]) throws -> Int {
    let wanted = Array(text.utf8)
    for start in 0...(bytes.count - wanted.count)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) { return start }
    throw Failure(.failed, "the load's own frame does not hold its text")
  }

  func appendRequest(callID: UInt64, id: UInt64, to out: inout ByteBuffer) {
    let start = out.writerIndex
    out.writeBytes(request)
    LoadFrames.patch(callID, at: start + requestCallOffset, in: &out)
    LoadFrames.patchID(id, at: start + requestIDOffset, in: &out)
  }

  /// The token is 36 bytes at a position of the bytes received.
  func appendRelease(
    callID: UInt64, id: UInt64, tokenAt position: Int, of received: ByteBuffer,
    to out: inout ByteBuffer
  ) {
    let start = out.writerIndex
    out.writeBytes(release)
    LoadFrames.patch(callID, at: start + releaseCallOffset, in: &out)
    LoadFrames.patchID(id, at: start + releaseIDOffset, in: &out)
    for word in 0..<4 {
      out.setInteger(
        received.getInteger(at: position + word * 8, as: UInt64.self) ?? 0,
        at: start + releaseTokenOffset + word * 8)
    }
    out.setInteger(
      received.getInteger(at: position + 32, as: UInt32.self) ?? 0,
      at: start + releaseTokenOffset + 32)
  }

  private static func patch(_ callID: UInt64, at position: Int, in out: inout ByteBuffer) {
    out.setInteger(
      UInt16(callID & 0x7F | 0x80) << 8 | UInt16(callID >> 7), at: position)
  }

  /// Writes the id as a UUID whose digits are a count: 36 bytes.
  private static func patchID(_ id: UInt64, at position: Int, in out: inout ByteBuffer) {
    let spread = Mixing.spread(id)
    out.setInteger(hex(spread >> 32), at: position)
    out.setInteger(UInt32(0x2D34_3030), at: position + 8)  // "-400"
    out.setInteger(UInt64(0x302D_3430_3030_2D38), at: position + 12)  // "0-4000-8"
    out.setInteger(UInt32(0x3030_302D), at: position + 20)  // "000-"
    out.setInteger(hex(spread & 0xFFFF_FFFF), at: position + 24)
    out.setInteger(UInt32(truncatingIfNeeded: hex(id & 0xFFFF)), at: position + 32)
  }

  /// Eight hexadecimal digits of a 32-bit number, as big-endian bytes.
  private static func hex(_ number: UInt64) -> UInt64 {
    var digits = number
    // Spread the eight nibbles over eight bytes.
    digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
    digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
    digits = (digits | digits << 4) & 0x0F0F_0F0F_0F0F_0F0F
    let isLetter = ((digits &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return digits &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
  }
}
