import Model
import Scheduling

/// One simulation of one workload: jobs arrive, a planner starts them, they end.
///
/// Generic over machine and order, and specialised for each.
struct BatchRun<M: Machine, Order: JobOrdering> {
  enum Event: Sendable {
    /// The job in `slot` ends, if it is still the run with this serial number.
    case end(slot: Int, serial: Int)
    case failure(repairNanoseconds: Int64)
    case repair(outage: Int, processors: Int)
  }

  /// What runs in a slot of the planner.
  struct Running {
    var job: Int
    /// Tells one run from another in the same slot.
    var serial: Int
    var startNanoseconds: Int64

    static var none: Running { Running(job: 0, serial: -1, startNanoseconds: 0) }
  }

  let jobs: [WorkloadJob]
  /// What a job asks of the machine.
  let request: (WorkloadJob) -> M.Request
  /// What a failure takes out of the machine.
  let outageRequest: M.Request
  let options: ClusterSimulation.Options
  let processors: Int
  var planner: BatchPlanner<M, Order>
  var events = EventQueue<Event>()
  var nextArrival = 0
  /// By slot.
  var running = ContiguousArray<Running>()
  var serial = 0
  var due = ContiguousArray<(event: Event, isDone: Bool)>()
  var busyProcessors = 0
  var failures: FailureSource
  var outOfService = 0
  var interruptions = 0
  var meter: ClusterMeter
  var isBeyondTime = false

  init(
    jobs: [WorkloadJob], processors: Int, planner: BatchPlanner<M, Order>,
    options: ClusterSimulation.Options, outageRequest: M.Request,
    request: @escaping (WorkloadJob) -> M.Request
  ) {
    self.jobs = jobs
    self.processors = processors
    self.planner = planner
    self.options = options
    self.outageRequest = outageRequest
    self.request = request
    failures = FailureSource(options.failures, processors: processors)
    meter = ClusterMeter(jobs: jobs, processors: processors, options: options)
  }

  /// Runs until every job has ended.
  mutating func run() throws(SimulationError) -> ClusterResult {
    scheduleNextFailure(after: jobs.first?.submit ?? .epoch)
    while meter.metrics.jobs < jobs.count {
      guard let now = nextInstant else {
        preconditionFailure("jobs that wait on an idle machine are started")
      }
      guard !isBeyondTime else { throw SimulationError.beyondTime }
      guard interruptions <= options.interruptionsMax else {
        throw SimulationError.tooManyInterruptions
      }
      meter.advance(to: now, busyProcessors: busyProcessors, waiting: planner.waitingCount)
      takeDue(at: now)
      switch options.tieRule {
      case .event: stepByEvent(at: now)
      case .second: stepOnce(at: now)
      }
    }
    return meter.result
  }

  private var nextInstant: Instant? {
    let arrival = nextArrival < jobs.count ? jobs[nextArrival].submit : nil
    guard let event = events.nextInstant else { return arrival }
    return arrival.map { min($0, event) } ?? event
  }

  private mutating func takeDue(at now: Instant) {
    due.removeAll(keepingCapacity: true)
    while events.nextInstant == now, let (_, event) = events.next() {
      due.append((event, false))
    }
  }

  // MARK: Steps

  /// Jobs whose estimate is up make room first; then a pass after each submission, and after each
  /// other event.
  private mutating func stepByEvent(at now: Instant) {
    for index in due.indices {
      guard case .end(let slot, let serial) = due[index].event,
        running[slot].serial == serial, planner.expectedEnd(of: slot) <= now
      else { continue }
      end(slot, at: now)
      due[index].isDone = true
    }
    while nextArrival < jobs.count, jobs[nextArrival].submit == now {
      submitNext(at: now)
      pass(at: now)
    }
    for index in due.indices {
      if !due[index].isDone { handle(due[index].event, at: now) }
      pass(at: now)
    }
  }

