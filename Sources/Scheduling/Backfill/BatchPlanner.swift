import Model

/// Decides which waiting jobs start now: the queue in its order, and backfill behind those that are
/// blocked.
///
/// A planner is a value that carries its indexes along. What it decides depends only on the jobs
/// that wait and run, the machine, the settings and the time of the pass; a planner that is given
/// the same jobs afresh decides the same.
///
/// The caller says what happens (``submit(_:_:at:)``, ``end(_:at:)``), asks for a pass
/// (``pass(at:)``), and finds the jobs to start in ``started``. Time does not go backwards.
package struct BatchPlanner<M: Machine, Order: JobOrdering>: Sendable {
  /// A job that a pass started.
  package struct Start: Hashable, Sendable {
    package let slot: Int
    package let number: JobNumber
  }

  enum Phase: Sendable {
    case unused
    case waiting(OrderKey)
    case running(expectedEndNanoseconds: Int64)
    /// A part of the machine that is out of service.
    case outage(expectedEndNanoseconds: Int64)
  }

  struct Job: Sendable {
    var facts: JobFacts
    var request: M.Request
    /// The number of its kind in ``refusals``.
    var kind: Int?
    var phase: Phase
  }

  /// The reservation of the first blocked job, with depth 1.
  struct HeadReservation: Sendable {
    let key: OrderKey
    /// When the job is expected to start.
    let shadow: Instant
    /// What is free then, the job itself taken off.
    var rest: M
    /// What is free both now and then: what a job may have that ends later.
    var restNow: M
  }

  package let settings: BackfillSettings
  package internal(set) var machine: M
  package internal(set) var order: Order
  /// The jobs that the last pass started, in the order of their starts.
  package internal(set) var started = ContiguousArray<Start>()

  var jobs = ContiguousArray<Job>()
  var unusedSlots = ContiguousArray<Int>()
  var queue = WaitingQueue()
  var running = RunningJobs<M.Placement>()
  var refusals = RefusedKinds<M>()
  var changes = ChangeQueue()
  var rankedUntil = Instant(nanoseconds: .min)
  /// Still right, unless a running job is overdue; nil where it is not known.
  var reservation: HeadReservation?
  /// The job that was submitted since the last pass, if there is exactly one and nothing else
  /// changed.
  var onlyNew: OrderKey?
  /// Since the last pass something changed that could let a job start.
  var isChanged = false
  var lastPass = Instant(nanoseconds: .min)

  package init(machine: M, order: Order, settings: BackfillSettings) {
    self.machine = machine
    self.order = order
    self.settings = settings
  }

  /// Another order, or the same one with other scores; all waiting jobs are ranked anew.
  package mutating func setOrder(_ order: Order, at now: Instant) {
    self.order = order
    rankAll(at: now)
  }

  package var waitingCount: Int { queue.count }
  package var runningCount: Int { running.entries.count }

  /// The waiting jobs in the order of the last ranking: slot and facts.
  package var waiting: [(slot: Int, facts: JobFacts)] {
    queue.entries.map { ($0.slot, jobs[$0.slot].facts) }
  }

  /// The running jobs in the order of their expected ends, outages left out.
  package var runningSlots: [Int] {
    running.entries.compactMap { entry in
      if case .running = jobs[entry.slot].phase { entry.slot } else { nil }
    }
  }

  package func facts(of slot: Int) -> JobFacts { jobs[slot].facts }

  /// What a running job holds, or an outage. O(log n).
  package func placement(of slot: Int) -> M.Placement {
    switch jobs[slot].phase {
    case .running(let end), .outage(let end):
      return running.placement(expectedEndNanoseconds: end, slot: slot)
    case .unused, .waiting: preconditionFailure("only what runs or is out of service has a place")
    }
  }

  // MARK: What happens

  /// A job joins the queue. Its slot is its own until it has ended or was cancelled. O(log n),
  /// amortised.
  package mutating func submit(_ facts: JobFacts, _ request: M.Request, at now: Instant) -> Int {
    let slot = takeSlot(facts, request)
    order.submitted(facts, at: now)
    let key = Self.key(of: facts, in: order, at: now)
    jobs[slot].phase = .waiting(key)
    queue.insert(
      WaitingEntry(
        key: key, bulk: M.bulk(of: request),
        estimateNanoseconds: facts.estimate.nanoseconds, slot: slot))
    noteChange(of: slot, after: now)
    onlyNew = isChanged ? nil : key
    isChanged = true
    return slot
  }

  /// A job that was started elsewhere, or before, runs on what it holds until about its expected
  /// end.
  package mutating func adopt(
    _ facts: JobFacts, _ request: M.Request, on placement: M.Placement, expectedEnd: Instant
  ) -> Int {
    let slot = takeSlot(facts, request)
    hold(placement, slot: slot, expectedEndNanoseconds: expectedEnd.nanoseconds)
    jobs[slot].phase = .running(expectedEndNanoseconds: expectedEnd.nanoseconds)
    noteEverythingChanged()
    return slot
  }

  /// A running job ended, or was stopped. O(log n) and the moving of O(running) entries.
  package mutating func end(_ slot: Int, at now: Instant) {
    guard case .running(let end) = jobs[slot].phase else {
      preconditionFailure("only a running job ends")
    }
    giveBack(running.remove(expectedEndNanoseconds: end, slot: slot).placement)
    order.ended(jobs[slot].facts, at: now)
    release(slot)
  }

  /// A waiting job leaves the queue.
  package mutating func cancel(_ slot: Int) {
    guard case .waiting(let key) = jobs[slot].phase, queue.remove(key) != nil else {
      preconditionFailure("only a waiting job is cancelled")
    }
    release(slot)
  }

  /// A part of the machine, which must be free, is out of service until about then; nil where it is
  /// not free.
  package mutating func beginOutage(of request: M.Request, expectedEnd: Instant) -> Int? {
    machine.placement(of: request).map {
      beginOutage(of: request, on: $0, expectedEnd: expectedEnd)
    }
  }

  /// The same for a part whose place is known.
  package mutating func beginOutage(
    of request: M.Request, on placement: M.Placement, expectedEnd: Instant
  ) -> Int {
    let facts = JobFacts(number: JobNumber(0), submit: .epoch, estimate: .nanoseconds(1))
    let slot = takeSlot(facts, request)
    hold(placement, slot: slot, expectedEndNanoseconds: expectedEnd.nanoseconds)
    jobs[slot].phase = .outage(expectedEndNanoseconds: expectedEnd.nanoseconds)
    noteEverythingChanged()
    return slot
  }

  /// What was out of service is back.
  package mutating func endOutage(_ slot: Int) {
    guard case .outage(let end) = jobs[slot].phase else {
      preconditionFailure("only an outage is over")
    }
    giveBack(running.remove(expectedEndNanoseconds: end, slot: slot).placement)
    release(slot)
  }

  /// When a running job is expected to end.
  package func expectedEnd(of slot: Int) -> Instant {
    guard case .running(let end) = jobs[slot].phase else {
      preconditionFailure("only a running job has an expected end")
    }
    return Instant(nanoseconds: end)
  }

  mutating func hold(_ placement: M.Placement, slot: Int, expectedEndNanoseconds: Int64) {
    machine.occupy(placement)
    running.insert(
      RunningJobs.Entry(
        expectedEndNanoseconds: expectedEndNanoseconds, slot: slot, placement: placement))
  }

  private mutating func giveBack(_ placement: M.Placement) {
    machine.vacate(placement)
    refusals.giveBack(placement, on: machine)
  }

  // MARK: Slots

  private mutating func takeSlot(_ facts: JobFacts, _ request: M.Request) -> Int {
    let job = Job(
      facts: facts, request: request, kind: refusals.number(of: request), phase: .unused)
    if let slot = unusedSlots.popLast() {
      jobs[slot] = job
      return slot
    }
    jobs.append(job)
    return jobs.count - 1
  }

  private mutating func release(_ slot: Int) {
    jobs[slot].phase = .unused
    unusedSlots.append(slot)
    noteEverythingChanged()
  }

  mutating func noteEverythingChanged() {
    isChanged = true
    onlyNew = nil
    reservation = nil
  }

  // MARK: Ranks

  static func key(of facts: JobFacts, in order: Order, at now: Instant) -> OrderKey {
    OrderKey(
      score: order.score(of: facts, at: now), submitNanoseconds: facts.submit.nanoseconds,
      number: facts.number.value)
  }

  private mutating func noteChange(of slot: Int, after now: Instant) {
    guard case .atKnownInstants = order.movement,
      let change = order.nextChange(of: jobs[slot].facts, after: now)
    else { return }
    changes.add(
      ChangeQueue.Change(
        atNanoseconds: change.nanoseconds, slot: slot, number: jobs[slot].facts.number.value))
  }

  /// Brings the queue into the order of `now`.
  mutating func rank(at now: Instant) {
    switch order.movement {
    case .never: return
    case .atKnownInstants:
      while let change = changes.takeDue(atNanoseconds: now.nanoseconds) {
        move(change, at: now)
      }
    case .after(let span):
      guard now >= rankedUntil else { return }
      rankedUntil = now + span
      rankAll(at: now)
    case .everyPass: rankAll(at: now)
    }
  }

  private mutating func move(_ change: ChangeQueue.Change, at now: Instant) {
    let slot = change.slot
    guard case .waiting(let old) = jobs[slot].phase, old.number == change.number else { return }
    let new = Self.key(of: jobs[slot].facts, in: order, at: now)
    noteChange(of: slot, after: now)
    guard new != old, var entry = queue.remove(old) else { return }
    entry.key = new
    queue.insert(entry)
    jobs[slot].phase = .waiting(new)
    noteEverythingChanged()
  }

  private mutating func rankAll(at now: Instant) {
    order.prepare(at: now)
    var ranked = queue
    queue = WaitingQueue()
    // Taken out of the planner, which would be copied for every job otherwise.
    let order = order
    ranked.rank { entry in
      let key = Self.key(of: jobs[entry.slot].facts, in: order, at: now)
      jobs[entry.slot].phase = .waiting(key)
      return key
    }
    queue = ranked
    noteEverythingChanged()
  }
}
