import CResourceCoordinator
package import Model
package import NIOCore

// Frames are written straight into the connection's outgoing buffer: nothing is built beside it. C structs and texts
// stand in the arena while they are packed.
extension Codec {
  /// Appends a reply of any kind.
  ///
  /// Where no message is given it is the response's own, if it has one. A reply that would not fit a frame is replaced
  /// by an error that says so.
  package func appendReply(
    callID: UInt64, code: StatusCode = .ok, message: String = "", details: [Detail] = [],
    end: Bool = true, response: ResponseMessage?, to out: inout ByteBuffer
  ) {
    arena.reset()
    let text = arena.copy(message.isEmpty ? response?.ownMessage ?? "" : message)
    let frame = OutgoingFrame(
      head: replyHead(callID: callID, code: code, message: text),
      payload: response.map { arena.message($0) },
      flag: end ? EnvelopeField.replyEnd : nil,
      list: EnvelopeField.replyDetails,
      entries: details.map { arena.message($0).base })
    guard frame.count <= limits.frameBytes else {
      let error = WireError.frameTooLarge(bytes: frame.count, limit: limits.frameBytes).callError
      appendReply(callID: callID, error: error, to: &out)
      return
    }
    frame.write(to: &out)
  }

  /// Appends the last reply of a call that failed. Details that would not fit a frame are left out.
  package func appendReply(callID: UInt64, error: CallError, to out: inout ByteBuffer) {
    arena.reset()
    let text = arena.copy(String(error.message.prefix(Codec.errorTextMax)))
    let head = replyHead(callID: callID, code: error.code, message: text)
    var frame = OutgoingFrame(
      head: head, payload: nil, flag: EnvelopeField.replyEnd, list: EnvelopeField.replyDetails,
      entries: error.details.prefix(limits.details).map { arena.message($0).base })
    if frame.count > limits.frameBytes { frame = frame.withoutEntries }
    frame.write(to: &out)
  }

  /// The longest text of an error, in characters.
  private static let errorTextMax = 4096

  /// Appends a call. Throws, and appends nothing, if it would not fit a frame.
  package func appendCall(
    callID: UInt64, timeoutMilliseconds: UInt64 = 0, metadata: Metadata = .empty,
    message: RequestMessage, to out: inout ByteBuffer
  ) throws(WireError) {
    arena.reset()
    var head = HeadWriter(arena.take(HeadWriter.fixedBytesMax))
    head.write(field: EnvelopeField.callID, number: callID)
    head.write(field: EnvelopeField.callMethod, number: UInt64(message.method.rawValue))
    head.write(field: EnvelopeField.callTimeout, number: timeoutMilliseconds)
    let (count, entries) = arena.list(metadata)
    let frame = OutgoingFrame(
      head: head.bytes, payload: arena.message(message), flag: nil,
      list: EnvelopeField.callMetadata,
      entries: UnsafeBufferPointer(start: entries, count: count).compactMap { $0?.base })
    guard frame.count <= limits.frameBytes else {
      throw .frameTooLarge(bytes: frame.count, limit: limits.frameBytes)
    }
    frame.write(to: &out)
  }

  /// Appends the call that ends the call in flight with this number.
  package func appendCancel(callID: UInt64, to out: inout ByteBuffer) {
    arena.reset()
    var head = HeadWriter(arena.take(HeadWriter.fixedBytesMax))
    head.write(field: EnvelopeField.callID, number: callID)
    OutgoingFrame(
      head: head.bytes, payload: nil, flag: EnvelopeField.callCancel,
      list: EnvelopeField.callMetadata, entries: []
    ).write(to: &out)
  }

  private func replyHead(
    callID: UInt64, code: StatusCode, message: ProtobufCBinaryData
  ) -> UnsafeRawBufferPointer {
    var head = HeadWriter(arena.take(HeadWriter.fixedBytesMax + message.len))
    head.write(field: EnvelopeField.callID, number: callID)
    head.write(field: EnvelopeField.replyCode, number: UInt64(code.rawValue))
    head.write(field: EnvelopeField.replyMessage, text: message)
    return head.bytes
  }
}

extension ResponseMessage {
  /// The text of responses that carry one.
  fileprivate var ownMessage: String? {
    switch self {
    case .resource(let response): response.message
    case .release(let response): response.message
    case .cancel(let response): response.message
    case .status, .poolStatus, .health, .hello, .renew, .grantUpdate, .explanation, .history,
      .event, .mode, .drain:
      nil
    }
  }
}

/// An envelope about to be written: the fields before the payload, the payload, and the fields behind it.
///
/// Its pointers belong to the arena and are valid until the arena's next reset.
private struct OutgoingFrame {
  let head: UnsafeRawBufferPointer
  let payload: UnsafeMutablePointer<ProtobufCMessage>?
  let payloadCount: Int
  /// The number of a bool that is set.
  let flag: Int?
  /// The number of the repeated message field, and its messages with their sizes.
  let list: Int
  let entries: [(message: UnsafeMutablePointer<ProtobufCMessage>, count: Int)]
  /// The bytes of the message, the frame's length not counted.
  let count: Int

  init(
    head: UnsafeRawBufferPointer, payload: UnsafeMutablePointer<ProtobufCMessage>?, flag: Int?,
    list: Int, entries: [UnsafeMutablePointer<ProtobufCMessage>]
  ) {
    self.head = head
    self.payload = payload
    self.flag = flag
    self.list = list
    payloadCount = payload.map { protobuf_c_message_get_packed_size($0) } ?? 0
    self.entries = entries.map { ($0, protobuf_c_message_get_packed_size($0)) }
    var count = head.count + (flag == nil ? 0 : 2)
    if payloadCount > 0 { count += HeadWriter.sizedCount(payloadCount) }
    for entry in self.entries { count += HeadWriter.sizedCount(entry.count) }
    self.count = count
  }

  var withoutEntries: OutgoingFrame {
    OutgoingFrame(head: head, payload: payload, flag: flag, list: list, entries: [])
  }

  func write(to out: inout ByteBuffer) {
    let total = FrameReader.lengthBytes + count
    out.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { room in
      // The buffer has at least `total` bytes of room, valid inside this closure; sizes were counted above.
      guard let start = room.baseAddress else { preconditionFailure("room was reserved") }
      var writer = HeadWriter(start)
      writer.writeFrameLength(count)
      writer.write(head)
      if let payload, payloadCount > 0 {
        writer.write(field: Int(EnvelopeField.payload), message: payload, count: payloadCount)
      }
      if let flag { writer.write(field: flag, number: 1) }
      for entry in entries { writer.write(field: list, message: entry.message, count: entry.count) }
      precondition(writer.bytes.count == total, "protobuf-c packs as many bytes as it counted")
      return total
    }
  }
}
