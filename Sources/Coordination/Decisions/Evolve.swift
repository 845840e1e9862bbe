import Model

extension CoordinationState {
  /// Applies one decision. Returns the record it is about, or -1.
  ///
  /// This is all that recovery runs: nothing here chooses, draws or reads a clock.
  func evolve(_ decision: Decision, at now: Instant) -> Int32 {
    if case .recorded(let request, let admission, let outcome, let drew) = decision {
      return evolve(request, admission, outcome, drew: drew, at: now)
    }
    advance(to: now)
    switch decision {
    case .recorded:
      preconditionFailure("handled above")
    case .served(let slot, let terms):
      leaveQueue(slot, served: true)
      hold(slot, terms)
      return slot
    case .claimed(let slot):
      updateGrant(slot) { $0.claimBy = nil }
      return slot
    case .attached(let slot, let connection):
      records[slot].connection = connection
      updateWaiting(slot) { $0.disconnectAt = nil }
      return slot
    case .detached(let slot, let cancelAt):
      updateWaiting(slot) { $0.disconnectAt = cancelAt }
      return slot
    case .promoted(let slot, let key):
      promote(slot, key)
      return slot
    case .waitEnded(let slot, let end):
      leaveQueue(slot, served: false)
      remember(slot, .waitEnded(end, at: now))
      return slot
    case .leaseEnded(let slot, let end, let closedUntil):
      endLease(slot, end, closedUntil: closedUntil)
      return slot
    case .lockDelayEnded(let slot):
      endLockDelay(slot)
      return slot
    case .renewed(let slot, let expiresAt):
      updateGrant(slot) { $0.expiresAt = expiresAt }
      return slot
    case .settled(let slot, let pool, let difference):
      settle(slot, pool, by: difference)
      return slot
    case .preemptionNoticed(let slot, let instant):
      updateGrant(slot) { $0.preemptAt = instant }
      return slot
    case .preemptionWithdrawn(let slot):
      updateGrant(slot) { $0.preemptAt = nil }
      return slot
    case .releaseRefused(let slot, _, _, _):
      return slot ?? -1
    case .forgotten(let slot):
      forget(slot)
    case .modeChanged(let mode, let contention, let restartsDraws):
      self.mode = mode
      self.contention = contention
      if restartsDraws { draws = 0 }
    case .capacityChanged(let pool, let capacity):
      changeCapacity(pool, capacity)
    case .draining(let isDraining):
      self.isDraining = isDraining
    case .learning(let end):
      learning = end.map(LearningPeriod.until) ?? .over
    case .leaseAdopted(let request, let admission, let terms):
      return record(request, admission, .granted(terms))
    case .started(let cancelAt, let claimBy):
      start(cancelAt: cancelAt, claimBy: claimBy)
    case .poolsDefined(let definitions):
      definePools(definitions)
    }
    return -1
  }

  /// Applies the decision about a new request.
  func evolve(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, _ outcome: Outcome,
    drew: Bool, at now: Instant
  ) -> Int32 {
    advance(to: now)
    if drew { draws += 1 }
    return record(request, admission, outcome)
  }

  /// Applies the end of a lease.
  func evolveLeaseEnd(
    _ slot: Int32, _ end: LeaseEnd, closedUntil: Instant?, at now: Instant
  ) {
    advance(to: now)
    endLease(slot, end, closedUntil: closedUntil)
  }

  private func advance(to now: Instant) {
    precondition(now >= self.now, "decisions are in the order of time")
    self.now = now
    decidedAt = now
    revision += 1
  }

  // MARK: Recording

  private func record(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, _ outcome: Outcome
  ) -> Int32 {
    requestsProcessed += 1
    let component = components.intern(request.component)
    components[component].records += 1
    let slot = records.take()
    records[slot].begin(
      request, admission, component: component, sequence: revision,
      proof: proof(owner: admission.owner?.name ?? .empty, secret: request.clientSecret))
    index.insert(slot, hash: request.requestID.hashValue(seed: hashSeed))
    switch outcome {
    case .granted(let terms): hold(slot, terms)
    case .queued(let terms): enterQueue(slot, terms)
    case .denied(let denial): remember(slot, .denied(denial, at: now))
    }
    return slot
  }

  private func remember(_ slot: Int32, _ phase: RequestRecord.Phase) {
    records[slot].phase = phase
    timers.clear(slot)
    remembered.append(slot)
  }

