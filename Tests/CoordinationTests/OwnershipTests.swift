import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Idempotency and ownership` {
  @Test func `the same id and content has the same answer, other content is refused`() throws {
    let trial = Trial()
    let first = try trial.request("a", [("gpu", 60)])
    let again = try trial.request("a", [("gpu", 60)])
    #expect(again.token == first.token && again.fencing == first.fencing)
    #expect(trial.pool("gpu")?.allocated == 60)
    #expect(trial.coordinator.state.requestsProcessed == 1)
    for change in [
      { (request: inout ResourceRequest) in request.claims.first.quantity = 61 },
      { $0.claims.first.pool = PoolReference(name: "api") }, { $0.component = "other" },
      { $0.priority = 3 }, { $0.wait = true }, { $0.duration = .seconds(5) },
      { $0.timeout = .seconds(5) }, { $0.metadata = Metadata([("k", "v")]) },
      { $0.allowPartial = true }, { $0.cancelOnDisconnect = true },
    ] as [(inout ResourceRequest) -> Void] {
      var other = ResourceRequest(
        requestID: "a", component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 60)), priority: 2)
      change(&other)
      #expect(
        callError { () throws(CallError) in try trial.request(other) }?.code == .alreadyExists)
    }
    #expect(trial.pool("gpu")?.allocated == 60)
  }

  @Test func `attack: a stranger who repeats the request is shown no token`() throws {
    let trial = Trial()
    let mine = try trial.request("a", [("gpu", 10)], secret: "s3cret", connection: 1)
    let stranger = try trial.request("a", [("gpu", 10)], connection: 2)
    #expect(stranger.status == .granted && stranger.token.isEmpty)
    let wrong = try trial.request("a", [("gpu", 10)], secret: "guess", connection: 2)
    #expect(wrong.token.isEmpty)
    #expect(
      try trial.request("a", [("gpu", 10)], secret: "s3cret", connection: 3).token == mine.token)
    // Without a secret only the same connection is shown it.
    let bare = try trial.request("b", [("gpu", 10)], connection: 1)
    #expect(try trial.request("b", [("gpu", 10)], connection: 2).token.isEmpty)
    #expect(try trial.request("b", [("gpu", 10)], connection: 1).token == bare.token)
    // Nor does the stranger claim a waiter's grant, so that it lapses as if nobody had asked.
    _ = try trial.request("hold", [("gpu", 80)])
    _ = try trial.request("w", [("gpu", 80)], wait: true, secret: "mine", connection: 1)
    try trial.release("hold")
    #expect(try trial.request("w", [("gpu", 80)], wait: true, connection: 9).token.isEmpty)
    trial.pass(seconds: 10)
    #expect(trial.standing("w") == .expired)
  }

  @Test func `what a principal made belongs to it alone, after a restart too`() throws {
    var settings = CoordinationSettings()
    var trial = Trial(isRecorded: true) { settings = $0 }
    let ada = Party(name: "ada", isAdmin: false)
    let eve = Party(name: "eve", isAdmin: false)
    let mine = try trial.request("a", [("gpu", 60)], secret: "s", party: ada)
    _ = try trial.request("w", [("gpu", 60)], wait: true, secret: "s", party: ada)
    func look(_ trial: Trial) throws {
      // Neither the connection nor the secret makes a principal another one.
      #expect(try trial.request("a", [("gpu", 60)], secret: "s", party: eve).token.isEmpty)
      #expect(
        try trial.request("a", [("gpu", 60)], secret: "?", connection: 9, party: ada).token
          == mine.token)
      let release = ReleaseRequest(requestID: "a", token: mine.token, component: "trainer")
      let renewal = RenewRequest(requestID: "a", token: mine.token, component: "trainer")
      let key = RequestKey(requestID: "w", component: "trainer", clientSecret: "s")
      let coordinator = trial.coordinator
      let refusals = [
        callError { () throws(CallError) in
          _ = try coordinator.release(release, by: eve, at: trial.now)
        },
        callError { () throws(CallError) in
          _ = try coordinator.renew(renewal, by: eve, at: trial.now)
        },
        callError { () throws(CallError) in
          _ = try coordinator.cancel(key, connection: 1, by: eve, at: trial.now)
        },
      ]
      #expect(refusals.map { $0?.reason } == [.notTheOwner, .notTheOwner, .notTheOwner])
      #expect(trial.pool("gpu")?.allocated == 60 && trial.standing("w") == .queued)
    }
    try look(trial)
    // Rebuilt from the records, and from a snapshot.
    func blank() -> Coordinator {
      Coordinator(
        recovering: settings, hashSeed: 5, entropy: Entropy(seed: 5), startedAt: trial.now)
    }
    let rebuilt = blank()
    try trial.coordinator.log.forEach { revision, record in
      try rebuilt.replay(record, revision: revision)
    }
    let restored = blank()
    var reader = StateReader(restored)
    for chunk in chunks(trial.coordinator) { try reader.read(chunk) }
    try reader.finish()
    for coordinator in [rebuilt, restored] {
      _ = try coordinator.resume(settings, given: GivenSettings(), epoch: 4, at: trial.now)
      trial = Trial(coordinator, at: trial.now)
      try look(trial)
      // An admin may give back what others have, and its owner still may.
      let admin = Party(name: "ops", isAdmin: true)
      let key = RequestKey(requestID: "w", component: "trainer")
      #expect(try coordinator.cancel(key, connection: 7, by: admin, at: trial.now).cancelled)
      #expect(try trial.request("a", [("gpu", 60)], secret: "s", party: admin).token.isEmpty)
      let release = ReleaseRequest(requestID: "a", token: mine.token, component: "trainer")
      #expect(try coordinator.release(release, by: ada, at: trial.now).success)
    }
  }

  @Test func `what was made while nobody was asked belongs to who may act for its component`()
    throws
  {
    let trial = Trial()
    let token = try trial.request("a", [("gpu", 60)], connection: 1).token
    let ada = Party(name: "ada", isAdmin: false)
    #expect(try trial.request("a", [("gpu", 60)], connection: 9, party: ada).token == token)
    let release = ReleaseRequest(requestID: "a", token: token, component: "trainer")
    #expect(try trial.coordinator.release(release, by: ada, at: trial.now).success)
  }

  @Test func `tokens are in no status, history, event or explanation`() throws {
    let trial = Trial()
    let token = try trial.request("a", [("gpu", 10)]).token.string
    let watched = try trial.coordinator.events(
      after: 0, matching: WatchRequest(fromStart: true), count: 10)
    let seen =
      "\(String(describing: trial.pool("gpu")))\(trial.history())\(watched)\(try trial.explain("a"))"
    #expect(!token.isEmpty && !seen.contains(token))
  }

  @Test func `a lease belongs to its component: another's token or name is invalid`() throws {
    let trial = Trial()
    let token = try trial.request("a", [("gpu", 10)], by: "x").token
    _ = try trial.request("b", [("gpu", 10)], by: "y")
    for (component, used) in [("y", token), ("x", "wrong" as Text), ("x", trial.tokens["b"] ?? "")]
    {
      let answer = try trial.release("a", by: Text(component), token: used)
      #expect(!answer.success && answer.message == "Invalid token")
      let error = callError { () throws(CallError) in
        try trial.renew("a", by: Text(component), token: used)
      }
      #expect(error?.code == .permissionDenied && error?.message == "Invalid token")
    }
    #expect(try trial.release("z", token: token).message == "Request ID not found")
    #expect(trial.count(.releaseRefused) == 4)
    #expect(trial.pool("gpu")?.allocated == 20)
  }

  @Test func `a release is idempotent and frees once`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 60)])
    #expect(try trial.release("a").success)
    _ = try trial.request("b", [("gpu", 60)])
    #expect(try trial.release("a").success)
    #expect(trial.pool("gpu")?.allocated == 60)
    #expect(trial.count(.released) == 1)
  }

  @Test func `an answer is remembered for 10 minutes after the lease's end`() throws {
    let trial = Trial()
    let first = try trial.request("a", [("gpu", 60)], duration: .seconds(5))
    trial.pass(seconds: 604)
    let replay = try trial.request("a", [("gpu", 60)], duration: .seconds(5))
    #expect(replay.status == .granted && replay.token == first.token)
    #expect(trial.coordinator.leases == 0)
    trial.pass(seconds: 1)
    let anew = try trial.request("a", [("gpu", 60)], duration: .seconds(5))
    #expect(anew.token != first.token)
    #expect(trial.coordinator.leases == 1)
  }

  @Test func `no more ended requests are remembered than the limit says, the oldest go first`()
    throws
  {
    let trial = Trial { $0.limits.rememberedRequests = 10 }
    for index in 0..<30 {
      _ = try trial.request(Text("r\(index)"), [("gpu", 1)], by: Text("c\(index)"))
      try trial.release(Text("r\(index)"), by: Text("c\(index)"))
    }
    trial.pass(.nanoseconds(1))
    #expect(trial.coordinator.state.records.count == 10)
    #expect(trial.coordinator.state.components.count == 10)
    #expect(trial.standing("r19") == nil && trial.standing("r20") == .released)
  }

  @Test func `bug: a record was forgotten while an effect still named it`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 1)], duration: .seconds(1))
    let slot = try #require(trial.coordinator.state.find("a"))
    // Nothing is consumed between the steps of a long leap.
    while trial.coordinator.step(dueBy: trial.now + .seconds(10_000)) {}
    #expect(trial.coordinator.effects.first?.slot == slot)
    #expect(trial.coordinator.record(slot).requestID == "a")
    trial.consume()
    trial.pass(seconds: 20_000)
    #expect(trial.standing("a") == nil)
  }

  @Test func `calls per second are limited for each component`() throws {
    let trial = Trial { $0.componentLimits["x"] = ComponentLimits(callsPerSecond: 5) }
    _ = try trial.request("a", [("api", 1)], by: "x")
    for _ in 0..<5 { _ = try trial.request("a", [("api", 1)], by: "x") }
    let error = callError { () throws(CallError) in try trial.request("a", [("api", 1)], by: "x") }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.details.first?.retryAfter == .milliseconds(200))
    _ = try trial.request("b", [("api", 1)], by: "y")
    trial.pass(.milliseconds(200))
    _ = try trial.request("a", [("api", 1)], by: "x")
  }

  @Test func `priorities above a component's allowance are refused`() throws {
    let trial = Trial { $0.componentLimits["x"] = ComponentLimits(maxPriority: .normal) }
    let error = callError { () throws(CallError) in
      try trial.request("a", [("api", 1)], by: "x", priority: .high)
    }
    #expect(error?.code == .permissionDenied && error?.reason == .priorityNotAllowed)
    #expect(try trial.request("b", [("api", 1)], by: "y", priority: .critical).status == .granted)
  }

  @Test func `bug: a full table of components refused those that were known`() throws {
    let trial = Trial { $0.limits.components = 2 }
    _ = try trial.request("a", [("api", 1)], by: "x")
    _ = try trial.request("b", [("api", 1)], by: "y")
    #expect(
      callError { () throws(CallError) in try trial.request("c", [("api", 1)], by: "z") }?.code
        == .resourceExhausted)
    #expect(try trial.request("d", [("api", 1)], by: "x").status == .granted)
  }
}
