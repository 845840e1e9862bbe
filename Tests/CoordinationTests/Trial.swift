import Model
import TestSupport

@testable import Coordination

/// All of a coordinator as bytes.
func chunks(_ coordinator: Coordinator, chunkBytes: Int = 300) -> [[UInt8]] {
  var chunks: [[UInt8]] = []
  var writer = StateWriter(chunkBytes: chunkBytes)
  writer.write(coordinator) { chunks.append($0) }
  return chunks
}

/// A coordinator under a clock that the test moves, with short names for the calls.
final class Trial {
  var coordinator: Coordinator
  var now: Instant
  /// The kinds of all effects, in order.
  var effects: [EventKind] = []
  private(set) var tokens: [Text: Text] = [:]

  static let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

  /// Goes on from a recovered coordinator.
  init(_ coordinator: Coordinator, at now: Instant) {
    self.coordinator = coordinator
    self.now = now
  }

  /// - Parameter isRecorded: whether decisions are kept as for a journal.
  init(
    seed: UInt64 = 1, isRecorded: Bool = false,
    _ change: (inout CoordinationSettings) -> Void = { _ in }
  ) {
    var settings = CoordinationSettings(
      mode: .respectLimits,
      pools: [
        PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 100),
        PoolDefinition(name: "api", number: 2, kind: .hold, capacity: 10),
        PoolDefinition(name: "memory", number: 3, unit: "MB", capacity: 50),
      ])
    change(&settings)
    now = Trial.start
    guard isRecorded else {
      coordinator = Coordinator(
        settings: settings, epoch: 3, hashSeed: seed ^ 0xABCD, entropy: Entropy(seed: seed), at: now
      )
      return
    }
    coordinator = Coordinator(
      recovering: settings, hashSeed: seed ^ 0xABCD, entropy: Entropy(seed: seed), startedAt: now)
    do {
      _ = try coordinator.resume(settings, given: GivenSettings(), epoch: 3, at: now)
    } catch {
      preconditionFailure("nothing to be in conflict with: \(error)")
    }
  }

  private init(copying other: Trial) {
    coordinator = other.coordinator.copy()
    now = other.now
    effects = other.effects
    tokens = other.tokens
  }

  /// Another one in the same state, to try something out.
  func copy() -> Trial { Trial(copying: self) }

  /// Lets time pass; everything that is due happens at its time.
  func pass(_ span: TimeSpan) {
    now = now + span
    while coordinator.step(dueBy: now) { consume() }
    consume()
  }

  func pass(seconds: Int64) { pass(.seconds(seconds)) }

  func consume() {
    effects += coordinator.effects.map(\.kind)
    coordinator.effects.removeAll()
  }

  /// Asks for an amount of one pool, or of several.
  func request(
    _ id: Text, _ claims: [(Text, Int64)], by component: Text = "trainer",
    priority: Priority = .normal, wait: Bool = false, timeout: TimeSpan? = nil,
    duration: TimeSpan? = nil, partial: Bool = false, secret: Text = .empty,
    onDisconnect: Bool = false, connection: UInt64 = 1, trace: TraceParent? = nil,
    party: Party? = nil
  ) throws(CallError) -> ResourceResponse {
    let all = claims.map { PoolQuantity(pool: PoolReference(name: $0.0), quantity: $0.1) }
    var asked = ResourceRequest(
      requestID: id, component: component,
      claims: Claims(
        all.first ?? PoolQuantity(pool: PoolReference(), quantity: 0), rest: Array(all.dropFirst()))
    )
    asked.priority = Int32(priority.rawValue)
    asked.wait = wait
    asked.timeout = timeout
    asked.duration = duration
    asked.allowPartial = partial
    asked.clientSecret = secret
    asked.cancelOnDisconnect = onDisconnect
    asked.isMultiple = claims.count > 1
    return try request(asked, connection: connection, trace: trace, party: party)
  }

  func request(
    _ asked: ResourceRequest, connection: UInt64 = 1, trace: TraceParent? = nil,
    party: Party? = nil
  ) throws(CallError) -> ResourceResponse {
    while coordinator.step(dueBy: now) { consume() }
    let response = try coordinator.request(
      asked, connection: connection, by: party, trace: trace, at: now)
    if !response.token.isEmpty { tokens[asked.requestID] = response.token }
    consume()
    return response
  }

  @discardableResult
  func release(
    _ id: Text, by component: Text = "trainer", used: [(Text, Int64)] = [], token: Text? = nil
  ) throws(CallError) -> ReleaseResponse {
    while coordinator.step(dueBy: now) { consume() }
    let response = try coordinator.release(
      ReleaseRequest(
        requestID: id, token: token ?? tokens[id] ?? .empty, component: component,
        used: used.map { PoolQuantity(pool: PoolReference(name: $0.0), quantity: $0.1) }), at: now)
    consume()
    return response
  }

  func renew(
    _ id: Text, for duration: TimeSpan? = nil, by component: Text = "trainer", token: Text? = nil
  ) throws(CallError) -> RenewResponse {
    while coordinator.step(dueBy: now) { consume() }
    let response = try coordinator.renew(
      RenewRequest(
        requestID: id, token: token ?? tokens[id] ?? .empty, component: component,
        duration: duration), at: now)
    consume()
    return response
  }

  @discardableResult
  func cancel(
    _ id: Text, by component: Text = "trainer", secret: Text = .empty, connection: UInt64 = 1
  ) throws(CallError) -> CancelResponse {
    let response = try coordinator.cancel(
      RequestKey(requestID: id, component: component, clientSecret: secret),
      connection: connection, at: now)
    consume()
    return response
  }

  @discardableResult
  func setMode(
    _ mode: ResponseMode, _ contention: ContentionSettings? = nil
  ) throws(CallError) -> ModeStatus {
    let status = try coordinator.setMode(
      SetModeRequest(mode: Int32(mode.rawValue), contention: contention), at: now)
    consume()
    return status
  }

  @discardableResult
  func setCapacity(_ pool: Text, _ capacity: Int64) throws(CallError) -> PoolStatus {
    let status = try coordinator.setCapacity(
      SetCapacityRequest(pool: PoolReference(name: pool), capacity: capacity), at: now)
    consume()
    return status
  }

  @discardableResult
  func drain(resume: Bool = false) -> DrainResponse {
    coordinator.drain(resume: resume, at: now)
  }

  /// Where a request stands; nil if it is not known.
  func standing(_ id: Text) -> RequestStatus? {
    coordinator.state.find(id).map { coordinator.status(of: $0) }
  }

  func position(_ id: Text) -> Int64? {
    coordinator.state.find(id).flatMap { coordinator.place($0)?.position }
  }

  func pool(_ name: Text) -> PoolStatus? {
    coordinator.state.directory.find(name: name).map { coordinator.poolStatus($0, at: now) }
  }

  func history(_ request: HistoryRequest = HistoryRequest()) -> HistoryResponse {
    do {
      return try coordinator.history(request, at: now)
    } catch {
      return HistoryResponse(
        events: [], nextPageToken: "", eventsTotal: -1, eventsKept: -1, counts: [])
    }
  }

  func explain(_ id: Text) throws(CallError) -> Explanation {
    try coordinator.explain(.existing(id), connection: 1, at: now)
  }

  func count(_ kind: EventKind) -> Int64 {
    history().counts.first { $0.kind == kind }?.count ?? 0
  }
}

/// The error that the body throws; nil if it throws none.
func callError<Result>(_ body: () throws(CallError) -> Result) -> CallError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

extension CallError {
  var reason: Reason? { details.first.flatMap { Reason(rawValue: $0.reason.string) } }
}

extension ResourceResponse {
  var reason: Reason? {
    explanation?.blockers.first.flatMap { Reason(rawValue: $0.reason.string) }
  }
}
