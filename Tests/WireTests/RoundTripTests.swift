import Model
import NIOCore
import Testing
import Wire

@Suite struct RoundTripTests {
  let codec = Codec(limits: Limits())

  /// Writes a call, finds its frame again and decodes it.
  private func roundTrip(_ message: RequestMessage) throws -> RequestMessage {
    var buffer = ByteBuffer()
    try codec.appendCall(callID: 300, timeoutMilliseconds: 5, message: message, to: &buffer)
    var reader = FrameReader(limits: Limits())
    let frame = try #require(try reader.next(in: &buffer))
    let header = try codec.decodeCall(in: buffer, at: frame)
    #expect(header.callID == 300)
    #expect(header.timeoutMilliseconds == 5)
    #expect(!header.cancel && !header.hasMetadata)
    let method = try #require(Method(rawValue: UInt8(header.method)))
    #expect(method == message.method)
    return try codec.decodeRequest(method: method, in: buffer, payload: header.payload)
  }

  @Test(arguments: Samples.requests)
  func `a request comes out as it went in`(_ message: RequestMessage) throws {
    #expect(String(describing: try roundTrip(message)) == String(describing: message))
  }

  @Test(arguments: Samples.responses)
  func `a response comes out as it went in`(_ method: Model.Method, _ message: ResponseMessage)
    throws
  {
    var buffer = ByteBuffer()
    codec.appendReply(callID: 7, end: !method.isStream, response: message, to: &buffer)
    var reader = FrameReader(limits: Limits())
    let frame = try #require(try reader.next(in: &buffer))
    let header = try codec.decodeReply(in: buffer, at: frame)
    #expect(header.callID == 7)
    #expect(header.code == .ok)
    #expect(header.end == !method.isStream)
    #expect(
      try codec.decodeResponse(method: method, in: buffer, payload: header.payload) == message)
  }

  @Test func `an error comes out with its code, text and details`() throws {
    var error = CallError(.unknownPool, "There is no pool named \"disk\".", field: "pool")
    error.details += [Samples.detail, Samples.detailWithOthers]
    var buffer = ByteBuffer()
    codec.appendReply(callID: 9, error: error, to: &buffer)
    var reader = FrameReader(limits: Limits())
    let frame = try #require(try reader.next(in: &buffer))
    let header = try codec.decodeReply(in: buffer, at: frame)
    #expect(header.end)
    #expect(header.payload.isEmpty)
    #expect(CallError(header.code, header.message, details: header.details) == error)
  }

  @Test func `a call's metadata comes out, and a cancel names its call`() throws {
    let metadata = Metadata([("authorization", "Bearer abc"), ("client", "test/1")])
    var buffer = ByteBuffer()
    try codec.appendCall(callID: 1, metadata: metadata, message: .getMode, to: &buffer)
    codec.appendCancel(callID: 1, to: &buffer)
    var reader = FrameReader(limits: Limits())
    let call = try #require(try reader.next(in: &buffer))
    #expect(try codec.decodeCall(in: buffer, at: call).hasMetadata)
    #expect(try codec.decodeCallMetadata(in: buffer, at: call) == metadata)
    let cancel = try #require(try reader.next(in: &buffer))
    let header = try codec.decodeCall(in: buffer, at: cancel)
    #expect(header.cancel)
    #expect(header.callID == 1)
  }

  @Test func `a reply that would not fit a frame becomes an error that says so`() throws {
    var limits = Limits()
    limits.frameBytes = 600
    let codec = Codec(limits: limits)
    var response = ResourceResponse(
      requestID: "r", status: .denied, message: String(repeating: "x", count: 700))
    var buffer = ByteBuffer()
    codec.appendReply(callID: 4, response: .resource(response), to: &buffer)
    response.message = ""
    var reader = FrameReader(limits: limits)
    let frame = try #require(try reader.next(in: &buffer))
    let header = try codec.decodeReply(in: buffer, at: frame)
    #expect(header.code == Reason.frameTooLarge.code)
    #expect(header.details.first?.reason == "FRAME_TOO_LARGE")
  }
}
