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

  private(set) var startInstant: Instant
  let overdueSpan: TimeSpan
  private let outages: [NodeReservation]
  private let held: [HeldSpan]
  private(set) var physical: PlanMachine
  private(set) var promised: PlanMachine
  private(set) var now: PlanMachine
  /// Rises with every change of what is free now.
  private(set) var version = 0
  /// With preemptors from now on, without their victims.
  private var running = Running()
  private var stopping: [Stopping] = []
  /// Those that they make room for, with their expected ends.
  private var preemptors: [(placement: PlanMachine.Placement, end: Instant)] = []
  private var reserved: [Outlook.Taken] = []
  private var kept: Outlook?
  /// What this plan starts, and when it is expected to end.
  private var started: [(placement: PlanMachine.Placement, end: Instant)] = []

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
    self.now = closingNodes(of: machine)
  }

  /// A state in which nodes that are out of service or held at this instant are so.
  private func closingNodes(of state: PlanMachine) -> PlanMachine {
    var state = state
    for outage in outages where outage.start <= startInstant {
      state.occupy(PlanState.placement(outage))
    }
    for span in held where span.start <= startInstant { state.hold(span) }
    return state
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
    kept = nil
    occupyAll(placement)
    insert(placement, until: end)
  }

  /// A job starts now.
  mutating func start(_ placement: PlanMachine.Placement, estimate: TimeSpan) {
    occupyAll(placement)
    insert(placement, until: startInstant + estimate)
    started.append((placement, startInstant + estimate))
    kept?.start(placement, estimate: estimate, present: now)
  }

  /// A job runs no longer.
  mutating func removeRunning(_ placement: PlanMachine.Placement, until end: Instant) {
    kept = nil
    _ = running.remove(expectedEndNanoseconds: end.nanoseconds, slot: placement.number)
    version += 1
    physical.vacate(placement)
    promised.vacate(placement)
    now.vacate(placement)
  }

  /// A node takes tasks now, or does not any more.
  mutating func setState(_ state: NodeState, of node: Int) {
    kept = nil
    version += 1
    physical.setState(state, of: node)
    promised.setState(state, of: node)
    now.setState(state, of: node)
  }

  /// Time goes on to the next plan, before which nothing is started or reserved.
  mutating func begin(at now: Instant) {
    startInstant = now
    kept = nil
    started = []
  }

  /// Takes back what this plan started and reserved; nothing was made to stop.
  mutating func takeBack() {
    kept = nil
    reserved = []
    for start in started.reversed() { removeRunning(start.placement, until: start.end) }
    started = []
  }

  private mutating func occupyAll(_ placement: PlanMachine.Placement) {
    version += 1
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
    reserved.append(
      Outlook.Taken(placement: placement, start: start, end: start + estimate))
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
      promised.vacate(entry.placement)
      // What was reserved counts on it to be gone at its own end, which may be before.
      let end = Instant(nanoseconds: entry.expectedEndNanoseconds)
      stopping.append(Stopping(placement: entry.placement, by: min(by, end)))
    }
    preemptors.append((preemptor, by + estimate))
    promised.occupy(preemptor)
    insert(preemptor, until: by + estimate)
    version += 1
    now = promised
    now.restrictPlaces(to: physical.places)
    now = closingNodes(of: now)
    kept = nil
  }

  // MARK: Answers

  /// Whether and where a request fits now, without delaying what is reserved.
  mutating func fit(_ request: PlanMachine.Request, estimate: TimeSpan) -> Outlook.Fit {
    guard now.quotasAdmit(request) else { return .lacksQuota }
    guard looksAhead else {
      return now.find(request).map { .fits($0) } ?? .lacksPlaces(beyond: .zero)
    }
    return withOutlook { $0.fit(request, estimate: estimate, present: &$1) }
  }

  /// Where a request fits now, without delaying what is reserved; nil where it does not.
  mutating func fitsNow(
    _ request: PlanMachine.Request, estimate: TimeSpan
  ) -> PlanMachine.Placement? {
    guard case .fits(let placement) = fit(request, estimate: estimate) else { return nil }
    return placement
  }

  /// When and where a request fits at the earliest, for as long as its estimate; nil where it never does.
  mutating func earliest(
    _ request: PlanMachine.Request, estimate: TimeSpan
  ) -> (start: Instant, placement: PlanMachine.Placement)? {
    withOutlook { outlook, _ in outlook.earliest(request, estimate: estimate) }
  }

  /// How long a request could run if it started now; nil where it fits for ever, or not at all.
  mutating func spanNow(_ request: PlanMachine.Request) -> TimeSpan? {
    withOutlook { $0.spanNow(request, present: $1) }
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
    var outlook = Outlook(
      from: state, running: left, at: startInstant, floor: startInstant + overdueSpan,
      closures: outages, held: held)
    addReservations(to: &outlook)
    state = closingNodes(of: state)
    let fit = outlook.fit(request, estimate: (by - startInstant) + estimate, present: &state)
    guard case .fits(let kept) = fit else { return nil }
    return kept
  }

  private mutating func withOutlook<Result>(
    _ body: (inout Outlook, inout PlanMachine) -> Result
  ) -> Result {
    var outlook = kept ?? freshOutlook()
    // Given up while it changes, or it would be copied.
    kept = nil
    defer { kept = outlook }
    return body(&outlook, &now)
  }

  private func freshOutlook() -> Outlook {
    var outlook = Outlook(
      from: promised, running: running, at: startInstant, floor: startInstant + overdueSpan,
      closures: outages, held: held, restrictions: restrictions())
    addReservations(to: &outlook)
    return outlook
  }

  /// Until the last victim has stopped, only what is free beside all that have not is free.
  private func restrictions() -> [Outlook.Restriction] {
    var restrictions: [Outlook.Restriction] = []
    var from = startInstant
    for by in Set(stopping.map(\.by)).sorted() {
      let until = max(by, startInstant + overdueSpan)
      restrictions.append(
        Outlook.Restriction(
          start: from, end: until, victims: stopping.filter { $0.by >= by }.map(\.placement),
          preemptors: preemptors))
      from = max(from, until)
    }
    return restrictions
  }

  private func addReservations(to outlook: inout Outlook) {
    for reservation in reserved {
      outlook.reserve(
        reservation.placement, from: reservation.start,
        estimate: reservation.end - reservation.start)
    }
  }
}
