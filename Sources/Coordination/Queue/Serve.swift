import Model

extension Coordinator {
  /// Grants waiting requests, in the queue's order, as far as there is something to grant.
  ///
  /// A waiter that is blocked reserves what it asks for of every pool: those behind it get what is left beside that, so
  /// nothing overtakes it to its cost and nothing that it does not need stands idle. A waiter that only its own
  /// component's limits hold back reserves nothing.
  ///
  /// The walk ends as soon as every pool that is waited for is full: with one pool, at the first blocked waiter.
  func serveQueue() {
    guard state.queue.count > 0, !isCatchingUp else { return }
    let now = state.now
    var isSettled = false
    while !isSettled {
      isSettled = true
      for (slot, quantity) in choose(at: now) {
        // What was chosen together fits together, but a component's limits may have been reached on the way. Then what
        // it reserved is for those behind it, and another look finds them.
        guard componentBlocker(state.records[slot], first: quantity) == nil else {
          isSettled = false
          continue
        }
        serve(slot, quantity: quantity, at: now)
      }
    }
    if state.settings.preemption.enabled { preempt(at: now) }
  }

  /// The waiters that can be granted together now, in order, each with the quantity of its first claim.
  private func choose(at now: Instant) -> [(slot: Int32, quantity: Int64)] {
    var chosen: [(slot: Int32, quantity: Int64)] = []
    var open = 0
    for pool in state.pools.indices
    where state.pools[pool].waiting > 0 && isOpen(pool, 0, at: now) { open += 1 }
    guard open > 0 else { return chosen }
    reserved.removeAll(keepingCapacity: true)
    reserved.append(contentsOf: repeatElement(0, count: state.pools.count))
    state.queue.forEach { slot in
      let record = state.records[slot]
      guard !isHeldBack(record) else { return true }
      var claims = record.claims
      if let quantity = grantable(record, beside: reserved, at: now) {
        chosen.append((slot, quantity))
        claims.first.quantity = quantity
      }
      for position in 0..<claims.count {
        let pool = Int(claims[position].pool)
        let wasOpen = isOpen(pool, reserved[pool], at: now)
        reserved[pool] = reserved[pool].addingSaturated(claims[position].quantity)
        if wasOpen, !isOpen(pool, reserved[pool], at: now) { open -= 1 }
      }
      return open > 0
    }
    return chosen
  }

  private func isOpen(_ pool: Int, _ reserved: Int64, at now: Instant) -> Bool {
    !state.isLimited(Int32(pool))
      || !state.isLearning && state.pools[pool].available(at: now) > reserved
  }

  /// How much of its first claim a waiter can have beside what is reserved; nil if it must go on waiting.
  private func grantable(
    _ record: borrowing RequestRecord, beside reserved: ContiguousArray<Int64>, at now: Instant
  ) -> Int64? {
    if state.isLearning {
      for position in 0..<record.claims.count
      where state.isClosedToLearn(record.claims[position].pool) { return nil }
    }
    let first = record.claims.first
    var quantity = first.quantity
    if record.options.contains(.allowPartial), state.isLimited(first.pool) {
      let name = state.components[record.component].name
      guard let part = part(first, name, reserved: reserved[Int(first.pool)], at: now) else {
        return nil
      }
      quantity = part
    }
    for position in 0..<record.claims.count {
      let pool = record.claims[position].pool
      let claimed = position == 0 ? quantity : record.claims[position].quantity
      let beside = claimed.addingSaturated(reserved[Int(pool)])
      if state.isLimited(pool) {
        guard beside <= state.pools[Int(pool)].available(at: now) else { return nil }
      } else {
        guard !state.pools[Int(pool)].held.addingReportingOverflow(beside).overflow else {
          return nil
        }
      }
    }
    return quantity
  }

  /// Grants one waiting request.
  func serve(_ slot: Int32, quantity: Int64, at now: Instant) {
    let length = leaseLength(state.records[slot].duration)
    commit(
      .served(
        slot,
        GrantTerms(
          token: Token(entropy: &entropy), quantity: quantity,
          expiresAt: now + length, claimBy: now + limits.claim)), at: now)
  }

  /// When time alone next gives a waiter of a rate pool what it lacks there, beside what those before it reserve; nil
  /// if it never does. Later than now.
  func nextRateDeadline() -> Instant? {
    var open = 0
    for pool in state.ratePools where state.pools[Int(pool)].waiting > 0 { open += 1 }
    guard open > 0 else { return nil }
    var reserved = ContiguousArray<Int64>(repeating: 0, count: state.ratePools.count)
    var earliest: Instant?
    state.queue.forEach { slot in
      let record = state.records[slot]
      guard !isHeldBack(record) else { return true }
      var due: Instant? = state.now
      for position in 0..<record.claims.count {
        let claim = record.claims[position]
        guard let meter = state.pools[Int(claim.pool)].meter,
          let rate = state.pools[Int(claim.pool)].rate, state.isLimited(claim.pool)
        else { continue }
        let index = state.ratePools.partitionPoint { $0 < claim.pool }
        let least = record.options.contains(.allowPartial) ? 1 : claim.quantity
        let wasOpen = reserved[index] < meter.largest
        let fits = meter.fits(reserved[index].addingSaturated(least), rate, at: state.now)
        due = due.flatMap { due in fits.map { max(due, $0) } }
        reserved[index] = reserved[index].addingSaturated(claim.quantity)
        if wasOpen, reserved[index] >= meter.largest { open -= 1 }
      }
      if let due, due > state.now { earliest = min(earliest ?? due, due) }
      return open > 0
    }
    return earliest
  }
}
