package import Model

/// What answers a request: the record that stands for it or, for a peek at a rate pool, an answer of its own.
package enum RequestAnswer {
  case record(Int32, showsToken: Bool)
  indirect case peek(ResourceResponse)
}

extension Coordinator {
  // MARK: Requests

  /// RequestResource and RequestResources: a new request is decided, a known one answered again.
  package func request(
    _ request: borrowing ResourceRequest, connection: UInt64, by party: Party? = nil,
    trace: TraceParent? = nil, at now: Instant
  ) throws(CallError) -> ResourceResponse {
    switch try take(request, connection: connection, by: party, trace: trace, at: now) {
    case .record(let slot, let showsToken): answer(slot, showsToken: showsToken)
    case .peek(let response): response
    }
  }

  /// Decides a request or finds the record of one that is known; the answer itself is not made yet.
  ///
  /// - Parameters:
  ///   - party: who asks; nil where nobody is asked.
  ///   - trace: of the call. A new record keeps it with its metadata, where that has room and no trace of its
  ///     own; for telling a repeated request from another one it does not count.
  package func take(
    _ request: borrowing ResourceRequest, connection: UInt64, by party: Party? = nil,
    trace: TraceParent? = nil, at now: Instant
  ) throws(CallError) -> RequestAnswer {
    let now = max(now, state.now)
    if state.hasComponentLimits { try admitCall(of: request.component, at: now) }
    if let slot = state.find(request.requestID) {
      return try takeAgain(slot, request, connection: connection, by: party, at: now)
    }
    guard !state.isDraining else {
      throw CallError(.draining, "the coordinator is draining and takes no new requests")
    }
    var admission = try state.admit(request, connection: connection)
    admission.owner = party
    if admission.claims.count == 1, admission.claims.first.quantity == 0 {
      return .peek(peek(request.requestID, admission, at: now))
    }
    try checkTables(for: request.component)
    let (outcome, drew) = try decide(request, admission, at: now)
    let slot: Int32
    if let trace, let metadata = request.metadata.tracing(trace, limits: limits) {
      var traced = copy request
      traced.metadata = metadata
      traced.isTraced = true
      slot = commit(traced, admission, outcome, drew: drew, at: now)
    } else {
      slot = commit(request, admission, outcome, drew: drew, at: now)
    }
    if case .queued = outcome, state.settings.preemption.enabled { preempt(at: now) }
    return .record(slot, showsToken: true)
  }

  /// Refuses another record where the tables are full.
  @inline(__always)
  func checkTables(for component: Text) throws(CallError) {
    guard state.records.count < limits.records else {
      throw CallError(
        .tooManyRecords, "\(limits.records) leases and requests are held; release some first",
        limit: Int64(limits.records))
    }
    guard state.components.count < limits.components || state.components.find(component) != nil
    else {
      throw CallError(
        .tooManyRecords, "\(limits.components) components are known; no other can be added now",
        field: "component", limit: Int64(limits.components))
    }
  }

  /// The limit on a component's calls a second: a bucket of one second's calls that refills evenly.
  private func admitCall(of component: Text, at now: Instant) throws(CallError) {
    guard let slot = state.components.find(component),
      let rate = state.components[slot].limits.callsPerSecond, rate > 0
    else { return }
    let interval = TimeSpan.nanoseconds(1_000_000_000 / Int64(rate))
    let next = max(state.components[slot].nextCall, now)
    guard next - now < .seconds(1) else {
      var error = CallError(
        .callRateExceeded, "\(component) makes more than \(rate) calls a second",
        limit: Int64(rate))
      error.details[0].retryAfter = next - now - .seconds(1) + interval
      throw error
    }
    state.components[slot].nextCall = next + interval
  }

  /// Tells of a rate pool without spending: nothing is recorded.
  private func peek(
    _ requestID: Text, _ admission: borrowing Admission, at now: Instant
  ) -> ResourceResponse {
    let pool = state.pools[Int(admission.claims.first.pool)]
    var response = ResourceResponse(
      requestID: requestID, status: .granted,
      message: "\(pool.definition.amount(pool.available(at: now))) can be spent now")
    response.pool = pool.definition.name
    response.rate = rateStatus(admission.claims.first.pool, refused: nil, at: now)
    return response
  }

