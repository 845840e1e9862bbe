import Coordination
import Model
import Testing

@testable import Simulator

/// Each sentence of the oracle is shown a lie, so that it is known to be able to fail.
@Suite struct `The oracle` {
  private let stage = Stage(keepsTranscript: false)
  private let oracle: Oracle
  private let coordinator: Coordinator
  private let start = WorldPlan.start

  init() {
    var plan = WorldPlan(seed: 1, length: .seconds(1))
    plan.settings = CoordinationSettings(
      mode: .respectLimits,
      pools: PoolDefinition.builtIn + [
        PoolDefinition(
          name: "tokens", kind: .rate, rate: RateRule(period: .seconds(60), burst: 1), capacity: 60),
        PoolDefinition(
          name: "daily", kind: .rate, rate: RateRule(algorithm: .calendar, period: .seconds(60)),
          capacity: 2),
      ])
    plan.changesModes = false
    oracle = Oracle(stage, plan)
    coordinator = Coordinator(
      settings: plan.settings, epoch: 7, hashSeed: 1, entropy: Entropy(seed: 1), at: start)
  }

  private func request(
    _ id: Text, _ pool: Text = "gpu", _ quantity: Int64 = 8000, wait: Bool = false
  ) -> ResourceRequest {
    ResourceRequest(
      requestID: id, component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: pool), quantity: quantity)),
      duration: .seconds(60), wait: wait)
  }

  /// Makes a request at the coordinator, and shows the oracle both sides of it.
  @discardableResult
  private func ask(_ request: ResourceRequest, at now: Instant? = nil) throws -> ResourceResponse {
    oracle.sent(request)
    let response = try coordinator.request(request, connection: 1, at: now ?? start)
    coordinator.effects.removeAll()
    oracle.answered(response)
    return response
  }

  private func expect(_ words: String) {
    #expect(stage.violation?.contains(words) == true, "\(stage.violation ?? "nothing was said")")
  }

  @Test func `has nothing to say where all is well`() throws {
    let response = try ask(request("a"))
    try ask(request("b", "gpu", 20_000, wait: true))
    oracle.look(coordinator)
    oracle.lookAfterStart(coordinator)
    oracle.answered(response)
    #expect(stage.violation == nil)
  }

  @Test func `misses a lease that ends before its time`() throws {
    let response = try ask(request("a"))
    _ = try coordinator.release(
      ReleaseRequest(requestID: "a", token: response.token, component: "trainer"), at: start)
    oracle.look(coordinator)
    expect("is gone")
  }

  @Test func `misses what was acknowledged and is not known after a crash`() throws {
    var response = try ask(request("a"))
    oracle.sent(request("b"))
    response.requestID = "b"
    response.fencing?.counter += 1
    oracle.answered(response)
    oracle.lookAfterStart(coordinator)
    expect("b was acknowledged")
  }

  @Test func `sees another token, number, end or quantity`() throws {
    let response = try ask(request("a"))
    for (change, words) in [
      ({ $0.fencing?.counter += 1 }, "another token, fencing number"),
      ({ $0.token = "x" }, "another token"), ({ $0.grantedQuantity = 1 }, "or quantity"),
      ({ $0.expiresAt = $0.expiresAt.map { $0 + .seconds(1) } }, "was acknowledged"),
    ] as [((inout ResourceResponse) -> Void, String)] {
      let tests = Self()
      _ = try tests.coordinator.request(request("a"), connection: 1, at: start)
      var told = response
      change(&told)
      tests.oracle.sent(request("a"))
      tests.oracle.answered(told)
      tests.oracle.look(tests.coordinator)
      tests.expect(words)
    }
  }

  @Test func `sees a grant before holders could announce what they have`() throws {
    oracle.noteLoss(startedAt: start)
    try ask(request("a"))
    expect("before holders could announce")
  }

  @Test func `sees a lease that was taken over with an old number, or was never lost`() throws {
    let response = try ask(request("a"))
    var renewed = RenewResponse(
      expiresAt: response.expiresAt, atMaximum: false, fencing: response.fencing, isAdopted: true)
    let never = Self()
    never.oracle.sent(request("a"))
    never.oracle.answered(response)
    never.oracle.renewed("a", renewed, isOnly: true)
    never.expect("was not lost")
    oracle.noteLoss(startedAt: start)
    oracle.renewed("a", renewed, isOnly: true)
    expect("was taken over with the fencing number 7.1")
    let well = Self()
    _ = try well.ask(request("a"))
    well.oracle.noteLoss(startedAt: start)
    renewed.fencing = FencingToken(epoch: 8, counter: 1)
    well.oracle.renewed("a", renewed, isOnly: true)
    #expect(well.stage.violation == nil)
  }

  @Test func `sees one request with two outcomes`() throws {
    var response = try ask(request("a"))
    response.status = .denied
    oracle.answered(response)
    expect("two outcomes")
  }

  @Test func `sees a grant that is granted again with another number`() throws {
    var response = try ask(request("a"))
    response.fencing?.counter += 5
    oracle.answered(response)
    expect("two outcomes")
  }

  @Test func `sees a fencing number twice, or one that does not rise`() throws {
    var response = try ask(request("a"))
    oracle.sent(request("b"))
    response.requestID = "b"
    oracle.answered(response)
    expect("have one fencing number")
    let tests = Self()
    response = try tests.ask(request("a"))
    tests.oracle.sent(request("b"))
    response.requestID = "b"
    response.fencing?.epoch = 6
    tests.oracle.answered(response)
    tests.expect("was seen before it was asked")
  }

  @Test func `sees more held than there is`() throws {
    _ = try coordinator.setMode(SetModeRequest(mode: 1), at: start)
    _ = try coordinator.request(request("a", "gpu", 99_000), connection: 1, at: start)
    _ = try coordinator.setMode(SetModeRequest(mode: 3), at: start)
    oracle.look(coordinator)
    expect("a grant left 99000 of gpu held")
  }

  @Test func `sees more admitted than a rate allows`() throws {
    var response = try ask(request("a", "tokens", 2))
    oracle.sent(request("b"))
    response.requestID = "b"
    response.fencing?.counter += 1
    response.grantedAt = response.grantedAt.map { $0 + .milliseconds(1500) }
    oracle.answered(response)
    expect("of tokens were admitted within 1.5 s")
    let tests = Self()
    response = try tests.ask(request("a", "daily", 2))
    tests.oracle.sent(request("b"))
    response.requestID = "b"
    response.fencing?.counter += 1
    tests.oracle.answered(response)
    tests.expect("of daily were admitted in one window")
  }

  @Test func `sees a wrong token that is taken`() {
    oracle.answeredLie("a release of a with a wrong token", false)
    #expect(stage.violation == nil)
    oracle.answeredLie("a release of a with a wrong token", true)
    expect("was taken")
  }

  @Test func `sees a lost place in the queue, and one that comes back`() throws {
    try ask(request("a", "gpu", 24_000))
    try ask(request("b", "gpu", 8000, wait: true))
    let key = RequestKey(requestID: "b", component: "trainer")
    _ = try coordinator.cancel(key, connection: 1, at: start)
    oracle.look(coordinator)
    expect("nobody cancelled it")
    let tests = Self()
    try tests.ask(request("a", "gpu", 24_000))
    try tests.ask(request("b", "gpu", 8000, wait: true))
    tests.oracle.cancelled("b", CancelResponse(cancelled: true, status: .expired, message: ""))
    tests.oracle.lookAfterStart(tests.coordinator)
    tests.expect("lives again")
  }

  @Test func `sees a release that did not last, and a renewal that takes time away`() throws {
    let response = try ask(request("a"))
    oracle.renewed(
      "a", RenewResponse(expiresAt: start, atMaximum: false, fencing: response.fencing),
      isOnly: true)
    expect("brought its end nearer")
    let tests = Self()
    try tests.ask(request("a"))
    tests.oracle.released("a", .released)
    tests.oracle.lookAfterStart(tests.coordinator)
    tests.expect("lives again")
  }

  @Test func `sees a mode or a capacity that did not last`() throws {
    oracle.modeAnswered(
      ModeStatus(
        mode: .alwaysGrant, contention: ContentionSettings(), draws: 0, revision: 1,
        draining: false))
    oracle.lookAfterStart(coordinator)
    expect("the mode was set to always_grant")
    let tests = Self()
    var status = tests.coordinator.poolStatus(0, at: start)
    status.totalCapacity = 5
    tests.oracle.capacityAnswered(status)
    tests.oracle.lookAfterStart(tests.coordinator)
    tests.expect("the capacity of gpu was set to 5")
  }

  @Test func `sees a journal that gives another state, less, or more`() throws {
    try ask(request("a"))
    let image = Oracle.image(coordinator)
    let revision = coordinator.revision
    for (expectation, words) in [
      (DiskExpectation(revision: revision, durable: revision, image: []), "another state"),
      (DiskExpectation(revision: 9, durable: 9, image: image), "9 was durable"),
      (DiskExpectation(revision: 0, durable: 0, image: image), "never made"),
    ] {
      let tests = Self()
      tests.oracle.compare(coordinator, with: expectation)
      tests.expect(words)
    }
    oracle.compare(
      coordinator, with: DiskExpectation(revision: revision, durable: revision, image: image))
    #expect(stage.violation == nil)
  }

  @Test func `sees who waits alone for what is free`() throws {
    try ask(request("a", "gpu", 24_000))
    try ask(request("b", "gpu", 8000, wait: true))
    oracle.look(coordinator)
    #expect(stage.violation == nil)
    // Another coordinator, which keeps to a limit that the plan does not have.
    let tests = Self()
    var settings = tests.oracle.plan.settings
    settings.componentDefaults.leases = 1
    let other = Coordinator(
      settings: settings, epoch: 7, hashSeed: 1, entropy: Entropy(seed: 1), at: start)
    _ = try other.request(request("a", "cpu", 1), connection: 1, at: start)
    tests.oracle.sent(request("b", wait: true))
    tests.oracle.answered(
      try other.request(request("b", wait: true), connection: 1, at: start))
    tests.oracle.look(other)
    tests.expect("there is room for it")
  }

  @Test func `sees frames that are taken for garbage`() {
    oracle.refused(CallError(.malformedMessage, "the frame did not arrive whole"), of: "client")
    oracle.refused(CallError(.idleConnection, "nothing was received"), of: "client")
    #expect(stage.violation == nil)
    oracle.refused(CallError(.frameTooLarge, "a frame of 4 GB"), of: "client")
    expect("client sends frames and is told")
  }

  @Test func `sees an event that changes, or comes twice`() {
    var event = Event(revision: 5, at: start, kind: .granted)
    oracle.watched(event, after: 4)
    #expect(stage.violation == nil)
    event.requestID = "b"
    oracle.watched(event, after: 4)
    expect("event 5 was granted")
    let tests = Self()
    tests.oracle.watched(event, after: 5)
    tests.expect("was told after event 5")
  }

  @Test func `sees who is never served`() throws {
    try ask(request("a", "gpu", 24_000))
    try ask(request("b", "gpu", 8000, wait: true))
    oracle.checkRest(coordinator)
    expect("still wait")
    let tests = Self()
    tests.oracle.checkRest(nil)
    tests.expect("not running")
  }
}
