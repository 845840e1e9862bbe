import Model
import NIOCore
import Session
import TestSupport
import Testing

/// WatchEvents: everything that happens, exactly once and in order.
struct WatchTests {
  private func load(_ harness: Harness, _ count: Int, on id: ConnectionID) throws {
    for index in 0..<count {
      let request = Text("load-\(harness.now.nanoseconds)-\(index)")
      let token = try harness.lease(request, 1, callID: 500, on: id)
      try harness.release(request, token, callID: 501, on: id)
    }
    _ = try harness.take(id)
  }

  @Test func `events that come are told as they happen`() throws {
    let harness = Harness()
    let id = try harness.open()
    try harness.send(1, .watch(WatchRequest()), on: id)
    let token = try harness.lease("r", 5, on: id)
    try harness.release("r", token, on: id)
    harness.pass(.zero)
    let watched = try harness.take(id).filter { $0.callID == 1 }
    #expect(watched.compactMap { $0.event?.kind } == [.released])
  }

  @Test func `from the start everything kept is told`() throws {
    let harness = Harness()
    let id = try harness.open()
    try load(harness, 200, on: id)
    try harness.send(1, .watch(WatchRequest(fromStart: true)), on: id)
    harness.pass(.milliseconds(1))
    let revisions = try harness.take(id).compactMap { $0.event?.revision }
    #expect(revisions.count == 400)
    #expect(revisions == revisions.sorted() && Set(revisions).count == 400)
  }

  @Test func `a watch resumes behind the last revision that was seen`() throws {
    let harness = Harness()
    let id = try harness.open()
    try load(harness, 100, on: id)
    try harness.send(1, .watch(WatchRequest(fromStart: true)), on: id)
    harness.pass(.milliseconds(1))
    let all = try harness.take(id).compactMap { $0.event?.revision }
    for cut in stride(from: 0, to: all.count - 1, by: 13) {
      let again = try harness.open()
      try harness.send(1, .watch(WatchRequest(afterRevision: all[cut])), on: again)
      harness.pass(.milliseconds(1))
      let rest = try harness.take(again).compactMap { $0.event?.revision }
      #expect(rest == Array(all[(cut + 1)...]))
      harness.close(again)
    }
  }

  @Test func `a revision that another coordinator told is refused, so that no event is missed`()
    throws
  {
    let harness = Harness()
    let id = try harness.open()
    try load(harness, 3, on: id)
    try harness.send(1, .watch(WatchRequest(afterRevision: 1_000_000)), on: id)
    let reply = try #require(try harness.take(id).first { $0.callID == 1 })
    #expect(reply.code == .outOfRange)
    #expect(reply.end)
  }

  @Test func `filters leave out what is another's`() throws {
    let harness = Harness()
    let id = try harness.open()
    let watcher = try harness.open()
    try harness.send(1, .watch(WatchRequest(component: "b")), on: watcher)
    try harness.send(2, .watch(WatchRequest(requestID: "a1")), on: watcher)
    try harness.send(3, .watch(WatchRequest(pool: "memory")), on: watcher)
    _ = try harness.lease("a1", 1, by: "a", on: id)
    _ = try harness.lease("b1", 1, by: "b", on: id)
    try harness.call(9, Harness.request("m1", 1, pool: "memory"), on: id)
    harness.pass(.milliseconds(1))
    let told = try harness.take(watcher)
    for (call, request) in [(1, "b1"), (2, "a1"), (3, "m1")] as [(UInt64, Text)] {
      #expect(told.filter { $0.callID == call }.compactMap { $0.event?.requestID } == [request])
    }
  }

  @Test func `what is no longer kept is out of range, with the oldest revision`() throws {
    let harness = Harness { $0.limits.historyEvents = 64 }
    let id = try harness.open()
    try load(harness, 100, on: id)
    try harness.send(1, .watch(WatchRequest(afterRevision: 1)), on: id)
    let reply = try #require(try harness.take(id).first)
    #expect(reply.code == .outOfRange && reply.end && reply.reason == "REVISION_COMPACTED")
    #expect((reply.details.first?.limit ?? 0) > 1)
    try harness.send(2, .watch(WatchRequest(fromStart: true)), on: id)
    harness.pass(.milliseconds(1))
    #expect(try harness.take(id).compactMap(\.event).count == 64)
  }

  @Test func `a watcher that falls behind what is kept is told so`() throws {
    let harness = Harness { $0.limits.historyEvents = 64 }
    let id = try harness.open()
    let slow = try harness.open()
    try harness.send(1, .watch(WatchRequest()), on: slow)
    harness.engine.setWritable(false, on: slow, at: harness.now)
    try load(harness, 100, on: id)
    harness.engine.setWritable(true, on: slow, at: harness.now)
    harness.pass(.milliseconds(1))
    let replies = try harness.take(slow)
    #expect(replies.map(\.code) == [.outOfRange])
    #expect(replies.last?.end == true)
  }

  @Test(arguments: TestSeed.all(10))
  func `under load every watcher is told everything once and in order`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let harness = Harness(seed: seed)
    let loader = try harness.open()
    var watchers: [ConnectionID: [UInt64]] = [:]
    var stalled: Set<ConnectionID> = []
    for _ in 0..<8 { watchers[try harness.open()] = [] }
    for id in watchers.keys.sorted(by: { $0.number < $1.number }) {
      try harness.send(1, .watch(WatchRequest(fromStart: true)), on: id)
    }
    let ids = watchers.keys.sorted { $0.number < $1.number }
    for _ in 0..<60 {
      try load(harness, random.below(12), on: loader)
      harness.pass(.milliseconds(Int64(random.below(50))))
      let id = random.pick(ids)
      if stalled.remove(id) != nil {
        harness.engine.setWritable(true, on: id, at: harness.now)
      } else {
        stalled.insert(id)
        harness.engine.setWritable(false, on: id, at: harness.now)
      }
      for id in ids { watchers[id]? += try harness.take(id).compactMap { $0.event?.revision } }
    }
    for id in stalled.sorted(by: { $0.number < $1.number }) {
      harness.engine.setWritable(true, on: id, at: harness.now)
    }
    harness.pass(.milliseconds(10))
    for id in ids { watchers[id]? += try harness.take(id).compactMap { $0.event?.revision } }
    let first = try #require(watchers[ids[0]])
    #expect(!first.isEmpty && Set(first).count == first.count && first == first.sorted())
    for id in ids { #expect(watchers[id] == first, "seed \(seed)") }
  }
}
