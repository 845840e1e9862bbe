import Model
import TestSupport
import Testing

@testable import Coordination

/// Random commands of every kind, with a journal of decisions beside them.
private struct Session {
  let settings: CoordinationSettings
  let trial: Trial
  private(set) var records: [(revision: UInt64, record: [UInt8])] = []
  private var random: SeededRandom
  private var count = 0

  init(seed: UInt64) {
    random = SeededRandom(seed: seed).child("commands")
    var settings = CoordinationSettings(
      mode: random.pick(ResponseMode.allCases),
      contention: ContentionSettings(denyProbability: 0.2, queueProbability: 0.4, seed: seed),
      pools: [
        PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 100),
        PoolDefinition(
          name: "tokens", number: 5, kind: .rate,
          rate: RateRule(algorithm: .gcra, period: .seconds(60), burst: 9), capacity: 30),
        PoolDefinition(
          name: "calls", kind: .rate,
          rate: RateRule(algorithm: .calendar, period: .seconds(60)), capacity: 30,
          alwaysRespectsLimits: true),
        PoolDefinition(name: "memory", unit: "MB", capacity: 50, lockDelay: .seconds(3)),
      ], lockDelay: random.chance(30) ? .seconds(2) : .zero,
      preemption: PreemptionSettings(enabled: random.chance(50), grace: .seconds(5)))
    settings.limits.rememberedTime = .seconds(40)
    settings.limits.rememberedRequests = 20
    settings.limits.historyEvents = 50
    settings.isStateLost = random.chance(30)
    self.settings = settings
    trial = Trial(seed: seed, isRecorded: true) { $0 = settings }
    collect()
  }

  /// Takes the records as a shell does.
  mutating func collect() {
    trial.coordinator.log.forEach { revision, record in
      records.append((revision, Array(record)))
    }
    trial.coordinator.log.removeAll()
  }

  mutating func step() {
    count += 1
    trial.pass(.milliseconds(random.chance(30) ? 0 : random.within(0...3000)))
    // What is refused is part of it: nothing of it may be recorded wrongly.
    _ = callError { () throws(CallError) in try run() }
    collect()
  }

  private mutating func run() throws(CallError) {
    let known = Text("request-\(max(1, count - random.below(12)))")
    let connection = UInt64(1 + random.below(3))
    switch random.below(100) {
    case 0..<55:
      var pools: [Text] = ["gpu", "tokens", "calls", "memory"]
      let claims = (0..<(random.chance(70) ? 1 : 1 + random.below(3))).map { _ in
        (pools.remove(at: random.below(pools.count)), random.within(1...25))
      }
      let long = random.chance(10) ? "-with-an-id-that-does-not-fit-into-forty-bytes" : ""
      _ = try trial.request(
        Text("request-\(count)\(long)"), claims, by: Text("component-\(random.below(4))"),
        priority: random.pick(Priority.allCases), wait: random.chance(70),
        timeout: .seconds(random.within(1...60)), duration: .seconds(random.within(1...40)),
        partial: claims.count == 1 && random.chance(20),
        secret: random.chance(30) ? "secret" : "", onDisconnect: random.chance(30),
        connection: connection, trace: random.chance(20) ? Traces.one : nil,
        party: random.chance(40) ? Party(name: random.pick(["ada", "eve"]), isAdmin: false) : nil)
    case 55..<70:
      let token = trial.coordinator.state.find(known).flatMap { trial.coordinator.state.grant($0) }
      let component =
        trial.coordinator.state.find(known).map {
          trial.coordinator.componentName(trial.coordinator.state.records[$0].component)
        } ?? "nobody"
      try trial.release(
        known, by: component,
        used: random.chance(30) ? [("tokens" as Text, random.within(0...30))] : [],
        token: token?.token.text)
    case 70..<74: _ = try trial.renew(known, for: .seconds(9), by: "component-1")
    case 74..<76:
      let held = HeldLease(
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 3)),
        duration: .seconds(20), clientSecret: "secret")
      _ = try trial.coordinator.renew(
        RenewRequest(
          requestID: Text("request-\(count)"),
          token: Token(entropyHigh: random.next(), entropyLow: random.next()).text,
          component: "component-1", held: held), connection: connection, at: trial.now)
    case 76..<82: try trial.cancel(known, by: "component-2", secret: "secret")
    case 82..<87: trial.coordinator.connectionClosed(connection, at: trial.now)
    case 87..<91:
      if let slot = trial.coordinator.state.find(known) {
        trial.coordinator.attach(slot, connection, at: trial.now)
      }
    case 91..<94:
      try trial.setCapacity(
        random.pick(["gpu", "tokens", "calls", "memory"]), random.within(0...99))
    case 94:
      let claims = ["gpu", "memory"].map {
        PoolQuantity(pool: PoolReference(name: $0), quantity: random.within(1...9))
      }
      _ = try trial.coordinator.hold(
        Text("hold-\(random.below(9))"), for: "platform", Claims(claims[0], rest: [claims[1]]),
        secret: "secret", at: trial.now)
    case 95:
      _ = trial.coordinator.letGo(Text("hold-\(random.below(9))"), at: trial.now)
    case 96..<98:
      try trial.setMode(
        random.pick(ResponseMode.allCases),
        random.chance(50) ? ContentionSettings(queueProbability: 0.5, seed: random.next()) : nil)
    default: trial.drain(resume: random.chance(70))
    }
    trial.consume()
  }

  /// A coordinator without a past, for recovery.
  func blank() -> Coordinator {
    Coordinator(
      recovering: settings, hashSeed: 99, entropy: Entropy(seed: 7), startedAt: trial.now)
  }

  /// A coordinator made of the records alone.
  func rebuilt(from first: Coordinator? = nil, after revision: UInt64 = 0) throws -> Coordinator {
    let coordinator = first ?? blank()
    for (number, record) in records where number > revision {
      try coordinator.replay(record[...], revision: number)
    }
    return coordinator
  }
}