  /// All events of the instant, then one pass.
  private mutating func stepOnce(at now: Instant) {
    for index in due.indices { handle(due[index].event, at: now) }
    while nextArrival < jobs.count, jobs[nextArrival].submit == now { submitNext(at: now) }
    pass(at: now)
  }

  private mutating func handle(_ event: Event, at now: Instant) {
    switch event {
    case .end(let slot, let serial):
      if running[slot].serial == serial { end(slot, at: now) }
    case .failure(let repairNanoseconds):
      fail(for: TimeSpan(nanoseconds: repairNanoseconds), at: now)
    case .repair(let outage, let processors):
      planner.endOutage(outage)
      outOfService -= processors
    }
  }

  private mutating func submitNext(at now: Instant) {
    submit(nextArrival, at: now)
    nextArrival += 1
  }

  private mutating func submit(_ index: Int, at now: Instant) {
    let job = jobs[index]
    let estimate = options.estimates == .exact ? job.run : job.requested ?? job.run
    let facts = JobFacts(
      number: JobNumber(index), submit: job.submit, estimate: estimate,
      processors: job.processors, priority: job.priority, deadline: job.deadline,
      user: job.user, queue: job.queue)
    let slot = planner.submit(facts, request(job), at: now)
    if slot == running.count { running.append(Running.none) }
  }

  private mutating func pass(at now: Instant) {
    planner.pass(at: now)
    for start in planner.started {
      let job = jobs[start.number.value]
      let (end, overflow) = now.nanoseconds.addingReportingOverflow(job.run.nanoseconds)
      isBeyondTime = isBeyondTime || overflow
      serial += 1
      running[start.slot] = Running(
        job: start.number.value, serial: serial, startNanoseconds: now.nanoseconds)
      busyProcessors += job.processors
      events.add(
        .end(slot: start.slot, serial: serial),
        at: Instant(nanoseconds: overflow ? .max : end))
    }
  }

  private mutating func end(_ slot: Int, at now: Instant) {
    let index = running[slot].job
    planner.end(slot, at: now)
    running[slot].serial = -1
    busyProcessors -= jobs[index].processors
    meter.ended(
      index, jobs[index], start: Instant(nanoseconds: running[slot].startNanoseconds), at: now)
  }

  // MARK: Failures

  private mutating func scheduleNextFailure(after now: Instant) {
    guard let failure = failures.next(after: now) else { return }
    events.add(.failure(repairNanoseconds: failure.repair.nanoseconds), at: failure.at)
  }

  private mutating func fail(for repair: TimeSpan, at now: Instant) {
    scheduleNextFailure(after: now)
    let inService = processors - outOfService
    guard let hit = failures.hit(inService: inService) else { return }
    for slot in slots(over: hit) { interrupt(slot, at: now) }
    guard let outage = planner.beginOutage(of: outageRequest, expectedEnd: now + repair) else {
      preconditionFailure("what failed is free once its jobs are gone")
    }
    if outage == running.count { running.append(Running.none) }
    outOfService += hit.count
    events.add(.repair(outage: outage, processors: hit.count), at: now + repair)
  }

  /// The running jobs that use any of these processors, which are numbered for this moment: those
  /// of the running jobs in the order of their expected ends, then the idle ones.
  private func slots(over hit: Range<Int>) -> [Int] {
    var first = 0
    var found: [Int] = []
    for slot in planner.runningSlots {
      let range = first..<(first + planner.facts(of: slot).processors)
      if range.overlaps(hit) { found.append(slot) }
      first = range.upperBound
    }
    return found
  }

  private mutating func interrupt(_ slot: Int, at now: Instant) {
    let index = running[slot].job
    planner.end(slot, at: now)
    running[slot].serial = -1
    busyProcessors -= jobs[index].processors
    interruptions += 1
    meter.interrupted(
      jobs[index], start: Instant(nanoseconds: running[slot].startNanoseconds), at: now)
    submit(index, at: now)
  }
}
