import Model

extension Coordinator {
  /// Chooses the outcome of a new request.
  mutating func decide(
    _ admission: borrowing Admission, at now: Instant
  ) throws(CallError) -> (outcome: Outcome, drew: Bool) {
    if state.mode == .simulateContention, !anyAlwaysLimited(admission.claims) {
      try checkSums(admission.claims, first: admission.claims.first.quantity)
      return draw(admission, at: now)
    }
    guard isAnyLimited(admission.claims) else {
      try checkSums(admission.claims, first: admission.claims.first.quantity)
      return (grant(admission, quantity: admission.claims.first.quantity, at: now), false)
    }
    return (try decideWithinLimits(admission, at: now), false)
  }

  private func isAnyLimited(_ claims: PoolClaims) -> Bool {
    state.mode == .respectLimits || anyAlwaysLimited(claims)
  }

  private func anyAlwaysLimited(_ claims: PoolClaims) -> Bool {
    for position in 0..<claims.count
    where state.pools[Int(claims[position].pool)].definition.alwaysRespectsLimits { return true }
    return false
  }

  /// Refuses what no longer adds up in 64 bits; only possible where capacity is not respected.
  private func checkSums(_ claims: PoolClaims, first: Int64) throws(CallError) {
    for position in 0..<claims.count {
      let pool = state.pools[Int(claims[position].pool)]
      let quantity = position == 0 ? first : claims[position].quantity
      guard pool.held.addingReportingOverflow(quantity).overflow else { continue }
      throw CallError(
        .quantityOverflow,
        "\(pool.definition.name) already has \(pool.held) \(pool.definition.unit) held",
        field: "quantity")
    }
  }

  // MARK: Granting

  private mutating func grant(
    _ admission: borrowing Admission, quantity: Int64, at now: Instant
  ) -> Outcome {
    .granted(
      GrantTerms(
        token: Token(entropy: &entropy), quantity: quantity,
        expiresAt: now + leaseLength(admission.request.duration), claimBy: nil))
  }

  func leaseLength(_ asked: TimeSpan?) -> TimeSpan {
    guard let asked, asked > .zero else { return min(limits.leaseDefault, limits.leaseHold) }
    return min(max(asked, limits.leaseMinimum), limits.leaseHold)
  }

  // MARK: simulate_contention

  private mutating func draw(
    _ admission: borrowing Admission, at now: Instant
  ) -> (outcome: Outcome, drew: Bool) {
    let quantity = admission.claims.first.quantity
    // The seed's promise: CRITICAL passes under contention, and takes no draw.
    guard admission.priority != .critical else {
      return (grant(admission, quantity: quantity, at: now), false)
    }
    switch contentionOutcome() {
    case .grant:
      return (grant(admission, quantity: quantity, at: now), true)
    case .deny:
      return (
        .denied(
          Denial(
            reason: .simulatedContention, pool: admission.claims.first.pool,
            available: state.pools[Int(admission.claims.first.pool)].available(at: now))), true
      )
    case .queue(let after):
      guard let refusal = queueRefusal(admission) else {
        let due = now + (after ?? drawnDelay())
        let key = newcomerKey(admission, at: now)
        return (
          .queued(
            QueueTerms(
              deadline: max(due + .nanoseconds(1), now + waitLength(admission.request.timeout)),
              key: key, drawnGrantAt: due, expectedAt: due)), true
        )
      }
      return (.denied(refusal), true)
    }
  }

  private func contentionOutcome() -> ContentionOutcome {
    if let line = Int(exactly: state.draws), line < state.settings.script.count {
      return state.settings.script[line]
    }
    let chance = contentionGenerator("outcome").word(at: state.draws).asUnitInterval
    if chance < state.contention.denyProbability { return .deny }
    if chance < state.contention.denyProbability + state.contention.queueProbability {
      return .queue(after: nil)
    }
    return .grant
  }

  /// Uniform over 0.5 to 5 s.
  private func drawnDelay() -> TimeSpan {
    let chance = contentionGenerator("delay").word(at: state.draws).asUnitInterval
    return .nanoseconds(500_000_000 + Int64(chance * 4_500_000_000))
  }

