import Model
import Scheduling

/// One simulation of one workload: jobs arrive, a planner starts them, they end.
///
/// Generic over hardware and order, and specialised for each.
struct BatchRun<H: Hardware, Order: JobOrdering> {
  enum Event: Sendable {
    /// The job in `slot` ends, if it is still the run with this serial number.
    case end(slot: Int, serial: Int)
    case failure(FailureSource.Failure)
    case repair(outage: Int)
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
  let options: ClusterSimulation.Options
  var hardware: H
  var planner: BatchPlanner<H.M, Order>
  var events = EventQueue<Event>()
  var nextArrival = 0
  /// By slot.
  var running = ContiguousArray<Running>()
  var serial = 0
  var due = ContiguousArray<(event: Event, isDone: Bool)>()
  /// Thousandths of processors that jobs hold.
  var busyMilli: Int64 = 0
  var failures: FailureSource
  var interruptions = 0
  var meter: ClusterMeter
  var reclaimed = ReclaimState()
  var isBeyondTime = false

  init(
    jobs: [WorkloadJob], hardware: H, planner: BatchPlanner<H.M, Order>,
    options: ClusterSimulation.Options, meter: ClusterMeter
  ) {
    self.jobs = jobs
    self.hardware = hardware
    self.planner = planner
    self.options = options
    self.meter = meter
    failures = FailureSource(options.failures, parts: hardware.failingParts)
  }

  /// Runs until every job has ended, and says now and then how many have.
  mutating func run(
    _ progress: ClusterSimulation.Progress? = nil
  ) throws(SimulationError) -> ClusterResult {
    var nextReport = progress == nil ? Int.max : ClusterSimulation.jobsBetweenReports
    scheduleNextFailure(after: jobs.first?.submit ?? .epoch)
    while meter.metrics.jobs < jobs.count {
      guard let now = nextInstant else {
        preconditionFailure("jobs that wait on an idle machine are started")
      }
      guard !isBeyondTime else { throw SimulationError.beyondTime }
      guard interruptions <= options.interruptionsMax else {
        throw SimulationError.tooManyInterruptions
      }
      meter.advance(to: now, busyMilli: busyMilli, waiting: planner.waitingCount)
      takeDue(at: now)
      switch options.tieRule {
      case .event: stepByEvent(at: now)
      case .second: stepOnce(at: now)
      }
      if meter.metrics.jobs >= nextReport {
        progress?(meter.metrics.jobs)
        nextReport = meter.metrics.jobs + ClusterSimulation.jobsBetweenReports
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
    case .failure(let failure): fail(failure, at: now)
    case .repair(let outage): repair(outage)
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
    let slot = planner.submit(facts, hardware.request(index, job), at: now)
    if slot == running.count { running.append(Running.none) }
  }

  private mutating func pass(at now: Instant) {
    planner.pass(at: now)
    noteStarts(at: now)
    reclaim(at: now)
  }

  /// The jobs that the planner has started run from now on.
  mutating func noteStarts(at now: Instant) {
    for start in planner.started {
      let job = jobs[start.number.value]
      let (end, overflow) = now.nanoseconds.addingReportingOverflow(job.run.nanoseconds)
      isBeyondTime = isBeyondTime || overflow
      serial += 1
      running[start.slot] = Running(
        job: start.number.value, serial: serial, startNanoseconds: now.nanoseconds)
      if meter.nodes == nil {
        busyMilli += meter.cpuMilli(of: job)
      } else {
        hold(job, at: hardware.places(of: planner.placement(of: start.slot)), by: 1)
      }
      events.add(
        .end(slot: start.slot, serial: serial),
        at: Instant(nanoseconds: overflow ? .max : end))
    }
  }

  private mutating func end(_ slot: Int, at now: Instant) {
    let index = running[slot].job
    let places = stop(slot, at: now)
    reclaimed.memory.forget(JobNumber(index))
    meter.ended(
      index, jobs[index], start: Instant(nanoseconds: running[slot].startNanoseconds), at: now,
      places)
  }

  /// What ran in a slot runs no more. Where its tasks were, if the machine has nodes.
  private mutating func stop(_ slot: Int, at now: Instant) -> [Placement] {
    let job = jobs[running[slot].job]
    running[slot].serial = -1
    guard meter.nodes != nil else {
      planner.end(slot, at: now)
      busyMilli -= meter.cpuMilli(of: job)
      return []
    }
    let places = hardware.places(of: planner.placement(of: slot))
    planner.end(slot, at: now)
    hold(job, at: places, by: -1)
    return places
  }

  /// A job takes its places, or gives them back with `sign` -1.
  private mutating func hold(_ job: WorkloadJob, at places: [Placement], by sign: Int64) {
    busyMilli += sign * meter.cpuMilli(of: job)
    if let cluster = hardware.cluster(of: planner.machine) {
      meter.nodes?.note(job.ask, by: sign, at: places, in: cluster)
    }
  }

  // MARK: Failures

  private mutating func scheduleNextFailure(after now: Instant) {
    guard let failure = failures.next(after: now) else { return }
    events.add(.failure(failure), at: failure.at)
  }

  private mutating func fail(_ failure: FailureSource.Failure, at now: Instant) {
    scheduleNextFailure(after: now)
    let holders = planner.runningSlots.map { (slot: $0, placement: planner.placement(of: $0)) }
    guard let damage = hardware.fail(failure, &failures, running: holders) else { return }
    for slot in damage.slots { interrupt(slot, at: now) }
    let end = now + failure.repair
    let outage = planner.beginOutage(
      of: damage.request, on: damage.placement, expectedEnd: end)
    if outage == running.count { running.append(Running.none) }
    events.add(.repair(outage: outage), at: end)
    let places = hardware.places(of: damage.placement)
    for place in places { meter.nodes?.noteOutage(of: place.node, from: now, to: end) }
    noteChange(at: places)
  }

  private mutating func repair(_ outage: Int) {
    let placement = planner.placement(of: outage)
    planner.endOutage(outage)
    hardware.repair(placement)
    noteChange(at: hardware.places(of: placement))
  }

  private mutating func noteChange(at places: [Placement]) {
    if !places.isEmpty, let cluster = hardware.cluster(of: planner.machine) {
      meter.nodes?.noteChange(at: places, in: cluster)
    }
  }

  /// A running job loses its work and waits again.
  mutating func interrupt(_ slot: Int, at now: Instant, isPreempted: Bool = false) {
    let index = running[slot].job
    let places = stop(slot, at: now)
    interruptions += 1
    meter.interrupted(
      jobs[index], isPreempted: isPreempted,
      start: Instant(nanoseconds: running[slot].startNanoseconds), at: now, places)
    submit(index, at: now)
  }
}
