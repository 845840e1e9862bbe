import Model
import NIOCore
import Session
import Testing

/// AwaitGrant: where a request stands, and then its grant.
struct AwaitTests {
  /// A pool that is full, and requests `w1` to `w<count>` of a waiter that wait for all of it.
  private func full(
    _ harness: Harness, waiters count: Int, secret: Text = .empty, cancelOnDisconnect: Bool = false,
    timeout: TimeSpan = .seconds(600)
  ) throws -> (holder: ConnectionID, waiter: ConnectionID, token: Text) {
    let holder = try harness.open()
    let waiter = try harness.open()
    let token = try harness.lease("held", 100, on: holder)
    for index in 1...count {
      let reply = try harness.call(
        UInt64(index),
        Harness.request(
          Text("w\(index)"), 100, by: "waiter", wait: true, timeout: timeout, secret: secret,
          cancelOnDisconnect: cancelOnDisconnect), on: waiter)
      #expect(reply.resource?.status == .queued)
    }
    return (holder, waiter, token)
  }

  @Test func `the place is told at once, when it moves, and then the grant with its token`() throws
  {
    let harness = Harness()
    let (holder, waiter, token) = try full(harness, waiters: 2)
    try harness.send(10, Harness.awaitGrant("w2", by: "waiter"), on: waiter)
    #expect(try harness.take(waiter).map { $0.update?.queue?.position } == [2])
    try harness.release("held", token, on: holder)
    harness.pass(.milliseconds(100))
    #expect(try harness.take(waiter).map { $0.update?.queue?.position } == [1])
    let first = try harness.call(
      3, Harness.request("w1", 100, by: "waiter", wait: true, timeout: .seconds(600)), on: waiter)
    let firstToken = try #require(first.resource?.token)
    try harness.release("w1", firstToken, by: "waiter", on: waiter)
    let last = try #require(try harness.take(waiter).last { $0.callID == 10 })
    #expect(last.end && last.update?.status == .granted)
    #expect(last.resource?.token.isEmpty == false)
    #expect(last.resource?.token != firstToken)
  }

  @Test func `a delivered grant is claimed and not taken back`() throws {
    let harness = Harness()
    let (holder, waiter, token) = try full(harness, waiters: 1)
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter"), on: waiter)
    try harness.release("held", token, on: holder)
    harness.pass(seconds: 60)
    let other = try harness.call(11, Harness.request("late", 100), on: holder)
    #expect(other.resource?.status == .denied)
  }

  @Test func `a grant that nobody fetches is taken back`() throws {
    let harness = Harness()
    let (holder, _, token) = try full(harness, waiters: 1)
    try harness.release("held", token, on: holder)
    harness.pass(.milliseconds(9_999))
    let early = try harness.call(11, Harness.request("early", 100), on: holder)
    #expect(early.resource?.status == .denied)
    harness.pass(.milliseconds(1))
    let late = try harness.call(12, Harness.request("late", 100), on: holder)
    #expect(late.resource?.status == .granted)
  }

  @Test func `a stranger learns the end but no token, and claims nothing`() throws {
    let harness = Harness()
    let (holder, _, token) = try full(harness, waiters: 1)
    let stranger = try harness.open()
    try harness.send(1, Harness.awaitGrant("w1", by: "waiter"), on: stranger)
    try harness.release("held", token, on: holder)
    let last = try #require(try harness.take(stranger).last)
    #expect(last.end && last.resource?.token.isEmpty != false)
    harness.pass(seconds: 10)
    let late = try harness.call(12, Harness.request("late", 100), on: holder)
    #expect(late.resource?.status == .granted)
  }

  @Test func `another component may not wait for a request`() throws {
    let harness = Harness()
    let (_, _, _) = try full(harness, waiters: 1)
    let stranger = try harness.open()
    try harness.send(1, Harness.awaitGrant("w1", by: "stranger"), on: stranger)
    let reply = try #require(try harness.take(stranger).first)
    #expect(reply.code != .ok && reply.end)
  }

  @Test func `after a lost connection the secret brings the grant`() throws {
    let harness = Harness()
    let (holder, waiter, token) = try full(harness, waiters: 1, secret: "s3cret")
    harness.close(waiter)
    harness.pass(seconds: 30)
    let again = try harness.open()
    try harness.send(1, Harness.awaitGrant("w1", by: "waiter", secret: "s3cret"), on: again)
    #expect(try harness.take(again).map { $0.update?.status } == [.queued])
    try harness.release("held", token, on: holder)
    let last = try #require(try harness.take(again).last)
    #expect(last.end && last.resource?.token.isEmpty == false)
  }

