import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Status and history` {
  @Test func `pages of 5,000 leases show each exactly once while others come and go`() throws {
    let trial = Trial { $0.mode = .alwaysGrant }
    for index in 0..<5000 {
      _ = try trial.request(Text("r\(index)"), [("gpu", 1)])
    }
    var seen: [Text: Int] = [:]
    var token = Text.empty
    var pages = 0
    repeat {
      let response = try trial.coordinator.status(
        StatusRequest(pool: PoolReference(name: "gpu"), pageSize: 137, pageToken: token),
        at: trial.now)
      let status = try #require(response.statuses.first)
      #expect(status.allocations.count <= 137)
      for allocation in status.allocations { seen[allocation.requestID, default: 0] += 1 }
      token = status.nextPageToken
      pages += 1
      // Others come and go between the pages.
      for extra in 0..<20 {
        let id = Text("x\(pages)-\(extra)")
        _ = try trial.request(id, [("gpu", 1)])
        if extra % 2 == 0 { try trial.release(id) }
      }
    } while !token.isEmpty && pages < 1000
    for index in 0..<5000 { #expect(seen[Text("r\(index)")] == 1, "r\(index)") }
    #expect(seen.values.allSatisfy { $0 == 1 })
  }

  @Test func `a page has 100 allocations unless asked, and at most 1000`() throws {
    let trial = Trial { $0.mode = .alwaysGrant }
    for index in 0..<1500 { _ = try trial.request(Text("r\(index)"), [("gpu", 1)]) }
    let all = try trial.coordinator.status(StatusRequest(), at: trial.now)
    #expect(all.statuses.map(\.name) == ["gpu", "api", "memory"])
    #expect(all.statuses[0].allocations.count == 100 && all.statuses[0].allocationsTotal == 1500)
    #expect(!all.statuses[0].nextPageToken.isEmpty && all.statuses[1].nextPageToken.isEmpty)
    let most = try trial.coordinator.status(
      StatusRequest(pool: PoolReference(name: "gpu"), pageSize: 99_999), at: trial.now)
    #expect(most.statuses[0].allocations.count == 1000)
    for wrong in ["x", "p", "pzz", "17", "p-1"] as [Text] {
      let error = callError { () throws(CallError) in
        try trial.coordinator.status(
          StatusRequest(pool: PoolReference(name: "gpu"), pageToken: wrong), at: trial.now)
      }
      #expect(error?.code == .invalidArgument, "\(wrong)")
    }
  }

  @Test func `history pages both ways, filters and counts exactly`() throws {
    let trial = Trial { $0.limits.historyEvents = 60 }
    for index in 0..<50 {
      _ = try trial.request(
        Text("r\(index)"), [(index % 3 == 0 ? "api" : "gpu", 1)], by: Text("c\(index % 2)"))
      try trial.release(Text("r\(index)"), by: Text("c\(index % 2)"))
      trial.pass(seconds: 1)
    }
    func all(_ base: HistoryRequest) -> [Event] {
      var request = base
      var events: [Event] = []
      repeat {
        let page = trial.history(request)
        events += page.events
        request.pageToken = page.nextPageToken
      } while !request.pageToken.isEmpty
      return events
    }
    let forwards = all(HistoryRequest(pageSize: 7, oldestFirst: true))
    #expect(forwards.count == 60)
    #expect(forwards.map(\.revision) == forwards.map(\.revision).sorted())
    #expect(all(HistoryRequest(pageSize: 9)) == forwards.reversed())
    let mine = HistoryRequest(pageSize: 4, component: "c1")
    #expect(all(mine) == forwards.reversed().filter { $0.component == "c1" })
    let pool = HistoryRequest(pageSize: 4, pool: PoolReference(name: "api"))
    #expect(all(pool).allSatisfy { $0.pools.first?.pool.name == "api" } && !all(pool).isEmpty)
    let span = HistoryRequest(after: Trial.start + .seconds(30), before: Trial.start + .seconds(32))
    #expect(all(span).map(\.requestID) == ["r31", "r31", "r30", "r30"])
    #expect(trial.count(.granted) == 50 && trial.count(.released) == 50)
    #expect(trial.history().eventsTotal == 100 && trial.history().eventsKept == 60)
    #expect(all(HistoryRequest(kind: Int32(EventKind.released.rawValue))).count == 30)
  }

  @Test func `events resume from a revision, and say so when some are gone`() throws {
    let trial = Trial { $0.limits.historyEvents = 10 }
    for index in 0..<20 { _ = try trial.request(Text("r\(index)"), [("gpu", 1)]) }
    let oldest = trial.coordinator.oldestResumableRevision
    let first = try trial.coordinator.events(after: oldest, matching: WatchRequest(), count: 4)
    let rest = try trial.coordinator.events(
      after: first.reached, matching: WatchRequest(), count: 99)
    #expect((first.events + rest.events).map(\.requestID) == (10..<20).map { Text("r\($0)") })
    #expect(rest.reached == trial.coordinator.revision)
    let error = callError { () throws(CallError) in
      try trial.coordinator.events(after: oldest - 1, matching: WatchRequest(), count: 4)
    }
    #expect(error?.reason == .revisionCompacted)
    let end = trial.coordinator.revision
    #expect(
      try trial.coordinator.events(after: end, matching: WatchRequest(), count: 4).events.isEmpty)
    for beyond in [end + 1, .max] {
      let error = callError { () throws(CallError) in
        try trial.coordinator.events(after: beyond, matching: WatchRequest(), count: 4)
      }
      #expect(error?.reason == .revisionCompacted, "bug: the last revision ended the process")
    }
  }
}
