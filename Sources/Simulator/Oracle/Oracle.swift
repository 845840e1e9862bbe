import Coordination
import Model

/// Says whether what clients were told is true, and stays so.
///
/// It shares no rule with the coordinator: it keeps what was acknowledged to somebody, and after every event of the
/// server holds that against what the server shows.
final class Oracle {
  let stage: Stage
  let plan: WorldPlan
  var requests: [Text: RequestFact] = [:]
  var leases = FactTable<LeaseFact>()
  var waits = FactTable<WaitFact>()
  /// Leases whose release, and waits whose cancelling, was acknowledged; the newest ones.
  var over: [(id: Text, component: Text, until: Instant)] = []
  /// Leases that a loss of state took, and that their holders may still have.
  var lost: [Text: LeaseFact] = [:]
  /// Until when nothing may be granted, at the least; and since which epoch that holds.
  var learning: (until: Instant, epochAbove: UInt64) = (.epoch, 0)
  var owners: [FencingToken: Text] = [:]
  var highestFencing = FencingToken(epoch: 0, counter: 0)
  var rates: [RateLedger]
  /// Events that somebody was told of, by revision.
  var events: [UInt64: (kind: EventKind?, id: Text)] = [:]
  /// What an administrator was told last; nil while a change is on the way.
  var mode: ResponseMode?
  var capacities: [Text: Int64] = [:]
  private var seenRevision: UInt64 = 0
  private var seenFencing: UInt64 = 0
  private let hasLockDelay: Bool

  init(_ stage: Stage, _ plan: WorldPlan) {
    self.stage = stage
    self.plan = plan
    mode = plan.settings.mode
    rates = plan.settings.pools.compactMap(RateLedger.init)
    hasLockDelay = plan.settings.pools.contains { $0.lockDelay != nil }
    for pool in plan.settings.pools { capacities[pool.name] = pool.capacity }
  }