  @Test func `two that await with the secret are both given the token`() throws {
    let harness = Harness()
    let (holder, waiter, token) = try full(harness, waiters: 1, secret: "s3cret")
    let second = try harness.open()
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter", secret: "s3cret"), on: waiter)
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter", secret: "s3cret"), on: second)
    try harness.release("held", token, on: holder)
    let tokens = try [waiter, second].map { try harness.take($0).last?.resource?.token }
    #expect(tokens[0] == tokens[1])
    #expect(tokens[0]?.isEmpty == false)
  }

  @Test func `a wait that runs out ends with EXPIRED and its reason`() throws {
    let harness = Harness()
    let (_, waiter, _) = try full(harness, waiters: 1, timeout: .seconds(5))
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter"), on: waiter)
    _ = try harness.take(waiter)
    harness.pass(seconds: 5)
    let last = try #require(try harness.take(waiter).last)
    #expect(last.end && last.code == .ok && last.update?.status == .expired)
    #expect(last.reason == "QUEUE_TIMEOUT")
  }

  @Test func `awaiting what is decided answers at once`() throws {
    let harness = Harness()
    let id = try harness.open()
    _ = try harness.lease("r", 10, on: id)
    try harness.send(2, Harness.awaitGrant("r"), on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.end && reply.update?.status == .granted)
    try harness.send(3, Harness.awaitGrant("unknown"), on: id)
    #expect(try harness.take(id).map(\.code) == [.notFound])
  }

  @Test func `cancelling the wait leaves the request in the queue`() throws {
    let harness = Harness()
    let (_, waiter, _) = try full(harness, waiters: 1)
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter"), on: waiter)
    harness.cancel(10, on: waiter)
    #expect(try harness.take(waiter).last?.code == .cancelled)
    let again = try harness.call(
      11,
      Harness.request("w1", 100, by: "waiter", wait: true, timeout: .seconds(600)), on: waiter)
    #expect(again.resource?.status == .queued)
  }

  @Test func `cancelling the request ends the wait for it`() throws {
    let harness = Harness()
    let (_, waiter, _) = try full(harness, waiters: 1)
    try harness.send(10, Harness.awaitGrant("w1", by: "waiter"), on: waiter)
    _ = try harness.take(waiter)
    try harness.send(
      11, .cancel(RequestKey(requestID: "w1", component: "waiter")), on: waiter)
    let replies = try harness.take(waiter)
    let last = try #require(replies.first { $0.callID == 10 })
    #expect(last.end && last.update?.status == .expired && last.reason == "REQUEST_CANCELLED")
  }

  @Test(arguments: [true, false])
  func `a disconnect cancels after 10 s, and only on request`(cancels: Bool) throws {
    let harness = Harness()
    let (holder, waiter, token) = try full(harness, waiters: 1, cancelOnDisconnect: cancels)
    harness.close(waiter)
    harness.pass(.milliseconds(10_001))
    try harness.release("held", token, on: holder)
    _ = try harness.take(holder)
    let reply = try harness.call(1, Harness.request("next", 100), on: holder)
    #expect(reply.resource?.status == (cancels ? .granted : .denied))
  }

  @Test func `a grant due as a frame of its connection comes is sent with the answer`() throws {
    let harness = Harness()
    let holder = try harness.open()
    let waiter = try harness.open()
    var short = ResourceRequest(
      requestID: "short", component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 100)))
    short.duration = .seconds(3)
    try harness.call(1, .request(short), on: holder)
    try harness.call(1, Harness.request("w", 100, by: "waiter", wait: true), on: waiter)
    try harness.send(2, Harness.awaitGrant("w", by: "waiter"), on: waiter)
    _ = try harness.take(waiter)
    var bytes = ByteBuffer(bytes: try harness.frame(3, .healthCheck, on: waiter))
    harness.engine.receive(&bytes, on: waiter, at: harness.now + .seconds(3))
    harness.pump()
    let replies = try harness.take(waiter)
    #expect(replies.map(\.callID) == [2, 3])
    #expect(replies.first?.resource?.token.isEmpty == false)
  }
}
