import Model
import NIOCore
import Session
import TestSupport
import Testing

/// Bytes in, bytes out: whole frames, halves, and what is none.
struct FrameTests {
  @Test func `calls of one read are answered in order and in one output`() throws {
    let harness = Harness()
    let id = try harness.open()
    var bytes: [UInt8] = []
    for call in 1...8 as ClosedRange<UInt64> {
      bytes += try harness.frame(call, Harness.request(Text("r\(call)")), on: id)
    }
    harness.send(bytes, on: id)
    #expect(harness.outputs[id] == 1)
    let replies = try harness.take(id)
    #expect(replies.map(\.callID) == Array(1...8))
    #expect(replies.allSatisfy { $0.end && $0.resource?.status == .granted })
  }

  @Test func `every decision of one read has the time of its start`() throws {
    let harness = Harness()
    let id = try harness.open()
    var bytes: [UInt8] = []
    for call in 1...4 as ClosedRange<UInt64> {
      bytes += try harness.frame(call, Harness.request(Text("r\(call)")), on: id)
    }
    harness.send(bytes, on: id)
    let times = try harness.take(id).map { $0.resource?.grantedAt }
    #expect(times == Array(repeating: Harness.start, count: 4))
  }

  @Test func `a call that comes byte by byte is answered once`() throws {
    let harness = Harness()
    let id = try harness.open()
    let bytes = try harness.frame(9, Harness.request("r"), on: id)
    for (position, byte) in bytes.enumerated() {
      harness.send([byte], on: id)
      if position < bytes.count - 1 { #expect(try harness.take(id).isEmpty) }
    }
    #expect(try harness.take(id).map(\.callID) == [9])
  }

  @Test func `two calls cut anywhere are both answered`() throws {
    let harness = Harness { $0.limits.records = 10_000 }
    let id = try harness.open()
    var next: UInt64 = 1
    let length =
      try harness.frame(1, .healthCheck, on: id).count
      + harness.frame(2, .healthCheck, on: id).count
    for cut in 0...length {
      let bytes =
        try harness.frame(next, .healthCheck, on: id)
        + harness.frame(next + 1, .healthCheck, on: id)
      harness.send(Array(bytes.prefix(cut)), on: id)
      harness.send(Array(bytes.dropFirst(cut)), on: id)
      #expect(try harness.take(id).map(\.callID) == [next, next + 1], "cut at \(cut)")
      next += 2
    }
  }

  @Test func `a malformed envelope is answered about the connection, which then ends`() throws {
    let harness = Harness()
    let id = try harness.open()
    let other = try harness.open()
    harness.send([0, 0, 0, 1, 0xFF], on: id)
    let replies = try harness.take(id)
    #expect(replies.map(\.callID) == [0])
    #expect(replies.first?.reason == "MALFORMED_MESSAGE")
    #expect(harness.ended == [id])
    #expect(try harness.call(1, .healthCheck, on: other).code == .ok)
  }

  @Test func `nothing behind a malformed envelope is handled`() throws {
    let harness = Harness()
    let id = try harness.open()
    let call = try harness.frame(2, Harness.request("r"), on: id)
    harness.send([0, 0, 0, 1, 0xFF] + call, on: id)
    #expect(try harness.take(id).map(\.callID) == [0])
    harness.send(call, on: id)
    #expect(try harness.take(id).isEmpty)
  }

  @Test func `a malformed payload fails its own call only`() throws {
    let harness = Harness()
    let id = try harness.open()
    // RequestResource whose first text runs past the end of the message.
    harness.send([0, 0, 0, 8, 0x08, 7, 0x10, 1, 0x22, 2, 0x0A, 5], on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.callID == 7)
    #expect(reply.code == .invalidArgument)
    #expect(reply.reason == "MALFORMED_MESSAGE")
    #expect(try harness.call(8, .healthCheck, on: id).code == .ok)
    #expect(harness.ended.isEmpty)
  }

  @Test(arguments: [0, 18, 99, 255, 256, 1_000_000])
  func `an unknown method is unimplemented and the connection lives on`(method: Int) throws {
    let harness = Harness()
    let id = try harness.open()
    var varint: [UInt8] = []
    var rest = method
    while rest >= 128 {
      varint.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    varint.append(UInt8(rest))
    let body: [UInt8] = [0x08, 7, 0x10] + varint
    harness.send([0, 0, 0, UInt8(body.count)] + body, on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.callID == 7 && reply.code == .unimplemented && reply.end)
    #expect(try harness.call(8, .healthCheck, on: id).code == .ok)
  }

  @Test(arguments: [
    ([0, 0, 0, 0] as [UInt8], "MALFORMED_MESSAGE"), ([0, 0x10, 0, 1], "FRAME_TOO_LARGE"),
    ([0xFF, 0xFF, 0xFF, 0xFF], "FRAME_TOO_LARGE"),
  ])
  func `a length of nothing or of too much ends the connection`(
    bytes: [UInt8], reason: String
  ) throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.call(1, .healthCheck, on: id)
    harness.send(bytes, on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.callID == 0 && reply.reason == reason)
    #expect(harness.ended == [id])
  }

  @Test func `a frame whose rest does not come ends the connection after the arrival time`() throws
  {
    let harness = Harness()
    let id = try harness.open()
    let bytes = try harness.frame(1, .healthCheck, on: id)
    harness.send(Array(bytes.dropLast()), on: id)
    harness.pass(.milliseconds(29_999))
    #expect(harness.ended.isEmpty)
    harness.pass(.milliseconds(1))
    #expect(harness.ended == [id])
    #expect(try harness.take(id).first?.reason == "MALFORMED_MESSAGE")
  }

  @Test func `bytes that come as their frame's time runs out are not handled`() throws {
    let harness = Harness()
    let id = try harness.open()
    let bytes = try harness.frame(1, Harness.request("late"), on: id)
    harness.send(Array(bytes.dropLast()), on: id)
    let now = harness.now + .seconds(30)
    var rest = ByteBuffer(bytes: Array(bytes.suffix(1)))
    harness.engine.receive(&rest, on: id, at: now)
    harness.pump()
    #expect(try harness.take(id).map(\.callID) == [0])
  }

  @Test func `a busy connection whose reads all end inside a frame lives on`() throws {
    let harness = Harness()
    let id = try harness.open()
    var rest = try harness.frame(1, .healthCheck, on: id)
    for call in 1...120 as ClosedRange<UInt64> {
      let next = try harness.frame(call + 1, .healthCheck, on: id)
      harness.send(rest + next.prefix(3), on: id)
      rest = Array(next.dropFirst(3))
      harness.pass(seconds: 1)
      #expect(try harness.take(id).map(\.callID) == [call])
    }
    #expect(harness.ended.isEmpty)
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /api HTTP/1.1\r\n", "HEAD / HTTP/1.0\r\n",
  ])
  func `HTTP is told where the page is`(text: String) throws {
    let harness = Harness()
    let id = try harness.open()
    harness.send(Array(text.utf8), on: id)
    let answer = String(decoding: harness.takeBytes(id), as: UTF8.self)
    #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    #expect(answer.contains("8080"))
    #expect(harness.ended == [id])
  }

