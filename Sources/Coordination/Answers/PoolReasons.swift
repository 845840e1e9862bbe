import Model

// Why a pool stands in a request's way, and who.

extension Coordinator {
  /// Every reason why a claim cannot be had of its pool now; none if it can.
  ///
  /// - Parameter ahead: What those that come first reserve there.
  func poolReasons(
    _ claim: PoolClaim, ahead: Int64, _ subject: Subject, at now: Instant
  ) -> [Detail] {
    let pool = state.pools[Int(claim.pool)]
    let definition = pool.definition
    let asked = definition.amount(claim.quantity)
    if claim.quantity > pool.largest {
      return [
        detail(
          .canNeverFit, "\(definition.name): \(asked) asked, \(pool.largest) exist", claim, at: now)
      ]
    }
    guard let reason = poolBlocker(claim.pool, claim.quantity, reserved: ahead, at: now) else {
      return []
    }
    let available = pool.available(at: now)
    var details: [Detail] = []
    switch reason {
    case .rateLimited:
      var limited = detail(
        .rateLimited,
        "\(definition.name): \(claim.quantity) asked, \(available) left of \(pool.capacity)",
        claim, at: now)
      if let meter = pool.meter, let rate = pool.rate,
        let due = meter.fits(claim.quantity, rate, at: now)
      {
        limited.until = due
        limited.retryAfter = due - now
      }
      details.append(limited)
    case .overCommitted:
      let held = definition.amount(pool.held)
      details.append(
        detail(
          .overCommitted,
          "\(definition.name): \(held) held of \(pool.capacity); nothing is granted before it is under",
          claim, at: now))
    case .lockDelay:
      let closed = definition.amount(pool.closed)
      details.append(
        detail(
          .lockDelay, "\(definition.name): \(closed) stay closed after a lost lease", claim, at: now
        ))
    case .insufficientCapacity:
      let free = definition.amount(available)
      let short = definition.amount(max(0, claim.quantity - available))
      details.append(
        detail(
          .insufficientCapacity, "\(definition.name): \(free) free, \(short) short", claim, at: now)
      )
    default:
      break
    }
    if ahead > 0, let queued = waitersAhead(of: subject, claim, at: now) { details.append(queued) }
    return details
  }

  /// A reason about a pool, with the leases that must end as far as those are what is in the way.
  func detail(
    _ reason: Reason, _ message: String, _ claim: PoolClaim, at now: Instant
  ) -> Detail {
    let pool = state.pools[Int(claim.pool)]
    var detail = Detail(reason, message)
    detail.pool = pool.definition.name
    detail.unit = pool.definition.unit
    detail.requested = claim.quantity
    detail.available = pool.available(at: now)
    detail.missing = max(0, claim.quantity.subtractingSaturated(detail.available))
    detail.limit = reason == .canNeverFit ? pool.largest : pool.capacity
    if reason == .insufficientCapacity || reason == .overCommitted {
      nameHolders(in: &detail, claim)
    }
    return detail
  }

  /// Names the leases that must end before enough is free for the claim, if each ends at its time: the earliest end
  /// first, and as the one in the way the last of them. Where that is not enough, all are named and none is the last.
  private func nameHolders(in detail: inout Detail, _ claim: PoolClaim) {
    let pool = state.pools[Int(claim.pool)]
    var holders: [(slot: Int32, grant: Grant, quantity: Int64)] = []
    forEachHolder(of: claim.pool) { slot, record, grant in
      holders.append((slot, grant, state.quantity(grant, of: claim.pool, record.claims)))
    }
    holders.sort {
      ($0.grant.expiresAt, $0.grant.fencingCounter) < ($1.grant.expiresAt, $1.grant.fencingCounter)
    }
    var missing = claim.quantity.subtractingSaturated(
      pool.capacity.subtractingSaturated(pool.held.addingSaturated(pool.closed)))
    for holder in holders {
      let end = holder.grant.hasEnd ? holder.grant.expiresAt : nil
      let other = other(holder.slot, holder.quantity, until: end)
      detail.othersTotal += 1
      if detail.others.count < limits.othersNamed { detail.others.append(other) }
      missing = missing.subtractingSaturated(holder.quantity)
      guard missing <= 0 else { continue }
      detail.requestID = other.requestID
      detail.component = other.component
      detail.until = other.until
      return
    }
  }

  /// The reason of those that wait for the pool and come first, with the first of them as the one in the way.
  private func waitersAhead(of subject: Subject, _ claim: PoolClaim, at now: Instant) -> Detail? {
    guard let key = subject.key else { return nil }
    var waiters = detail(.aheadInQueue, "", claim, at: now)
    var first: Int32?
    forEachWaiter(before: key) { slot in
      let record = state.records[slot]
      guard let ahead = record.claims.claim(of: claim.pool), !isHeldBack(record) else {
        return true
      }
      first = first ?? slot
      waiters.othersTotal += 1
      if waiters.others.count < limits.othersNamed {
        waiters.others.append(other(slot, ahead.quantity, until: nil))
      }
      return true
    }
    guard let first, let other = waiters.others.first else { return nil }
    let others = waiters.othersTotal - 1
    let name =
      "\(other.requestID) of \(other.component) (\(state.records[first].priority.name))"
    waiters.message =
      others == 0 ? "\(name) comes first" : "\(name) and \(others) more come first"
    waiters.requestID = other.requestID
    waiters.component = other.component
    return waiters
  }

  private func other(_ slot: Int32, _ quantity: Int64, until: Instant?) -> OtherRequest {
    let record = state.records[slot]
    return OtherRequest(
      requestID: record.requestID, component: state.components[record.component].name,
      quantity: quantity, until: until)
  }
}