/// Where two images differ, shortly; nil where they do not.
private func difference(_ one: [[UInt8]], _ other: [[UInt8]]) -> String? {
  for (number, pair) in zip(one, other).enumerated() where pair.0 != pair.1 {
    let place = zip(pair.0, pair.1).prefix { $0 == $1 }.count
    func part(_ bytes: [UInt8]) -> String {
      String(decoding: bytes.dropFirst(max(0, place - 20)).prefix(60), as: UTF8.self)
        .debugDescription
    }
    return "chunk \(number) of kind \(pair.0[0]), byte \(place): \(part(pair.0)), "
      + part(pair.1)
  }
  return one.count == other.count ? nil : "\(one.count) and \(other.count) chunks"
}

private func read(_ chunks: [[UInt8]], into coordinator: Coordinator) throws -> Coordinator {
  var reader = StateReader(coordinator)
  for chunk in chunks { try reader.read(chunk) }
  try reader.finish()
  return coordinator
}

@Suite struct `Records of decisions` {
  @Test func `rebuild the same state bit for bit, at every point`() throws {
    for seed in TestSeed.all(40) {
      var session = Session(seed: seed)
      for step in 0..<120 {
        session.step()
        guard step % 30 == 29 || step < 3 else { continue }
        let rebuilt = try session.rebuilt()
        #expect(
          difference(chunks(rebuilt), chunks(session.trial.coordinator)) == nil,
          "seed \(seed), step \(step)")
      }
      #expect(session.records.map(\.revision) == Array(1...UInt64(session.records.count)))
    }
  }

  @Test func `go on from a snapshot as from the beginning`() throws {
    for seed in TestSeed.all(40) {
      var session = Session(seed: seed)
      for _ in 0..<60 { session.step() }
      let middle = try session.rebuilt()
      let saved = chunks(middle)
      let loaded = try read(saved, into: session.blank())
      #expect(difference(chunks(loaded), saved) == nil, "seed \(seed)")
      for _ in 0..<60 { session.step() }
      let ended = try session.rebuilt(from: loaded, after: middle.revision)
      #expect(
        difference(chunks(ended), chunks(session.trial.coordinator)) == nil, "seed \(seed)")
    }
  }

  @Test func `a recovered coordinator answers and decides as one that never stopped`() throws {
    for seed in TestSeed.all(20) {
      var session = Session(seed: seed)
      for _ in 0..<80 { session.step() }
      let rebuilt = try session.rebuilt()
      rebuilt.entropy = Entropy(seed: 1)
      rebuilt.state.fencing.epoch = 3
      let live = session.trial.coordinator
      live.entropy = Entropy(seed: 1)
      var now = session.trial.now
      for step in 0..<60 {
        now = now + .seconds(1)
        for coordinator in [live, rebuilt] {
          while coordinator.step(dueBy: now) { coordinator.effects.removeAll() }
        }
        let request = ResourceRequest(
          requestID: Text("later-\(step)"), component: "component-1",
          claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 20)),
          duration: .seconds(5), wait: true)
        let one = Result { try live.request(request, connection: 1, at: now) }
        let other = Result { try rebuilt.request(request, connection: 1, at: now) }
        #expect("\(one)" == "\(other)", "seed \(seed)")
      }
      #expect(difference(chunks(rebuilt), chunks(live)) == nil, "seed \(seed)")
    }
  }

  @Test func `that do not fit are refused and never crash`() throws {
    for seed in TestSeed.all(30) {
      var session = Session(seed: seed)
      for _ in 0..<40 { session.step() }
      var random = SeededRandom(seed: seed).child("damage")
      for _ in 0..<60 {
        let coordinator = session.blank()
        for (number, record) in session.records {
          var bytes = record
          if random.chance(5) { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
          if random.chance(2) { bytes.removeLast() }
          do { try coordinator.replay(bytes[...], revision: number) } catch { break }
        }
      }
    }
  }

  @Test func `chunks that do not fit are refused and never crash`() throws {
    for seed in TestSeed.all(30) {
      var session = Session(seed: seed)
      for _ in 0..<60 { session.step() }
      let saved = chunks(session.trial.coordinator)
      var random = SeededRandom(seed: seed).child("damage")
      for _ in 0..<60 {
        var damaged = saved
        let chunk = random.below(damaged.count)
        damaged[chunk][random.below(damaged[chunk].count)] ^= 1 << UInt8(random.below(8))
        guard let loaded = try? read(damaged, into: session.blank()) else { continue }
        // What was taken is a state with which one can go on.
        while loaded.step(dueBy: session.trial.now + .seconds(3600)) { loaded.effects.removeAll() }
      }
      #expect(throws: ByteSource.Malformed.self) {
        _ = try read(Array(saved.dropLast()), into: session.blank())
      }
    }
  }
}

