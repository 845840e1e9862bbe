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

  @Test func `name every lease that must end and every waiter that comes first`() throws {
    let trial = Trial()
    for (index, seconds) in [300, 100, 200].enumerated() {
      _ = try trial.request(
        Text("hold\(index)"), [("gpu", 30)], by: Text("x\(index)"),
        duration: .seconds(Int64(seconds)))
    }
    for index in 0..<24 {
      _ = try trial.request(
        Text("wait\(index)"), [("gpu", 1 + Int64(index))], by: Text("y\(index)"), wait: true,
        timeout: .seconds(5000))
    }
    let queued = try trial.request("last", [("gpu", 60)], by: "z", wait: true)
    let blockers = try #require(queued.explanation?.blockers)
    #expect(blockers.map(\.reason) == ["INSUFFICIENT_CAPACITY", "AHEAD_IN_QUEUE"])
    #expect(blockers[0].others.map(\.requestID) == ["hold1", "hold2"])
    #expect(blockers[0].others.map(\.quantity) == [30, 30] && blockers[0].othersTotal == 2)
    #expect(blockers[0].others.last?.until == Trial.start + .seconds(200))
    #expect(blockers[0].requestID == "hold2" && blockers[0].until == Trial.start + .seconds(200))
    // The first few small ones were granted at once beside the leases.
    let waiting = (0..<24).filter { trial.standing(Text("wait\($0)")) == .queued }
    #expect(blockers[1].othersTotal == Int64(waiting.count) && waiting.count > 16)
    #expect(blockers[1].others.map(\.requestID) == waiting.prefix(16).map { Text("wait\($0)") })
    #expect(blockers[1].others.allSatisfy { $0.until == nil })
    #expect(
      blockers[1].message
        == "wait\(waiting[0]) of y\(waiting[0]) (NORMAL) and \(waiting.count - 1) more come first")
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
    var nameless = asked
    nameless.requestID = ""
    let same = try trial.coordinator.explain(.hypothetical(nameless), connection: 1, at: trial.now)
    #expect(same.requestID.isEmpty && same.blockers == answer.blockers)
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

  @Test func `bug: a forecast was not known as soon as those ahead needed their own leases to end`()
    throws
  {
    let trial = Trial { $0.limits.claim = .seconds(100_000) }
    _ = try trial.request("hold", [("gpu", 100)], duration: .seconds(50))
    for index in 1...3 {
      let queued = try trial.request(
        Text("r\(index)"), [("gpu", 80)], by: Text("c\(index)"), wait: true,
        timeout: .seconds(5000), duration: .seconds(200))
      #expect(
        queued.queue?.forecast?.latest == Trial.start + .seconds(50 + 200 * Int64(index - 1)))
    }
  }

  @Test func `bug: each waiter of a long queue was answered with a forecast of all before it`()
    throws
  {
    let trial = Trial { $0.limits.forecastWaiters = 3 }
    _ = try trial.request("hold", [("gpu", 100)], duration: .seconds(50))
    for index in 0..<6 {
      let queued = try trial.request(
        Text("r\(index)"), [("gpu", 100)], by: Text("c\(index)"), wait: true,
        timeout: .seconds(5000), duration: .seconds(200))
      let latest = queued.queue?.forecast?.latest
      #expect((latest != nil) == (index <= 3))
      #expect(queued.explanation?.forecast == queued.queue?.forecast)
    }
  }

  /// When the requests of a random queue were to start at the latest, and when they did.
  private func forecasts(_ seed: UInt64, claim: TimeSpan?) throws -> [(
    latest: Instant, at: Instant
  )] {
    var random = SeededRandom(seed: seed)
    let trial = Trial {
      if random.chance(30) { $0.lockDelay = .seconds(7) }
      if let claim { $0.limits.claim = claim }
    }
    var latest: [Text: Instant] = [:]
    for index in 0..<(4 + random.below(12)) {
      let response = try trial.request(
        Text("r\(index)"), [("gpu", random.within(1...60)), ("memory", random.within(1...20))],
        by: Text("c\(index)"), wait: true,
        timeout: .seconds(random.chance(20) ? random.within(1...500) : 100_000),
        duration: .seconds(random.within(1...400)))
      latest[Text("r\(index)")] = response.queue?.forecast?.latest
      trial.pass(.milliseconds(random.within(0...500)))
    }
    trial.pass(seconds: 50_000)
    let granted = trial.history(HistoryRequest(pageSize: 1000)).events.filter {
      $0.kind == .granted
    }
    return granted.compactMap { event in
      guard let bound = latest[event.requestID], let at = event.at else { return nil }
      return (bound, at)
    }
  }

  @Test func `property: nobody waits beyond the latest time of the forecast`() throws {
    var checked = 0
    for seed in TestSeed.all(100) {
      for forecast in try forecasts(seed, claim: nil) {
        checked += 1
        #expect(forecast.at <= forecast.latest, "seed \(seed)")
      }
    }
    #expect(checked > 300)
  }

  @Test func `property: where every lease is held to its end the latest time is when it starts`()
    throws
  {
    var checked = 0
    for seed in TestSeed.all(100) {
      for forecast in try forecasts(seed, claim: .seconds(1_000_000)) {
        checked += 1
        #expect(forecast.at == forecast.latest, "seed \(seed)")
      }
    }
    #expect(checked > 300)
  }
}
