import Model

extension Planner {
  /// Which waiting units are told why they wait.
  enum Detail: Hashable, Sendable {
    /// All, as far as ``PlanLimits`` goes, with forecasts.
    case all
    case none
    case only(Int)
  }

  /// Whether nobody will ask why this unit waits.
  func isSilent(_ index: Int) -> Bool {
    switch detail {
    case .all: false
    case .none: true
    case .only(let unit): unit != index
    }
  }

  /// Makes ready for a pass on the facts that were carried here.
  mutating func begin(_ facts: Snapshot, at now: Instant) {
    snapshot = facts
    self.now = now
    state.begin(at: now)
    plan = Plan()
    plan.columns = jobs.columns
    waiting = []
    isAnyAhead = false
    reservedForPlaces = 0
    reservedForQuota = [:]
    isStopped = false
    stoppedQueues = []
    promises = [:]
    refusals.begin()
  }

  /// Takes back what a pass started and reserved.
  mutating func takeBack() { state.takeBack() }

  /// Decides on waiting units in order.
  ///
  /// O(1) for a unit whose kind was refused before in this pass.
  ///
  /// - Parameter last: the last unit that is decided on; nil = all are.
  mutating func decide(_ entries: ContiguousArray<LiveQueue.Entry>, upTo last: Int?) {
    decidePromised()
    if let last, promises[last] != nil { return }
    var left = snapshot.policy.candidatesPerPass
    for entry in entries where promises.isEmpty || promises[entry.unit] == nil {
      left -= 1
      if entry.unit == last {
        if left < 0 { passOver(entry.unit) } else { decide(entry.unit) }
        return
      }
      if left < 0 || isStopped {
        if last == nil { return }
        continue
      }
      if !isSettled(entry) { decide(entry.unit) }
    }
  }

  /// Whether a unit can only wait and changes nothing for those behind it.
  private func isSettled(_ entry: LiveQueue.Entry) -> Bool {
    guard let kind = entry.kind, isAnyAhead,
      refusals.refuses(kind: kind, estimateNanoseconds: entry.estimateNanoseconds),
      case .first(let most) = snapshot.policy.backfill.depth, reservedForPlaces >= most
    else { return false }
    return snapshot.queues.isEmpty || reservedForQuota[entry.queue, default: 0] >= most
      || state.now.quotasAdmit(units[entry.unit].request)
  }

  /// A node takes tasks now, or does not any more.
  mutating func setState(_ nodeState: NodeState, of node: Int) {
    idle.setState(nodeState, of: node)
    state.setState(nodeState, of: node)
    refusals = PlanRefusals()
  }
}