  private func contentionGenerator(_ purpose: String) -> SeededRandom {
    SeededRandom(seed: state.contention.seed).child(purpose)
  }

  // MARK: respect_limits

  private mutating func decideWithinLimits(
    _ admission: borrowing Admission, at now: Instant
  ) throws(CallError) -> Outcome {
    try checkSums(admission.claims, first: admission.claims.first.quantity)
    let first = admission.claims.first
    var quantity = first.quantity
    if admission.request.allowPartial {
      quantity = min(quantity, state.pools[Int(first.pool)].largest)
    }
    if let misfit = misfit(admission.claims, first: quantity) { return .denied(misfit) }
    let blocker = blocker(admission, first: quantity, at: now)
    guard let blocker else { return grant(admission, quantity: quantity, at: now) }
    if admission.request.allowPartial, let part = part(admission, at: now) {
      return grant(admission, quantity: part, at: now)
    }
    guard admission.request.wait || state.settings.queueWhenExhausted else {
      return .denied(blocker)
    }
    if let refusal = queueRefusal(admission) { return .denied(refusal) }
    let key = newcomerKey(admission, at: now)
    let forecast = forecast(admission.claims, ahead: key, at: now)
    return .queued(
      QueueTerms(
        deadline: now + waitLength(admission.request.timeout), key: key, drawnGrantAt: nil,
        expectedAt: forecast?.expected))
  }

  func waitLength(_ asked: TimeSpan?) -> TimeSpan {
    guard let asked, asked > .zero else { return limits.waitDefault }
    return min(asked, limits.waitMaximum)
  }

  func newcomerKey(_ admission: borrowing Admission, at now: Instant) -> QueueKey {
    let lane = QueueLane(admission.priority)
    let component = state.components.find(admission.request.component)
    let lastRound = component.map { state.components[$0].lastRound[Int(lane.rawValue)] } ?? 0
    return state.queue.key(
      lane: lane, lastRound: lastRound, sequence: state.revision + 1, at: now)
  }

  /// The pool that could never give what is asked.
  func misfit(_ claims: PoolClaims, first: Int64) -> Denial? {
    for position in 0..<claims.count {
      let pool = claims[position].pool
      let quantity = position == 0 ? first : claims[position].quantity
      guard state.isLimited(pool), quantity > state.pools[Int(pool)].largest || quantity == 0
      else { continue }
      return Denial(
        reason: .canNeverFit, pool: pool,
        available: state.pools[Int(pool)].available(at: state.now))
    }
    return nil
  }

  /// The first reason why a new request cannot be granted now; nil if it can.
  func blocker(_ admission: borrowing Admission, first: Int64, at now: Instant) -> Denial? {
    if let limit = componentBlocker(
      state.components.find(admission.request.component), admission.request.component,
      admission.claims, first: first)
    {
      return limit
    }
    let ahead = reservedAhead(of: admission, at: now)
    for position in 0..<admission.claims.count {
      let pool = admission.claims[position].pool
      guard state.isLimited(pool) else { continue }
      let quantity = position == 0 ? first : admission.claims[position].quantity
      let reserved = ahead?.first { $0.pool == pool }?.quantity ?? 0
      if let reason = poolBlocker(pool, quantity, reserved: reserved, at: now) {
        return Denial(
          reason: reason, pool: pool, available: state.pools[Int(pool)].available(at: now))
      }
    }
    return nil
  }

  /// Why a pool cannot give the quantity beside what earlier waiters reserve; nil if it can.
  func poolBlocker(
    _ pool: Int32, _ quantity: Int64, reserved: Int64, at now: Instant
  ) -> Reason? {
    let state = state.pools[Int(pool)]
    if let meter = state.meter, let rate = state.rate {
      guard meter.fits(quantity, rate, at: now) == now else { return .rateLimited }
      return reserved > 0 ? .aheadInQueue : nil
    }
    let taken = state.held.addingSaturated(state.closed)
    if taken > state.capacity { return state.held > state.capacity ? .overCommitted : .lockDelay }
    if quantity > state.capacity - taken {
      return quantity <= state.capacity - state.held ? .lockDelay : .insufficientCapacity
    }
    return quantity > state.capacity - taken - min(reserved, state.capacity)
      ? .aheadInQueue : nil
  }