  /// Takes a request id that is known: the same content gets its answer again, other content is refused.
  private func takeAgain(
    _ slot: Int32, _ request: borrowing ResourceRequest, connection: UInt64, by party: Party?,
    at now: Instant
  ) throws(CallError) -> RequestAnswer {
    let admission = try state.admit(request, connection: connection)
    guard isSame(slot, request, admission) else {
      throw CallError(
        .requestIDReused,
        "request_id \(request.requestID) was used for a request with other content",
        field: "request_id")
    }
    let isOwner = owns(slot, secret: request.clientSecret, connection: connection, by: party)
    if isOwner { attach(slot, connection, at: now) }
    return .record(slot, showsToken: isOwner)
  }

  private func isSame(
    _ slot: Int32, _ request: borrowing ResourceRequest, _ admission: borrowing Admission
  ) -> Bool {
    let record = state.records[slot]
    return record.claims == admission.claims && record.priority == admission.priority
      && record.timeout == request.timeout && record.duration == request.duration
      && record.options.contains(.wait) == request.wait
      && record.options.contains(.allowPartial) == request.allowPartial
      && record.options.contains(.cancelOnDisconnect) == request.cancelOnDisconnect
      && record.options.contains(.multiple) == request.isMultiple
      && state.components[record.component].name == request.component
      && (record.options.contains(.traced)
        ? record.metadata.isTraced(request.metadata) : record.metadata == request.metadata)
  }

  /// Notes that the owner was answered on the connection.
  package func attach(_ slot: Int32, _ connection: UInt64, at now: Instant) {
    let now = max(now, state.now)
    let record = state.records[slot]
    switch record.phase {
    case .waiting(let waiting):
      guard record.connection != connection || waiting.disconnectAt != nil else { return }
      commit(.attached(slot, connection: connection), at: now)
    case .held(let grant):
      if record.connection != connection {
        commit(.attached(slot, connection: connection), at: now)
      }
      if grant.claimBy != nil { commit(.claimed(slot), at: now) }
    case .vacant, .closing, .leaseEnded, .waitEnded, .denied:
      return
    }
  }

  // MARK: Releases and renewals

  package func release(
    _ request: borrowing ReleaseRequest, by party: Party? = nil, at now: Instant
  ) throws(CallError) -> ReleaseResponse {
    let now = max(now, state.now)
    guard let slot = state.find(request.requestID) else {
      return refuseRelease(nil, request, .requestNotFound, "Request ID not found", at: now)
    }
    try check(party, on: slot, for: request.component)
    guard let grant = state.grant(slot), isOwner(slot, grant, request.token, request.component)
    else {
      return refuseRelease(slot, request, .invalidToken, "Invalid token", at: now)
    }
    switch state.records[slot].phase {
    case .held:
      if !request.used.isEmpty { try settle(slot, request.used, at: now) }
      endLease(slot, .released, at: now)
      return .released
    case .leaseEnded(_, .released, _):
      return .released
    case .leaseEnded(_, let end, _), .closing(_, let end, _):
      return refuseRelease(
        slot, request, .leaseEnded, "Request ID not found: \(end.sentence)", at: now)
    case .vacant, .waiting, .waitEnded, .denied:
      preconditionFailure("a record with a grant is held or ended")
    }
  }

  private func isOwner(_ slot: Int32, _ grant: Grant, _ token: Text, _ component: Text) -> Bool {
    // As it was issued it need not be read.
    let matches =
      grant.token.words.matchesInConstantTime(token.words)
      || Token(token)?.matches(grant.token) ?? false
    return matches && state.components[state.records[slot].component].name == component
  }

  private func refuseRelease(
    _ slot: Int32?, _ request: borrowing ReleaseRequest, _ reason: Reason, _ message: String,
    at now: Instant
  ) -> ReleaseResponse {
    commit(
      .releaseRefused(
        slot: slot, requestID: request.requestID, component: request.component, reason), at: now)
    return ReleaseResponse(success: false, message: message)
  }

