import Model
import NIOCore
import Session
import Testing

/// The end of a server's life, as its clients see it.
struct StopTests {
  @Test func `stopping tells every stream and takes no connection`() throws {
    let harness = Harness()
    let id = try harness.open()
    _ = try harness.lease("held", 100, on: id)
    try harness.call(1, Harness.request("w", 100, wait: true), on: id)
    try harness.send(2, .watch(WatchRequest()), on: id)
    try harness.send(3, .streamStatus(StatusRequest()), on: id)
    try harness.send(4, Harness.awaitGrant("w"), on: id)
    harness.pass(.milliseconds(200))
    _ = try harness.take(id)
    harness.engine.beginStop(at: harness.now)
    harness.pump()
    let ends = try harness.take(id).filter(\.end)
    #expect(Set(ends.map(\.callID)) == [2, 3, 4])
    #expect(ends.allSatisfy { $0.code == .unavailable && $0.reason == "DRAINING" })
    #expect(harness.engine.open(at: harness.now) == nil)
    let refusal = harness.engine.refusal()
    let text = String(decoding: refusal.readableBytesView, as: UTF8.self)
    #expect(text.contains("DRAINING"))
  }

  @Test func `while it stops leases are still renewed and released, and nothing new is taken`()
    throws
  {
    let harness = Harness()
    let id = try harness.open()
    let token = try harness.lease("held", 10, on: id)
    harness.engine.beginStop(at: harness.now)
    let new = try harness.call(1, Harness.request("new"), on: id)
    #expect(new.code == .unavailable && new.reason == "DRAINING")
    let renewed = try harness.call(
      2, .renew(RenewRequest(requestID: "held", token: token, component: "trainer")), on: id)
    #expect(renewed.code == .ok)
    try harness.release("held", token, on: id)
    #expect(
      try harness.take(id).last?.response
        == .release(
          ReleaseResponse(success: true, message: "Resource released successfully")))
    try harness.send(3, .watch(WatchRequest()), on: id)
    #expect(try harness.take(id).last?.code == .unavailable)
    #expect(try harness.call(4, .healthCheck, on: id).code == .ok)
  }

  @Test func `a Drain call that asks to stop is passed to the shell once`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.call(1, .drain(DrainRequest()), on: id)
    #expect(harness.engine.stopRequest == nil && harness.engine.isDraining)
    try harness.call(2, .drain(DrainRequest(resume: true)), on: id)
    #expect(!harness.engine.isDraining)
    try harness.call(3, .drain(DrainRequest(stop: true)), on: id)
    #expect(harness.engine.stopRequest?.stop == true)
  }

  @Test func `closing all ends every connection behind its answers`() throws {
    let harness = Harness()
    let ids = try (0..<10).map { _ in try harness.open() }
    harness.engine.closeAll()
    harness.pump()
    #expect(harness.ended == Set(ids))
    for id in ids { harness.close(id) }
    #expect(harness.engine.connectionCount == 0)
  }

  @Test func `defect 20: nothing due is lost among many changes`() throws {
    let harness = Harness()
    let id = try harness.open()
    for index in 0..<100 {
      var request = ResourceRequest(
        requestID: Text("r\(index)"), component: "c",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)))
      request.duration = .milliseconds(Int64(10 + index * 10))
      try harness.call(UInt64(index), .request(request), on: id)
    }
    try harness.send(500, .streamStatus(StatusRequest()), on: id)
    harness.pass(seconds: 2)
    #expect(try harness.take(id).last { $0.pool?.name == "gpu" }?.pool?.allocated == 0)
  }
}
