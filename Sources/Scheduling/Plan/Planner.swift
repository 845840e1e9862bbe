import Model

/// Decides once what is to be done with the jobs of a snapshot.
///
/// Units (jobs, or the jobs of a gang) are taken in the order of the policy. Each, in turn:
/// 1. waits, if something that no room would change holds it: a hold, a dependency, missing members;
/// 2. starts, if its queue's quota admits it and all its tasks find places now, without delaying what is reserved;
/// 3. makes others stop, if the rules give it a right to enough of them; what they leave is kept for it;
/// 4. gets a reservation at its earliest expected start, as many of those that wait as the policy's depth says;
/// 5. waits.
///
/// Pure: the same snapshot, however its lists are ordered, gives the same plan.
///
/// - Parameter now: what is earlier has happened.
/// - Throws: ``SnapshotError`` for a snapshot that contradicts itself.
package func plan(_ snapshot: Snapshot, at now: Instant) throws(SnapshotError) -> Plan {
  var planner = try Planner(snapshot, at: now)
  planner.decideAll()
  var plan = planner.finish()
  if let share = snapshot.policy.runShareMilli {
    plan.addEarliestStarts(try shortened(snapshot, toMilli: share, at: now), at: now)
  }
  return plan
}

/// The plan if all jobs ran for a share of their limits only.
private func shortened(
  _ snapshot: Snapshot, toMilli share: Int64, at now: Instant
) throws(SnapshotError) -> Plan {
  var snapshot = snapshot
  snapshot.policy.runShareMilli = nil
  for index in snapshot.jobs.indices {
    let limit = snapshot.policy.limit(of: snapshot.jobs[index]).nanoseconds
    snapshot.jobs[index].timeLimit = max(
      .nanoseconds(1), .nanoseconds(limit / 1000 * share + limit % 1000 * share / 1000))
  }
  return try plan(snapshot, at: now)
}

extension Plan {
  /// Takes over from a plan with shorter runs when waiting jobs start there. Some may start later there: shorter jobs ahead
  /// of others can take other places.
  fileprivate mutating func addEarliestStarts(_ other: Plan, at now: Instant) {
    var starts: [String: Instant] = [:]
    for start in other.starts { starts[start.job] = now }
    for entry in other.waiting { starts[entry.job] = entry.expectedStart }
    for index in waiting.indices {
      guard let expected = waiting[index].expectedStart else { continue }
      waiting[index].earliestStart = min(expected, starts[waiting[index].job] ?? expected)
    }
  }
}

/// One pass over the units of a snapshot.
struct Planner {
  var snapshot: Snapshot
  var now: Instant
  var jobs: PlanJobs
  var ranks: UserRanks
  var units: [PlanUnit]
  /// By job that runs: where, and for how long it is expected to.
  var placements: [Int: PlanMachine.Placement]
  /// The machine with nothing on it; only what it keeps of scores changes.
  var idle: PlanMachine
  /// Nil where the order is kept elsewhere, from pass to pass.
  var order: PlanOrder?
  var state: PlanState
  var plan = Plan()
  /// Running jobs that may be asked to make room: neither told to already nor started by this plan.
  var running: [RunningJob]
  /// Who preempted whom before.
  let preemptions: PreemptionMemory
  /// Units that wait, in order, and what is known of their start.
  var waiting: [WaitingUnit] = []
  var detail = Detail.all
  /// Whether a unit waits that others may overtake.
  var isAnyAhead = false
  /// Starts that were kept for units whose victims stop, before anything was decided.
  var keptStarts: [Int: Instant] = [:]
  /// Units that were decided on first, and what they were promised.
  var promises: [Int: Instant] = [:]
  /// How many units that lack places hold a reservation, and by queue how many that lack quota do.
  var reservedForPlaces = 0
  var reservedForQuota: [Int: Int] = [:]
  /// Without backfill: whether a unit that found no place stopped all that come later, and which queues lack quota.
  var isStopped = false
  var stoppedQueues: Set<Int> = []
  var isSortedByEstimate = false
  /// What is known of kinds of units, so that no two of a kind are tried in vain.
  var refusals = PlanRefusals()
  var surveys = PlaceSurveys()

