import Model

/// What is taken, what is promised, and when it is expected to be free.
///
/// Three states of one machine. `physical` is who really is where. `promised` is the same without those that were told to
/// stop, and with the jobs that they make room for. `now` is what is free in both: only that is given away, so that what a
/// victim leaves is its preemptor's and no one else's, and nothing is given that a victim still has.
struct PlanState {
  typealias Running = RunningJobs<PlanMachine.Placement>

  /// Places that are held until their victims have stopped.
  private struct Stopping {
    var placement: PlanMachine.Placement
    var by: Instant
  }

  private struct Reserved {
    var placement: PlanMachine.Placement
    var start: Instant
    var estimate: TimeSpan
  }

  let startInstant: Instant
  let overdueSpan: TimeSpan
  private let outages: [NodeReservation]
  private let held: [HeldSpan]
  private(set) var physical: PlanMachine
  private(set) var promised: PlanMachine
  private(set) var now: PlanMachine
  /// With preemptors from now on, without their victims.
  private var running = Running()
  private var stopping: [Stopping] = []
  private var reserved: [Reserved] = []
  private var kept: AvailabilityProfile<PlanMachine>?

  init(
    _ machine: PlanMachine, outages: [NodeReservation], held: [HeldSpan], at now: Instant,
    overdueSpan: TimeSpan
  ) {
    startInstant = now
    self.overdueSpan = overdueSpan
    self.outages = outages.filter { $0.end > now }
    self.held = held
    physical = machine
    promised = machine
    self.now = machine
    closeNodes()
  }

  /// Keeps jobs from nodes that are out of service or held at this instant.
  private mutating func closeNodes() {
    for outage in outages where outage.start <= startInstant {
      now.occupy(PlanState.placement(outage))
    }
    for span in held where span.start <= startInstant { now.hold(span) }
  }

  private static func placement(_ outage: NodeReservation) -> PlanMachine.Placement {
    PlanMachine.Placement(number: 0, tasks: [], places: [], closedNodes: outage.nodes)
  }

  /// Whether something besides what is free now decides whether a job may start.
  var looksAhead: Bool { !reserved.isEmpty || !outages.isEmpty || !held.isEmpty }

  /// Whether nodes are booked or in maintenance, now or later.
  var isHeld: Bool { !held.isEmpty }

  var runningCount: Int { running.entries.count }

  // MARK: Changes

  /// A job runs already, and is expected to end then.
  mutating func addRunning(_ placement: PlanMachine.Placement, until end: Instant) {
    occupyAll(placement)
    insert(placement, until: end)
    kept = nil
  }

  /// A job starts now.
  mutating func start(_ placement: PlanMachine.Placement, estimate: TimeSpan) {
    occupyAll(placement)
    insert(placement, until: startInstant + estimate)
    kept?.reserve(placement, from: startInstant, estimate: estimate)
  }

  private mutating func occupyAll(_ placement: PlanMachine.Placement) {
    physical.occupy(placement)
    promised.occupy(placement)
    now.occupy(placement)
  }

  private mutating func insert(_ placement: PlanMachine.Placement, until end: Instant) {
    running.insert(
      Running.Entry(
        expectedEndNanoseconds: end.nanoseconds, slot: placement.number, placement: placement))
  }

  /// A job is expected to start then, and nobody who comes later delays it.
  mutating func reserve(
    _ placement: PlanMachine.Placement, at start: Instant, estimate: TimeSpan
  ) {
    reserved.append(Reserved(placement: placement, start: start, estimate: estimate))
    kept?.reserve(placement, from: start, estimate: estimate)
  }

  /// Running jobs make room for one that waits.
  ///
  /// - Parameters:
  ///   - victims: their placements.
  ///   - by: when they have stopped at the latest.
  ///   - preemptor: where it is to run, in a state without them; nil where they only end.
  mutating func makeRoom(
    _ victims: [PlanMachine.Placement], by: Instant, for preemptor: PlanMachine.Placement,
    estimate: TimeSpan
  ) {
    let numbers = Set(victims.map(\.number))
    for entry in running.entries where numbers.contains(entry.slot) {
      _ = running.remove(
        expectedEndNanoseconds: entry.expectedEndNanoseconds, slot: entry.slot)
    }
    for victim in victims {
      promised.vacate(victim)
      stopping.append(Stopping(placement: victim, by: by))
    }
    promised.occupy(preemptor)
    insert(preemptor, until: by + estimate)
    now = promised
    now.restrictPlaces(to: physical.places)
    closeNodes()
    kept = nil
  }

