import Model

/// A planner before its first decision, kept so from pass to pass while jobs come and go.
///
/// What a pass starts is taken back at its end. Jobs are numbered on as they are created; one that was created before others
/// that are here already, or too many that are gone, make it stale.
struct CarriedPlan: Sendable {
  private var planner: Planner
  private var queue = LiveQueue()
  private var kinds = PlanKinds()
  /// By name of a waiting job: its unit.
  private var units: [String: Int] = [:]
  /// Units of which what holds them hangs on the time.
  private var timed: Set<Int> = []
  private(set) var isStale = false
  private var goneCount = 0

  /// Jobs that are gone are forgotten when they are more than those that are here, and than this.
  private static let goneMax = 100_000

  init(_ snapshot: Snapshot, at now: Instant) throws(SnapshotError) {
    planner = try Planner(snapshot, at: now, detail: .none)
    planner.snapshot.jobs = []
    for (index, unit) in planner.units.enumerated() {
      planner.units[index].kind = kinds.kind(of: unit.request)
      add(index, snapshot)
    }
  }

  // MARK: What is carried

  /// Whether the rules of a snapshot decide on each job by what is free, in an order that does not look at who got something.
  static func carries(_ snapshot: Snapshot) -> Bool {
    let policy = snapshot.policy
    let preempts =
      policy.isPreemptionEnabled
      && (snapshot.queues.isEmpty
        ? policy.preemptsWithoutQueues
        : snapshot.queues.contains { $0.within != .never || $0.reclaim != .never })
    let isOrderCarried =
      switch policy.order {
      case .drf, .queueShare: false
      case .fifo, .priority, .fairShare, .deadline, .shortest, .wfp3, .unicep, .f1: true
      }
    let arePlacesCarried =
      switch policy.placement {
      case .random, .fragmentationGradient: false
      case .bestFit, .pack, .spread, .dotProduct, .gpuPacking, .gpuClustering: true
      }
    return !preempts && isOrderCarried && arePlacesCarried && policy.secondary != .drf
      && policy.backfill.candidates == .queueOrder && !looksAtCalendar(snapshot)
  }

  /// Whether the time alone changes who may start where: what began since the last pass would have to be begun, what is over
  /// dropped, and booked nodes chosen anew. A plan from the beginning does just that.
  private static func looksAtCalendar(_ snapshot: Snapshot) -> Bool {
    !snapshot.reservations.isEmpty || !snapshot.maintenance.isEmpty || !snapshot.bookings.isEmpty
      || snapshot.queueHours.contains { $0 != nil }
  }

  /// Whether a job is decided on by itself, and where it runs is known.
  static func carries(_ job: SnapshotJob, _ policy: PlanPolicy) -> Bool {
    guard job.gang == nil || !policy.isGangEnabled else { return false }
    guard let run = job.run else {
      return job.dependencies.allSatisfy(\.isSatisfied) && job.activeHours == nil
        && job.failure == nil
    }
    return run.stopping == nil
      && run.places.allSatisfy { place in
        guard job.tasks.indices.contains(place.task) else { return false }
        switch job.tasks[place.task].gpu {
        case .none: return true
        case .share: return place.devices?.count == 1
        case .devices(let count): return place.devices?.count == count
        case .instances(_, let count): return place.instances.count == count
        }
      }
  }

  // MARK: Changes

  private mutating func add(_ index: Int, _ facts: Snapshot) {
    let unit = planner.units[index]
    let number = unit.jobs[0]
    let job = planner.jobs.jobs[number]
    units[job.name] = index
    if job.notBefore != nil || (job.deadline != nil && !unit.obstacles.isEmpty) {
      timed.insert(index)
    }
    let scores = scores(of: number, facts.policy)
    queue.add(
      LiveQueue.Entry(
        first: scores.0, second: scores.1, number: number, unit: index, kind: unit.kind,
        estimateNanoseconds: unit.estimate.nanoseconds, queue: job.queue, user: job.user))
  }

  /// The scores of a job now; 0 where they are those of its user, which are looked up at each pass.
  private func scores(of number: Int, _ policy: PlanPolicy) -> (Double, Double) {
    let scorer = PlanScorer(policy, planner.jobs, planner.ranks, nil, planner.now)
    return (
      policy.order == .fairShare ? 0 : scorer.score(number, .first), scorer.score(number, .second)
    )
  }

  mutating func submit(_ job: SnapshotJob, _ facts: Snapshot) {
    guard !isStale, planner.jobs.isNext(job) else {
      isStale = true
      return
    }
    let number = planner.jobs.append(job, facts.policy, at: planner.now)
    var unit = PlanUnits(snapshot: facts, jobs: planner.jobs, now: planner.now).unit([number])
    unit.kind = kinds.kind(of: unit.request)
    planner.units.append(unit)
    add(planner.units.count - 1, facts)
  }