  /// A unit that does not start, for the last part of the plan.
  struct WaitingUnit {
    var unit: Int
    var reasons: [String]
    var remedies: [String]
    var expectedStart: Instant?
    /// Whether a start may be forecast for it.
    var mayStart: Bool
  }

  mutating func decideAll() {
    decidePromised()
    var left = snapshot.policy.candidatesPerPass
    while let index = order?.next(state.promised.quota) {
      if promises[index] != nil { continue }
      plan.order += units[index].jobs.map { jobs.jobs[$0].name }
      if left > 0 { decide(index) } else { passOver(index) }
      left -= 1
    }
  }

  /// A unit behind those that a pass looks at waits.
  mutating func passOver(_ index: Int) {
    wait(
      index,
      [
        "a pass looks at the first \(snapshot.policy.candidatesPerPass) in the order, and it is behind"
      ])
  }

  mutating func decide(_ index: Int) {
    let unit = units[index]
    if let start = keptStarts[index] {
      wait(index, ["jobs that were told to make room for it have not stopped yet"], start: start)
      return
    }
    guard unit.obstacles.isEmpty else {
      add(
        WaitingUnit(
          unit: index, reasons: unit.obstacles, remedies: unit.remedies, mayStart: false))
      return
    }
    if let stop = stopReason(unit) {
      wait(index, [stop])
      return
    }
    if let placement = placementNow(of: unit) {
      start(index, placement)
      return
    }
    let shortage = Shortage(unit, state, snapshot.queues)
    if let impossible = impossibility(of: index) {
      add(WaitingUnit(unit: index, reasons: impossible, remedies: [], mayStart: false))
      return
    }
    let preemption = searchVictims(for: unit)
    if case .found(let victims, let placement, let by) = preemption {
      evict(victims, for: index, placement, by: by)
      return
    }
    var told: (reasons: [String], remedies: [String]) = ([], [])
    if !isSilent(index) {
      told = explanation(of: unit, shortage)
      if case .none(let obstacles) = preemption { told.reasons += obstacles }
    }
    let reservation = reserve(index, shortage)
    if let delay = delay(of: index, until: reservation) { told.reasons.append(delay) }
    add(
      WaitingUnit(
        unit: index, reasons: told.reasons, remedies: told.remedies, expectedStart: reservation,
        mayStart: true))
  }

  private mutating func add(_ entry: WaitingUnit) {
    if entry.mayStart || entry.expectedStart != nil { isAnyAhead = true }
    if !isSilent(entry.unit) { waiting.append(entry) }
  }

  private mutating func wait(_ index: Int, _ reasons: [String], start: Instant? = nil) {
    add(
      WaitingUnit(
        unit: index, reasons: reasons, remedies: [], expectedStart: start, mayStart: start == nil))
  }

  /// Without backfill nobody overtakes: who lacks quota stops its queue, who lacks places stops all.
  private func stopReason(_ unit: PlanUnit) -> String? {
    guard snapshot.policy.backfill.depth == .none else { return nil }
    if isStopped { return "without backfill it does not overtake a job that waits for a place" }
    if unit.request.variants[0].contains(where: { stoppedQueues.contains($0.queue) }) {
      return "without backfill it does not overtake a job of its queue that waits for quota"
    }
    return nil
  }

  // MARK: Starting

  private mutating func placementNow(of unit: PlanUnit) -> PlanMachine.Placement? {
    guard !refusals.refuses(unit) else { return nil }
    switch state.fit(unit.request, estimate: unit.estimate) {
    case .fits(let placement): return placement
    case .lacksQuota: return nil
    case .lacksPlaces(let span):
      refusals.note(unit, beyond: span)
      return nil
    }
  }

