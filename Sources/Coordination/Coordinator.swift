package import Model

/// The coordinator's decisions: commands in, answers out, no I/O, no clock.
///
/// Every method that changes something takes `now` and commits decisions one by one: each is applied by `evolve`,
/// written to the history, and left in ``effects`` for whoever watches. Before a command the shell calls
/// ``step(dueBy:)`` until it answers false, so that what is due comes first, earliest deadline first.
package final class Coordinator {
  let state: CoordinationState
  /// What happened, for ListHistory and WatchEvents.
  package private(set) var history: EventLog
  /// What was decided since the shell last cleared it; no record is forgotten before that.
  package var effects: ContiguousArray<Effect> = []
  var entropy: Entropy
  let startedAt: Instant
  /// Whether decisions are kept in ``log`` for a journal.
  let isRecorded: Bool
  /// What was decided since the shell last took it, for a journal. Empty where nothing is recorded.
  package var log = DecisionLog()
  /// What is due before the coordinator was there again: time has passed, but nobody could be granted anything.
  var isCatchingUp = false
  /// Until when that goes: later than ``startedAt`` where the machine's clock was set back.
  var catchUpEnd = Instant.epoch
  /// How many waiters were looked at for answers: what calls have cost that a long queue makes expensive.
  package internal(set) var waitersSeen: UInt64 = 0
  /// Reused by each look at the queue.
  var reserved: ContiguousArray<Int64> = []

  /// - Parameters:
  ///   - epoch: the first half of fencing tokens; higher than at any earlier loss of state.
  ///   - hashSeed: a secret that keeps strangers from choosing ids that collide.
  package init(
    settings: CoordinationSettings, epoch: UInt64, hashSeed: UInt64, entropy: Entropy,
    at now: Instant
  ) {
    state = CoordinationState(settings: settings, epoch: epoch, hashSeed: hashSeed, at: now)
    history = EventLog(capacity: settings.limits.historyEvents)
    self.entropy = entropy
    startedAt = now
    isRecorded = false
    if settings.isStateLost { beginLearning(at: now) }
    effects.removeAll()
  }

  /// What a journal begins with: nothing, not even pools. Records or a snapshot fill it, then ``resume`` ends recovery.
  ///
  /// - Parameters:
  ///   - settings: those of now; pools, mode and contention are taken from them by ``resume`` alone.
  ///   - startedAt: the time of this start.
  package init(
    recovering settings: CoordinationSettings, hashSeed: UInt64, entropy: Entropy,
    startedAt: Instant
  ) {
    var blank = settings
    blank.pools = []
    blank.mode = .alwaysGrant
    blank.contention = ContentionSettings()
    state = CoordinationState(settings: blank, epoch: 0, hashSeed: hashSeed, at: .epoch)
    history = EventLog(capacity: settings.limits.historyEvents)
    self.entropy = entropy
    self.startedAt = startedAt
    isRecorded = true
  }

  private init(copying other: Coordinator) {
    state = CoordinationState(copying: other.state)
    history = other.history
    effects = other.effects
    entropy = other.entropy
    startedAt = other.startedAt
    isRecorded = false
  }

  /// Another coordinator in the same state, to try something out. Costs a copy of what either then changes.
  package func copy() -> Coordinator { Coordinator(copying: self) }

  package var now: Instant { state.now }
  package var revision: UInt64 { state.revision }
  package var limits: Limits {
    @inline(__always) _read { yield state.settings.limits }
  }
  package var mode: ResponseMode { state.mode }
  package var isDraining: Bool { state.isDraining }
  package var leases: Int { state.leases }
  package var waiting: Int { state.waitingCount }
  package var epoch: UInt64 { state.fencing.epoch }
  package var poolCount: Int { state.pools.count }

  /// The record in a slot that an ``Effect`` names.
  package func record(_ slot: Int32) -> RequestRecord { state.records[slot] }

  /// The first pool and the priority of a record, by which it is counted.
  package func subject(_ slot: Int32) -> (pool: Int32, priority: Priority) {
    (state.records[slot].claims.first.pool, state.records[slot].priority)
  }

  package func forEachPool(of slot: Int32, _ body: (Int32) -> Void) {
    body(state.records[slot].claims.first.pool)
    for claim in state.records[slot].claims.rest { body(claim.pool) }
  }

  /// The pool that a reference means.
  package func pool(_ reference: PoolReference) throws(CallError) -> Int32 {
    try state.resolve(reference)
  }

  package func componentName(_ component: Int32) -> Text { state.components[component].name }

  package func poolDefinition(_ pool: Int32) -> PoolDefinition {
    state.pools[Int(pool)].definition
  }

  /// Applies a decision, records it and leaves its effect for the shell.
  @discardableResult
  func commit(_ decision: Decision, at now: Instant) -> Int32 {
    if isRecorded { log.append(decision, at: now, in: state) }
    let wait = wait(endedBy: decision, at: now)
    let slot = apply(decision, wait: wait, at: now)
    if let effect = effect(of: decision, slot: slot, wait: wait) { effects.append(effect) }
    return slot
  }

  /// Applies a decision that was recorded before.
  func replay(_ decision: Decision, at now: Instant) {
    _ = apply(decision, wait: wait(endedBy: decision, at: now), at: now)
  }

  func restoreHistory(total: UInt64, counts: [(kind: EventKind, count: Int64)]) {
    history.restore(total: total, counts: counts)
  }

  func restore(_ event: EventLog.Entry) { history.restore(event) }

  private func apply(_ decision: Decision, wait: EndedWait?, at now: Instant) -> Int32 {
    let slot = state.evolve(decision, at: now)
    history.append(decision, slot: slot, in: state)
    if let wait { history.noteWait(wait.length) }
    return slot
  }

  /// Records a new request and its outcome: ``commit(_:at:)`` of ``Decision/recorded``, without the detour of building one,
  /// since this is what every request pays.
  func commit(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, _ outcome: Outcome,
    drew: Bool, at now: Instant
  ) -> Int32 {
    if isRecorded {
      log.append(request, admission, outcome, drew: drew, at: now, in: state)
    }
    let slot = state.evolve(request, admission, outcome, drew: drew, at: now)
    history.appendRecorded(outcome, slot: slot, in: state)
    effects.append(
      Effect(kind: outcome.eventKind, slot: slot, revision: state.revision, at: state.now))
    return slot
  }

  /// Ends a lease: ``commit(_:at:)`` of ``Decision/leaseEnded``, again without building one.
  private func commit(_ slot: Int32, _ end: LeaseEnd, closedUntil: Instant?, at now: Instant) {
    if isRecorded { log.append(slot, end, closedUntil: closedUntil, at: now, in: state) }
    state.evolveLeaseEnd(slot, end, closedUntil: closedUntil, at: now)
    history.appendLeaseEnd(end, slot: slot, in: state)
    effects.append(
      Effect(kind: end.eventKind, slot: slot, revision: state.revision, at: state.now))
  }

  private func effect(of decision: Decision, slot: Int32, wait: EndedWait?) -> Effect? {
    let kind: EventKind
    switch decision {
    case .recorded(_, _, let outcome, _):
      kind = outcome.eventKind
    case .served: kind = .granted
    case .claimed: kind = .claimed
    case .promoted: kind = .promoted
    case .waitEnded(_, let end): kind = end == .timeout ? .queueTimeout : .cancelled
    case .leaseEnded(_, let end, _): kind = end.eventKind
    case .renewed: kind = .renewed
    case .settled: kind = .settled
    case .preemptionNoticed: kind = .preemptNotice
    case .releaseRefused: kind = .releaseRefused
    case .modeChanged: kind = .modeChanged
    case .capacityChanged: kind = .capacityChanged
    case .draining: kind = .draining
    case .learning: kind = .learning
    case .leaseAdopted: kind = .adopted
    case .attached, .detached, .lockDelayEnded, .preemptionWithdrawn, .forgotten, .started,
      .poolsDefined:
      return nil
    }
    return Effect(
      kind: kind, slot: slot, revision: state.revision, at: state.now, waited: wait?.length,
      forecastError: wait?.forecastError)
  }

  private struct EndedWait {
    var length: TimeSpan
    var forecastError: TimeSpan?
  }

  /// The wait that a grant ends, to be asked before it is applied.
  private func wait(endedBy decision: Decision, at now: Instant) -> EndedWait? {
    guard case .served(let slot, _) = decision,
      case .waiting(let waiting) = state.records[slot].phase
    else { return nil }
    return EndedWait(
      length: now - waiting.queuedAt, forecastError: waiting.expectedAt.map { now - $0 })
  }

  // MARK: Time

  /// When something next happens by itself; nil if nothing will. May be early, never late.
  package var nextDeadline: Instant? {
    // Rate pools that are waited for are closed while the coordinator learns.
    let other = learningEnd ?? (state.waitedPools > 0 ? nextRateDeadline() : nil)
    guard let timer = state.timers.earliest else { return other }
    return other.map { min($0, timer) } ?? timer
  }

  /// Does the next thing that is due at or before `now`; false when there is none left, and time is then `now`.
  package func step(dueBy now: Instant) -> Bool {
    let now = max(now, state.now)
    forgetEnded(by: now)
    // A period that ran out while nobody could announce anything begins anew: resume says so.
    let learningEnd = isCatchingUp ? nil : state.learningEnd
    let refill = learningEnd ?? (state.waitedPools > 0 ? nextRateDeadline() : nil)
    // At one instant, what ends comes before what is granted.
    if let (slot, deadline) = state.timers.popDue(by: min(now, refill ?? now)) {
      fire(slot, at: max(deadline, state.now))
      return true
    }
    if let learningEnd, learningEnd <= now {
      commit(.learning(until: nil), at: max(learningEnd, state.now))
      serveQueue()
      return true
    }
    guard let refill, refill <= now else {
      state.now = now
      return false
    }
    state.now = max(state.now, refill)
    serveQueue()
    return true
  }

  /// Records that effects still name are kept until the shell has consumed those.
  private func forgetEnded(by now: Instant) {
    guard effects.isEmpty else { return }
    while let slot = state.remembered.first {
      let isOver = state.endedAt(slot) + limits.rememberedTime <= now
      guard isOver || state.remembered.count > limits.rememberedRequests else { return }
      commit(.forgotten(slot), at: state.now)
    }
  }

  private func fire(_ slot: Int32, at now: Instant) {
    switch state.records[slot].phase {
    case .waiting(let waiting):
      fire(slot, waiting, at: now)
    case .held(let grant):
      fire(slot, grant, at: now)
    case .closing:
      commit(.lockDelayEnded(slot), at: now)
      serveQueue()
    case .vacant, .leaseEnded, .waitEnded, .denied:
      preconditionFailure("an ended request has no timer")
    }
  }

  private func fire(_ slot: Int32, _ waiting: Waiting, at now: Instant) {
    if let grantAt = waiting.drawnGrantAt, grantAt <= now {
      if isCatchingUp {
        // Its owner could not have been told: it is granted once that is possible.
        state.timers.set(slot, at: catchUpEnd + .nanoseconds(1))
      } else if overflows(state.records[slot].claims) {
        commit(.waitEnded(slot, .timeout), at: now)
      } else {
        serve(slot, quantity: state.records[slot].claims.first.quantity, at: now)
      }
    } else if let cancelAt = waiting.disconnectAt, cancelAt <= now {
      commit(.waitEnded(slot, .disconnected), at: now)
      serveQueue()
    } else if waiting.deadline <= now {
      commit(.waitEnded(slot, .timeout), at: now)
      serveQueue()
    } else if let lane = waiting.place.lane.next {
      promote(slot, to: lane, at: now)
      serveQueue()
    }
  }

  func promote(_ slot: Int32, to lane: QueueLane, at now: Instant) {
    let record = state.records[slot]
    let key = state.queue.key(
      lane: lane,
      lastRound: state.components[record.component].lastRound[Int(lane.rawValue)],
      sequence: record.sequence, at: now)
    commit(.promoted(slot, key), at: now)
  }

  private func fire(_ slot: Int32, _ grant: Grant, at now: Instant) {
    if grant.expiresAt <= now {
      endLease(slot, .expired, at: now)
    } else if let claimBy = grant.claimBy, claimBy <= now {
      endLease(slot, .claimLapsed, at: now)
    } else if isStillWanted(slot, at: now) {
      endLease(slot, .preempted, at: now)
    } else {
      commit(.preemptionWithdrawn(slot), at: now)
    }
  }

  func endLease(_ slot: Int32, _ end: LeaseEnd, at now: Instant) {
    commit(slot, end, closedUntil: lockDelayEnd(slot, end, at: now), at: now)
    if state.waitedPools > 0 { serveQueue() }
  }

  private func lockDelayEnd(_ slot: Int32, _ end: LeaseEnd, at now: Instant) -> Instant? {
    guard end.isAbnormal else { return nil }
    let claims = state.records[slot].claims
    var delay = TimeSpan.zero
    for position in 0..<claims.count {
      let definition = state.pools[Int(claims[position].pool)].definition
      if definition.kind != .rate {
        delay = max(delay, definition.lockDelay ?? state.settings.lockDelay)
      }
    }
    return delay > .zero ? now + delay : nil
  }
}

extension LeaseEnd {
  var eventKind: EventKind {
    switch self {
    case .released: .released
    case .expired: .expired
    case .claimLapsed: .claimLapsed
    case .preempted: .preempted
    }
  }
}

extension CoordinationState {
  func endedAt(_ slot: Int32) -> Instant {
    switch records[slot].phase {
    case .leaseEnded(_, _, let at), .waitEnded(_, let at), .denied(_, let at): at
    case .vacant, .waiting, .held, .closing:
      preconditionFailure("only ended requests are remembered")
    }
  }
}

extension Outcome {
  var eventKind: EventKind {
    switch self {
    case .granted: .granted
    case .queued: .queued
    case .denied: .denied
    }
  }
}
