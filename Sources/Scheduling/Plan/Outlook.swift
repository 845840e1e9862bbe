import Model

/// What is expected to be free from now on, as one state and the changes to it in the order of time.
///
/// An ``AvailabilityProfile`` has a state for each change; this walks from one to the next in one working copy, looks where
/// something changed that could let a request in, and keeps states only for the instants from which on less is free. The
/// answers are the same: a property of the tests.
struct Outlook {
  typealias Running = RunningJobs<PlanMachine.Placement>

  /// Something that is taken for a time.
  struct Taken {
    var placement: PlanMachine.Placement
    var start: Instant
    var end: Instant

    func isActive(at instant: Instant) -> Bool { start <= instant && instant < end }
  }

  /// A time in which jobs that make room are still there, and those that they make room for are not: only what is free
  /// beside both is free.
  struct Restriction {
    var start: Instant
    var end: Instant
    var victims: [PlanMachine.Placement]
    /// Each with its expected end.
    var preemptors: [(placement: PlanMachine.Placement, end: Instant)]
  }

  /// Whether a request fits.
  enum Fit {
    case fits(PlanMachine.Placement)
    /// Not by quotas.
    case lacksQuota
    /// No request that asks the same of places for longer than this fits either.
    case lacksPlaces(beyond: TimeSpan)
  }

  /// An instant from which on less is free, and the state then.
  private struct Narrow {
    var at: Instant
    var state: PlanMachine
  }

  let now: Instant
  private let floor: Instant
  let base: PlanMachine
  let running: Running
  let closures: [NodeReservation]
  let held: [HeldSpan]
  let restrictions: [Restriction]
  private(set) var taken: [Taken] = []
  /// Ascending; nil until someone asks.
  private var narrows: [Narrow]?
  /// What is free now and in the first of the narrows, in the first two, and so on, as far as someone asked.
  private var commons: [PlanMachine] = []

  /// - Parameters:
  ///   - base: what is free now, closures and restrictions aside.
  ///   - running: what gives back when; not before `floor`.
  ///   - closures: when nodes take nothing; those that are over are not among them.
  ///   - held: when nodes take only some jobs, or none that begins then; those that are over are not among them.
  init(
    from base: PlanMachine, running: Running, at now: Instant, floor: Instant,
    closures: [NodeReservation] = [], held: [HeldSpan] = [], restrictions: [Restriction] = []
  ) {
    self.now = now
    self.floor = floor
    self.base = base
    self.running = running
    self.closures = closures
    self.held = held
    self.restrictions = restrictions.filter { $0.start < $0.end }
  }

  func end(of entry: Running.Entry) -> Instant {
    max(Instant(nanoseconds: entry.expectedEndNanoseconds), floor)
  }

  // MARK: Changes

  /// A job starts now; `present` has it already.
  mutating func start(
    _ placement: PlanMachine.Placement, estimate: TimeSpan, present: PlanMachine
  ) {
    let end = now + estimate
    taken.append(Taken(placement: placement, start: now, end: end))
    guard var narrows else { return }
    self.narrows = nil
    let covered = narrows.prefix { $0.at < end }.count
    for index in 0..<covered { narrows[index].state.occupy(placement) }
    for index in commons.indices {
      if index < covered {
        commons[index].occupy(placement)
      } else if commons[index].hasRelations || placement.places.isEmpty {
        commons.removeSubrange(index...)
        break
      } else {
        commons[index].refresh(
          where: placement, restricting: [present] + narrows[...index].map(\.state))
      }
    }
    self.narrows = narrows
  }

  /// Takes a placement out of what is free from `start` for as long as `estimate`.
  mutating func reserve(
    _ placement: PlanMachine.Placement, from start: Instant, estimate: TimeSpan
  ) {
    let end = start + estimate
    taken.append(Taken(placement: placement, start: start, end: end))
    commons = []
    guard var narrows else { return }
    self.narrows = nil
    for index in narrows.indices where start <= narrows[index].at && narrows[index].at < end {
      narrows[index].state.occupy(placement)
    }
    if start > now, start < end, !narrows.contains(where: { $0.at == start }) {
      var walk = OutlookWalk(self)
      walk.advance(to: start)
      narrows.insert(
        Narrow(at: start, state: state(of: walk)), at: narrows.prefix { $0.at < start }.count)
    }
    self.narrows = narrows
  }

  // MARK: Answers

  /// Whether and where the request fits from now on for as long as its estimate.
  ///
  /// - Parameter present: what is free now; only what it keeps of scores changes.
  mutating func fit(
    _ request: PlanMachine.Request, estimate: TimeSpan, present: inout PlanMachine
  ) -> Fit {
    guard present.quotasAdmit(request) else { return .lacksQuota }
    guard var placement = present.find(request) else { return .lacksPlaces(beyond: .zero) }
    let end = now + estimate
    let count = knownNarrows().prefix { $0.at < end }.count
    // What fits into less fits into more, but for tasks that look at others or stand in each other's way.
    for index in (request.isSteady ? max(0, count - 1) : 0)..<count {
      prepareCommons(through: index, present: present)
      guard commons[index].quotasAdmit(request) else { return .lacksQuota }
      guard let narrower = commons[index].find(request) else {
        return .lacksPlaces(beyond: (narrows?[index].at ?? now) - now)
      }
      placement = narrower
    }
    return .fits(placement)
  }

