import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Response modes` {
  private func contention(_ deny: Double, _ queue: Double, seed: UInt64 = 11) -> ContentionSettings
  {
    ContentionSettings(denyProbability: deny, queueProbability: queue, seed: seed)
  }

  @Test func `always_grant grants beyond the capacity and status tells the truth`() throws {
    var trial = Trial { $0.mode = .alwaysGrant }
    #expect(try trial.request("a", [("gpu", 90)]).status == .granted)
    #expect(try trial.request("b", [("gpu", 900)]).status == .granted)
    let status = try #require(trial.pool("gpu"))
    #expect(status.allocated == 990 && status.available == 0 && status.overCommitted == 890)
  }

  @Test func `simulate_contention draws once for each request but CRITICAL, in the log's order`()
    throws
  {
    func outcomes(criticalEvery: Int) throws -> [RequestStatus?] {
      var trial = Trial {
        $0.mode = .simulateContention
        $0.contention = contention(0.3, 0.3)
      }
      var seen: [RequestStatus?] = []
      for index in 0..<200 {
        if criticalEvery > 0, index % criticalEvery == 0 {
          let passed = try trial.request(Text("c\(index)"), [("gpu", 500)], priority: .critical)
          #expect(passed.status == .granted)
        }
        seen.append(try trial.request(Text("r\(index)"), [("gpu", 500)], priority: .low).status)
      }
      #expect(trial.coordinator.modeStatus.draws == 200)
      return seen
    }
    let plain = try outcomes(criticalEvery: 0)
    #expect(plain == (try outcomes(criticalEvery: 3)))
    #expect(plain.filter { $0 == .denied }.count > 30 && plain.filter { $0 == .queued }.count > 30)
    #expect(plain.filter { $0 == .granted }.count > 40)
  }

  @Test func `a queued request is granted 0.5 to 5 s later, whatever its timeout`() throws {
    var trial = Trial {
      $0.mode = .simulateContention
      $0.contention = contention(0, 1)
    }
    var dues: Set<Instant> = []
    for index in 0..<100 {
      let queued = try trial.request(Text("r\(index)"), [("gpu", 500)], timeout: .milliseconds(100))
      #expect(queued.status == .queued)
      let due = try #require(queued.queue?.forecast?.expected)
      #expect(due >= trial.now + .milliseconds(500) && due < trial.now + .seconds(5))
      dues.insert(due)
    }
    #expect(dues.count > 90)
    let first = try #require(dues.min())
    trial.pass(first - trial.now - .nanoseconds(1))
    #expect(trial.coordinator.leases == 0)
    trial.pass(.nanoseconds(1))
    #expect(trial.coordinator.leases == 1)
    trial.pass(seconds: 5)
    #expect(trial.count(.granted) == 100 && trial.coordinator.waiting == 0)
  }

  @Test func `a script's outcomes come on cue, then draws follow`() throws {
    var trial = Trial {
      $0.mode = .simulateContention
      $0.contention = contention(0, 0)
      $0.script = [.deny, .queue(after: .seconds(2)), .grant]
    }
    #expect(try trial.request("a", [("gpu", 1)]).status == .denied)
    #expect(try trial.request("b", [("gpu", 1)]).status == .queued)
    #expect(try trial.request("c", [("gpu", 1)]).status == .granted)
    #expect(try trial.request("d", [("gpu", 1)]).status == .granted)
    trial.pass(.nanoseconds(1_999_999_999))
    #expect(trial.standing("b") == .queued)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("b") == .granted)
  }

  @Test func `a seed other than 0 restarts the draws, nonsense is refused`() throws {
    var trial = Trial { $0.mode = .simulateContention }
    let first = try trial.setMode(.simulateContention, contention(0.5, 0.2, seed: 5))
    #expect(first.draws == 0)
    let one = try (0..<30).map { try trial.request(Text("a\($0)"), [("gpu", 1)]).status }
    try trial.setMode(.simulateContention, contention(0.5, 0.2, seed: 5))
    let two = try (0..<30).map { try trial.request(Text("b\($0)"), [("gpu", 1)]).status }
    #expect(one == two)
    for wrong in [
      contention(-0.1, 0), contention(0.6, 0.6), contention(.nan, 0), contention(0, 1.1),
    ] {
      #expect(
        callError { () throws(CallError) in try trial.setMode(.simulateContention, wrong) }?.code
          == .invalidArgument)
    }
    #expect(
      callError { () throws(CallError) in
        try trial.coordinator.setMode(SetModeRequest(mode: 9), at: trial.now)
      }?.code == .invalidArgument)
  }

  @Test func `a change of mode keeps leases and waiters`() throws {
    var trial = Trial { $0.mode = .alwaysGrant }
    _ = try trial.request("a", [("gpu", 150)])
    try trial.setMode(.respectLimits)
    #expect(trial.standing("a") == .granted)
    #expect(try trial.request("b", [("gpu", 1)]).reason == .overCommitted)
    _ = try trial.request("c", [("gpu", 1)], wait: true)
    try trial.setMode(.alwaysGrant)
    #expect(trial.standing("c") == .granted)
    #expect(trial.coordinator.leases == 2)
    #expect(try trial.release("a").success)
  }

  @Test func `waiters of contention wait for real capacity once limits are respected`() throws {
    var trial = Trial {
      $0.mode = .simulateContention
      $0.script = [.queue(after: .seconds(4)), .queue(after: .seconds(3)), .queue(after: nil)]
    }
    _ = try trial.request("hold", [("gpu", 100)], priority: .critical)
    _ = try trial.request("a", [("gpu", 60)])
    _ = try trial.request("b", [("gpu", 60)])
    _ = try trial.request("huge", [("gpu", 600)])
    try trial.setMode(.respectLimits)
    trial.pass(seconds: 6)
    #expect(trial.coordinator.waiting == 3)
    try trial.release("hold")
    #expect(trial.standing("a") == .queued || trial.standing("b") == .queued)
    #expect(trial.pool("gpu")?.allocated == 60)
    trial.pass(seconds: 100)
    #expect(trial.coordinator.waiting == 0)
  }

  @Test func `pools that always respect limits do so in every mode`() throws {
    for mode in ResponseMode.allCases {
      var trial = Trial {
        $0.mode = mode
        $0.contention = contention(0, 0)
        $0.pools[0].alwaysRespectsLimits = true
      }
      #expect(try trial.request("a", [("gpu", 90)]).status == .granted)
      #expect(try trial.request("b", [("gpu", 20)]).status == .denied)
      #expect(try trial.request("c", [("gpu", 20)], wait: true).status == .queued)
      try trial.release("a")
      #expect(trial.standing("c") == .granted)
    }
  }
}

