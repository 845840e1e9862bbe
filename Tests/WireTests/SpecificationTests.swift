import Model
import NIOCore
import Testing
import Wire

/// Where protobuf-c departs from the protobuf specification and the codec does not, one by one, and the bounds.
@Suite struct SpecificationTests {
  let codec = Codec(limits: Limits())

  private func resourceRequest(_ bytes: [UInt8]) throws -> ResourceRequest {
    try decode(bytes, with: codec)
  }

  private func decode(_ bytes: [UInt8], with codec: Codec) throws(WireError) -> ResourceRequest {
    var request = ResourceRequest.empty
    try codec.decode(&request, in: ByteBuffer(bytes: bytes), payload: 0..<bytes.count)
    return request
  }

  private func fault(_ bytes: [UInt8]) throws -> WireError.Fault? {
    let error = try #require(throws: WireError.self) { try resourceRequest(bytes) }
    if case .malformed(let fault, _) = error { return fault }
    return nil
  }

  @Test func `a text that is not UTF-8 is refused, at its place`() {
    #expect(throws: WireError.malformed(.invalidUTF8, at: 2)) {
      try resourceRequest([0x0A, 0x02, 0xC3, 0x28])
    }
  }

  @Test func `a NUL inside a text is kept`() throws {
    #expect(try resourceRequest([0x0A, 0x03, 0x61, 0x00, 0x62]).requestID == "a\0b")
  }

  @Test func `of a key that stands twice the last value counts`() throws {
    let entry: [UInt8] = [0x42, 0x06, 0x0A, 0x01, 0x6B, 0x12, 0x01]
    let request = try resourceRequest(entry + [0x31] + entry + [0x32])
    #expect(request.metadata == Metadata([("k", "2")]))
  }

  @Test func `a message in two pieces is merged`() throws {
    // timeout { seconds: 5 } and timeout { nanos: 7 }
    let request = try resourceRequest([0x32, 0x02, 0x08, 0x05, 0x32, 0x02, 0x10, 0x07])
    #expect(request.timeout == TimeSpan(nanoseconds: 5_000_000_007))
  }

  @Test func `bits above the 64th of a number do not count`() throws {
    let high: [UInt8] = Array(repeating: 0x80, count: 9) + [0x10]
    #expect(try !resourceRequest([0x48] + high).wait)
    #expect(try resourceRequest([0x20] + high).claims.first.quantity == 0)
  }

  @Test func `an unknown enum number is kept`() throws {
    #expect(try resourceRequest([0x28, 0x63]).priority == 99)
  }

  @Test func `unknown fields, groups and known fields of another wire type are skipped`() throws {
    let request = try resourceRequest(
      [0x20, 0x05] + [0xF8, 0x01, 0x01] + [0x7B, 0x08, 0x01, 0x7C] + [0x08, 0x07] + [0x22, 0x00])
    #expect(request.claims.first.quantity == 5)
    #expect(request.requestID.isEmpty)
  }

  @Test(arguments: [
    ([0x00, 0x01], WireError.Fault.fieldZero), ([0x0A], .truncated),
    ([0x0A, 0x05, 0x61], .truncated),
    ([0x20], .truncated), ([0x20] + Array(repeating: 0x80, count: 10) + [0x01], .badVarint),
    ([0x0E, 0x00], .badWireType), ([0x7C], .unmatchedGroup), ([0x7B, 0x08, 0x01], .truncated),
    ([0x7B, 0x84, 0x01], .unmatchedGroup), ([0x7B, 0x7B, 0x84, 0x01], .unmatchedGroup),
    ([0x80, 0x80, 0x80, 0x80, 0x10, 0x00], .badTag), ([0x32, 0x01, 0x08], .truncated),
    (Array(repeating: 0x7B, count: 101) + Array(repeating: 0x7C, count: 101), .tooDeep),
  ])
  func `broken bytes are refused`(_ bytes: [UInt8], _ expected: WireError.Fault) throws {
    #expect(try fault(bytes) == expected)
  }

  @Test func `a hundred groups inside each other are skipped`() throws {
    let bytes: [UInt8] = Array(repeating: 0x7B, count: 100) + Array(repeating: 0x7C, count: 100)
    #expect(try resourceRequest(bytes).requestID.isEmpty)
  }

  @Test(arguments: 0...80)
  func `texts of every length come out whole`(_ count: Int) throws {
    let text = String((0..<count).map { Character(Unicode.Scalar(UInt8(33 + $0))) })
    let request = try resourceRequest([0x0A, UInt8(count)] + Array(text.utf8))
    #expect(request.requestID == Text(text))
    #expect(request.requestID.string == text)
  }

  @Test func `times out of range saturate and odd parts add up`() throws {
    // timeout { seconds: 2^63 - 1 }, duration { seconds: 1, nanos: -1 }
    let most: [UInt8] = [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    let mixed: [UInt8] =
      [0x08, 0x01, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
    let request = try resourceRequest(
      [0x32, UInt8(most.count)] + most + [0x3A, UInt8(mixed.count)] + mixed)
    #expect(request.timeout == TimeSpan(nanoseconds: .max))
    #expect(request.duration == TimeSpan(nanoseconds: 999_999_999))
  }

  @Test
  func `a message that needs more memory than the arena has is refused, whichever block fails`()
    throws
  {
    let entry: [UInt8] = [0x42, 0x06, 0x0A, 0x01, 0x6B, 0x12, 0x01, 0x31]
    let bytes = [0x0A, 0x02, 0x69, 0x64, 0x32, 0x02, 0x08, 0x05] + entry + entry
    var succeededAt: Int?
    for capacity in stride(from: 8, through: 2048, by: 8) {
      let small = Codec(limits: Limits(), arenaBytes: capacity)
      do throws(WireError) {
        let request = try decode(bytes, with: small)
        #expect(request.metadata.count == 1)
        succeededAt = succeededAt ?? capacity
      } catch {
        #expect(error == .tooMuchMemory(limit: capacity))
        #expect(succeededAt == nil)
      }
    }
    #expect(succeededAt != nil)
  }

  @Test(arguments: [1024, 1 << 20, 8 << 20])
  func `a frame as large as the limit lets it be is read`(frameBytes: Int) throws {
    var limits = Limits()
    limits.frameBytes = frameBytes
    let codec = Codec(limits: limits)
    // One long text in a call, then a long list in a reply: many small blocks of memory instead of one large one.
    let text = Text(String(repeating: "a", count: frameBytes - 64))
    var call = ByteBuffer()
    try codec.appendCall(
      callID: 1, message: .explain(.existing(text)), to: &call)
    let header = try codec.decodeCall(in: call, at: 4..<call.readableBytes)
    let explain = try codec.decodeRequest(method: .explain, in: call, payload: header.payload)
    guard case .explain(.existing(let read)) = explain else {
      Issue.record("\(explain)")
      return
    }
    #expect(read == text)

    var status = Samples.poolStatus
    let allocation = Allocation(
      requestID: "a", component: "b", quantity: 1, allocatedAt: Instant(nanoseconds: 1),
      expiresAt: Instant(nanoseconds: 1), priority: .low)
    status.allocations = Array(repeating: allocation, count: (frameBytes - 256) / 20)
    var reply = ByteBuffer()
    codec.appendReply(callID: 1, response: .poolStatus(status), to: &reply)
    #expect((frameBytes / 2...frameBytes + 4).contains(reply.readableBytes))
    let replyHeader = try codec.decodeReply(in: reply, at: 4..<reply.readableBytes)
    #expect(replyHeader.code == .ok)
    let response = try codec.decodeResponse(
      method: .setCapacity, in: reply, payload: replyHeader.payload)
    #expect(response == .poolStatus(status))
  }

  @Test func `unknown fields take none of the arena`() throws {
    let bytes: [UInt8] = Array(repeating: [0xF8, 0x01, 0x01], count: 100_000).flatMap { $0 }
    let small = Codec(limits: Limits(), arenaBytes: 1024)
    _ = try decode(bytes, with: small)
  }

  @Test func `metadata above its limits is refused by name`() {
    let entry: [UInt8] = [0x42, 0x00]
    let tooMany = Array(repeating: entry, count: 65).flatMap { $0 }
    #expect(throws: WireError.fieldTooLarge("metadata", limit: 64)) { try resourceRequest(tooMany) }
    let long: [UInt8] = [0x0A, 0x81, 0x80, 0x01] + Array(repeating: 0x61, count: 16_385)
    #expect(throws: WireError.fieldTooLarge("metadata", limit: 16_384)) {
      try resourceRequest([0x42, 0x85, 0x80, 0x01] + long)
    }
  }

  @Test func `a codec serves on after a refused message`() throws {
    #expect(throws: WireError.self) { try resourceRequest([0x0A]) }
    #expect(try resourceRequest([0x20, 0x05]).claims.first.quantity == 5)
  }

  @Test func `an answer larger than the arena is still written`() throws {
    let small = Codec(limits: Limits(), arenaBytes: 4096)
    var status = Samples.poolStatus
    status.allocations = Array(repeating: Samples.poolStatus.allocations[0], count: 500)
    var buffer = ByteBuffer()
    small.appendReply(callID: 1, response: .poolStatus(status), to: &buffer)
    let frame = 4..<buffer.readableBytes
    let header = try codec.decodeReply(in: buffer, at: frame)
    let response = try codec.decodeResponse(
      method: .setCapacity, in: buffer, payload: header.payload)
    #expect(response == .poolStatus(status))
  }
}
