import Model

extension CoordinationState {
  /// Whether a decision that was read can be applied to this state. What the coordinator decides itself always can; bytes
  /// that say something else must be refused before `evolve` meets them.
  func accepts(_ decision: Decision) -> Bool {
    switch decision {
    case .recorded(let request, let admission, let outcome, _):
      return accepts(request, admission, outcome)
    case .leaseAdopted(let request, let admission, let terms):
      return accepts(request, admission, .granted(terms))
    case .served(let slot, let terms):
      return isWaiting(slot) && accepts(terms, records[slot].claims)
    case .promoted(let slot, let key): return isWaiting(slot) && !isTaken(key)
    case .waitEnded(let slot, _): return isWaiting(slot)
    case .claimed(let slot), .renewed(let slot, _), .preemptionNoticed(let slot, _),
      .preemptionWithdrawn(let slot), .leaseEnded(let slot, _, _):
      return isHeld(slot)
    case .settled(let slot, let pool, _):
      return isHeld(slot) && isPool(pool) && pools[Int(pool)].isRate
    case .attached(let slot, _), .detached(let slot, _): return isRecord(slot)
    case .lockDelayEnded(let slot):
      guard isRecord(slot), case .closing = records[slot].phase else { return false }
      return true
    case .forgotten(let slot): return remembered.first == slot
    case .releaseRefused(let slot, _, _, _): return slot.map(isRecord) ?? true
    case .capacityChanged(let pool, let capacity): return isPool(pool) && capacity >= 0
    case .poolsDefined(let definitions):
      let numbers = definitions.map(\.number).filter { $0 != 0 }
      return Set(definitions.map(\.name)).count == definitions.count
        && Set(numbers).count == numbers.count && definitions.allSatisfy(acceptsDefinition)
    case .modeChanged, .draining, .learning, .started: return true
    }
  }

  private func accepts(
    _ request: ResourceRequest, _ admission: Admission, _ outcome: Outcome
  ) -> Bool {
    find(request.requestID) == nil && !request.component.isEmpty
      && admission.claims.areOf(poolCount: pools.count) && accepts(outcome, admission)
  }

  private func accepts(_ outcome: Outcome, _ admission: Admission) -> Bool {
    switch outcome {
    case .granted(let terms): accepts(terms, admission.claims)
    case .queued(let terms): !isTaken(terms.key)
    case .denied(let denial): denial.pool == -1 || isPool(denial.pool)
    }
  }

  /// Whether the sums stay numbers.
  private func accepts(_ terms: GrantTerms, _ claims: PoolClaims) -> Bool {
    guard terms.quantity >= 0, terms.quantity <= claims.first.quantity else { return false }
    return (0..<claims.count).allSatisfy { position in
      let claim = claims[position]
      let pool = pools[Int(claim.pool)]
      let quantity = position == 0 ? terms.quantity : claim.quantity
      return pool.isRate || !pool.held.addingReportingOverflow(quantity).overflow
    }
  }

  /// A pool in use stays of its sort: what is held could not be given back otherwise.
  private func acceptsDefinition(_ definition: PoolDefinition) -> Bool {
    guard definition.capacity >= 0, definition.rate.map({ $0.burst >= 0 }) ?? true else {
      return false
    }
    guard let pool = pools.first(where: { $0.definition.name == definition.name }) else {
      return true
    }
    return pool.isRate == (definition.rate != nil) || pool.leases + pool.waiting == 0
  }

  private func isTaken(_ key: QueueKey) -> Bool { queue.contains(key) }

  private func isPool(_ pool: Int32) -> Bool { pool >= 0 && Int(pool) < pools.count }

  private func isRecord(_ slot: Int32) -> Bool {
    guard slot >= 0, slot < records.end else { return false }
    if case .vacant = records[slot].phase { return false }
    return true
  }

  private func isWaiting(_ slot: Int32) -> Bool {
    guard isRecord(slot), case .waiting = records[slot].phase else { return false }
    return true
  }

  private func isHeld(_ slot: Int32) -> Bool {
    guard isRecord(slot), case .held = records[slot].phase else { return false }
    return true
  }
}