  private func forget(_ slot: Int32) {
    precondition(remembered.first == slot, "the oldest ended request is forgotten first")
    remembered.removeFirst()
    index.remove(slot, hash: records[slot].requestID.hashValue(seed: hashSeed))
    components.dropRecord(records[slot].component)
    records[slot].end()
    records.release(slot)
  }

  // MARK: Leases

  private func hold(_ slot: Int32, _ terms: GrantTerms) {
    fencing.counter += 1
    let grant = Grant(
      token: terms.token, fencingCounter: fencing.counter, grantedAt: now,
      expiresAt: terms.expiresAt, quantity: terms.quantity, claimBy: terms.claimBy)
    records[slot].phase = .held(grant)
    leases += 1
    take(slot, grant, for: &components[records[slot].component])
    timers.set(slot, at: grant.nextTimer)
  }

  @inline(__always)
  private func take(_ slot: Int32, _ grant: Grant, for component: inout Components.Entry) {
    component.leases += 1
    forEachClaim(slot, grant) { pool, quantity in
      if pools[Int(pool)].take(quantity, for: slot, at: now) {
        component.changeHeld(of: pool, by: quantity)
      }
    }
  }

  private func endLease(_ slot: Int32, _ end: LeaseEnd, closedUntil: Instant?) {
    guard case .held(let grant) = records[slot].phase else {
      preconditionFailure("only a live lease ends")
    }
    leases -= 1
    giveBack(
      slot, grant, staysClosed: closedUntil != nil, from: &components[records[slot].component])
    if let closedUntil {
      records[slot].phase = .closing(grant, end, until: closedUntil)
      timers.set(slot, at: closedUntil)
    } else {
      remember(slot, .leaseEnded(grant, end, at: now))
    }
  }

  @inline(__always)
  private func giveBack(
    _ slot: Int32, _ grant: Grant, staysClosed: Bool, from component: inout Components.Entry
  ) {
    component.leases -= 1
    forEachClaim(slot, grant) { pool, quantity in
      let isHeld = pools[Int(pool)].giveBack(
        quantity, from: slot, grant, staysClosed: staysClosed, at: now)
      if isHeld { component.changeHeld(of: pool, by: -quantity) }
    }
  }

  /// Calls the body with each pool of a lease and what it has of it.
  @inline(__always)
  private func forEachClaim(
    _ slot: Int32, _ grant: Grant, _ body: (_ pool: Int32, _ quantity: Int64) -> Void
  ) {
    body(records[slot].claims.first.pool, grant.quantity)
    guard !records[slot].claims.isSingle else { return }
    for claim in records[slot].claims.rest { body(claim.pool, claim.quantity) }
  }

  private func endLockDelay(_ slot: Int32) {
    guard case .closing(let grant, let end, _) = records[slot].phase else {
      preconditionFailure("only closed capacity opens")
    }
    forEachClaim(slot, grant) { pool, quantity in
      pools[Int(pool)].open(quantity, from: slot)
    }
    remember(slot, .leaseEnded(grant, end, at: now))
  }

  private func updateGrant(_ slot: Int32, _ change: (inout Grant) -> Void) {
    guard case .held(var grant) = records[slot].phase else {
      preconditionFailure("the record holds no lease")
    }
    change(&grant)
    records[slot].phase = .held(grant)
    timers.set(slot, at: grant.nextTimer)
  }

  private func settle(_ slot: Int32, _ pool: Int32, by difference: Int64) {
    guard case .held(let grant) = records[slot].phase, let meter = pools[Int(pool)].meter,
      let rate = pools[Int(pool)].rate
    else { preconditionFailure("only a live lease of a rate pool is settled") }
    pools[Int(pool)].rate =
      difference > 0
      ? meter.spending(difference, rate, at: now)
      : meter.returning(-difference, spentAt: grant.grantedAt, rate, at: now)
  }

  // MARK: The queue

  private func enterQueue(_ slot: Int32, _ terms: QueueTerms) {
    records[slot].options.insert(.queued)
    let component = records[slot].component
    components[component].waiting += 1
    let waiting = Waiting(
      queuedAt: now, deadline: terms.deadline, place: terms.key, disconnectAt: nil,
      drawnGrantAt: terms.drawnGrantAt, expectedAt: terms.expectedAt)
    records[slot].phase = .waiting(waiting)
    let claims = records[slot].claims
    for position in 0..<claims.count {
      let index = Int(claims[position].pool)
      pools[index].waiting += 1
      if pools[index].waiting == 1 { waitedPools += 1 }
    }
    if let due = terms.drawnGrantAt {
      let waiter = DrawnWaiter(due: due, sequence: terms.key.sequence, slot: slot)
      let position = drawnQueue.partitionPoint { ($0.due, $0.sequence) < (due, waiter.sequence) }
      drawnQueue.insert(waiter, at: position)
    } else {
      queue.insert(slot, key: terms.key)
      noteRound(terms.key, component)
    }
    timers.set(slot, at: nextTimer(waiting, records[slot].priority))
  }

