import Model

extension Coordinator {
  /// Grants waiting requests, in the queue's order, as far as there is something to grant.
  ///
  /// A waiter that is blocked reserves what it asks for of every pool: those behind it get what is left beside that, so
  /// nothing overtakes it to its cost and nothing that it does not need stands idle. A waiter that only its own
  /// component's limits hold back reserves nothing.
  ///
  /// The walk ends as soon as every pool that is waited for is full: with one pool, at the first blocked waiter.
  mutating func serveQueue() {
    guard state.queue.count > 0 else { return }
    let now = state.now
    for slot in choose(at: now) where isWaiting(slot) {
      // What was chosen together fits together, but a component's limits may have been reached on the way.
      guard componentBlocker(state.records[slot]) == nil else { continue }
      serve(slot, at: now)
    }
    if state.settings.preemption.enabled { preempt(at: now) }
  }

  private func isWaiting(_ slot: Int32) -> Bool {
    if case .waiting = state.records[slot].phase { true } else { false }
  }

  private mutating func choose(at now: Instant) -> [Int32] {
    var chosen: [Int32] = []
    var open = state.waitedPools
    reserved.removeAll(keepingCapacity: true)
    reserved.append(contentsOf: repeatElement(0, count: state.pools.count))
    state.queue.forEach { slot in
      let record = state.records[slot]
      guard componentBlocker(record) == nil else { return true }
      if fits(record.claims, beside: reserved, at: now) { chosen.append(slot) }
      for position in 0..<record.claims.count {
        let claim = record.claims[position]
        let pool = Int(claim.pool)
        guard state.isLimited(claim.pool) else { continue }
        let wasOpen = isOpen(pool, reserved[pool], at: now)
        reserved[pool] = reserved[pool].addingSaturated(claim.quantity)
        if wasOpen, !isOpen(pool, reserved[pool], at: now) { open -= 1 }
      }
      return open > 0
    }
    return chosen
  }

  private func isOpen(_ pool: Int, _ reserved: Int64, at now: Instant) -> Bool {
    state.pools[pool].available(at: now) > reserved
  }

  private func fits(
    _ claims: PoolClaims, beside reserved: ContiguousArray<Int64>, at now: Instant
  ) -> Bool {
    for position in 0..<claims.count {
      let claim = claims[position]
      guard state.isLimited(claim.pool) else { continue }
      let pool = state.pools[Int(claim.pool)]
      // Units of a rate pool that are chosen in this walk count as spent.
      let quantity = claim.quantity.addingSaturated(reserved[Int(claim.pool)])
      if pool.isRate {
        guard quantity <= pool.available(at: now) else { return false }
      } else if poolBlocker(claim.pool, quantity, reserved: 0, at: now) != nil {
        return false
      }
    }
    return true
  }

  /// Grants one waiting request.
  mutating func serve(_ slot: Int32, at now: Instant) {
    let record = state.records[slot]
    guard case .waiting(let waiting) = record.phase else {
      preconditionFailure("only a waiting request is served")
    }
    lastWait = (now - waiting.queuedAt, waiting.expectedAt.map { now - $0 })
    commit(
      .served(
        slot,
        GrantTerms(
          token: Token(entropy: &entropy), quantity: record.claims.first.quantity,
          expiresAt: now + leaseLength(record.duration), claimBy: now + limits.claim)), at: now)
  }

  /// When the first waiter of a rate pool that only time holds back could be served; nil if there is none.
  func nextRateDeadline() -> Instant? {
    var unseen = state.ratePools.filter { state.pools[Int($0)].waiting > 0 }
    guard !unseen.isEmpty else { return nil }
    var earliest: Instant?
    state.queue.forEach { slot in
      let claims = state.records[slot].claims
      for position in 0..<claims.count {
        guard let index = unseen.firstIndex(of: claims[position].pool) else { continue }
        unseen.remove(at: index)
        let pool = state.pools[Int(claims[position].pool)]
        guard let meter = pool.meter, let rate = pool.rate,
          let due = meter.fits(claims[position].quantity, rate, at: state.now), due > state.now
        else { continue }
        earliest = min(earliest ?? due, due)
      }
      return !unseen.isEmpty
    }
    return earliest
  }
}
