import Model
import NIOCore
import Testing

@testable import Wire

/// The two ways to read a hot message and to write a hot reply agree.
@Suite struct HotFormTests {
  private static let cases = 50_000
  private let codec = Codec(limits: Limits())

  /// What each way makes of the bytes: nil where the hot way leaves them to the general one, or that refuses them.
  private func readRequest(
    _ bytes: [UInt8]
  ) -> (hot: ResourceRequest?, general: ResourceRequest?) {
    bytes.withUnsafeBytes { bytes in
      var request = ResourceRequest(
        requestID: .empty, component: .empty,
        claims: Claims(PoolQuantity(pool: PoolReference(), quantity: 0)))
      let isHot = codec.readHot(bytes, into: &request)
      return (
        isHot ? request : nil,
        try? codec.resourceRequest(try codec.unpack(CResourceRequest.self, bytes))
      )
    }
  }

  private func readRelease(_ bytes: [UInt8]) -> (hot: ReleaseRequest?, general: ReleaseRequest?) {
    bytes.withUnsafeBytes { bytes in
      var request = ReleaseRequest(requestID: .empty, token: .empty, component: .empty)
      let isHot = codec.readHot(bytes, into: &request)
      return (isHot ? request : nil, try? codec.releaseRequest(bytes))
    }
  }

  /// Whether the hot way read the bytes; an issue if it read something else than the general one.
  private func isHot<Request: Equatable>(
    _ bytes: [UInt8], _ read: (hot: Request?, general: Request?)
  ) -> Bool {
    guard let hot = read.hot else { return false }
    if hot != read.general {
      Issue.record("\(hex(bytes)): hot \(hot), general \(String(describing: read.general))")
    }
    return true
  }

  @Test func `a hot message is read as the general way reads it, or left to it`() {
    var generator = MessageGenerator(seed: 20_261_126)
    var hot = 0
    var looked = 0
    while looked < Self.cases {
      let (type, bytes) = generator.next()
      guard type == .resourceRequest || type == .releaseRequest else { continue }
      looked += 1
      let wasHot =
        type == .resourceRequest
        ? isHot(bytes, readRequest(bytes)) : isHot(bytes, readRelease(bytes))
      if wasHot { hot += 1 }
    }
    // Both ways must be taken often, or the test would show little.
    #expect(hot > Self.cases / 10)
    #expect(hot < Self.cases * 9 / 10)
  }

  @Test func `a usual request takes the hot way`() throws {
    var buffer = ByteBuffer()
    for metadata in [Metadata.empty, Metadata([("job_id", "12345"), ("stage", "train")])] {
      var request = ResourceRequest(
        requestID: "0d9c5a6e-7b1f-4c2d-8e3a-4f5b6c7d8e9f", component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(number: 1), quantity: 8000)))
      request.timeout = .seconds(30)
      request.duration = .milliseconds(-1500)
      request.metadata = metadata
      buffer.clear()
      try codec.appendCall(callID: 1, message: .request(request), to: &buffer)
      let whole = buffer
      var reader = FrameReader(limits: Limits())
      let frame = try #require(try reader.next(in: &buffer))
      let header = try codec.decodeCall(in: whole, at: frame)
      let payload = try #require(
        whole.getBytes(at: header.payload.lowerBound, length: header.payload.count))
      #expect(readRequest(payload).hot == request)
    }
  }

  @Test func `metadata is the same value in whichever form it was built`() {
    for length in 0...80 {
      let entries = [("key", String(repeating: "v", count: length)), ("empty", "")]
      let built = Metadata(entries)
      let packed = Metadata(packed: built.packed, count: built.count)
      #expect(packed == built)
      #expect(packed.hashValue == built.hashValue)
      #expect(packed.byteCount == 8 + 3 + length + 5)
      #expect(packed["key"]?.count == length)
    }
  }

  @Test func `the reply of a plain grant is byte for byte that of the general path`() {
    let times: [Int64] = [0, 1, 1_800_000_000_500_000_000, 1_800_000_000_000_000_000, -1, .max]
    let texts: [Text] = [
      "", "a", "0d9c5a6e-7b1f-4c2d-8e3a-4f5b6c7d8e9f", Text(String(repeating: "x", count: 39)),
    ]
    for time in times {
      for text in texts {
        for token in [nil, Token(high: 0x1234_5678_9ABC_4DEF, low: 0x8123_4567_89AB_CDEF)] {
          for number in [0, 1, 127, 128, Int64.max] {
            let grant = PlainGrant(
              requestID: text.words, pool: text.words, token: token,
              grantedAt: Instant(nanoseconds: time),
              expiresAt: Instant(nanoseconds: time), quantity: number,
              fencing: FencingToken(epoch: UInt64(number), counter: UInt64(number)),
              safeCapacity: number)
            var hot = ByteBuffer()
            var general = ByteBuffer()
            codec.appendReply(callID: UInt64(number), grant: grant, to: &hot)
            codec.appendReply(
              callID: UInt64(number), response: .resource(grant.response), to: &general)
            #expect(hot == general)
          }
        }
      }
    }
  }

  @Test func `the reply of a release is byte for byte that of the general path`() {
    let refused = ReleaseResponse(success: false, message: "Invalid token")
    for callID in [0, 1, 300, UInt64.max] {
      for response in [ReleaseResponse.released, refused] {
        var hot = ByteBuffer()
        var general = ByteBuffer()
        codec.appendReply(callID: callID, release: response, to: &hot)
        codec.appendReply(callID: callID, response: .release(response), to: &general)
        #expect(hot == general)
      }
    }
  }
}
