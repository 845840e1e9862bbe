import Model
import NIOCore
import Session
import Testing

/// What a connection may have, and how long it may do nothing.
struct LimitTests {
  @Test func `connections above the limit are refused with a reason`() throws {
    let harness = Harness { $0.limits.connections = 2 }
    let first = try harness.open()
    _ = try harness.open()
    #expect(harness.engine.open(at: harness.now) == nil)
    let refusal = harness.engine.refusal()
    let text = String(decoding: refusal.readableBytesView, as: UTF8.self)
    #expect(text.contains("TOO_MANY_CONNECTIONS"))
    harness.close(first)
    _ = try harness.open()
  }

  @Test func `a reused place is another connection`() throws {
    let harness = Harness()
    let first = try harness.open()
    harness.close(first)
    let second = try harness.open()
    #expect(first != second && first.slot == second.slot)
    harness.close(first)
    #expect(try harness.call(1, .healthCheck, on: second).code == .ok)
  }

  @Test func `streams above the limit are refused and others live on`() throws {
    let harness = Harness { $0.limits.streams = 2 }
    let id = try harness.open()
    for call in 1...3 as ClosedRange<UInt64> {
      try harness.send(call, .streamStatus(StatusRequest()), on: id)
    }
    let refused = try #require(try harness.take(id).last)
    #expect(refused.callID == 3 && refused.reason == "TOO_MANY_STREAMS" && refused.end)
    harness.cancel(1, on: id)
    try harness.send(4, .streamStatus(StatusRequest()), on: id)
    #expect(try harness.take(id).last?.code == .ok)
  }

  @Test func `calls above the connection's limit are refused`() throws {
    let harness = Harness { $0.limits.callsPerConnection = 2 }
    let id = try harness.open()
    let other = try harness.open()
    for call in 1...3 as ClosedRange<UInt64> {
      try harness.send(call, .watch(WatchRequest()), on: id)
    }
    let replies = try harness.take(id)
    #expect(replies.map(\.callID) == [3])
    #expect(replies.first?.reason == "TOO_MANY_CALLS")
    try harness.send(1, .watch(WatchRequest()), on: other)
    #expect(try harness.take(other).isEmpty)
  }