  /// Corrects what a lease spent of rate pools to what was really used.
  private func settle(
    _ slot: Int32, _ used: [PoolQuantity], at now: Instant
  ) throws(CallError) {
    guard used.count <= limits.poolsPerRequest, let grant = state.grant(slot) else {
      throw CallError(.invalidField, "used names too many pools", field: "used")
    }
    let claims = state.records[slot].claims
    var corrections: [(pool: Int32, by: Int64)] = []
    for entry in used {
      let pool = try state.resolve(entry.pool)
      guard state.pools[Int(pool)].isRate, claims.claim(of: pool) != nil else {
        throw CallError(
          .invalidField, "used names a pool that the lease did not spend from", field: "used")
      }
      guard entry.quantity >= 0, entry.quantity <= limits.quantity,
        !corrections.contains(where: { $0.pool == pool })
      else {
        throw CallError(.invalidField, "used holds a negative or repeated quantity", field: "used")
      }
      corrections.append((pool, entry.quantity - state.quantity(grant, of: pool, claims)))
    }
    for correction in corrections where correction.by != 0 {
      commit(.settled(slot, pool: correction.pool, by: correction.by), at: now)
    }
  }

  /// RenewLease. In a learning period a lease that is not known is taken over, if the holder says what it holds.
  ///
  /// - Parameter connection: on which the holder asks.
  package func renew(
    _ request: borrowing RenewRequest, connection: UInt64 = 0, by party: Party? = nil,
    at now: Instant
  ) throws(CallError) -> RenewResponse {
    let now = max(now, state.now)
    if let duration = request.duration, duration < .zero {
      throw CallError(
        .invalidField, "duration is negative: \(duration.seconds) s", field: "duration")
    }
    let held = state.isLearning ? request.held : nil
    guard let slot = state.find(request.requestID) else {
      if let held {
        return try adopt(request, held, connection: connection, by: party, at: now)
      }
      throw CallError(.requestNotFound, "Request ID not found", field: "request_id")
    }
    try check(party, on: slot, for: request.component)
    if let held,
      let adopted = try adopt(
        waiting: slot, request, held, connection: connection, by: party, at: now)
    {
      return adopted
    }
    guard let grant = state.grant(slot), isOwner(slot, grant, request.token, request.component)
    else {
      throw CallError(.invalidToken, "Invalid token", field: "token")
    }
    switch state.records[slot].phase {
    case .held:
      break
    case .leaseEnded(_, let end, _), .closing(_, let end, _):
      throw CallError(.leaseEnded, "\(end.sentence); nothing was changed")
    case .vacant, .waiting, .waitEnded, .denied:
      preconditionFailure("a record with a grant is held or ended")
    }
    let length = leaseLength(
      request.duration.flatMap { $0 > .zero ? $0 : nil } ?? state.records[slot].duration)
    let latest = grant.grantedAt + limits.leaseHold
    // A renewal never shortens a lease, and never passes the maximum hold time.
    let expiresAt = max(grant.expiresAt, min(now + length, latest))
    commit(.renewed(slot, expiresAt: expiresAt), at: now)
    return RenewResponse(
      expiresAt: expiresAt, atMaximum: expiresAt >= latest, preemptAt: grant.preemptAt,
      fencing: FencingToken(epoch: state.fencing.epoch, counter: grant.fencingCounter))
  }

  // MARK: Leaving the queue

  package func cancel(
    _ key: borrowing RequestKey, connection: UInt64, by party: Party? = nil, at now: Instant
  ) throws(CallError) -> CancelResponse {
    let now = max(now, state.now)
    let slot = try find(key)
    try check(party, on: slot, for: key.component)
    let record = state.records[slot]
    guard
      party != nil || record.clientSecret.isEmpty || record.connection == connection
        || record.clientSecret.matchesInConstantTime(key.clientSecret)
    else {
      throw CallError(
        .notTheOwner,
        key.clientSecret.isEmpty
          ? "the request was made with a client_secret; show it to take the request out of the queue"
          : "the request was made with another secret", field: "client_secret")
    }
    guard case .waiting = record.phase else {
      return CancelResponse(
        cancelled: false, status: status(of: slot), message: "the request is not waiting")
    }
    commit(.waitEnded(slot, .cancelled), at: now)
    serveQueue()
    return CancelResponse(cancelled: true, status: .expired, message: "the request left the queue")
  }

