import Model
import TestSupport
import Testing

@testable import Coordination

/// The defects of the original coordinator that the core can show. Those of its server, clients, page and files are
/// tested where those are: 10, 11, 20, 23 to 26, and the parts of 7, 21, 22 and 28 about formats and settings.
@Suite struct `Defects of the original` {
  @Test func `defect 1: respect_limits over-committed under many clients`() throws {
    for seed in TestSeed.all(6) {
      var random = SeededRandom(seed: seed)
      var trial = Trial()
      for index in 0..<400 {
        _ = try trial.request(
          Text("r\(index)"), [("gpu", random.within(1...40))], connection: UInt64(index % 16))
        #expect(try #require(trial.pool("gpu")).allocated <= 100, "seed \(seed)")
        if random.chance(50) { try trial.release(Text("r\(random.below(index + 1))")) }
      }
    }
  }

  @Test(arguments: [-5000, -1, 0, Int64.min])
  func `defect 2: quantities of 0 and below were granted`(quantity: Int64) {
    var trial = Trial { $0.mode = .alwaysGrant }
    let error = callError { () throws(CallError) in try trial.request("a", [("gpu", quantity)]) }
    #expect(error?.code == .invalidArgument)
    #expect(trial.pool("gpu")?.allocated == 0)
  }