  private func leaveQueue(_ slot: Int32, served: Bool) {
    guard case .waiting(let waiting) = records[slot].phase else {
      preconditionFailure("the record does not wait")
    }
    components[records[slot].component].waiting -= 1
    let claims = records[slot].claims
    for position in 0..<claims.count {
      let index = Int(claims[position].pool)
      pools[index].waiting -= 1
      if pools[index].waiting == 0 { waitedPools -= 1 }
    }
    if let due = waiting.drawnGrantAt {
      let position = drawnQueue.partitionPoint {
        ($0.due, $0.sequence) < (due, waiting.place.sequence)
      }
      drawnQueue.remove(at: position)
    } else {
      queue.remove(key: waiting.place)
      if served { queue.served(waiting.place) }
      components[records[slot].component].noteLeft(waiting.place, served: served)
    }
  }

  private func promote(_ slot: Int32, _ key: QueueKey) {
    guard case .waiting(var waiting) = records[slot].phase else {
      preconditionFailure("the record does not wait")
    }
    if waiting.drawnGrantAt != nil {
      // The mode that drew its delay is over: it waits like every other from now on.
      let position = drawnQueue.partitionPoint {
        ($0.due, $0.sequence) < (waiting.drawnGrantAt ?? now, waiting.place.sequence)
      }
      drawnQueue.remove(at: position)
      waiting.drawnGrantAt = nil
    } else {
      queue.remove(key: waiting.place)
    }
    waiting.place = key
    queue.insert(slot, key: key)
    noteRound(key, records[slot].component)
    records[slot].phase = .waiting(waiting)
    timers.set(slot, at: nextTimer(waiting, records[slot].priority))
  }

  /// Forgets every connection: the numbers of those that come are used anew.
  private func start(cancelAt: Instant, claimBy: Instant) {
    isDraining = false
    for slot in 0..<records.end {
      records[slot].connection = 0
      switch records[slot].phase {
      case .waiting where records[slot].options.contains(.cancelOnDisconnect):
        updateWaiting(slot) { $0.disconnectAt = cancelAt }
      case .held(let grant):
        guard let claim = grant.claimBy else { continue }
        updateGrant(slot) { $0.claimBy = max(claim, claimBy) }
      case .waiting, .vacant, .closing, .leaseEnded, .waitEnded, .denied:
        continue
      }
    }
  }

  private func noteRound(_ key: QueueKey, _ component: Int32) {
    components[component].lastRound[Int(key.lane.rawValue)] = key.round
  }

  private func updateWaiting(_ slot: Int32, _ change: (inout Waiting) -> Void) {
    guard case .waiting(var waiting) = records[slot].phase else { return }
    change(&waiting)
    records[slot].phase = .waiting(waiting)
    timers.set(slot, at: nextTimer(waiting, records[slot].priority))
  }

  func nextTimer(_ waiting: Waiting, _ priority: Priority) -> Instant {
    var next = waiting.deadline
    if let cancelAt = waiting.disconnectAt { next = min(next, cancelAt) }
    if let grantAt = waiting.drawnGrantAt { return min(next, grantAt) }
    if let lane = waiting.place.lane.next {
      next = min(next, lane.reached(from: priority, since: waiting.queuedAt))
    }
    return next
  }

  // MARK: Pools

  private func changeCapacity(_ pool: Int32, _ capacity: Int64) {
    let index = Int(pool)
    if let meter = pools[index].meter, let rate = pools[index].rate {
      pools[index].rate = meter.rescaled(rate, to: capacity, at: now)
    }
    pools[index].capacity = capacity
  }

  /// Pools keep their numbers for ever: records and events know them by these.
  private func definePools(_ definitions: [PoolDefinition]) {
    var listed = Set<Int>()
    for definition in definitions {
      if let index = pools.firstIndex(where: { $0.definition.name == definition.name }) {
        pools[index].redefine(definition, at: now)
        listed.insert(index)
      } else {
        listed.insert(pools.count)
        pools.append(PoolState(definition))
      }
    }
    for index in pools.indices where !listed.contains(index) { pools[index].retire() }
    indexPools()
  }
}
