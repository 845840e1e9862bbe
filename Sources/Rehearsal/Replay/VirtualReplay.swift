package import Model
import Wire

/// Replays a trace in virtual time: every call a frame to the engine, every answer a frame from it.
package struct VirtualReplay {
  private struct End {
    let at: Instant
    let pod: Int
  }

  private let plan: ReplayPlan
  private let coordinator: VirtualCoordinator
  private var outcome: ReplayOutcome
  private var pods: [Text: Int] = [:]
  /// Tokens of held leases by pod.
  private var tokens: [Int: Text] = [:]
  /// Pods in the queue, and since when.
  private var queued: [Int: Instant] = [:]
  /// When held leases end; the next one is the last. Those of one instant end in the order of their grants.
  private var ends: [End] = []
  /// The pod whose call is being answered.
  private var calling = 0

  private init(_ plan: ReplayPlan) {
    self.plan = plan
    coordinator = VirtualCoordinator(settings: plan.settings, seed: plan.seed)
    outcome = plan.emptyOutcome
    for (index, pod) in plan.trace.pods.enumerated() { pods[Text(pod.name)] = index }
  }

  /// The whole replay. The same plan has the same outcome on every machine.
  ///
  /// At one instant what is due in the coordinator comes first, then the pods that end, then those that begin.
  package static func run(
    _ plan: ReplayPlan, progress: (_ podsBegun: Int) -> Void = { _ in }
  ) -> ReplayOutcome {
    var replay = VirtualReplay(plan)
    for (index, pod) in plan.trace.pods.enumerated() {
      replay.pass(to: pod.creation)
      replay.call(.request(plan.request(pod)), of: index)
      progress(index + 1)
    }
    while let last = replay.lastDeadline { replay.pass(to: last) }
    replay.outcome.tally.pass(to: replay.coordinator.now)
    return replay.outcome
  }

  /// When the next thing happens after the last pod began; nil once nothing is held or waits.
  private var lastDeadline: Instant? {
    let next = queued.isEmpty ? nil : coordinator.nextDeadline.map { max($0, coordinator.now) }
    guard let end = ends.last?.at else { return next }
    return next.map { min($0, end) } ?? end
  }

  /// Lets everything happen up to and at the instant: the coordinator's own deadlines, and pods that end.
  private mutating func pass(to instant: Instant) {
    while true {
      var target = instant
      if let end = ends.last?.at, end < target { target = end }
      // A waiter granted on the way may end before the target: step from deadline to deadline.
      if let due = coordinator.nextDeadline, due < target { target = max(due, coordinator.now) }
      coordinator.advance(to: target)
      settle()
      while let end = ends.last, end.at <= coordinator.now {
        ends.removeLast()
        release(end.pod)
      }
      if target == instant { return }
    }
  }

  private mutating func release(_ index: Int) {
    guard let token = tokens[index] else { return }
    let pod = plan.trace.pods[index]
    call(
      .release(
        ReleaseRequest(
          requestID: Text(pod.name), token: token, component: Text(pod.service))), of: index)
  }

  private mutating func call(_ message: RequestMessage, of index: Int) {
    calling = index
    do {
      guard try coordinator.call(message, as: plan.trace.pods[index].service) != nil else {
        preconditionFailure("a trace has fewer classes of service than the engine connections")
      }
    } catch {
      preconditionFailure("a request of three pools fits a frame: \(error)")
    }
    settle()
  }

  /// Takes in what happened, and fetches the grants that waited for their owners.
  private mutating func settle() {
    var granted: [Int] = []
    for output in coordinator.takeOutputs() {
      switch output {
      case .reply(let reply): take(reply)
      case .event(let event):
        guard let index = pods[event.requestID] else { continue }
        take(event, of: index, granted: &granted)
      }
    }
    for index in granted { call(.request(plan.request(plan.trace.pods[index])), of: index) }
  }

  private mutating func take(_ event: VirtualEvent, of index: Int, granted: inout [Int]) {
    let pod = plan.trace.pods[index]
    switch event.kind {
    case .granted where event.waited != nil:
      granted.append(index)
    case .queueTimeout:
      queued[index] = nil
      outcome.note(.timedOut, phase: pod.phase)
    case .expired, .claimLapsed, .preempted:
      // None of these is expected: a lease outlasts its pod, and grants are fetched at once.
      tokens[index] = nil
      outcome.tally.ended(pod.name, at: event.at)
      outcome.noteLoss(event.kind.name)
    case .granted, .denied, .queued, .released, .releaseRefused, .renewed, .cancelled,
      .preemptNotice, .promoted, .modeChanged, .capacityChanged, .draining, .claimed, .settled,
      .adopted, .learning:
      break
    }
  }

  private mutating func take(_ reply: VirtualCoordinator.Reply) {
    guard reply.header.code == .ok, let method = reply.method else {
      outcome.note(
        .failed(reply.header.message), phase: plan.trace.pods[calling].phase)
      return
    }
    do {
      switch try coordinator.codec.decodeResponse(
        method: method, in: reply.bytes, payload: reply.header.payload)
      {
      case .resource(let response): take(response, at: reply.at)
      case .release(let response):
        tokens[calling] = nil
        outcome.tally.ended(plan.trace.pods[calling].name, at: reply.at)
        if !response.success { outcome.noteLoss(response.message) }
      default: break
      }
    } catch {
      preconditionFailure("the engine's own messages decode: \(error)")
    }
  }

  private mutating func take(_ response: ResourceResponse, at instant: Instant) {
    guard let index = pods[response.requestID] else { return }
    let pod = plan.trace.pods[index]
    switch response.status {
    case .granted:
      tokens[index] = response.token
      outcome.tally.granted(pod.name, ReplayPlan.amounts(response), at: instant)
      if let since = queued.removeValue(forKey: index) {
        outcome.note(.grantedAfterWait(instant - since), phase: pod.phase)
      } else {
        outcome.note(.granted, phase: pod.phase)
      }
      plan(end: instant + pod.hold, of: index)
    case .queued:
      queued[index] = instant
    case .denied:
      outcome.note(
        .denied(ReplayPlan.denialReason(response.explanation?.blockers.map(\.reason.string) ?? [])),
        phase: pod.phase)
    case .pending, .released, .expired, nil:
      outcome.note(.failed(response.message), phase: pod.phase)
    }
  }

  private mutating func plan(end: Instant, of index: Int) {
    // Latest first, so that the next one is taken from the end.
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle].at > end { low = middle + 1 } else { high = middle }
    }
    ends.insert(End(at: end, pod: index), at: low)
  }
}

extension ReplayPlan {
  /// Why a pod was denied: that it never fits, if that is among the reasons, or else the first one.
  package static func denialReason(_ reasons: [String]) -> String {
    let never = Reason.canNeverFit.rawValue
    return reasons.contains(never) ? never : reasons.first ?? "without a reason"
  }

  /// What a grant gave, by pool.
  package static func amounts(_ response: ResourceResponse) -> [Int64] {
    var amounts = TracePools.names.map { _ in Int64(0) }
    for entry in response.granted {
      if let pool = TracePools.names.firstIndex(of: entry.pool.name.string) {
        amounts[pool] = entry.quantity
      }
    }
    return amounts
  }
}