@Suite struct `Rate pools` {
  private func trial(
    _ rule: RateRule = RateRule(period: .seconds(1), burst: 4), limit: Int64 = 5
  ) -> Trial {
    Trial {
      $0.pools.append(PoolDefinition(name: "tokens", kind: .rate, rate: rule, capacity: limit))
    }
  }

  @Test func `charge before use and refill to the nanosecond`() throws {
    var trial = trial()
    #expect(try trial.request("a", [("tokens", 5)]).status == .granted)
    let refused = try trial.request("b", [("tokens", 2)])
    #expect(refused.status == .denied && refused.reason == .rateLimited)
    #expect(refused.rate?.remaining == 0)
    #expect(refused.rate?.retryAfter == .milliseconds(400))
    #expect(refused.rate?.resetAfter == .seconds(1))
    try trial.release("a")
    #expect(try trial.request("c", [("tokens", 1)]).status == .denied)
    trial.pass(.nanoseconds(399_999_999))
    #expect(try trial.request("d", [("tokens", 2)]).status == .denied)
    trial.pass(.nanoseconds(1))
    #expect(try trial.request("e", [("tokens", 2)]).status == .granted)
  }

  @Test func `more than burst + 1 can never fit and has no retry hint`() throws {
    var trial = trial()
    let never = try trial.request("a", [("tokens", 6)], wait: true)
    #expect(never.status == .denied && never.reason == .canNeverFit)
    #expect(never.rate?.retryAfter == nil)
  }