  @Test func `defect 3: a repeated request_id was granted twice and leaked the first lease`() throws
  {
    var trial = Trial { $0.mode = .alwaysGrant }
    let first = try trial.request("a", [("gpu", 60)])
    #expect(try trial.request("a", [("gpu", 60)]).token == first.token)
    #expect(
      callError { () throws(CallError) in try trial.request("a", [("gpu", 5)]) }?.code
        == .alreadyExists)
    #expect(trial.pool("gpu")?.allocated == 60)
    #expect(try trial.release("a", token: first.token).success)
    #expect(trial.pool("gpu")?.allocated == 0)
  }

  @Test func `defect 4: another component could release a lease`() throws {
    var trial = Trial()
    let token = try trial.request("a", [("gpu", 60)], by: "x").token
    #expect(try trial.release("a", by: "y", token: token).message == "Invalid token")
    #expect(trial.standing("a") == .granted)
  }

  @Test func `defect 5: expired leases stayed allocated until a reaper came`() throws {
    var trial = Trial()
    _ = try trial.request("a", [("gpu", 100)], duration: .seconds(2))
    trial.pass(seconds: 2)
    #expect(trial.pool("gpu")?.allocated == 0)
    #expect(trial.standing("a") == .expired)
    #expect(try trial.request("b", [("gpu", 100)]).status == .granted)
  }

  @Test func `defect 6: durations below a second became an hour`() throws {
    var trial = Trial()
    let half = try trial.request("a", [("gpu", 1)], duration: .milliseconds(500))
    #expect(half.expiresAt == Trial.start + .milliseconds(500))
    let error = callError { () throws(CallError) in
      try trial.request("b", [("gpu", 1)], duration: .milliseconds(-500))
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `defect 7: expires_at could lie before granted_at`() throws {
    var trial = Trial()
    let granted = try trial.request("a", [("gpu", 1)], duration: .seconds(1))
    #expect(granted.grantedAt == trial.now)
    #expect(try #require(granted.expiresAt) > (try #require(granted.grantedAt)))
  }

  @Test func `defect 8: two grants of two thousand million broke every status`() throws {
    var trial = Trial { $0.mode = .alwaysGrant }
    _ = try trial.request("a", [("gpu", 2_000_000_000)])
    _ = try trial.request("b", [("gpu", 2_000_000_000)])
    let status = try trial.coordinator.status(StatusRequest(), at: trial.now)
    #expect(status.statuses[0].allocated == 4_000_000_000)
    #expect(status.statuses[0].overCommitted == 3_999_999_900)
  }

  @Test func `defect 9: unspecified and unknown resources were internal errors`() {
    var trial = Trial()
    for reference in [
      PoolReference(), PoolReference(number: 99), PoolReference(name: "nothing"),
      PoolReference(number: 1, name: "memory"), PoolReference(number: -1),
    ] {
      let asked = ResourceRequest(
        requestID: "a", component: "x", claims: Claims(PoolQuantity(pool: reference, quantity: 1)))
      #expect(
        callError { () throws(CallError) in try trial.request(asked) }?.code == .invalidArgument)
    }
  }

  @Test func `defect 12: QUEUED was a dead end`() throws {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)])
    _ = try trial.request("granted", [("gpu", 60)], wait: true, timeout: .seconds(5))
    _ = try trial.request("cancelled", [("gpu", 60)], wait: true)
    _ = try trial.request("late", [("gpu", 60)], wait: true, timeout: .seconds(5))
    #expect(trial.position("late") == 3)
    #expect(try trial.cancel("cancelled").cancelled)
    try trial.release("hold")
    #expect(
      try trial.request("granted", [("gpu", 60)], wait: true, timeout: .seconds(5)).status
        == .granted)
    trial.pass(seconds: 5)
    #expect(trial.standing("late") == .expired)
    try trial.release("granted")
    #expect(trial.standing("granted") == .released)
  }

  @Test func `defect 13: priority was never used`() throws {
    var trial = Trial {
      $0.mode = .simulateContention
      $0.contention = ContentionSettings(denyProbability: 1)
    }
    for index in 0..<50 {
      let passed = try trial.request(Text("c\(index)"), [("gpu", 50)], priority: .critical)
      #expect(passed.status == .granted)
    }
    #expect(try trial.request("n", [("gpu", 1)], priority: .high).status == .denied)
  }

  @Test func `defect 14: available went negative`() throws {
    for mode in [ResponseMode.alwaysGrant, .simulateContention] {
      var trial = Trial { $0.mode = mode }
      _ = try trial.request("a", [("gpu", 900)])
      #expect(trial.pool("gpu")?.available == 0 && trial.pool("gpu")?.overCommitted == 800)
    }
  }

  @Test func `defect 15: quick releases made an hourly allowance unlimited`() throws {
    var trial = Trial {
      $0.pools.append(
        PoolDefinition(
          name: "hourly", kind: .rate, rate: RateRule(algorithm: .calendar, period: .seconds(3600)),
          capacity: 100))
    }
    var granted = 0
    for index in 0..<300 {
      let id = Text("r\(index)")
      guard try trial.request(id, [("hourly", 1)]).status == .granted else { continue }
      granted += 1
      try trial.release(id)
    }
    #expect(granted == 100)
  }

  @Test func `defect 16: the granted quantity never differed`() throws {
    var trial = Trial()
    let part = try trial.request("a", [("gpu", 150)], partial: true)
    #expect(part.status == .granted && part.grantedQuantity == 100)
  }

  @Test func `defect 17: the history had no bound, no query and no failed releases`() throws {
    var trial = Trial { $0.limits.historyEvents = 100 }
    for index in 0..<1000 {
      _ = try trial.request(Text("r\(index)"), [("gpu", 1)])
      try trial.release(Text("r\(index)"))
    }
    try trial.release("nobody", token: "x")
    let page = trial.history()
    #expect(page.eventsKept == 100 && page.eventsTotal == 2001)
    #expect(page.events.first?.kind == .releaseRefused)
    #expect(page.events.first?.reason == "REQUEST_NOT_FOUND")
  }

  @Test func `defect 18: requests_processed counted releases, and health was always true`() throws {
    var trial = Trial()
    for index in 0..<10 {
      _ = try trial.request(Text("r\(index)"), [("gpu", 1)])
      _ = try trial.request(Text("r\(index)"), [("gpu", 1)])
      try trial.release(Text("r\(index)"))
    }
    let health = trial.coordinator.health(at: trial.now)
    #expect(health.metadata["requests_processed"] == "10" && health.healthy)
    trial.drain()
    #expect(!trial.coordinator.health(at: trial.now).healthy)
  }

  @Test func `defect 19: status listed every lease in one reply`() throws {
    var trial = Trial { $0.mode = .alwaysGrant }
    for index in 0..<500 { _ = try trial.request(Text("r\(index)"), [("gpu", 1)]) }
    let status = try trial.coordinator.status(StatusRequest(), at: trial.now).statuses[0]
    #expect(status.allocations.count == 100 && status.allocationsTotal == 500)
    #expect(!status.nextPageToken.isEmpty)
  }

  @Test func `defect 21: an unknown mode was taken and answered with nonsense`() {
    var trial = Trial()
    for number: Int32 in [-1, 4, 300] {
      let error = callError { () throws(CallError) in
        try trial.coordinator.setMode(SetModeRequest(mode: number), at: trial.now)
      }
      #expect(error?.code == .invalidArgument)
    }
    #expect(ResponseMode(name: "sometimes") == nil)
    #expect(trial.coordinator.mode == .respectLimits)
  }

  @Test func `defect 27: a waiter lost its priority and time, and a cancelled one stayed`() throws {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)])
    _ = try trial.request("high", [("gpu", 80)], priority: .high, wait: true)
    _ = try trial.request("normal", [("gpu", 80)], wait: true)
    for index in 0..<5 {
      _ = try trial.request(Text("later\(index)"), [("gpu", 80)], wait: true)
    }
    trial.pass(seconds: 1)
    #expect(trial.position("high") == 1 && trial.position("normal") == 2)
    try trial.cancel("normal")
    #expect(trial.coordinator.waiting == 6 && trial.pool("gpu")?.queued == 6)
    try trial.release("hold")
    #expect(trial.standing("high") == .granted)
  }

  @Test func `defect 28: an expiry locked up, and one release forgot other leases`() throws {
    var trial = Trial()
    let one = try trial.request("one", [("gpu", 10)], duration: .seconds(1))
    _ = try trial.request("two", [("gpu", 20)], duration: .seconds(9))
    _ = try trial.request("api", [("api", 3)], duration: .seconds(5))
    _ = try trial.request("api2", [("api", 3)], duration: .seconds(5))
    trial.pass(seconds: 1)
    #expect(trial.pool("gpu")?.allocated == 20)
    #expect(try !trial.release("one", token: one.token).success)
    try trial.release("api")
    #expect(trial.pool("api")?.allocated == 3)
    trial.pass(seconds: 8)
    #expect(trial.pool("gpu")?.allocated == 0 && trial.pool("api")?.allocated == 0)
    #expect(
      callError { () throws(CallError) in try trial.request("big", [("gpu", .max)]) }?.code
        == .invalidArgument)
    #expect(trial.coordinator.health(at: trial.now).uptimeSeconds == 9)
  }
}