  @Test(arguments: [
    RequestMessage.healthCheck, .watch(WatchRequest()), .streamStatus(StatusRequest()),
  ])
  func `a call id in use by a stream is refused`(message: RequestMessage) throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(5, .watch(WatchRequest()), on: id)
    try harness.send(5, message, on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.callID == 5 && reply.code == .alreadyExists && reply.reason == "CALL_ID_IN_USE")
    harness.cancel(5, on: id)
    #expect(try harness.take(id).map(\.code) == [.cancelled])
    #expect(try harness.call(5, .healthCheck, on: id).code == .ok)
  }

  @Test func `cancelling ends a stream once, and what has ended is left alone`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .watch(WatchRequest()), on: id)
    harness.cancel(1, on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.code == .cancelled && reply.end)
    harness.cancel(1, on: id)
    harness.cancel(77, on: id)
    #expect(try harness.take(id).isEmpty)
    try harness.call(2, Harness.request("r"), on: id)
    #expect(try harness.take(id).isEmpty)
  }

  @Test func `a stream ends when its timeout has passed`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .watch(WatchRequest()), timeoutMilliseconds: 1500, on: id)
    harness.pass(.milliseconds(1499))
    #expect(try harness.take(id).isEmpty)
    harness.pass(.milliseconds(1))
    let reply = try #require(try harness.take(id).first)
    #expect(reply.code == .deadlineExceeded && reply.end)
  }

  @Test func `an idle connection is dropped with the reason, a used one is not`() throws {
    let harness = Harness()
    let idle = try harness.open()
    let used = try harness.open()
    let watching = try harness.open()
    try harness.send(1, .watch(WatchRequest()), on: watching)
    harness.pass(seconds: 300)
    try harness.call(1, .healthCheck, on: used)
    harness.pass(seconds: 301)
    #expect(harness.ended == [idle])
    #expect(try harness.take(idle).first?.reason == "IDLE_CONNECTION")
    harness.pass(seconds: 300)
    #expect(harness.ended == [idle, used])
  }

  @Test func `a peer that sends no more gets its answers and is closed`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .healthCheck, on: id)
    harness.engine.inputEnded(id, at: harness.now)
    harness.pump()
    #expect(try harness.take(id).map(\.callID) == [1])
    #expect(harness.ended == [id])
  }

  @Test func `bug: a frame that was cut off was answered with nothing`() throws {
    let harness = Harness()
    let id = try harness.open()
    harness.send([0, 0, 0, 16, 8], on: id)
    harness.engine.inputEnded(id, at: harness.now)
    harness.pump()
    let reply = try harness.take(id).first
    #expect(reply?.callID == 0 && reply?.reason == "MALFORMED_MESSAGE")
    #expect(reply?.message.contains("15 bytes before the end of a frame") == true)
    #expect(harness.ended == [id])
  }

  @Test func `streams of a slow reader pause and tell only the newest state later`() throws {
    let harness = Harness()
    let slow = try harness.open()
    let other = try harness.open()
    try harness.send(
      1, .streamStatus(StatusRequest(pool: PoolReference(name: "gpu"))), on: slow)
    _ = try harness.take(slow)
    harness.engine.setWritable(false, on: slow, at: harness.now)
    for round in 1...20 {
      _ = try harness.lease(Text("r\(round)"), 1, on: other)
      harness.pass(.milliseconds(150))
    }
    #expect(try harness.take(slow).isEmpty)
    harness.engine.setWritable(true, on: slow, at: harness.now)
    harness.pass(.milliseconds(200))
    #expect(try harness.take(slow).map { $0.pool?.allocated } == [20])
  }

  @Test func `a reader that stalls is dropped with the reason and others go on`() throws {
    let harness = Harness()
    let slow = try harness.open()
    let other = try harness.open()
    try harness.send(1, .streamStatus(StatusRequest()), on: slow)
    try harness.send(1, .streamStatus(StatusRequest()), on: other)
    _ = try harness.take(slow)
    harness.engine.setWritable(false, on: slow, at: harness.now)
    harness.pass(seconds: 20)
    // Told twice: the stall began with the first.
    harness.engine.setWritable(false, on: slow, at: harness.now)
    harness.pass(.milliseconds(9999))
    #expect(harness.ended.isEmpty)
    harness.pass(.milliseconds(1))
    #expect(harness.ended == [slow])
    #expect(try harness.take(slow).map(\.reason) == ["SLOW_READER"])
    _ = try harness.take(other)
    harness.pass(seconds: 5)
    #expect(try harness.take(slow).isEmpty)
    #expect(try harness.take(other).count == 2)
  }

  @Test func `small replies that a shell must keep take little more memory than they have bytes`()
    throws
  {
    let harness = Harness()
    let id = try harness.open()
    let other = try harness.open()
    // A peer that does not read: what is written to it stays in memory.
    var kept: [ByteBuffer] = []
    for call in 1...20 as ClosedRange<UInt64> {
      var bytes = ByteBuffer(bytes: try harness.frame(call, .healthCheck, on: id))
      harness.engine.receive(&bytes, on: id, at: harness.now)
      while let output = harness.engine.nextOutput() { kept.append(output.bytes) }
      harness.engine.finishBatch(at: harness.now)
      try harness.call(call, .status(StatusRequest()), on: other)
    }
    #expect(kept.count == 20)
    // The first is the buffer that all share: only once it is kept does the engine know.
    #expect(kept.dropFirst().allSatisfy { $0.capacity <= 2 * $0.readableBytes })
    kept = []
    harness.engine.caughtUp(id)
    var bytes = ByteBuffer(bytes: try harness.frame(21, .healthCheck, on: id))
    harness.engine.receive(&bytes, on: id, at: harness.now)
    let shared = try #require(harness.engine.nextOutput())
    #expect(!shared.isBehind)
    #expect(shared.bytes.capacity > 2 * shared.bytes.readableBytes)
  }

  @Test func `bug: a stream of old events was written as a whole before any of it was sent`() throws
  {
    let harness = Harness { $0.limits.writeBufferBytes = 50_000 }
    let id = try harness.open()
    for number in 0..<1500 {
      let request = ResourceRequest(
        requestID: Text("r\(number)"), component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1000)),
        metadata: Metadata([("note", String(repeating: "x", count: 500))]))
      try harness.call(1, .request(request), on: id)
    }
    // A shell that looks how much it is handed at once.
    var bytes = ByteBuffer(
      bytes: try harness.frame(2, .watch(WatchRequest(fromStart: true)), on: id))
    harness.engine.receive(&bytes, on: id, at: harness.now)
    var handed: [Int] = []
    for _ in 0..<1000 {
      while let output = harness.engine.nextOutput() { handed.append(output.bytes.readableBytes) }
      harness.engine.finishBatch(at: harness.now)
      guard let deadline = harness.engine.nextDeadline, deadline <= harness.now else { break }
      harness.engine.advance(to: harness.now)
    }
    // One slice of events may come on top.
    #expect(handed.allSatisfy { $0 < 50_000 + 128 * 700 })
    #expect(handed.reduce(0, +) > 1500 * 500, "and all of it comes")
  }
}
