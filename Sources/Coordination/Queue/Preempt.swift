import Model

extension Coordinator {
  /// Gives notice to the smallest set of leases of lower priority whose end lets the first blocked waiter start.
  ///
  /// Victims are taken lowest priority first, newest first, until the waiter fits; then every victim that turns out not
  /// to be needed is let go, in the reverse order. The freed capacity stays the waiter's, since it comes first in the
  /// queue. A preempts B only if A's priority is higher, so B never preempts A back.
  func preempt(at now: Instant) {
    // Before it is known who holds what, nothing is taken from anybody.
    guard !state.isLearning, let slot = firstBlocked() else { return }
    let record = state.records[slot]
    guard let shortfalls = shortfalls(of: neededClaims(record), at: now), !shortfalls.isEmpty else {
      return
    }
    for victim in victims(for: record, shortfalls) {
      guard let grant = state.grant(victim) else { continue }
      let settings = state.settings.preemption
      let end = max(now + settings.grace, grant.grantedAt + settings.minimumHold)
      commit(.preemptionNoticed(victim, at: end), at: now)
    }
  }

  /// Whether the first blocked waiter comes before a lease that was given notice and still lacks what it holds.
  func isStillWanted(_ slot: Int32, at now: Instant) -> Bool {
    guard !state.isLearning, let waiter = firstBlocked() else { return false }
    let victim = state.records[slot]
    let record = state.records[waiter]
    guard record.priority > victim.priority, let grant = state.grant(slot),
      let missing = shortfalls(of: neededClaims(record), without: slot, at: now)
    else { return false }
    return missing.contains { state.quantity(grant, of: $0.pool, victim.claims) > 0 }
  }

  /// What a waiter must have at least.
  func neededClaims(_ record: borrowing RequestRecord) -> PoolClaims {
    var claims = record.claims
    if record.options.contains(.allowPartial) { claims.first.quantity = 1 }
    return claims
  }

  private func firstBlocked() -> Int32? {
    var found: Int32?
    state.queue.forEach { slot in
      guard !isHeldBack(state.records[slot]) else { return true }
      found = slot
      return false
    }
    return found
  }

  /// What the pools of the claims lack once the leases already given notice, but for one, are gone and what is closed
  /// after lost leases is open again; nil where time alone or nothing can help.
  private func shortfalls(
    of claims: PoolClaims, without excluded: Int32? = nil, at now: Instant
  ) -> [PoolClaim]? {
    var shortfalls: [PoolClaim] = []
    for position in 0..<claims.count {
      let claim = claims[position]
      guard state.isLimited(claim.pool) else { continue }
      let pool = state.pools[Int(claim.pool)]
      guard !pool.isRate else {
        guard claim.quantity <= pool.available(at: now) else { return nil }
        continue
      }
      let free = pool.capacity.subtractingSaturated(pool.held)
      let missing = claim.quantity.subtractingSaturated(free)
        .subtractingSaturated(noticed(in: claim.pool, without: excluded))
      if missing > 0 { shortfalls.append(PoolClaim(pool: claim.pool, quantity: missing)) }
    }
    return shortfalls
  }

  private func noticed(in pool: Int32, without excluded: Int32?) -> Int64 {
    var sum: Int64 = 0
    forEachHolder(of: pool) { slot, record, grant in
      guard grant.preemptAt != nil, slot != excluded else { return }
      sum = sum.addingSaturated(state.quantity(grant, of: pool, record.claims))
    }
    return sum
  }

  /// Calls the body with the pool's live leases, at most ``Limits/forecastHolders`` of them.
  func forEachHolder(
    of pool: Int32, _ body: (_ slot: Int32, _ record: RequestRecord, _ grant: Grant) -> Void
  ) {
    forEachHolder(of: pool, closed: false) { slot, record, grant, _ in body(slot, record, grant) }
  }

  /// The same, if asked also with the lost ones whose lock delay runs, and until when.
  func forEachHolder(
    of pool: Int32, closed: Bool,
    _ body: (_ slot: Int32, _ record: RequestRecord, _ grant: Grant, _ until: Instant?) -> Void
  ) {
    var next = state.pools[Int(pool)].holders.first(from: 0)
    var seen = 0
    while let slot = next, seen < limits.forecastHolders {
      let record = state.records[slot]
      switch record.phase {
      case .held(let grant): body(slot, record, grant, nil)
      case .closing(let grant, _, let until) where closed: body(slot, record, grant, until)
      case .closing, .vacant, .waiting, .leaseEnded, .waitEnded, .denied: break
      }
      seen += 1
      next = state.pools[Int(pool)].holders.first(from: slot + 1)
    }
  }

  private func victims(
    for waiter: RequestRecord, _ shortfalls: [PoolClaim]
  ) -> [Int32] {
    var candidates: [(slot: Int32, record: RequestRecord, grant: Grant)] = []
    for shortfall in shortfalls {
      forEachHolder(of: shortfall.pool) { slot, record, grant in
        guard record.priority < waiter.priority, grant.preemptAt == nil,
          !candidates.contains(where: { $0.slot == slot })
        else { return }
        candidates.append((slot, record, grant))
      }
    }
    candidates.sort {
      ($0.record.priority, $1.grant.fencingCounter) < ($1.record.priority, $0.grant.fencingCounter)
    }
    var missing = shortfalls
    var taken: [(slot: Int32, record: RequestRecord, grant: Grant)] = []
    for candidate in candidates where missing.contains(where: { $0.quantity > 0 }) {
      guard change(&missing, by: candidate, sign: -1) else { continue }
      taken.append(candidate)
    }
    guard missing.allSatisfy({ $0.quantity <= 0 }) else { return [] }
    var kept: [Int32] = []
    for candidate in taken.reversed() {
      _ = change(&missing, by: candidate, sign: 1)
      if missing.allSatisfy({ $0.quantity <= 0 }) { continue }
      _ = change(&missing, by: candidate, sign: -1)
      kept.append(candidate.slot)
    }
    return kept
  }

  /// Moves the shortfalls by what a candidate holds; false if it holds nothing that is missing.
  private func change(
    _ missing: inout [PoolClaim], by candidate: (slot: Int32, record: RequestRecord, grant: Grant),
    sign: Int64
  ) -> Bool {
    let amounts = missing.map {
      state.quantity(candidate.grant, of: $0.pool, candidate.record.claims)
    }
    let helps = zip(missing, amounts).contains { $0.quantity > 0 && $1 > 0 }
    guard sign > 0 || helps else { return false }
    for index in missing.indices {
      missing[index].quantity = missing[index].quantity.addingSaturated(sign * amounts[index])
    }
    return helps
  }
}

extension CoordinationState {
  /// What a lease holds of a pool; 0 for none.
  func quantity(_ grant: Grant, of pool: Int32, _ claims: PoolClaims) -> Int64 {
    claims.first.pool == pool ? grant.quantity : claims.claim(of: pool)?.quantity ?? 0
  }
}
