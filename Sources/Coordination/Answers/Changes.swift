import Model

extension Coordinator {
  /// The smallest changes of which each alone would let the subject start now, smallest first: waiting at its place in
  /// the queue where that is possible, else asked after the change.
  func changes(for subject: Subject, at now: Instant) -> [Change] {
    // A change of one pool helps only where one pool alone is in the way.
    let blocked = blockedClaims(of: subject, at: now)
    guard let only = blocked.first, blocked.count == 1,
      componentBlocker(
        state.components.find(subject.component), subject.component, subject.claims,
        first: subject.claims.first.quantity) == nil
    else { return [] }
    let pool = state.pools[Int(only.claim.pool)]
    let name = pool.definition.name
    var changes: [Change] = []
    let free = pool.available(at: now).subtractingSaturated(only.ahead)
    if free > 0, subject.claims.count == 1 {
      changes.append(
        Change(
          kind: Text(Change.Kind.reduceQuantity.rawValue),
          message: "ask for at most \(pool.definition.amount(free))",
          pool: name, quantity: free))
    }
    if pool.isRate, let due = refill(of: pool, for: only.claim, subject, at: now) {
      changes.append(
        Change(
          kind: Text(Change.Kind.wait.rawValue),
          message: "wait \((due - now).seconds) s for the allowance to refill", pool: name))
    }
    if only.ahead > 0, let priority = sufficientPriority(subject, at: now) {
      changes.append(
        Change(
          kind: Text(Change.Kind.raisePriority.rawValue),
          message: "ask with priority \(priority.name)", pool: name))
    }
    guard !pool.isRate else { return changes }
    let needed = only.claim.quantity.addingSaturated(only.ahead)
    let taken = pool.held.addingSaturated(pool.closed)
    let missing = needed.subtractingSaturated(pool.capacity.subtractingSaturated(taken))
    if let holder = smallestSufficient(only.claim.pool, missing: missing) {
      let component = state.components[holder.record.component].name
      changes.append(
        Change(
          kind: Text(Change.Kind.releaseLease.rawValue),
          message: "\(holder.record.requestID) of \(component) released", pool: name,
          quantity: state.quantity(holder.grant, of: only.claim.pool, holder.record.claims),
          requestID: holder.record.requestID, component: component))
    }
    // What is too large to wait would find those that wait served first, of its other pools too.
    let isOvertaken =
      only.claim.quantity > pool.largest
      && (0..<subject.claims.count).contains {
        subject.claims[$0].pool != only.claim.pool
          && state.pools[Int(subject.claims[$0].pool)].waiting > 0
      }
    let capacity = sufficientCapacity(only.claim, subject)
    if capacity <= limits.quantity, !isOvertaken {
      changes.append(
        Change(
          kind: Text(Change.Kind.raiseCapacity.rawValue),
          message: "capacity of \(pool.definition.amount(capacity)) or more", pool: name,
          quantity: capacity))
    }
    return changes
  }

  /// When a rate pool has refilled enough for all ahead and the claim.
  private func refill(
    of pool: PoolState, for claim: PoolClaim, _ subject: Subject, at now: Instant
  ) -> Instant? {
    guard let meter = pool.meter, let rate = pool.rate, claim.quantity <= meter.largest else {
      return nil
    }
    let claims = PoolClaims(first: claim)
    let ahead = subject.key.map { reservedAhead(of: $0, claims, all: true)[0].quantity } ?? 0
    return meter.serves(claim.quantity.addingSaturated(ahead), rate, at: now)
  }

  /// The lowest higher priority with which the subject would not be blocked; nil if none would help or is allowed.
  private func sufficientPriority(_ subject: Subject, at now: Instant) -> Priority? {
    let highest = state.components.limits(of: subject.component).maxPriority ?? .critical
    return Priority.allCases.first { priority in
      guard priority > subject.priority, priority <= highest else { return false }
      var raised = subject
      raised.key = newcomerKey(priority, subject.component)
      return blockedClaims(of: raised, at: now).isEmpty
    }
  }

  /// The smallest capacity that has room for what is taken, all that would come first under it, and the claim. What is
  /// too large to wait comes after all that wait now.
  private func sufficientCapacity(_ claim: PoolClaim, _ subject: Subject) -> Int64 {
    let pool = state.pools[Int(claim.pool)]
    let own = pool.held.addingSaturated(pool.closed).addingSaturated(claim.quantity)
    guard let key = subject.key else { return own }
    var ahead: [Int64] = []
    var capacity = own
    let isTooLarge = claim.quantity > pool.largest
    forEachWaiter(before: isTooLarge ? nil : key) { slot in
      let record = state.records[slot]
      guard let other = record.claims.claim(of: claim.pool) else { return true }
      if isHeldBack(record) {
        // A larger pool may be large enough for it, and then it comes first.
        ahead.append(other.quantity)
      } else {
        capacity = capacity.addingSaturated(other.quantity)
      }
      return true
    }
    ahead.sort()
    for quantity in ahead {
      guard
        quantity <= capacity || !state.settings.componentLimits.isEmpty
          || state.settings.componentDefaults != .none
      else { break }
      capacity = capacity.addingSaturated(quantity)
    }
    return capacity
  }

  private func blockedClaims(
    of subject: Subject, at now: Instant
  ) -> [(claim: PoolClaim, ahead: Int64)] {
    let reserved = subject.key.map { reservedAhead(of: $0, subject.claims) }
    return (0..<subject.claims.count).compactMap { position in
      let claim = subject.claims[position]
      let ahead = reserved?[position].quantity ?? 0
      guard state.isLimited(claim.pool),
        claim.quantity > state.pools[Int(claim.pool)].largest
          || poolBlocker(claim.pool, claim.quantity, reserved: ahead, at: now) != nil
      else { return nil }
      return (claim, ahead)
    }
  }

  /// The lease that holds least of those whose end alone would free what is missing.
  private func smallestSufficient(
    _ pool: Int32, missing: Int64
  ) -> (record: RequestRecord, grant: Grant)? {
    var best: (record: RequestRecord, grant: Grant)?
    var bestQuantity = Int64.max
    forEachHolder(of: pool) { _, record, grant in
      let quantity = state.quantity(grant, of: pool, record.claims)
      guard quantity >= missing, quantity < bestQuantity else { return }
      best = (record, grant)
      bestQuantity = quantity
    }
    return best
  }
}
