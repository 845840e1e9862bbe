import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Explanations` {
  @Test func `name what is missing, who holds it, until when, and what is not in the way`() throws {
    let trial = Trial()
    _ = try trial.request("big", [("gpu", 70)], by: "x", duration: .seconds(100))
    _ = try trial.request("small", [("gpu", 20)], by: "y", duration: .seconds(50))
    let denied = try trial.request("a", [("gpu", 40), ("memory", 10)])
    let blocker = try #require(denied.explanation?.blockers.first)
    #expect(blocker.reason == "INSUFFICIENT_CAPACITY" && blocker.pool == "gpu")
    #expect(blocker.requested == 40 && blocker.available == 10 && blocker.missing == 30)
    #expect(blocker.requestID == "big" && blocker.component == "x")
    #expect(blocker.until == Trial.start + .seconds(100))
    #expect(denied.explanation?.notBlockers.map(\.pool) == ["memory"])
    #expect(denied.explanation?.forecast?.latest == Trial.start + .seconds(100))
    #expect(try trial.explain("a").blockers == denied.explanation?.blockers)
    try trial.release("big", by: "x")
    #expect(try trial.explain("a").blockers.isEmpty)
  }

  @Test func `bug: a request denied for those ahead was told that nothing is in the way`() throws {
    let trial = Trial()
    _ = try trial.request("hold", [("gpu", 60)])
    _ = try trial.request("first", [("gpu", 90)], by: "x", wait: true)
    let denied = try trial.request("a", [("gpu", 20)])
    let blocker = try #require(denied.explanation?.blockers.first)
    #expect(blocker.reason == "AHEAD_IN_QUEUE" && blocker.requestID == "first")
    #expect(denied.explanation?.changes.map(\.kind).contains("RAISE_PRIORITY") == true)
  }

  @Test func `of a request that is not made change nothing`() throws {
    let trial = Trial()
    _ = try trial.request("hold", [("gpu", 90)])
    let before = trial.coordinator.revision
    let asked = ResourceRequest(
      requestID: "maybe", component: "x",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 30)), wait: true)
    let answer = try trial.coordinator.explain(.hypothetical(asked), connection: 1, at: trial.now)
    #expect(answer.status == .queued && answer.blockers.first?.missing == 20)
    #expect(trial.coordinator.revision == before && trial.standing("maybe") == nil)
  }

  /// A state with leases and waiters of two pools.
  private func state(_ random: inout SeededRandom) throws -> Trial {
    let trial = Trial()
    for index in 0..<(5 + random.below(15)) {
      var claims: [(Text, Int64)] = [("gpu", random.within(1...40))]
      if random.chance(30) { claims.append(("memory", random.within(1...30))) }
      _ = try trial.request(
        Text("s\(index)"), claims, by: Text("c\(random.below(4))"),
        priority: random.pick(Priority.allCases), wait: random.chance(70), timeout: .seconds(3000),
        duration: .seconds(random.within(10...500)))
      trial.pass(.milliseconds(random.within(0...2000)))
      if random.chance(10) { try trial.setCapacity("gpu", random.within(20...120)) }
    }
    return trial
  }

  private func apply(_ change: Change, to trial: Trial) throws {
    switch Change.Kind(rawValue: change.kind.string) {
    case .releaseLease:
      let slot = try #require(trial.coordinator.state.find(change.requestID))
      let token = try #require(trial.coordinator.state.grant(slot)).token
      #expect(try trial.release(change.requestID, by: change.component, token: token.text).success)
    case .raiseCapacity:
      try trial.setCapacity(change.pool, change.quantity)
    case .reduceQuantity, .raisePriority, .wait, nil:
      break
    }
  }

  @Test func `property: every change that is listed lets the request start now`() throws {
    var seen: [Text: Int] = [:]
    for seed in TestSeed.all(250) {
      var random = SeededRandom(seed: seed)
      let trial = try state(&random)
      var asked = ResourceRequest(
        requestID: "subject", component: Text("c\(random.below(5))"),
        claims: Claims(
          PoolQuantity(pool: PoolReference(name: "gpu"), quantity: random.within(1...90))),
        priority: Int32(random.within(1...4)), timeout: .seconds(3000))
      if random.chance(30) {
        asked.claims.rest = [
          PoolQuantity(pool: PoolReference(name: "memory"), quantity: random.within(1...30))
        ]
      }
      asked.wait = random.chance(50)
      let here = trial.copy()
      let response = try here.request(asked)
      let changes = response.explanation?.changes ?? []
      for change in changes {
        seen[change.kind, default: 0] += 1
        let kind = Change.Kind(rawValue: change.kind.string)
        var request = asked
        let copy = trial.copy()
        var less: Trial?
        switch kind {
        case .reduceQuantity:
          request.claims.first.quantity = change.quantity
        case .raisePriority:
          let name = try #require(change.message.split(separator: " ").last)
          request.priority = Int32(try #require(Priority(name: String(name))).rawValue)
        case .releaseLease, .raiseCapacity:
          // It waits at its place, unless it is too large for that.
          request.wait = true
          if response.reason != .canNeverFit {
            #expect(try copy.request(request).status == .queued, "seed \(seed)")
            less = copy.copy()
          }
          try apply(change, to: copy)
        case .wait, nil:
          break
        }
        #expect(try copy.request(request).status == .granted, "seed \(seed), \(change)")
        guard kind == .raiseCapacity, less != nil else { continue }
        try less?.setCapacity(change.pool, change.quantity - 1)
        #expect(
          less?.standing("subject") == .queued, "seed \(seed): it is the smallest, \(change)")
      }
    }
    #expect(
      Set(seen.keys) == [
        "REDUCE_QUANTITY", "RAISE_PRIORITY", "RELEASE_LEASE", "RAISE_CAPACITY",
      ])
  }

  @Test func `property: nobody waits beyond the latest time of the forecast`() throws {
    var checked = 0
    for seed in TestSeed.all(100) {
      var random = SeededRandom(seed: seed)
      let trial = Trial { if random.chance(30) { $0.lockDelay = .seconds(7) } }
      var latest: [Text: Instant] = [:]
      for index in 0..<(4 + random.below(12)) {
        let response = try trial.request(
          Text("r\(index)"), [("gpu", random.within(1...60)), ("memory", random.within(1...20))],
          by: Text("c\(index)"), wait: true, timeout: .seconds(100_000),
          duration: .seconds(random.within(1...400)))
        latest[Text("r\(index)")] = response.queue?.forecast?.latest
        trial.pass(.milliseconds(random.within(0...500)))
      }
      trial.pass(seconds: 50_000)
      for event in trial.history(HistoryRequest(pageSize: 1000)).events where event.kind == .granted
      {
        guard let bound = latest[event.requestID], let at = event.at else { continue }
        checked += 1
        #expect(at <= bound, "seed \(seed): \(event.requestID)")
      }
    }
    #expect(checked > 100)
  }
}