  // MARK: Answers

  /// Where a request fits now, without delaying what is reserved; nil where it does not.
  mutating func fitsNow(
    _ request: PlanMachine.Request, estimate: TimeSpan
  ) -> PlanMachine.Placement? {
    guard let placement = now.placement(of: request) else { return nil }
    guard looksAhead else { return placement }
    return withProfile { $0.fitsNow(request, estimate: estimate) }
  }

  /// When and where a request fits at the earliest, for as long as its estimate; nil where it never does.
  mutating func earliest(
    _ request: PlanMachine.Request, estimate: TimeSpan
  ) -> (start: Instant, placement: PlanMachine.Placement)? {
    withProfile { $0.earliest(request, estimate: estimate) }
  }

  /// How long a request could run if it started now; nil where it fits for ever, or not at all.
  mutating func spanNow(_ request: PlanMachine.Request) -> TimeSpan? {
    withProfile { $0.spanNow(request) }
  }

  /// Where a request would be placed once some running jobs have stopped, and without delaying what is reserved; nil where
  /// it would not.
  ///
  /// - Parameter by: when they have stopped.
  func placement(
    _ request: PlanMachine.Request, estimate: TimeSpan, without victims: [PlanMachine.Placement],
    by: Instant
  ) -> PlanMachine.Placement? {
    var state = promised
    for victim in victims { state.vacate(victim) }
    if stopping.contains(where: { $0.by > by }) {
      // Others stop later than these victims: what they hold is not there yet.
      var left = physical
      for victim in victims { left.vacate(victim) }
      for other in stopping where other.by <= by { left.vacate(other.placement) }
      state.restrictPlaces(to: left.places)
    }
    guard let placement = state.placement(of: request) else { return nil }
    guard looksAhead else { return placement }
    var left = running
    let numbers = Set(victims.map(\.number))
    for entry in running.entries where numbers.contains(entry.slot) {
      _ = left.remove(expectedEndNanoseconds: entry.expectedEndNanoseconds, slot: entry.slot)
    }
    // The victims are gone from the start here: what the preemptor gets is kept for it from then, though it runs later.
    var profile = expected(state, left)
    addReservations(to: &profile)
    return profile.fitsNow(request, estimate: (by - startInstant) + estimate)
  }

  private mutating func withProfile<Result>(
    _ body: (AvailabilityProfile<PlanMachine>) -> Result
  ) -> Result {
    let profile = kept ?? freshProfile()
    kept = profile
    return body(profile)
  }

  private func freshProfile() -> AvailabilityProfile<PlanMachine> {
    var profile = expected(promised, running)
    restrict(&profile)
    addReservations(to: &profile)
    return profile
  }

  /// What is expected from a state on: the running jobs end, and nodes are closed for a time.
  private func expected(
    _ state: PlanMachine, _ running: Running
  ) -> AvailabilityProfile<PlanMachine> {
    var profile = AvailabilityProfile(
      machine: state, running: running, now: startInstant, floor: startInstant + overdueSpan)
    for outage in outages {
      profile.change(from: max(outage.start, startInstant), to: outage.end) {
        $0.occupy(PlanState.placement(outage))
      }
    }
    for span in held {
      profile.change(from: max(span.start, startInstant), to: span.end) { $0.hold(span) }
    }
    return profile
  }

  /// Until the last victim has stopped, only what is free beside all that have not is free.
  private func restrict(_ profile: inout AvailabilityProfile<PlanMachine>) {
    var left = physical
    var from = startInstant
    for by in Set(stopping.map(\.by)).sorted() {
      let until = max(by, startInstant + overdueSpan)
      let places = left.places
      profile.change(from: from, to: until) { $0.restrictPlaces(to: places) }
      for victim in stopping where victim.by == by { left.vacate(victim.placement) }
      from = max(from, until)
    }
  }

  private func addReservations(to profile: inout AvailabilityProfile<PlanMachine>) {
    for reservation in reserved {
      profile.reserve(
        reservation.placement, from: reservation.start, estimate: reservation.estimate)
    }
  }
}