  static func image(_ coordinator: Coordinator) -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = StateWriter(chunkBytes: 1 << 20)
    writer.write(coordinator) { bytes += $0 }
    return bytes
  }

  // MARK: After a start

  /// Replaying the journal gives the same state, and all that anybody may have been told of.
  func compare(_ coordinator: Coordinator, with expected: DiskExpectation) {
    guard coordinator.revision >= expected.durable else {
      return stage.fail(
        "after a crash the journal ends at revision \(coordinator.revision), and "
          + "\(expected.durable) was durable")
    }
    guard coordinator.revision == expected.revision else {
      if coordinator.revision > expected.revision {
        stage.fail("the journal holds decisions that were never made")
      }
      return
    }
    stage.tally.comparisons += 1
    if Oracle.image(coordinator) != expected.image {
      stage.fail("replaying the journal to revision \(expected.revision) gives another state")
    }
  }

  func lookAfterStart(_ coordinator: Coordinator) {
    seenRevision = 0
    seenFencing = .max
    look(coordinator)
    let now = coordinator.now
    over.removeAll { $0.until < now }
    for ended in over {
      guard let record = record(ended.id, ended.component, coordinator) else { continue }
      switch record.phase {
      case .held, .waiting:
        stage.fail("\(ended.id) was released or cancelled, and lives again after a restart")
      case .closing, .leaseEnded, .waitEnded, .denied, .vacant: break
      }
    }
    if let mode, mode != coordinator.mode {
      stage.fail(
        "the mode was set to \(mode.name), and is \(coordinator.mode.name) after a restart")
    }
    for pool in plan.settings.pools {
      guard let told = capacities[pool.name], let index = index(of: pool.name, coordinator) else {
        continue
      }
      let capacity = coordinator.poolStatus(index, at: now).totalCapacity
      if capacity != told {
        stage.fail(
          "the capacity of \(pool.name) was set to \(told), and is \(capacity) after a restart")
      }
    }
  }

  /// The server has begun anew, knowing nothing: what was acknowledged before no longer binds it. What clients hold does.
  func noteLoss(startedAt now: Instant) {
    for entry in leases.entries { lost[entry.id] = entry.fact }
    leases = FactTable()
    waits = FactTable()
    over = []
    events = [:]
    for id in requests.keys {
      requests[id]?.outcome = .none
      requests[id]?.token = .empty
    }
    learning = (now + plan.settings.limits.learning, highestFencing.epoch)
    rates = plan.settings.pools.compactMap(RateLedger.init)
    // A change that was on its way may reach the new server: what is not known for certain stays so.
    if mode != nil { mode = plan.settings.mode }
    for pool in plan.settings.pools where capacities[pool.name] != nil {
      capacities[pool.name] = pool.capacity
    }
  }

  private func index(of pool: Text, _ coordinator: Coordinator) -> Int32? {
    try? coordinator.pool(PoolReference(name: pool))
  }

  func record(_ id: Text, _ component: Text, _ coordinator: Coordinator) -> RequestRecord? {
    guard
      let slot = try? coordinator.find(RequestKey(requestID: id, component: component))
    else { return nil }
    return coordinator.record(slot)
  }

  // MARK: After every event

  func look(_ coordinator: Coordinator) {
    guard coordinator.revision != seenRevision else { return }
    seenRevision = coordinator.revision
    for entry in leases.entries { check(entry.id, entry.fact, coordinator) }
    for entry in waits.entries { check(entry.id, entry.fact, coordinator) }
    checkPools(coordinator)
    if coordinator.waiting == 1 { checkLastWaiter(coordinator) }
  }

  /// Whoever waits alone for what is free has it. Rates, which refill by time alone, and limits of components are left out.
  private func checkLastWaiter(_ coordinator: Coordinator) {
    guard plan.settings.componentDefaults == .none, coordinator.mode == .respectLimits,
      coordinator.learningEnd == nil
    else { return }
    for entry in waits.entries {
      guard let record = record(entry.id, entry.fact.component, coordinator),
        case .waiting(let waiting) = record.phase, waiting.drawnGrantAt == nil
      else { continue }
      let fits = (0..<record.claims.count).allSatisfy { place in
        let claim = record.claims[place]
        let status = coordinator.poolStatus(claim.pool, at: coordinator.now)
        return status.kind != .rate && claim.quantity <= status.available
      }
      if fits { stage.fail("\(entry.id) waits alone, and there is room for it") }
    }
  }

  private func check(_ id: Text, _ fact: LeaseFact, _ coordinator: Coordinator) {
    let now = coordinator.now
    let record = record(id, fact.component, coordinator)
    guard let record, case .held(let grant) = record.phase else {
      if now >= fact.expiresAt || fact.mayBeReleased || wasPreempted(record, at: now) {
        leases[id] = nil
      } else {
        stage.fail(
          "the lease \(id) was acknowledged until \(Words.text(fact.expiresAt)), and is gone at "
            + "\(Words.text(now))\(record.map { ": \($0.phase)" } ?? "")")
      }
      return
    }
    if grant.token.text != fact.token || grant.fencingCounter != fact.fencing.counter
      || grant.quantity != fact.quantity
    {
      stage.fail("the lease \(id) has another token, fencing number or quantity than acknowledged")
    }
    if grant.expiresAt < fact.expiresAt
      || grant.expiresAt > fact.expiresAt && !fact.mayBeRenewed
    {
      stage.fail(
        "the lease \(id) ends at \(Words.text(grant.expiresAt)), and \(Words.text(fact.expiresAt)) "
          + "was acknowledged")
    }
    if grant.expiresAt + .seconds(1) < now {
      stage.fail("the lease \(id) has ended at \(Words.text(grant.expiresAt)) and is still held")
    }
  }

  private func wasPreempted(_ record: RequestRecord?, at now: Instant) -> Bool {
    guard plan.settings.preemption.enabled, let record else { return false }
    switch record.phase {
    case .closing(let grant, .preempted, _), .leaseEnded(let grant, .preempted, _):
      return grant.preemptAt.map { $0 <= now } ?? false
    case .vacant, .waiting, .held, .closing, .leaseEnded, .waitEnded, .denied: return false
    }
  }

  private func check(_ id: Text, _ fact: WaitFact, _ coordinator: Coordinator) {
    let now = coordinator.now
    guard let record = record(id, fact.component, coordinator) else {
      if now >= fact.deadline {
        waits[id] = nil
      } else {
        stage.fail("the waiting request \(id) is gone")
      }
      return
    }
    switch record.phase {
    case .waiting(let waiting):
      if waiting.deadline < fact.deadline { stage.fail("the deadline of \(id) came nearer") }
      // A drawn delay that ended while nobody ran is granted after the start, whatever the deadline.
      if waiting.drawnGrantAt == nil, waiting.deadline + .seconds(1) < now {
        stage.fail("\(id) waits beyond its deadline")
      }
    case .waitEnded(.timeout, let at):
      if at < fact.deadline { stage.fail("the wait of \(id) ended before its deadline") }
      waits[id] = nil
    case .waitEnded(.cancelled, _):
      if !fact.mayBeCancelled { stage.fail("\(id) left the queue, and nobody cancelled it") }
      waits[id] = nil
    case .waitEnded(.disconnected, _), .held, .closing, .leaseEnded: waits[id] = nil
    case .denied, .vacant: stage.fail("\(id) waited, and is then denied")
    }
  }

  private func checkPools(_ coordinator: Coordinator) {
    let seen = seenFencing
    var highest: UInt64 = seen == .max ? 0 : seen
    for pool in coordinator.shownPools {
      let status = coordinator.poolStatus(pool, at: coordinator.now, page: (from: 0, size: 4096))
      guard status.kind != .rate else { continue }
      var held: Int64 = 0
      var newest: UInt64 = 0
      for lease in status.allocations {
        held += lease.quantity
        newest = max(newest, lease.fencing?.counter ?? 0)
      }
      highest = max(highest, newest)
      if held > status.allocated || (held < status.allocated && !hasLockDelay) {
        stage.fail("\(status.name) says \(status.allocated) are held, and its leases hold \(held)")
      }
      if coordinator.mode == .respectLimits, newest > seen, status.allocated > status.totalCapacity
      {
        stage.fail(
          "a grant left \(status.allocated) of \(status.name) held, and there are "
            + "\(status.totalCapacity)")
      }
    }
    seenFencing = highest
  }

  func noteDamageSurvived() { stage.tell("oracle", "the damage is of no consequence") }

  /// At the end, when nothing was wrong for a long time.
  func checkRest(_ coordinator: Coordinator?) {
    guard let coordinator else { return stage.fail("the server is not running at the end") }
    if coordinator.waiting > 0 {
      stage.fail("\(coordinator.waiting) requests still wait, long after the last fault")
    }
  }
}