  /// How long the request could run if it started now: until it no longer fits. Nil where it does not fit now, or fits for
  /// ever.
  mutating func spanNow(
    _ request: PlanMachine.Request, present: PlanMachine
  ) -> TimeSpan? {
    guard present.placement(of: request) != nil else { return nil }
    for (index, narrow) in knownNarrows().enumerated() {
      prepareCommons(through: index, present: present)
      if commons[index].find(request) == nil { return narrow.at - now }
    }
    return nil
  }

  /// The earliest start at which the request fits for as long as its estimate, and where; nil where it never does.
  ///
  /// O(changes), and O(nodes) for each instant at which the request might fit.
  func earliest(
    _ request: PlanMachine.Request, estimate: TimeSpan
  ) -> (start: Instant, placement: PlanMachine.Placement)? {
    var walk = OutlookWalk(self)
    walk.watch(request)
    var passed: Instant?
    repeat {
      guard walk.mayFit, passed.map({ walk.at > $0 }) ?? true else { continue }
      let state = state(of: walk)
      guard let placement = state.placement(of: request) else { continue }
      switch window(from: walk, state, request, placement, until: walk.at + estimate) {
      case .fits(let common, let placement):
        guard walk.at > now else { return (walk.at, placement) }
        let present = self.state(of: OutlookWalk(self))
        return (walk.at, common.placement(of: request, sparing: present) ?? placement)
      case .blocked(let instant):
        passed = instant
      }
    } while walk.advance()
    return nil
  }

  private enum Window {
    case fits(PlanMachine, PlanMachine.Placement)
    /// Not through this instant, where the request does not fit by itself; nil where it does.
    case blocked(Instant?)
  }

  /// Whether what fits at one instant fits until another.
  private func window(
    from walk: OutlookWalk, _ state: PlanMachine, _ request: PlanMachine.Request,
    _ placement: PlanMachine.Placement, until end: Instant
  ) -> Window {
    let instants = narrowInstants().filter { walk.at < $0 && $0 < end }
    guard !instants.isEmpty else { return .fits(state, placement) }
    var common = state
    var ahead = walk
    ahead.unwatch()
    var placement = placement
    for instant in instants {
      ahead.advance(to: instant)
      let there = self.state(of: ahead, isBegun: true)
      common.restrict(to: there)
      guard let narrower = common.placement(of: request) else {
        return .blocked(there.placement(of: request) == nil ? instant : nil)
      }
      placement = narrower
    }
    return .fits(common, placement)
  }

  // MARK: States

  /// The state where a walk stands.
  ///
  /// - Parameter isBegun: whether it is asked for what began before, which nodes that are only shut do not keep away.
  private func state(of walk: OutlookWalk, isBegun: Bool = false) -> PlanMachine {
    var state = walk.machine
    for var span in held where span.start <= walk.at && walk.at < span.end {
      if isBegun { span.hold.isShut = false }
      state.hold(span)
    }
    for closure in closures where closure.start <= walk.at && walk.at < closure.end {
      state.occupy(
        PlanMachine.Placement(number: 0, tasks: [], places: [], closedNodes: closure.nodes))
    }
    let isIn = { (restriction: Restriction) in
      restriction.start <= walk.at && walk.at < restriction.end
    }
    if let restriction = restrictions.first(where: isIn) {
      var there = walk.machine
      for preemptor in restriction.preemptors where walk.at < max(preemptor.end, floor) {
        there.vacate(preemptor.placement)
      }
      for victim in restriction.victims { there.occupyPlaces(victim) }
      state.restrictPlaces(to: there.places)
    }
    return state
  }

  /// The instants after now from which on less is free, ascending.
  private func narrowInstants() -> [Instant] {
    let starts =
      taken.lazy.filter { $0.start < $0.end }.map(\.start) + closures.lazy.map(\.start)
      + held.lazy.map(\.start) + restrictions.lazy.map(\.start)
    return Set(starts.filter { $0 > now }).sorted()
  }

  private mutating func knownNarrows() -> [Narrow] {
    if let narrows { return narrows }
    var walk = OutlookWalk(self)
    let found = narrowInstants().map { instant in
      walk.advance(to: instant)
      return Narrow(at: instant, state: state(of: walk))
    }
    narrows = found
    return found
  }

  private mutating func prepareCommons(through last: Int, present: PlanMachine) {
    while commons.count <= last, let narrow = narrows?[commons.count] {
      var common = commons.last ?? present
      common.restrict(to: narrow.state)
      commons.append(common)
    }
  }
}
