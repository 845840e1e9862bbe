import Model

/// What is expected to be free from now on: steps in time, each with the machine's state from then
/// to the next step.
package struct AvailabilityProfile<M: Machine>: Sendable {
  private var starts = ContiguousArray<Int64>()
  private var states = ContiguousArray<M>()
  /// By step: whether something is taken at its beginning. At all others there is at least as much free as in the step
  /// before, so that what fits there fits here.
  private var narrows = ContiguousArray<Bool>()

  /// What is free at `now`, and what running jobs give back at their expected ends, which are not
  /// before `floor`.
  package init(
    machine: M, running: RunningJobs<M.Placement>, now: Instant, floor: Instant
  ) {
    starts.append(now.nanoseconds)
    states.append(machine)
    narrows.append(false)
    var state = machine
    for entry in running.entries {
      let end = max(entry.expectedEndNanoseconds, floor.nanoseconds)
      state.vacate(entry.placement)
      if starts[starts.count - 1] == end {
        states[states.count - 1] = state
      } else {
        starts.append(end)
        states.append(state)
        narrows.append(false)
      }
    }
  }

  /// The earliest start at which the request fits for as long as its estimate, and where; nil where
  /// it never does.
  ///
  /// O(steps × steps at which something is taken) states are looked at in the worst case.
  package func earliest(_ request: M.Request, estimate: TimeSpan)
    -> (start: Instant, placement: M.Placement)?
  {
    var first = 0
    search: while first < states.count {
      guard var placement = states[first].placement(of: request) else {
        first += 1
        continue
      }
      let end = Instant(nanoseconds: starts[first]) + estimate
      var common = states[first]
      var next = first + 1
      while next < states.count, starts[next] < end.nanoseconds {
        guard narrows[next] else {
          next += 1
          continue
        }
        common.restrict(to: states[next])
        guard let narrower = common.placement(of: request) else {
          // Where it does not fit in one state alone, no start before that state's end will do.
          first = states[next].placement(of: request) == nil ? next + 1 : first + 1
          continue search
        }
        placement = narrower
        next += 1
      }
      if first > 0, let sparing = common.placement(of: request, sparing: states[0]) {
        placement = sparing
      }
      return (Instant(nanoseconds: starts[first]), placement)
    }
    return nil
  }

  /// Where the request fits from now on for as long as its estimate; nil where it does not.
  package func fitsNow(_ request: M.Request, estimate: TimeSpan) -> M.Placement? {
    let end = Instant(nanoseconds: starts[0]) + estimate
    var common = states[0]
    guard var placement = common.placement(of: request) else { return nil }
    var next = 1
    while next < states.count, starts[next] < end.nanoseconds {
      guard narrows[next] else {
        next += 1
        continue
      }
      common.restrict(to: states[next])
      guard let narrower = common.placement(of: request) else { return nil }
      placement = narrower
      next += 1
    }
    return placement
  }

  /// Takes a placement out of what is free from `start` for as long as `estimate`.
  package mutating func reserve(_ placement: M.Placement, from start: Instant, estimate: TimeSpan) {
    let first = step(at: start.nanoseconds)
    let last = step(at: (start + estimate).nanoseconds)
    if first > 0 && first < last { narrows[first] = true }
    for index in first..<last { states[index].occupy(placement) }
  }

  /// Takes something from what is free from one instant to another, both not before the first step.
  package mutating func change(from start: Instant, to end: Instant, _ body: (inout M) -> Void) {
    guard start < end else { return }
    let first = step(at: start.nanoseconds)
    let last = step(at: end.nanoseconds)
    if first > 0 && first < last { narrows[first] = true }
    for index in first..<last { body(&states[index]) }
  }

  /// How long the request could run if it started now: until the step in which it no longer fits. Nil where it does not fit
  /// now or fits for ever. O(steps).
  package func spanNow(_ request: M.Request) -> TimeSpan? {
    var common = states[0]
    for index in states.indices where index == 0 || narrows[index] {
      if index > 0 { common.restrict(to: states[index]) }
      guard common.placement(of: request) != nil else {
        return index == 0 ? nil : TimeSpan(nanoseconds: starts[index] - starts[0])
      }
    }
    return nil
  }

  /// The index of the step that begins at an instant, which is made where there is none.
  private mutating func step(at nanoseconds: Int64) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < nanoseconds { low = middle + 1 } else { high = middle }
    }
    if low < starts.count, starts[low] == nanoseconds { return low }
    precondition(low > 0, "nothing is reserved in the past")
    starts.insert(nanoseconds, at: low)
    states.insert(states[low - 1], at: low)
    narrows.insert(false, at: low)
    return low
  }
}
