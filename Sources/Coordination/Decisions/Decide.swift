import Model

extension Coordinator {
  /// Chooses the outcome of a new request.
  func decide(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, at now: Instant
  ) throws(CallError) -> (outcome: Outcome, drew: Bool) {
    if state.mode == .simulateContention, !anyAlwaysLimited(admission.claims) {
      try checkSums(admission.claims, first: admission.claims.first.quantity)
      return draw(request, admission, at: now)
    }
    guard isAnyLimited(admission.claims) else {
      try checkSums(admission.claims, first: admission.claims.first.quantity)
      return (grant(request, quantity: admission.claims.first.quantity, at: now), false)
    }
    return (try decideWithinLimits(request, admission, at: now), false)
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
  func checkSums(_ claims: PoolClaims, first: Int64) throws(CallError) {
    for position in 0..<claims.count {
      let index = Int(claims[position].pool)
      let quantity = position == 0 ? first : claims[position].quantity
      guard !state.pools[index].isRate,
        state.pools[index].held.addingReportingOverflow(quantity).overflow
      else { continue }
      let definition = state.pools[index].definition
      throw CallError(
        .quantityOverflow,
        "\(definition.name) already has \(definition.amount(state.pools[index].held)) held",
        field: "quantity")
    }
  }

  /// Whether granting the claims would make a sum that is no number.
  func overflows(_ claims: PoolClaims) -> Bool {
    for position in 0..<claims.count {
      let held = state.pools[Int(claims[position].pool)].held
      if held.addingReportingOverflow(claims[position].quantity).overflow { return true }
    }
    return false
  }

  // MARK: Granting

  private func grant(
    _ request: borrowing ResourceRequest, quantity: Int64, at now: Instant
  ) -> Outcome {
    .granted(
      GrantTerms(
        token: Token(entropy: &entropy), quantity: quantity,
        expiresAt: now + leaseLength(request.duration), claimBy: nil))
  }

  func leaseLength(_ asked: TimeSpan?) -> TimeSpan {
    guard let asked, asked > .zero else { return min(limits.leaseDefault, limits.leaseHold) }
    return min(max(asked, limits.leaseMinimum), limits.leaseHold)
  }

  // MARK: simulate_contention

  private func draw(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, at now: Instant
  ) -> (outcome: Outcome, drew: Bool) {
    let quantity = admission.claims.first.quantity
    // The seed's promise: CRITICAL passes under contention, and takes no draw.
    guard admission.priority != .critical else {
      return (grant(request, quantity: quantity, at: now), false)
    }
    switch contentionOutcome() {
    case .grant:
      return (grant(request, quantity: quantity, at: now), true)
    case .deny:
      return (
        .denied(
          Denial(
            reason: .simulatedContention, pool: admission.claims.first.pool,
            available: state.pools[Int(admission.claims.first.pool)].available(at: now))), true
      )
    case .queue(let after):
      guard let refusal = queueRefusal(request, admission) else {
        let due = now + (after ?? drawnDelay())
        let key = newcomerKey(admission.priority, request.component)
        return (
          .queued(
            QueueTerms(
              deadline: max(due + .nanoseconds(1), now + waitLength(request.timeout)),
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

  private func decideWithinLimits(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, at now: Instant
  ) throws(CallError) -> Outcome {
    let first = admission.claims.first
    if admission.claims.isSingle, hasNoOtherLimits,
      first.quantity <= state.pools[Int(first.pool)].available(at: now)
    {
      // Nearly every request. What follows would find nothing against it.
      return grant(request, quantity: first.quantity, at: now)
    }
    try checkSums(admission.claims, first: first.quantity)
    let least = request.allowPartial ? 1 : first.quantity
    if let misfit = misfit(admission.claims, first: least) { return .denied(misfit) }
    if let misfit = componentMisfit(request, admission, first: least) { return .denied(misfit) }
    let waits = request.wait || state.settings.queueWhenExhausted
    if let end = state.learningEnd {
      guard waits else { throw learningRefusal(until: end, at: now) }
    } else {
      let blocker = blocker(request, admission, first: first.quantity, at: now)
      guard let blocker else { return grant(request, quantity: first.quantity, at: now) }
      if request.allowPartial {
        let ahead = reservedAhead(of: request, admission)?.first?.quantity ?? 0
        if let part = part(first, request.component, reserved: ahead, at: now) {
          return grant(request, quantity: part, at: now)
        }
      }
      guard waits else { return .denied(blocker) }
    }
    if let refusal = queueRefusal(request, admission) { return .denied(refusal) }
    let key = newcomerKey(admission.priority, request.component)
    var claims = admission.claims
    claims.first.quantity = least
    let forecast = forecast(claims, ahead: key, at: now)
    return .queued(
      QueueTerms(
        deadline: now + waitLength(request.timeout), key: key, drawnGrantAt: nil,
        expectedAt: forecast?.expected))
  }

  /// Whether nothing but the pools themselves can be in the way of a request.
  private var hasNoOtherLimits: Bool {
    !state.hasComponentLimits && state.waitedPools == 0 && !state.isLearning
  }

  func waitLength(_ asked: TimeSpan?) -> TimeSpan {
    guard let asked, asked > .zero else { return limits.waitDefault }
    return min(asked, limits.waitMaximum)
  }

  /// The place in the queue that a request would get if it were made now.
  func newcomerKey(_ priority: Priority, _ name: Text) -> QueueKey {
    let lane = QueueLane(priority)
    let component = state.components.find(name)
    let lastRound = component.map { state.components[$0].lastRound[Int(lane.rawValue)] } ?? 0
    return state.queue.key(
      lane: lane, lastRound: lastRound, sequence: state.revision + 1, at: state.now)
  }

  /// The pool that could never give what is asked.
  func misfit(_ claims: PoolClaims, first: Int64) -> Denial? {
    for position in 0..<claims.count {
      let pool = claims[position].pool
      let quantity = position == 0 ? first : claims[position].quantity
      guard state.isLimited(pool), quantity > state.pools[Int(pool)].largest else { continue }
      return Denial(
        reason: .canNeverFit, pool: pool,
        available: state.pools[Int(pool)].available(at: state.now))
    }
    return nil
  }

  /// The first reason why a new request cannot be granted now; nil if it can.
  func blocker(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, first: Int64,
    at now: Instant
  ) -> Denial? {
    if state.hasComponentLimits,
      let limit = componentBlocker(
        state.components.find(request.component), request.component, admission.claims,
        first: first)
    {
      return limit
    }
    let ahead = reservedAhead(of: request, admission)
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
    state.pools[Int(pool)].blocker(quantity, reserved: reserved, at: now)
  }

  /// What the waiters that come before a newcomer reserve of its pools; nil if nobody waits for them.
  ///
  /// The queue is always served as far as it goes, so every waiter ahead is blocked and keeps its claims reserved.
  private func reservedAhead(
    of request: borrowing ResourceRequest, _ admission: borrowing Admission
  ) -> [PoolClaim]? {
    guard state.waitedPools > 0 else { return nil }
    let claims = admission.claims
    var isWaited = false
    for position in 0..<claims.count where state.pools[Int(claims[position].pool)].waiting > 0 {
      isWaited = true
    }
    guard isWaited else { return nil }
    return reservedAhead(
      of: newcomerKey(admission.priority, request.component), claims)
  }

  /// What the waiters before a place of the queue reserve of the claims' pools.
  ///
  /// Unless all is asked for, it looks no further once every pool is spoken for: those further back change nothing.
  func reservedAhead(of key: QueueKey, _ claims: PoolClaims, all: Bool = false) -> [PoolClaim] {
    var reserved = (0..<claims.count).map { PoolClaim(pool: claims[$0].pool, quantity: 0) }
    forEachWaiter(before: key) { slot in
      let other = state.records[slot]
      guard !isHeldBack(other) else { return true }
      for index in reserved.indices {
        guard let claim = other.claims.claim(of: reserved[index].pool) else { continue }
        reserved[index].quantity = reserved[index].quantity.addingSaturated(claim.quantity)
      }
      return all || reserved.contains { $0.quantity < state.pools[Int($0.pool)].largest }
    }
    return reserved
  }

  /// Looks at the waiters before a place of the queue, or at all, in their order, until the body answers false.
  func forEachWaiter(before key: QueueKey?, _ body: (Int32) -> Bool) {
    state.queue.forEach(before: key) { slot in
      waitersSeen &+= 1
      return body(slot)
    }
  }

  /// Whether a waiter reserves nothing: only its own component's limits are in its way, or its pools have become too
  /// small for it. It is passed over until that changes, so that nobody waits for what cannot come.
  func isHeldBack(_ record: borrowing RequestRecord) -> Bool {
    let least = record.options.contains(.allowPartial) ? 1 : record.claims.first.quantity
    return componentBlocker(record, first: least) != nil
      || misfit(record.claims, first: least) != nil
  }

  /// How much of a claim whose request takes less may be granted now beside what is reserved; nil for nothing.
  func part(
    _ claim: PoolClaim, _ component: Text, reserved: Int64, at now: Instant
  ) -> Int64? {
    let free = state.pools[Int(claim.pool)].available(at: now).subtractingSaturated(reserved)
    let slot = state.components.find(component)
    let claims = PoolClaims(first: claim)
    guard free > 0, componentBlocker(slot, component, claims, first: 1) == nil else { return nil }
    let most = componentShare(of: claim.pool, component)
    let held = slot.map { state.components[$0].held(of: claim.pool) } ?? 0
    return min(free, claim.quantity, most.map { $0 - held } ?? .max)
  }

  // MARK: Limits of components

  /// The limit of the component that a grant would break; nil if none.
  func componentBlocker(
    _ component: Int32?, _ name: Text, _ claims: PoolClaims, first: Int64
  ) -> Denial? {
    guard state.hasComponentLimits else { return nil }
    let limits = state.components.limits(of: name)
    let leases = component.map { state.components[$0].leases } ?? 0
    if let most = limits.leases, leases >= most {
      return Denial(reason: .componentLeaseLimit, pool: -1, available: 0)
    }
    guard limits.poolShare != nil else { return nil }
    for position in 0..<claims.count {
      let pool = claims[position].pool
      guard let most = componentShare(of: pool, name) else { continue }
      let quantity = position == 0 ? first : claims[position].quantity
      let held = component.map { state.components[$0].held(of: pool) } ?? 0
      if held.addingSaturated(quantity) > most {
        return Denial(
          reason: .componentShareLimit, pool: pool, available: max(0, most - held))
      }
    }
    return nil
  }

  func componentBlocker(_ record: borrowing RequestRecord, first: Int64) -> Denial? {
    guard state.hasComponentLimits else { return nil }
    return componentBlocker(
      record.component, state.components[record.component].name, record.claims, first: first)
  }

  /// The most that a component may hold of a pool; nil where that is not limited.
  func componentShare(of pool: Int32, _ name: Text) -> Int64? {
    guard state.isLimited(pool), !state.pools[Int(pool)].isRate,
      let share = state.components.limits(of: name).poolShare
    else { return nil }
    return Int64(share * Double(state.pools[Int(pool)].capacity))
  }

  /// The limit of the component that the request would break even if the component had nothing.
  private func componentMisfit(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, first: Int64
  ) -> Denial? {
    guard state.hasComponentLimits else { return nil }
    let name = request.component
    if state.components.limits(of: name).leases == 0 {
      return Denial(reason: .componentLeaseLimit, pool: -1, available: 0)
    }
    for position in 0..<admission.claims.count {
      let pool = admission.claims[position].pool
      let quantity = position == 0 ? first : admission.claims[position].quantity
      guard let most = componentShare(of: pool, name), quantity > most else { continue }
      return Denial(reason: .componentShareLimit, pool: pool, available: most)
    }
    return nil
  }

  /// Why a request may not join the queue; nil if it may.
  private func queueRefusal(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission
  ) -> Denial? {
    guard state.waitingCount < limits.queueLength else {
      return Denial(reason: .queueFull, pool: admission.claims.first.pool, available: 0)
    }
    let component = state.components.find(request.component)
    let limits = state.components.limits(of: request.component)
    if let most = limits.queuePlaces,
      (component.map { state.components[$0].waiting } ?? 0) >= most
    {
      return Denial(reason: .componentQueueLimit, pool: -1, available: 0)
    }
    return nil
  }
}