  mutating func start(_ job: SnapshotJob, _ facts: Snapshot) throws(SnapshotError) {
    guard !isStale, let run = job.run, let number = planner.jobs.numbers[job.name] else { return }
    let placement = try placement(of: number, run, facts)
    planner.jobs.setRun(run, of: number)
    planner.state.addRunning(placement, until: run.admitted + planner.jobs.estimates[number])
    planner.placements[number] = placement
    leaveQueue(job.name, number)
    noteCapacity(placement, facts)
  }

  private func placement(
    of number: Int, _ run: SnapshotRun, _ facts: Snapshot
  ) throws(SnapshotError) -> PlanMachine.Placement {
    let setup = PlanSetup(
      snapshot: facts, jobs: planner.jobs, columns: planner.jobs.columns, now: planner.now)
    return try setup.placement(of: number, run, beside: planner.state.physical.places?.placer)
  }

  mutating func end(_ job: SnapshotJob, _ facts: Snapshot) {
    guard !isStale, let number = planner.jobs.numbers[job.name] else { return }
    if let run = job.run {
      if let placement = planner.placements.removeValue(forKey: number) {
        planner.state.removeRunning(
          placement, until: run.admitted + planner.jobs.estimates[number])
        noteCapacity(placement, facts)
      }
    } else {
      leaveQueue(job.name, number)
    }
    planner.jobs.forget(number)
    goneCount += 1
    if goneCount > Self.goneMax, goneCount > planner.jobs.numbers.count { isStale = true }
  }

  private mutating func leaveQueue(_ name: String, _ number: Int) {
    guard let index = units.removeValue(forKey: name) else { return }
    timed.remove(index)
    queue.remove(number: number)
  }

  /// What queues share counts what runs on nodes that take no tasks.
  private mutating func noteCapacity(_ placement: PlanMachine.Placement, _ facts: Snapshot) {
    guard !facts.queues.isEmpty, facts.sharesCluster, let nodes = facts.nodes else { return }
    if placement.places.contains(where: { !nodes[$0.node].state.takesTasks }) { isStale = true }
  }

  mutating func setState(_ state: NodeState, of node: Int, _ facts: Snapshot) {
    guard facts.queues.isEmpty || !facts.sharesCluster else {
      isStale = true
      return
    }
    planner.setState(state, of: node)
  }

  // MARK: Deciding

  mutating func pass(at now: Instant, _ facts: Snapshot) throws(SnapshotError) -> PlanDecisions {
    try prepare(at: now, facts)
    planner.decide(entries(facts.policy), upTo: nil)
    let decisions = planner.plan.decisions
    planner.takeBack()
    return decisions
  }

  mutating func explain(
    _ name: String, at now: Instant, _ facts: Snapshot
  ) throws(SnapshotError) -> (reasons: [String], remedies: [String])? {
    guard let unit = units[name] else { return nil }
    try prepare(at: now, facts)
    planner.detail = .only(unit)
    planner.decide(entries(facts.policy), upTo: unit)
    let answer = planner.waiting.last.map { ($0.reasons, $0.remedies) }
    planner.takeBack()
    planner.detail = .none
    return answer
  }

  private mutating func prepare(at now: Instant, _ facts: Snapshot) throws(SnapshotError) {
    planner.begin(facts, at: now)
    if facts.policy.order == .fairShare || facts.policy.secondary == .fairShare {
      planner.ranks = try UserRanks(facts, now: now)
    }
    for index in timed {
      planner.units[index].obstacles =
        PlanUnits(snapshot: facts, jobs: planner.jobs, now: now).unit(planner.units[index].jobs)
        .obstacles
    }
  }

  private mutating func entries(_ policy: PlanPolicy) -> ContiguousArray<LiveQueue.Entry> {
    if policy.order == .fairShare, !Self.moves(policy.secondary, policy) {
      return queue.entries(byUser: planner.ranks.scores)
    }
    if Self.moves(policy.order, policy) || Self.moves(policy.secondary, policy) {
      let scorer = PlanScorer(policy, planner.jobs, planner.ranks, nil, planner.now)
      queue.rescore { (scorer.score($0.number, .first), scorer.score($0.number, .second)) }
    }
    return queue.entries()
  }

  /// Whether scores of an order change while jobs wait.
  private static func moves(_ order: PlanPolicy.Order?, _ policy: PlanPolicy) -> Bool {
    switch order {
    case nil, .fifo, .shortest, .f1, .drf, .queueShare: false
    case .priority: policy.ageing.pointsPerHour > 0
    case .fairShare, .deadline, .wfp3, .unicep: true
    }
  }
}
