import Model

extension Coordinator {
  /// The smallest changes of which each alone would let the subject start now, smallest first.
  func changes(for subject: Subject, at now: Instant) -> [Change] {
    let blocked = blockedClaims(of: subject, at: now)
    guard let only = blocked.first else { return [] }
    // A change of one pool helps only where one pool is in the way.
    guard blocked.count == 1 else { return [] }
    let pool = state.pools[Int(only.claim.pool)]
    let name = pool.definition.name
    let unit = pool.definition.unit
    var changes: [Change] = []
    let free = pool.available(at: now).subtractingSaturated(only.ahead)
    if free > 0, subject.claims.count == 1, pool.held <= pool.capacity {
      changes.append(
        Change(
          kind: Text(Change.Kind.reduceQuantity.rawValue),
          message: "ask for at most \(free) \(unit)",
          pool: name, quantity: free))
    }
    if pool.isRate {
      if let meter = pool.meter, let rate = pool.rate,
        let due = meter.fits(only.claim.quantity, rate, at: now)
      {
        changes.append(
          Change(
            kind: Text(Change.Kind.wait.rawValue),
            message: "wait \((due - now).seconds) s for the allowance to refill", pool: name))
      }
      return changes
    }
    let needed = only.claim.quantity.addingSaturated(only.ahead)
    let taken = pool.held.addingSaturated(pool.closed)
    if only.ahead > 0, only.claim.quantity <= pool.available(at: now), subject.priority < .critical
    {
      changes.append(
        Change(
          kind: Text(Change.Kind.raisePriority.rawValue),
          message: "ask with a higher priority than those ahead", pool: name))
    }
    if let holder = smallestSufficient(only.claim.pool, missing: needed - (pool.capacity - taken)) {
      let component = state.components[holder.record.component].name
      changes.append(
        Change(
          kind: Text(Change.Kind.releaseLease.rawValue),
          message: "\(holder.record.requestID) of \(component) released", pool: name,
          quantity: state.quantity(holder.grant, of: only.claim.pool, holder.record.claims),
          requestID: holder.record.requestID, component: component))
    }
    let capacity = taken.addingSaturated(needed)
    changes.append(
      Change(
        kind: Text(Change.Kind.raiseCapacity.rawValue),
        message: "capacity of \(capacity) \(unit) or more",
        pool: name, quantity: capacity))
    return changes
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