  @Test(arguments: [
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), [0x16, 0x03], [0x16, 0x03, 0x01, 0x02, 0x00],
  ])
  func `other protocols are told that this is none of theirs`(bytes: [UInt8]) throws {
    let harness = Harness()
    let id = try harness.open()
    harness.send(bytes, on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.callID == 0 && reply.reason == "NOT_THIS_PROTOCOL")
    #expect(harness.ended == [id])
  }

  @Test(arguments: TestSeed.all(20))
  func `garbage hurts only its own connection`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let harness = Harness()
    let good = try harness.open()
    for round in 0..<200 as Range<UInt64> {
      let bad = try harness.open()
      var bytes = try harness.frame(
        1, random.chance(50) ? Harness.request("x") : Harness.awaitGrant("x"), on: bad)
      for _ in 0..<random.below(8) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.chance(30) {
        bytes = (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      }
      let cut = random.below(bytes.count + 1)
      harness.send(Array(bytes.prefix(cut)), on: bad)
      harness.send(Array(bytes.dropFirst(cut)), on: bad)
      #expect(try harness.call(round + 1, .healthCheck, on: good).code == .ok, "seed \(seed)")
      harness.close(bad)
    }
    #expect(!harness.ended.contains(good), "seed \(seed)")
    #expect(harness.engine.connectionCount == 1, "seed \(seed)")
  }
}
