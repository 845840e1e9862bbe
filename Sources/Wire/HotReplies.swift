import CResourceCoordinator
package import Model
package import NIOCore

// The two replies that nearly all traffic consists of. Their messages have a size that is bounded by their texts, so
// they are packed in one pass, without counting first.
extension Codec {
  /// The most bytes of a `ResourceResponse`'s numbers, times, tags and lengths, its texts and the messages that this
  /// path does not take left out: 11 fields with at most 1 + 10 bytes each, and two more messages of two numbers.
  private static let resourceResponseFixedBytesMax = 11 * 11 + 3 * 24
  private static let releaseResponseFixedBytesMax = 2 * 11

  /// Appends the reply to RequestResource. Allocates nothing while texts have at most 39 bytes and the buffer has room.
  package func appendReply(
    callID: UInt64, response: ResourceResponse, to out: inout ByteBuffer
  ) {
    guard
      response.queue == nil, response.rate == nil, response.explanation == nil,
      response.granted.isEmpty
    else {
      appendReply(callID: callID, response: .resource(response), to: &out)
      return
    }
    arena.reset()
    let message = arena.message(response)
    let texts =
      message.pointee.request_id.len + message.pointee.message.len + message.pointee.token.len
      + message.pointee.pool.len
    let isWritten = appendHot(
      callID: callID, text: message.pointee.message, message: message.base,
      bytesMax: Codec.resourceResponseFixedBytesMax + texts, to: &out)
    if !isWritten { appendReply(callID: callID, response: .resource(response), to: &out) }
  }

  /// Appends the reply to ReleaseResource. Allocates nothing while the buffer has room.
  package func appendReply(callID: UInt64, release: ReleaseResponse, to out: inout ByteBuffer) {
    arena.reset()
    let message = arena.message(release)
    let isWritten = appendHot(
      callID: callID, text: message.pointee.message, message: message.base,
      bytesMax: Codec.releaseResponseFixedBytesMax + message.pointee.message.len, to: &out)
    if !isWritten { appendReply(callID: callID, response: .release(release), to: &out) }
  }

  /// Writes an OK reply that ends its call; false, and nothing written, if it might not fit a frame. The pointers
  /// belong to the arena; `bytesMax` bounds the packed message.
  @inline(__always)
  private func appendHot(
    callID: UInt64, text: ProtobufCBinaryData, message: UnsafeMutablePointer<ProtobufCMessage>,
    bytesMax: Int, to out: inout ByteBuffer
  ) -> Bool {
    let headMax = FrameReader.lengthBytes + HeadWriter.fixedBytesMax + text.len
    let total = headMax + bytesMax + HeadWriter.fixedBytesMax
    guard total <= limits.frameBytes else { return false }
    out.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { room in
      // The buffer has at least `total` bytes of room, valid inside this closure; `total` bounds all that follows.
      guard let start = room.baseAddress else { preconditionFailure("room was reserved") }
      var writer = HeadWriter(start + FrameReader.lengthBytes)
      writer.write(field: EnvelopeField.callID, number: callID)
      writer.write(field: EnvelopeField.replyMessage, text: text)
      writer.write(field: Int(EnvelopeField.payload), message: message)
      writer.write(field: EnvelopeField.replyEnd, number: 1)
      let count = writer.bytes.count
      precondition(count <= total, "the bound holds")
      var length = HeadWriter(start)
      length.writeFrameLength(count)
      return FrameReader.lengthBytes + count
    }
    return true
  }
}
