import CResourceCoordinator
package import Model
package import NIOCore

// The two replies that nearly all traffic consists of, written field by field in the order and form of protobuf-c; a
// test compares the bytes. Their size is bounded before a byte is written.
extension Codec {
  /// The most bytes of a plain grant's reply: 16 fields and messages with at most 2 + 10 bytes of tag, length and number
  /// each, five texts, and what writing a text may touch behind it.
  private static let plainGrantBytesMax = 16 * 12 + 6 * 40

  /// Appends the reply to a request that was granted one amount of a capacity pool. Allocates nothing while the buffer
  /// has room.
  package func appendReply(callID: UInt64, grant: PlainGrant, to out: inout ByteBuffer) {
    guard limits.frameBytes >= Codec.plainGrantBytesMax else {
      appendReply(callID: callID, response: .resource(grant.response), to: &out)
      return
    }
    out.append(atMost: Codec.plainGrantBytesMax) { start in
      // The room bounds all that follows.
      var writer = HeadWriter(start + FrameReader.lengthBytes)
      writer.write(field: EnvelopeField.callID, number: callID)
      writer.write(field: EnvelopeField.replyMessage, words: grantedMessage)
      writer.write(field: Int(EnvelopeField.payload)) { payload in
        payload.write(field: 1, words: grant.requestID)
        payload.write(field: 2, number: UInt64(RequestStatus.granted.rawValue))
        payload.write(field: 3, words: grantedMessage)
        payload.write(field: 4, time: grant.grantedAt)
        payload.write(field: 5, time: grant.expiresAt)
        if let token = grant.token { payload.write(field: 6, words: token.words) }
        payload.write(field: 7, number: UInt64(bitPattern: grant.quantity))
        payload.write(field: 8, words: grant.pool)
        payload.writeShort(field: 9) { fencing in
          fencing.write(field: 1, number: grant.fencing.epoch)
          fencing.write(field: 2, number: grant.fencing.counter)
        }
        payload.write(field: 14, number: UInt64(bitPattern: grant.safeCapacity))
      }
      writer.write(field: EnvelopeField.replyEnd, number: 1)
      let count = writer.bytes.count
      precondition(FrameReader.lengthBytes + count <= Codec.plainGrantBytesMax, "the bound holds")
      var length = HeadWriter(start)
      length.writeFrameLength(count)
      return FrameReader.lengthBytes + count
    }
  }

  /// Appends the reply to ReleaseResource. Allocates nothing while the lease was released and the buffer has room.
  package func appendReply(callID: UInt64, release: ReleaseResponse, to out: inout ByteBuffer) {
    guard release == .released, callID != 0 else {
      appendReply(callID: callID, response: .release(release), to: &out)
      return
    }
    let total = FrameReader.lengthBytes + 11 + releasedTail.count
    out.append(atMost: total) { start in
      // As above; a call's id takes at most 11 bytes with its tag.
      var writer = HeadWriter(start + FrameReader.lengthBytes)
      writer.write(field: EnvelopeField.callID, number: callID)
      releasedTail.withUnsafeBytes { writer.write($0) }
      let count = writer.bytes.count
      var length = HeadWriter(start)
      length.writeFrameLength(count)
      return FrameReader.lengthBytes + count
    }
  }

  /// The reply of a successful release behind its call's id: the same bytes every time.
  static func makeReleasedTail(_ codec: Codec) -> [UInt8] {
    var frame = ByteBuffer()
    codec.appendReply(callID: 1, response: .release(.released), to: &frame)
    // The frame's length, and two bytes of the call's id.
    return Array(frame.readableBytesView.dropFirst(FrameReader.lengthBytes + 2))
  }
}

extension ByteBuffer {
  /// Lets the body write bytes behind those there are, and keeps as many as it answers. The room is the buffer's, of
  /// as many bytes as asked for, and valid only inside.
  ///
  /// Does less than `writeWithUnsafeMutableBytes`, which makes a collection of the room first.
  @inline(__always)
  fileprivate mutating func append(
    atMost count: Int, _ body: (UnsafeMutableRawPointer) -> Int
  ) {
    reserveCapacity(minimumWritableBytes: count)
    let index = writerIndex
    let written = withVeryUnsafeMutableBytes { all in
      guard let start = all.baseAddress, all.count - index >= count else {
        preconditionFailure("room was reserved")
      }
      return body(start + index)
    }
    moveWriterIndex(forwardBy: written)
  }
}