@Suite struct `Going on after a stop` {
  /// A second life of the trial's coordinator, begun so much later, under a configuration of then.
  private func restarted(
    _ trial: Trial, after span: TimeSpan, given: GivenSettings = GivenSettings(),
    _ change: (inout CoordinationSettings) -> Void = { _ in }
  ) throws -> (trial: Trial, changes: [String]) {
    var settings = trial.coordinator.state.settings
    settings.pools = trial.coordinator.state.pools.map(\.definition)
    settings.mode = .respectLimits
    change(&settings)
    let now = trial.now + span
    let next = Coordinator(
      recovering: settings, hashSeed: 5, entropy: Entropy(seed: 6), startedAt: now)
    let coordinator = try read(chunks(trial.coordinator), into: next)
    let changes = try coordinator.resume(settings, given: given, epoch: 3, at: now)
    return (Trial(coordinator, at: now), changes)
  }

  @Test func `leases that ended while down end at their own time, others stay as they were`() throws
  {
    let trial = Trial(isRecorded: true)
    let short = try trial.request("short", [("gpu", 60)], duration: .seconds(10))
    let long = try trial.request("long", [("memory", 20)], duration: .seconds(1000))
    let (next, changes) = try restarted(trial, after: .seconds(100))
    #expect(changes.isEmpty)
    let ended = try #require(next.history().events.last { $0.kind == .expired })
    #expect(ended.at == short.expiresAt && ended.requestID == "short")
    #expect(next.pool("gpu")?.allocated == 0 && next.pool("memory")?.allocated == 20)
    let renewed = try next.renew("long", for: .seconds(2000), token: long.token)
    #expect(renewed.fencing == long.fencing && renewed.expiresAt == next.now + .seconds(2000))
    let fresh = try next.request("fresh", [("gpu", 1)])
    #expect(try #require(fresh.fencing) > #require(long.fencing))
  }

  @Test func `what waited is granted at the start, for the whole time it asked for`() throws {
    let trial = Trial(isRecorded: true)
    _ = try trial.request("holder", [("gpu", 100)], duration: .seconds(10))
    _ = try trial.request(
      "waiter", [("gpu", 50)], wait: true, timeout: .seconds(3000), duration: .seconds(20))
    let (next, _) = try restarted(trial, after: .seconds(500))
    let answer = try next.request(
      "waiter", [("gpu", 50)], wait: true, timeout: .seconds(3000), duration: .seconds(20))
    #expect(answer.status == .granted && answer.expiresAt == next.now + .seconds(20))
  }

  @Test func `a grant that was not fetched can be for a while`() throws {
    let trial = Trial(isRecorded: true)
    _ = try trial.request("holder", [("gpu", 100)], duration: .seconds(10))
    _ = try trial.request(
      "waiter", [("gpu", 50)], wait: true, duration: .seconds(9000), secret: "mine")
    trial.pass(seconds: 10)
    #expect(trial.standing("waiter") == .granted)
    let (next, _) = try restarted(trial, after: .seconds(600))
    next.pass(.nanoseconds(next.coordinator.limits.claim.nanoseconds - 1))
    #expect(next.standing("waiter") == .granted)
    next.pass(seconds: 1)
    #expect(next.standing("waiter") == .expired)
  }

