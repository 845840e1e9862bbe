import Model
import NIOCore
import Wire

/// The frames of the load, encoded once: what changes from call to call has a fixed length and is written over the copy
/// that is sent, in words and not in bytes.
///
/// A pair is what every user does: RequestResource with a 36-byte id and two metadata entries, then ReleaseResource with
/// the token of the answer.
struct LoadFrames {
  static let idBytes = 36
  static let tokenBytes = 36

  private var request: ByteBuffer
  /// Nil = the call has no id.
  private var requestIDOffset: Int?
  private let requestCallOffset: Int
  private let release: ByteBuffer
  private let releaseIDOffset: Int
  private let releaseTokenOffset: Int
  private let releaseCallOffset: Int
  /// What the answer to a request must tell.
  private(set) var requestSuccess = LoadReply.Success.granted

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
    request = buffer
    buffer = ByteBuffer()
    try codec.appendCall(
      callID: LoadFrames.firstCallID,
      message: .release(
        ReleaseRequest(requestID: Text(id), token: Text(token), component: "bench")), to: &buffer)
    release = buffer
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
    request = buffer
    requestIDOffset = nil
    requestSuccess = .done
  }

  private static func offset(of text: String, in frame: ByteBuffer) throws -> Int {
    let wanted = Array(text.utf8)
    let bytes = Array(frame.readableBytesView)
    for start in 0...(bytes.count - wanted.count)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) { return start }
    throw Failure(.failed, "the load's own frame does not hold its text")
  }

  func appendRequest(callID: UInt64, id: UInt64, to out: inout ByteBuffer) {
    let start = out.writerIndex
    out.writeBytes(request.readableBytesSpan)
    LoadFrames.patch(callID, at: start + requestCallOffset, in: &out)
    if let requestIDOffset { LoadFrames.patchID(id, at: start + requestIDOffset, in: &out) }
  }

  /// The token is 36 bytes at a position of the readable bytes received.
  func appendRelease(
    callID: UInt64, id: UInt64, tokenAt position: Int, of received: ByteBuffer,
    to out: inout ByteBuffer
  ) {
    let start = out.writerIndex
    out.writeBytes(release.readableBytesSpan)
    LoadFrames.patch(callID, at: start + releaseCallOffset, in: &out)
    LoadFrames.patchID(id, at: start + releaseIDOffset, in: &out)
    out.setBytes(
      received.readableBytesSpan.extracting(position..<position + LoadFrames.tokenBytes),
      at: start + releaseTokenOffset)
  }

  @inline(__always)
  private static func patch(_ callID: UInt64, at position: Int, in out: inout ByteBuffer) {
    let bytes = UInt16(callID & 0x7F | 0x80 | (callID >> 7) << 8)
    out.setInteger(bytes, at: position, endianness: .little)
  }

  /// Writes the id's sixteen digits, mixed so that they are as different as those of random ids, over the template's.
  @inline(__always)
  private static func patchID(_ id: UInt64, at position: Int, in out: inout ByteBuffer) {
    let mixed = Mixing.spread(id)
    out.setInteger(Hexadecimal.digits(mixed >> 32), at: position, endianness: .little)
    out.setInteger(
      Hexadecimal.digits(mixed & 0xFFFF_FFFF), at: position + 8, endianness: .little)
  }
}