  @Test func `a peek with 0 charges and records nothing`() throws {
    var trial = trial()
    _ = try trial.request("a", [("tokens", 3)])
    for _ in 0..<3 {
      let peek = try trial.request("p", [("tokens", 0)])
      #expect(peek.status == .granted && peek.token.isEmpty && peek.rate?.remaining == 2)
    }
    #expect(trial.standing("p") == nil)
    #expect(
      callError { () throws(CallError) in try trial.request("p", [("gpu", 0)]) }?.code
        == .invalidArgument)
    let several = callError { () throws(CallError) in
      try trial.request("q", [("gpu", 1), ("tokens", 0)])
    }
    #expect(
      several?.code == .invalidArgument, "bug: a claim of 0 beside others was denied as too large")
  }

  @Test func `waiters are served at the very nanosecond of the refill, in order`() throws {
    var trial = trial()
    _ = try trial.request("a", [("tokens", 5)])
    let first = try trial.request("b", [("tokens", 3)], wait: true)
    #expect(first.queue?.forecast?.latest == Trial.start + .milliseconds(600))
    let second = try trial.request("c", [("tokens", 1)], wait: true)
    #expect(second.queue?.forecast?.latest == Trial.start + .milliseconds(800))
    #expect(trial.coordinator.nextDeadline == Trial.start + .milliseconds(600))
    trial.pass(seconds: 1)
    let events = trial.history(HistoryRequest(kind: 1, oldestFirst: true)).events
    #expect(events.map(\.requestID) == ["a", "b", "c"])
    #expect(
      events.map(\.at) == [
        Trial.start, Trial.start + .milliseconds(600), Trial.start + .milliseconds(800),
      ])
  }

  @Test func `bug: a refill just before another timer was noticed only with that`() throws {
    var trial = trial(RateRule(period: .nanoseconds(1_000_000_010), burst: 0), limit: 1)
    _ = try trial.request("a", [("tokens", 1)])
    _ = try trial.request("lease", [("gpu", 1)], duration: .nanoseconds(1_000_000_013))
    _ = try trial.request(
      "b", [("tokens", 1)], wait: true, timeout: .nanoseconds(1_000_000_011))
    trial.pass(seconds: 2)
    #expect(trial.standing("b") == .granted)
    let served = trial.history(HistoryRequest(requestID: "b", kind: 1)).events.first
    #expect(served?.at == Trial.start + .nanoseconds(1_000_000_010))
  }

  @Test func `bug: a waiter behind one that is blocked elsewhere was not served by the refill`()
    throws
  {
    var trial = trial()
    _ = try trial.request("hold", [("gpu", 100)])
    _ = try trial.request("a", [("tokens", 4)])
    _ = try trial.request("both", [("tokens", 1), ("gpu", 1)], wait: true)
    #expect(try trial.request("b", [("tokens", 1)], wait: true).status == .queued)
    trial.pass(.nanoseconds(199_999_999))
    #expect(trial.standing("b") == .queued)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("b") == .granted)
    #expect(trial.standing("both") == .queued)
  }

  @Test func `settling returns what was not used and charges what was used beyond`() throws {
    var trial = trial()
    _ = try trial.request("a", [("tokens", 5)])
    #expect(try trial.release("a", used: [("tokens", 2)]).success)
    #expect(try trial.request("p", [("tokens", 0)]).rate?.remaining == 3)
    _ = try trial.request("b", [("tokens", 1)])
    #expect(try trial.release("b", used: [("tokens", 3)]).success)
    #expect(try trial.request("p", [("tokens", 0)]).rate?.remaining == 0)
    #expect(trial.count(.settled) == 2)
    _ = try trial.request("c", [("gpu", 1)])
    #expect(
      callError { () throws(CallError) in try trial.release("c", used: [("gpu", 1)]) }?.code
        == .invalidArgument)
    #expect(trial.standing("c") == .granted)
  }

  @Test func `calendar windows begin at whole UTC periods`() throws {
    var trial = trial(RateRule(algorithm: .calendar, period: .seconds(3600)), limit: 10)
    trial.pass(seconds: 1234)
    #expect(try trial.request("a", [("tokens", 10)]).status == .granted)
    _ = try trial.request("b", [("tokens", 10)], wait: true, timeout: .seconds(4000))
    // 1,800,000,000 s is a whole number of hours.
    trial.pass(.nanoseconds(2366 * 1_000_000_000 - 1))
    #expect(trial.standing("b") == .queued)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("b") == .granted)
  }

  @Test func `hold pools give back on release and never refill`() throws {
    var trial = Trial()
    #expect(try trial.request("a", [("api", 10)], duration: .seconds(7200)).status == .granted)
    trial.pass(seconds: 3700)
    #expect(try trial.request("b", [("api", 1)]).status == .denied)
    try trial.release("a")
    #expect(try trial.request("c", [("api", 10)]).status == .granted)
  }
}