  private mutating func start(_ index: Int, _ placement: PlanMachine.Placement) {
    state.start(placement, estimate: units[index].estimate)
    order?.started(placement)
    for (position, task) in placement.tasks.enumerated() {
      let place = placement.places.isEmpty ? nil : placement.places[position]
      plan.starts.append(
        Plan.Start(
          job: jobs.jobs[task.job].name, task: task.index,
          node: place.flatMap { place in snapshot.nodes?[place.node].name },
          gpu: place?.gpu ?? .none, isBackfilled: isAnyAhead))
    }
  }

  // MARK: Reserving

  /// Reserves the earliest start for a unit, if one more may hold a reservation; nil where none is made.
  private mutating func reserve(_ index: Int, _ shortage: Shortage) -> Instant? {
    let unit = units[index]
    let most: Int
    switch snapshot.policy.backfill.depth {
    case .none:
      if shortage.isOfQuota {
        stoppedQueues.formUnion(unit.request.variants[0].map(\.queue))
      } else {
        isStopped = true
      }
      return nil
    case .first(let count): most = count
    case .all: most = .max
    }
    let queue = unit.request.variants[0][0].queue
    guard shortage.isOfQuota ? reservedForQuota[queue, default: 0] < most : reservedForPlaces < most
    else { return nil }
    guard let found = state.earliest(unit.request, estimate: unit.estimate),
      unit.mayStart(at: found.start)
    else { return nil }
    state.reserve(found.placement, at: found.start, estimate: unit.estimate)
    plan.reservations.append(
      Plan.Reservation(
        job: jobs.jobs[unit.jobs[0]].name, start: found.start, nodes: nodeNames(found.placement)))
    for other in unit.jobs.dropFirst() {
      plan.reservations.append(
        Plan.Reservation(
          job: jobs.jobs[other].name, start: found.start, nodes: nodeNames(found.placement)))
    }
    if shortage.isOfQuota {
      reservedForQuota[queue, default: 0] += 1
    } else {
      reservedForPlaces += 1
      if reservedForPlaces == most { sortCandidates() }
    }
    return found.start
  }

  /// All that may hold reservations do: the others may be tried in another order.
  private mutating func sortCandidates() {
    guard snapshot.policy.backfill.candidates == .shortestFirst, order?.isDynamic == false,
      !isSortedByEstimate
    else { return }
    isSortedByEstimate = true
    order?.sortByEstimate()
  }

  func nodeNames(_ placement: PlanMachine.Placement) -> [String] {
    guard let nodes = snapshot.nodes else { return [] }
    return Set(placement.places.map(\.node)).sorted().map { nodes[$0].name }
  }
}

/// What a unit lacks now.
struct Shortage {
  /// By task of the first way to run it: the queue and column of which the quota is short, with what is left of it.
  struct QuotaGap: Hashable {
    var queue: Int
    var column: Int
    var asked: Int64
    var available: Int64
  }

  private(set) var gaps: [QuotaGap] = []

  var isOfQuota: Bool { !gaps.isEmpty }

  init(_ unit: PlanUnit, _ state: PlanState, _ queues: [QueueSettings]) {
    let tree = state.now.quota
    let tasks = unit.request.variants[0]
    var asked: [Int: [Int64]] = [:]
    for task in tasks.prefix(unit.request.minimumTasks) {
      var sum = asked[task.queue] ?? Array(repeating: 0, count: tree.columns.count)
      for column in sum.indices { sum[column] = sum[column].addingSaturated(task.amounts[column]) }
      asked[task.queue] = sum
    }
    for queue in asked.keys.sorted() {
      for (column, amount) in (asked[queue] ?? []).enumerated() where amount > 0 {
        let available = tree.available(to: queue, column)
        if amount > available {
          gaps.append(
            QuotaGap(queue: queue, column: column, asked: amount, available: max(0, available)))
        }
      }
    }
  }
}
