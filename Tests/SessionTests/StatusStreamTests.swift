import Model
import NIOCore
import Session
import Testing

/// StreamResourceStatus: the present, then what changes.
struct StatusStreamTests {
  private static let gpu = StatusRequest(pool: PoolReference(name: "gpu"))

  @Test func `the first states are the present ones of every pool`() throws {
    let harness = Harness()
    let id = try harness.open()
    let early = try harness.open()
    try harness.send(1, .streamStatus(StatusRequest()), on: early)
    _ = try harness.lease("a", 30, on: id)
    // Nothing was told yet of the lease: a newcomer must not be given what was encoded before it.
    try harness.send(2, .streamStatus(StatusRequest()), on: id)
    let states = try harness.take(id).filter { $0.callID == 2 }
    #expect(states.map { $0.pool?.name } == ["gpu", "memory"])
    #expect(states.map { $0.pool?.allocated } == [30, 0])
    #expect(states.allSatisfy { !$0.end })
  }

  @Test func `a change is told within the interval, and only its pool`() throws {
    let harness = Harness()
    let id = try harness.open()
    let other = try harness.open()
    try harness.send(1, .streamStatus(StatusRequest()), on: id)
    _ = try harness.take(id)
    harness.pass(seconds: 1)
    _ = try harness.lease("a", 30, on: other)
    harness.pass(.milliseconds(100))
    let states = try harness.take(id)
    #expect(states.map { $0.pool?.name } == ["gpu"])
    #expect(states.first?.pool?.allocated == 30)
  }

  @Test func `defect 11: many changes of one interval are told once, with the last state`() throws {
    let harness = Harness()
    let id = try harness.open()
    let other = try harness.open()
    try harness.send(1, .streamStatus(Self.gpu), on: id)
    _ = try harness.take(id)
    for index in 1...50 {
      _ = try harness.lease(Text("r\(index)"), 1, on: other)
      harness.pass(.milliseconds(1))
    }
    harness.pass(.milliseconds(100))
    let states = try harness.take(id)
    #expect(states.count <= 2)
    #expect(states.last?.pool?.allocated == 50)
  }

  @Test func `without changes everything is told every 5 s`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .streamStatus(StatusRequest()), on: id)
    _ = try harness.take(id)
    harness.pass(.milliseconds(4_999))
    #expect(try harness.take(id).isEmpty)
    harness.pass(.milliseconds(1))
    #expect(try harness.take(id).count == 2)
    harness.pass(seconds: 20)
    #expect(try harness.take(id).count == 8)
  }

  @Test func `defect 11: with a page size the leases are told too`() throws {
    let harness = Harness()
    let id = try harness.open()
    let other = try harness.open()
    _ = try harness.lease("a", 10, on: other)
    var request = Self.gpu
    request.pageSize = 10
    try harness.send(1, .streamStatus(request), on: id)
    #expect(try harness.take(id).first?.pool?.allocations.map(\.requestID) == ["a"])
    _ = try harness.lease("b", 10, on: other)
    harness.pass(.milliseconds(100))
    let ids = try harness.take(id).last?.pool?.allocations.map(\.requestID)
    #expect(ids == ["a", "b"])
  }

  @Test func `a change of capacity and of mode reaches the streams and the page`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .streamStatus(Self.gpu), on: id)
    _ = try harness.take(id)
    let changes = harness.engine.changeCount
    try harness.call(
      2, .setCapacity(SetCapacityRequest(pool: PoolReference(name: "gpu"), capacity: 77)), on: id)
    #expect(harness.engine.changeCount != changes)
    harness.pass(.milliseconds(100))
    #expect(try harness.take(id).last?.pool?.totalCapacity == 77)
  }

  @Test func `defect 10: a health check does not wait behind a thousand streams`() throws {
    let harness = Harness()
    let id = try harness.open()
    var watchers: [ConnectionID] = []
    for _ in 0..<1000 {
      let watcher = try harness.open()
      try harness.send(1, .streamStatus(Self.gpu), on: watcher)
      watchers.append(watcher)
    }
    for watcher in watchers { _ = try harness.take(watcher) }
    harness.pass(seconds: 1)
    for watcher in watchers { _ = try harness.take(watcher) }
    _ = try harness.lease("a", 30, on: id)
    let tick = try #require(harness.engine.nextDeadline)
    harness.engine.advance(to: tick)
    harness.pump()
    #expect(try harness.call(9, .healthCheck, on: id).code == .ok)
    let told = try watchers.filter { try !harness.take($0).isEmpty }.count
    #expect(told > 0 && told < 200, "\(told) streams were served before the health check")
    harness.pass(.milliseconds(200))
    let rest = try watchers.filter { try harness.take($0).last?.pool?.allocated == 30 }.count
    #expect(told + rest == 1000)
  }

  @Test func `a page token or a negative page is refused`() throws {
    let harness = Harness()
    let id = try harness.open()
    var request = Self.gpu
    request.pageSize = -1
    try harness.send(1, .streamStatus(request), on: id)
    #expect(try harness.take(id).map(\.code) == [.invalidArgument])
    try harness.send(
      2, .streamStatus(StatusRequest(pool: PoolReference(name: "no-such-pool"))), on: id)
    #expect(try harness.take(id).map(\.reason) == ["UNKNOWN_POOL"])
  }
}