  /// The record that a key names.
  package func find(_ key: borrowing RequestKey) throws(CallError) -> Int32 {
    guard let slot = state.find(key.requestID) else {
      throw CallError(.requestNotFound, "Request ID not found", field: "request_id")
    }
    guard state.components[state.records[slot].component].name == key.component else {
      throw CallError(.notTheOwner, "the request belongs to another component", field: "component")
    }
    return slot
  }

  /// Tells that a connection is gone: its waiters that asked for it leave the queue after a grace time.
  package func connectionClosed(_ connection: UInt64, at now: Instant) {
    let now = max(now, state.now)
    guard state.waitingCount > 0 else { return }
    var lost: [Int32] = []
    func note(_ slot: Int32) {
      let record = state.records[slot]
      if record.connection == connection, record.options.contains(.cancelOnDisconnect) {
        lost.append(slot)
      }
    }
    state.queue.forEach { slot in
      note(slot)
      return true
    }
    for waiter in state.drawnQueue { note(waiter.slot) }
    for slot in lost { commit(.detached(slot, cancelAt: now + limits.disconnectGrace), at: now) }
  }

  // MARK: Administration

  package func setMode(
    _ request: SetModeRequest, at now: Instant
  ) throws(CallError) -> ModeStatus {
    let now = max(now, state.now)
    var mode = state.mode
    if request.mode != 0 {
      guard let raw = UInt8(exactly: request.mode), let known = ResponseMode(rawValue: raw) else {
        throw CallError(
          .invalidField,
          "mode \(request.mode) is unknown; 1 is always_grant, 2 simulate_contention, "
            + "3 respect_limits", field: "mode")
      }
      mode = known
    }
    var contention = state.contention
    if let asked = request.contention {
      let range = 0.0...1.0
      guard range.contains(asked.denyProbability), range.contains(asked.queueProbability),
        asked.denyProbability + asked.queueProbability <= 1
      else {
        throw CallError(
          .invalidField, "probabilities and their sum must be from 0 to 1", field: "contention")
      }
      contention = asked
      if asked.seed == 0 { contention.seed = state.contention.seed }
    }
    let restarts = request.contention.map { $0.seed != 0 } ?? false
    setMode(mode, contention, restartsDraws: restarts, at: now)
    serveQueue()
    return modeStatus
  }

  func setMode(
    _ mode: ResponseMode, _ contention: ContentionSettings, restartsDraws: Bool, at now: Instant
  ) {
    commit(.modeChanged(mode, contention, restartsDraws: restartsDraws), at: now)
    guard mode != .simulateContention else { return }
    for waiter in state.drawnQueue {
      promote(waiter.slot, to: QueueLane(state.records[waiter.slot].priority), at: now)
    }
  }

  package func setCapacity(
    _ request: SetCapacityRequest, at now: Instant
  ) throws(CallError) -> PoolStatus {
    let now = max(now, state.now)
    let pool = try state.resolve(request.pool)
    guard request.capacity >= 0, request.capacity <= limits.quantity else {
      throw CallError(
        .invalidField, "capacity is \(request.capacity); it must be from 0 to \(limits.quantity)",
        field: "capacity", limit: limits.quantity)
    }
    commit(.capacityChanged(pool: pool, request.capacity), at: now)
    serveQueue()
    return poolStatus(pool, at: now)
  }

  package func drain(resume: Bool, at now: Instant) -> DrainResponse {
    let now = max(now, state.now)
    if state.isDraining == resume { commit(.draining(!resume), at: now) }
    return DrainResponse(
      draining: state.isDraining, leases: Int64(state.leases), queued: Int64(state.waitingCount))
  }
}

extension CoordinationState {
  /// The lease that a record has or had.
  func grant(_ slot: Int32) -> Grant? { records[slot].grant }
}

extension LeaseEnd {
  /// What happened, for messages.
  var sentence: String {
    switch self {
    case .released: "the lease was released"
    case .expired: "the lease has expired"
    case .claimLapsed: "the grant was not fetched in time and was taken back"
    case .preempted: "the lease was taken for a request of higher priority"
    }
  }
}
