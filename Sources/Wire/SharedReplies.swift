import CResourceCoordinator
package import Model
package import NIOCore

// One message for many streams: encoded once, then copied behind each stream's own head.
extension Codec {
  /// The bytes of a response message, without an envelope.
  package func encode(_ response: ResponseMessage) -> ByteBuffer {
    arena.reset()
    let message = arena.message(response)
    let count = protobuf_c_message_get_packed_size(message)
    var out = ByteBufferAllocator().buffer(capacity: count)
    out.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
      // The buffer has at least `count` bytes of room, valid inside this closure.
      guard count > 0, let start = room.baseAddress else { return 0 }
      return protobuf_c_message_pack(message, start.assumingMemoryBound(to: UInt8.self))
    }
    return out
  }

  /// Appends a reply of a stream that goes on, with an encoded message as its payload.
  package func appendReply(callID: UInt64, payload: ByteBuffer, to out: inout ByteBuffer) {
    let total =
      FrameReader.lengthBytes + HeadWriter.fixedBytesMax
      + HeadWriter.sizedCount(payload.readableBytes)
    out.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { room in
      // The buffer has at least `total` bytes of room, valid inside this closure, as is the payload.
      guard let start = room.baseAddress else { preconditionFailure("room was reserved") }
      var writer = HeadWriter(start + FrameReader.lengthBytes)
      writer.write(field: EnvelopeField.callID, number: callID)
      payload.withUnsafeReadableBytes { bytes in
        guard let source = bytes.baseAddress else { return }
        writer.write(
          field: Int(EnvelopeField.payload),
          text: ProtobufCBinaryData(
            len: bytes.count,
            data: UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self))))
      }
      var length = HeadWriter(start)
      length.writeFrameLength(writer.bytes.count)
      return FrameReader.lengthBytes + writer.bytes.count
    }
  }
}
