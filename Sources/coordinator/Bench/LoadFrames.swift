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

  private var request: [UInt8]
  /// Nil = the call has no id.
  private var requestIDOffset: Int?
  private let requestCallOffset: Int
  private var release: [UInt8]
  private let releaseIDOffset: Int
  private let releaseTokenOffset: Int
  private let releaseCallOffset: Int

  /// Call ids are patched as varints of two bytes: from 128 to 16383.
  static let firstCallID: UInt64 = 128

  init(
    pool: String, quantity: Int64, duration: TimeSpan,
    metadata: Metadata = Metadata([("job_id", "12345"), ("stage", "bench")])
  ) throws {
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
          duration: duration, metadata: metadata)),
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

  /// Makes every request a health check: a pair is then one call, whose answer has no token.
  mutating func becomeHealthChecks() throws {
    var buffer = ByteBuffer()
    try Codec(limits: Limits()).appendCall(
      callID: LoadFrames.firstCallID, message: .healthCheck, to: &buffer)
    request = Array(buffer.readableBytesView)
    requestIDOffset = nil
  }

  private static func offset(of text: String, in bytes: [UInt8]) throws -> Int {
    let wanted = Array(text.utf8)
    for start in 0...(bytes.count - wanted.count)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) { return start }
    throw Failure(.failed, "the load's own frame does not hold its text")
  }

  mutating func appendRequest(callID: UInt64, id: UInt64, to out: inout ByteBuffer) {
    LoadFrames.patch(callID, at: requestCallOffset, in: &request)
    if let requestIDOffset { LoadFrames.patchID(id, at: requestIDOffset, in: &request) }
    out.writeBytes(request)
  }

  /// The token is 36 bytes at a position of the bytes received.
  mutating func appendRelease(
    callID: UInt64, id: UInt64, tokenAt position: Int, of received: Span<UInt8>,
    to out: inout ByteBuffer
  ) {
    LoadFrames.patch(callID, at: releaseCallOffset, in: &release)
    LoadFrames.patchID(id, at: releaseIDOffset, in: &release)
    for index in 0..<LoadFrames.tokenBytes {
      release[releaseTokenOffset + index] = received[position + index]
    }
    out.writeBytes(release)
  }

  private static func patch(_ callID: UInt64, at position: Int, in frame: inout [UInt8]) {
    frame[position] = UInt8(callID & 0x7F | 0x80)
    frame[position + 1] = UInt8(callID >> 7)
  }

  /// Writes the id's sixteen digits, mixed so that they are as different as those of random ids, over the template's.
  private static func patchID(_ id: UInt64, at position: Int, in frame: inout [UInt8]) {
    var digits = Mixing.spread(id)
    for index in 0..<16 {
      let nibble = UInt8(digits & 0xF)
      frame[position + index] = nibble + (nibble < 10 ? 0x30 : 0x57)
      digits >>= 4
    }
  }
}