  /// What the waiters that come before a newcomer reserve of its pools; nil if nobody waits for them.
  ///
  /// The queue is always served as far as it goes, so every waiter ahead is blocked and keeps its claims reserved.
  private func reservedAhead(of admission: borrowing Admission, at now: Instant) -> [PoolClaim]? {
    guard state.waitedPools > 0 else { return nil }
    let claims = admission.claims
    var isWaited = false
    for position in 0..<claims.count where state.pools[Int(claims[position].pool)].waiting > 0 {
      isWaited = true
    }
    guard isWaited else { return nil }
    return reservedAhead(of: newcomerKey(admission, at: now), claims)
  }

  func reservedAhead(of key: QueueKey, _ claims: PoolClaims) -> [PoolClaim] {
    var reserved = (0..<claims.count).map { PoolClaim(pool: claims[$0].pool, quantity: 0) }
    state.queue.forEach(before: key) { slot in
      let other = state.records[slot]
      guard componentBlocker(other) == nil else { return true }
      for index in reserved.indices {
        guard let claim = other.claims.claim(of: reserved[index].pool) else { continue }
        reserved[index].quantity = reserved[index].quantity.addingSaturated(claim.quantity)
      }
      // Once every pool is spoken for, those further back change nothing.
      return reserved.contains { $0.quantity < state.pools[Int($0.pool)].largest }
    }
    return reserved
  }

  /// How much a request that takes less may have now; nil for nothing.
  private func part(_ admission: borrowing Admission, at now: Instant) -> Int64? {
    guard
      componentBlocker(
        state.components.find(admission.request.component), admission.request.component,
        admission.claims, first: 1) == nil
    else { return nil }
    let pool = admission.claims.first.pool
    let reserved = reservedAhead(of: admission, at: now)?.first?.quantity ?? 0
    let state = state.pools[Int(pool)]
    if state.isRate && reserved > 0 { return nil }
    let free = state.available(at: now).subtractingSaturated(reserved)
    return free > 0 ? min(free, admission.claims.first.quantity) : nil
  }

  // MARK: Limits of components

  /// The limit of the component that a grant would break; nil if none.
  func componentBlocker(
    _ component: Int32?, _ name: Text, _ claims: PoolClaims, first: Int64
  ) -> Denial? {
    let settings = state.settings
    guard !settings.componentLimits.isEmpty || settings.componentDefaults != .none else {
      return nil
    }
    let limits = state.components.limits(of: name)
    let leases = component.map { state.components[$0].leases } ?? 0
    if let most = limits.leases, leases >= most {
      return Denial(reason: .componentLeaseLimit, pool: -1, available: 0)
    }
    guard let share = limits.poolShare else { return nil }
    for position in 0..<claims.count {
      let pool = claims[position].pool
      guard state.isLimited(pool), !state.pools[Int(pool)].isRate else { continue }
      let quantity = position == 0 ? first : claims[position].quantity
      let held = component.map { state.components[$0].held(of: pool) } ?? 0
      let most = Int64(share * Double(state.pools[Int(pool)].capacity))
      if held.addingSaturated(quantity) > most {
        return Denial(
          reason: .componentShareLimit, pool: pool, available: max(0, most - held))
      }
    }
    return nil
  }

  func componentBlocker(_ record: borrowing RequestRecord) -> Denial? {
    guard !state.settings.componentLimits.isEmpty || state.settings.componentDefaults != .none
    else { return nil }
    return componentBlocker(
      record.component, state.components[record.component].name, record.claims,
      first: record.claims.first.quantity)
  }

  /// Why a request may not join the queue; nil if it may.
  private func queueRefusal(_ admission: borrowing Admission) -> Denial? {
    guard state.waitingCount < limits.queueLength else {
      return Denial(reason: .queueFull, pool: admission.claims.first.pool, available: 0)
    }
    let component = state.components.find(admission.request.component)
    let limits = state.components.limits(of: admission.request.component)
    if let most = limits.queuePlaces,
      (component.map { state.components[$0].waiting } ?? 0) >= most
    {
      return Denial(reason: .componentQueueLimit, pool: -1, available: 0)
    }
    return nil
  }
}
