import CResourceCoordinator
package import Model
package import NIOCore

/// Field numbers of `Call` and `Reply`. Both have their number and their payload in the same places.
enum EnvelopeField {
  static let callID = 1
  static let payload: UInt32 = 4

  static let callMethod = 2
  static let callTimeout = 3
  static let callCancel = 5
  static let callMetadata = 6

  static let replyCode = 2
  static let replyMessage = 3
  static let replyEnd = 5
  static let replyDetails = 6
}

/// The envelope of a call. The payload stays in the buffer.
package struct CallHeader: Hashable, Sendable {
  package var callID: UInt64 = 0
  /// The protocol's number, which may be one that this version does not know.
  package var method: Int32 = 0
  /// 0 = the server's default.
  package var timeoutMilliseconds: UInt64 = 0
  package var cancel = false
  package var hasMetadata = false
  /// Absolute positions of the request message in the buffer.
  package var payload: Range<Int> = 0..<0
}

/// The envelope of a reply. The payload stays in the buffer.
package struct ReplyHeader: Hashable, Sendable {
  package var callID: UInt64 = 0
  /// The status code; a number that this version does not know counts as unknown.
  package var code: StatusCode = .ok
  package var message = ""
  package var details: [Detail] = []
  /// Whether it is the call's last reply.
  package var end = false
  /// Absolute positions of the response message in the buffer.
  package var payload: Range<Int> = 0..<0
}

// The envelope's fixed fields are read in place, not by protobuf-c: it would copy the payload, which is most of the
// message, before anyone knows whether the call is wanted.
extension Codec {
  /// Reads a frame's `Call`. The positions are those that ``FrameReader`` told. O(envelope), allocates nothing.
  @inline(__always)
  package func decodeCall(in buffer: ByteBuffer, at frame: Range<Int>) throws(WireError)
    -> CallHeader
  {
    try buffer.withBytes(at: frame) { (bytes) throws(WireError) in
      var header = CallHeader()
      header.payload = frame.upperBound..<frame.upperBound
      if readUsual(bytes, frame.lowerBound, into: &header) { return header }
      return try decodeAnyCall(bytes, at: frame)
    }
  }

  private func decodeAnyCall(
    _ bytes: UnsafeRawBufferPointer, at frame: Range<Int>
  ) throws(WireError) -> CallHeader {
    var header = CallHeader()
    header.payload = frame.upperBound..<frame.upperBound
    var scanner = Scanner(schema: schema)
    try scanEnvelope(bytes, of: .call, &scanner) { cursor, position in
      switch cursor.field {
      case EnvelopeField.callID: header.callID = cursor.number
      case EnvelopeField.callMethod: header.method = Int32(truncatingIfNeeded: cursor.number)
      case EnvelopeField.callTimeout: header.timeoutMilliseconds = cursor.number
      case Int(EnvelopeField.payload):
        let start = frame.lowerBound + position
        header.payload = start..<start + Int(cursor.number)
      case EnvelopeField.callCancel: header.cancel = cursor.number != 0
      case EnvelopeField.callMetadata: header.hasMetadata = true
      default: break
      }
    }
    return header
  }

  /// Reads an envelope that has only numbers and a payload, each at most once; false for every other.
  @inline(__always)
  private func readUsual(
    _ bytes: UnsafeRawBufferPointer, _ offset: Int, into header: inout CallHeader
  ) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    // The memory is the buffer's for the whole call; bytes are read as bytes.
    let start = base.assumingMemoryBound(to: UInt8.self)
    var cursor = FieldCursor(from: start, to: start + bytes.count)
    var last: UInt32 = 0
    while cursor.next(depth: 0) {
      // Rising tags: no field stands twice.
      guard cursor.tag > last else { return false }
      last = cursor.tag
      switch cursor.tag {
      case 1 << 3: header.callID = cursor.number
      case 2 << 3: header.method = Int32(truncatingIfNeeded: cursor.number)
      case 3 << 3: header.timeoutMilliseconds = cursor.number
      case EnvelopeField.payload << 3 | WireType.bytes:
        let position = offset + (cursor.value - start)
        header.payload = position..<position + Int(cursor.number)
      default: return false
      }
    }
    return cursor.fault == nil && !cursor.hasDroppedBits
  }

  /// The metadata of a call whose header has some.
  package func decodeCallMetadata(
    in buffer: ByteBuffer, at frame: Range<Int>
  ) throws(WireError) -> Metadata {
    try buffer.withBytes(at: frame) { (bytes) throws(WireError) in
      let call = try unpack(CCall.self, bytes)
      return try metadata(call.pointee.n_metadata, call.pointee.metadata)
    }
  }

  /// Reads a frame's `Reply`.
  package func decodeReply(in buffer: ByteBuffer, at frame: Range<Int>) throws(WireError)
    -> ReplyHeader
  {
    try buffer.withBytes(at: frame) { (bytes) throws(WireError) in
      var header = ReplyHeader()
      header.payload = frame.upperBound..<frame.upperBound
      var hasDetails = false
      var scanner = Scanner(schema: schema)
      try scanEnvelope(bytes, of: .reply, &scanner) { cursor, position in
        switch cursor.field {
        case EnvelopeField.callID: header.callID = cursor.number
        case EnvelopeField.replyCode:
          header.code = StatusCode(rawValue: UInt32(truncatingIfNeeded: cursor.number)) ?? .unknown
        case EnvelopeField.replyMessage:
          header.message = String(
            decoding: UnsafeBufferPointer(start: cursor.value, count: Int(cursor.number)),
            as: UTF8.self)
        case Int(EnvelopeField.payload):
          let start = frame.lowerBound + position
          header.payload = start..<start + Int(cursor.number)
        case EnvelopeField.replyEnd: header.end = cursor.number != 0
        case EnvelopeField.replyDetails: hasDetails = true
        default: break
        }
      }
      if hasDetails {
        let reply = try unpack(CReply.self, bytes)
        header.details = details(reply.pointee.n_details, reply.pointee.details)
      }
      return header
    }
  }

  /// Checks an envelope and calls the body with each known field and the position of its value.
  @inline(__always)
  private func scanEnvelope(
    _ bytes: UnsafeRawBufferPointer, of type: MessageType, _ scanner: inout Scanner,
    _ body: (FieldCursor, Int) -> Void
  ) throws(WireError) {
    guard let base = bytes.baseAddress else { return }
    // The memory is the buffer's for the whole call; bytes are read as bytes.
    let start = base.assumingMemoryBound(to: UInt8.self)
    var cursor = FieldCursor(from: start, to: start + bytes.count)
    while cursor.next(depth: FieldCursor.depthMax) {
      let rule = schema.rule(of: type, field: cursor.field)
      guard rule.wireType == cursor.wireType else { continue }
      guard scanner.check(cursor, rule, depth: FieldCursor.depthMax) else {
        throw malformed(scanner, start: start)
      }
      body(cursor, cursor.value - start)
    }
    if let fault = cursor.fault { throw .malformed(fault, at: cursor.position - start) }
  }
}