  @Test func `a stranger on a connection with an old number is shown no token`() throws {
    let trial = Trial(isRecorded: true)
    let mine = try trial.request("mine", [("gpu", 1)], connection: 7)
    #expect(!mine.token.isEmpty)
    let (next, _) = try restarted(trial, after: .seconds(1))
    #expect(try next.request("mine", [("gpu", 1)], connection: 7).token.isEmpty)
  }

  @Test func `waiters that asked for it leave the queue unless their owner comes back`() throws {
    let trial = Trial(isRecorded: true)
    _ = try trial.request("holder", [("gpu", 100)])
    for id in ["gone", "back"] as [Text] {
      _ = try trial.request(id, [("gpu", 5)], wait: true, secret: "s", onDisconnect: true)
    }
    let (next, _) = try restarted(trial, after: .seconds(1))
    _ = try next.request(
      "back", [("gpu", 5)], wait: true, secret: "s", onDisconnect: true, connection: 2)
    next.pass(next.coordinator.limits.disconnectGrace)
    #expect(next.standing("gone") == .expired && next.standing("back") == .queued)
  }

  @Test func `mode and capacity set at run time stay, unless the configuration says otherwise`()
    throws
  {
    let trial = Trial(isRecorded: true)
    try trial.setMode(.alwaysGrant)
    try trial.setCapacity("gpu", 70)
    try trial.setCapacity("memory", 60)
    let (kept, none) = try restarted(trial, after: .seconds(1))
    #expect(none.isEmpty && kept.coordinator.mode == .alwaysGrant)
    #expect(kept.pool("gpu")?.totalCapacity == 70)
    let given = GivenSettings(mode: true, capacities: ["gpu"])
    let (changed, changes) = try restarted(trial, after: .seconds(1), given: given)
    #expect(changed.coordinator.mode == .respectLimits)
    #expect(changed.pool("gpu")?.totalCapacity == 100)
    #expect(changed.pool("memory")?.totalCapacity == 60)
    #expect(changes == ["capacity of gpu 70 -> 100 MB", "mode always_grant -> respect_limits"])
    #expect(changed.count(.capacityChanged) == 3)
  }

  @Test func `pools come and go with the configuration, and leases of retired ones can end`()
    throws
  {
    let trial = Trial(isRecorded: true)
    let held = try trial.request("held", [("memory", 20)])
    let (next, changes) = try restarted(trial, after: .seconds(1)) { settings in
      settings.pools.removeAll { $0.name == "memory" || $0.name == "api" }
      settings.pools.append(PoolDefinition(name: "disk", number: 3, capacity: 8))
    }
    #expect(
      changes == [
        "pool disk added", "pool api retired: the configuration does not name it any more",
        "pool memory retired: the configuration does not name it any more",
      ])
    #expect(callError { () throws(CallError) in try next.request("n", [("memory", 1)]) } != nil)
    #expect(try next.request("d", [("disk", 8)]).status == .granted)
    let names = try next.coordinator.status(StatusRequest(), at: next.now).statuses.map(\.name)
    #expect(names == ["gpu", "memory", "disk"])
    #expect(try next.release("held", token: held.token).success)
    let (again, _) = try restarted(next, after: .seconds(1)) { settings in
      settings.pools = [
        PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 100),
        PoolDefinition(name: "memory", number: 3, unit: "MB", capacity: 40),
      ]
    }
    #expect(try again.request("n", [("memory", 40)]).status == .granted)
  }

  @Test func `a pool in use does not change its sort`() throws {
    let trial = Trial(isRecorded: true)
    _ = try trial.request("held", [("api", 2)])
    func asRate(_ settings: inout CoordinationSettings) {
      guard let index = settings.pools.firstIndex(where: { $0.name == "api" }) else { return }
      settings.pools[index].kind = .rate
      settings.pools[index].rate = RateRule(period: .seconds(60))
    }
    let error = #expect(throws: ConfigurationConflict.self) {
      _ = try restarted(trial, after: .seconds(1), asRate)
    }
    #expect(error?.description.contains("the pool api cannot become a rate pool") == true)
    try trial.release("held")
    #expect(try restarted(trial, after: .seconds(1), asRate).trial.pool("api")?.rate != nil)
  }

  @Test func `what a rate pool has spent stays spent under another rule`() throws {
    let trial = Trial(isRecorded: true) { settings in
      settings.pools = [
        PoolDefinition(
          name: "tokens", kind: .rate, rate: RateRule(period: .seconds(100), burst: 99),
          capacity: 100)
      ]
    }
    _ = try trial.request("all", [("tokens", 60)])
    let (next, _) = try restarted(trial, after: .zero) { settings in
      settings.pools[0].rate = RateRule(algorithm: .calendar, period: .seconds(3600))
    }
    #expect(next.pool("tokens")?.available == 40)
  }
}
