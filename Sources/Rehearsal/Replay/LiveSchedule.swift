package import Model

/// What a live replay does next, and what its answers and events mean: without a clock and without a socket.
///
/// The trace has a time of its own, which follows the real one at the plan's speed but never runs ahead of the server:
/// it stands still while an answer is out that belongs to an instant more than ``slack`` ago, and while ``callsMax``
/// calls are in flight. A server that cannot keep up so makes the replay later than planned, and changes nothing else.
///
/// Everything counted has the trace's time. What a call caused happened at the instant for which the call was made; what
/// the server did by itself in between, such as a grant out of the queue, at the instant of what came before it in the
/// server's own order of events.
package struct LiveSchedule: Sendable {
  /// Something to be asked of the server, for a pod by its number.
  package struct Step: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// The pod asks for its lease.
      case begin
      /// It has waited long enough.
      case giveUp
      /// It is over, and gives its lease back.
      case end
    }

    package var kind: Kind
    package var pod: Int

    package init(kind: Kind, pod: Int) {
      self.kind = kind
      self.pod = pod
    }
  }

  package enum Next: Hashable, Sendable {
    case take(Step)
    /// Nothing to do before an answer or an event comes, or the time since the start is this.
    case wait(until: TimeSpan?)
    /// Every pod is over.
    case over
  }

  /// For whoever watches.
  package struct Progress: Sendable {
    package var begun: Int
    /// The part of the work that is done, from 0 to 1.
    package var work: Double
    package var pace: ReplayPace
  }

  /// Calls in flight at once, over all connections.
  package static let callsMax = 256
  /// Pods that wait in the server's queue at once. Further ones begin late.
  package static let waitersMax = 8192

  /// Something that a pod does at an instant, unless it is over before.
  private struct Due: Comparable {
    var at: Instant
    /// At one instant waits end before leases do, and those that began first, as in virtual time.
    var isEnd: Bool
    var sequence: Int
    var pod: Int

    static func < (left: Due, right: Due) -> Bool {
      (left.at, left.isEnd ? 1 : 0, left.sequence)
        < (right.at, right.isEnd ? 1 : 0, right.sequence)
    }
  }

  /// A call whose answer or event is still to come.
  private struct Open {
    var step: Step
    var at: Instant
    var isAnswered = false
    var isSeen = false
  }

  private enum Phase {
    case ahead
    case asked
    /// In the queue, until it gives up, if it ever does.
    case waiting(until: Due?)
    case decided
  }

  package let plan: ReplayPlan
  /// Trace seconds in a real second.
  package let speed: Double
  /// How long in the trace's time an answer may be out before that time waits for it; zero = one call at a time.
  package let slack: TimeSpan
  /// When the last pod would end if none waited.
  private let end: Instant

  package private(set) var outcome: ReplayOutcome
  package private(set) var pace = ReplayPace()
  /// Pods that have begun, in the trace's order.
  package private(set) var begun = 0

  /// The trace's time: that of the last step.
  private var clock = Instant.epoch
  /// The trace's time of the last event.
  private var eventTime = Instant.epoch
  private var phases: [Phase]
  /// Whether the pod's outcome is counted.
  private var isCounted: [Bool]
  private var waiting = 0
  /// Latest first, so that the next one is taken from the end.
  private var due: [Due] = []
  private var dueEver = 0
  private var open: [Open] = []
  /// Since when the pods of the queue are there, by the events.
  private var queuedAt: [Int: Instant] = [:]
  /// Grants of which the answer has come and not the event, or the other way round, since their instants.
  private var grantsUnseen: [Int: Instant] = [:]
  private var grantsUnanswered: [Int: Instant] = [:]
  private var isWatchOver = false

  package init(plan: ReplayPlan, speed: Double, slack: TimeSpan) {
    precondition(speed > 0 && slack >= .zero, "speed and slack are checked before")
    self.plan = plan
    self.speed = speed
    self.slack = slack
    end = plan.end
    outcome = plan.emptyOutcome
    phases = plan.trace.pods.map { _ in .ahead }
    isCounted = plan.trace.pods.map { _ in false }
    pace.planned = ReplayPlan.scaled(end - .epoch, speed: speed)
  }

  private var pods: [TracePod] { plan.trace.pods }

  // MARK: What is next

  /// The next step, if its time has come; it counts as taken.
  ///
  /// - Parameter elapsed: the real time since the replay's start.
  package mutating func next(at elapsed: TimeSpan) -> Next {
    guard open.count < LiveSchedule.callsMax else { return .wait(until: nil) }
    guard let (step, instant) = nextStep else {
      let isOver =
        begun == pods.count && open.isEmpty && waiting == 0 && grantsUnseen.isEmpty
        && grantsUnanswered.isEmpty
      return isOver ? .over : .wait(until: nil)
    }
    let at = max(clock, instant)
    if let oldest, at - oldest >= slack { return .wait(until: nil) }
    let planned = TimeSpan.nanoseconds(Int64(Double((at - .epoch).nanoseconds) / speed))
    guard planned <= elapsed else { return .wait(until: planned) }
    clock = at
    pace.note(behind: elapsed - planned, at: elapsed)
    if step.kind == .begin {
      begun += 1
      phases[step.pod] = .asked
    } else {
      due.removeLast()
    }
    open.append(Open(step: step, at: at))
    return .take(step)
  }

  private var nextStep: (Step, Instant)? {
    let begin: (Step, Instant)? =
      begun < pods.count && waiting < LiveSchedule.waitersMax
      ? (Step(kind: .begin, pod: begun), pods[begun].creation) : nil
    guard let first = due.last, begin.map({ first.at <= $0.1 }) ?? true else { return begin }
    return (Step(kind: first.isEnd ? .end : .giveUp, pod: first.pod), first.at)
  }

  /// The instant of the oldest answer that is out.
  private var oldest: Instant? {
    let calls = open.lazy.map(\.at).min()
    let grants = [grantsUnseen, grantsUnanswered].lazy.flatMap(\.values).min()
    guard let calls, let grants else { return calls ?? grants }
    return min(calls, grants)
  }

  /// How far the replay is: in time while it is on time, else in pods.
  package var progress: Progress {
    let last = Double(max(1, (end - .epoch).nanoseconds))
    let work =
      pace.isBehind
      ? Double(begun) / Double(pods.count) : min(1, Double((clock - .epoch).nanoseconds) / last)
    return Progress(begun: begun, work: work, pace: pace)
  }

  // MARK: Answers

  /// A pod's request was answered; nil: it waits in the queue.
  package mutating func answered(_ pod: Int, _ answer: PodOutcome?) {
    guard let answer else {
      queue(pod)
      settle(Step(kind: .begin, pod: pod), awaitsEvent: true)
      return
    }
    phases[pod] = .decided
    count(pod, answer)
    let step = Step(kind: .begin, pod: pod)
    switch answer {
    case .granted, .grantedAfterWait:
      hold(pod)
      settle(step, awaitsEvent: true)
    case .denied:
      settle(step, awaitsEvent: true)
    case .timedOut, .failed:
      // A grant whose answer was lost has been given back by the client.
      grantsUnanswered[pod] = nil
      settle(step, awaitsEvent: false)
    }
  }

  private mutating func queue(_ pod: Int) {
    waiting += 1
    let since = begin(of: pod)?.at ?? clock
    phases[pod] = .waiting(
      until: plan.wait > .zero ? schedule(at: since + plan.wait, isEnd: false, pod) : nil)
  }

  /// A pod's wait is over; nil: with a grant.
  package mutating func waited(_ pod: Int, _ answer: PodOutcome?) {
    guard case .waiting(let until) = phases[pod] else { return }
    phases[pod] = .decided
    waiting -= 1
    if let until { remove(until) }
    guard let answer else {
      if isWatchOver { count(pod, .grantedAfterWait(clock - (queuedAt[pod] ?? clock))) }
      hold(pod)
      return
    }
    // An event may have told of a grant that never reached its owner.
    grantsUnanswered[pod] = nil
    if isCounted[pod] { outcome.noteLoss("\(answer)") } else { count(pod, answer) }
  }

  /// The server was told that a pod gives up.
  package mutating func gaveUp(_ pod: Int, wasWaiting: Bool) {
    settle(Step(kind: .giveUp, pod: pod), awaitsEvent: wasWaiting)
  }

  /// A lease was given back; with a reason: it was lost before.
  package mutating func ended(_ pod: Int, loss: String?) {
    if let loss { outcome.noteLoss(loss) }
    settle(Step(kind: .end, pod: pod), awaitsEvent: loss == nil)
  }

  private mutating func count(_ pod: Int, _ answer: PodOutcome) {
    guard !isCounted[pod] else { return }
    isCounted[pod] = true
    outcome.note(answer, phase: pods[pod].phase)
  }

  /// The pod has its lease in hand.
  private mutating func hold(_ pod: Int) {
    if isWatchOver {
      schedule(at: clock + pods[pod].hold, isEnd: true, pod)
    } else if let at = grantsUnanswered.removeValue(forKey: pod) {
      schedule(at: at + pods[pod].hold, isEnd: true, pod)
    } else {
      grantsUnseen[pod] = clock
    }
  }

  private func begin(of pod: Int) -> Open? {
    open.first { $0.step == Step(kind: .begin, pod: pod) }
  }

  private mutating func settle(_ step: Step, awaitsEvent: Bool) {
    guard let index = open.firstIndex(where: { $0.step == step }) else { return }
    open[index].isAnswered = true
    if !awaitsEvent || isWatchOver { open[index].isSeen = true }
    if open[index].isSeen { open.remove(at: index) }
  }

  // MARK: Events

  /// The server tells an event of a pod; to be called in the server's order.
  package mutating func saw(_ kind: EventKind, of pod: Int, amounts: [Int64]) {
    let name = pods[pod].name
    switch kind {
    case .queued:
      see(Step(kind: .begin, pod: pod))
      queuedAt[pod] = eventTime
    case .denied:
      see(Step(kind: .begin, pod: pod))
    case .granted:
      if let since = queuedAt.removeValue(forKey: pod) {
        // Only here does the server act in times of its own.
        if plan.mode == .simulateContention { eventTime = max(eventTime, clock) }
        count(pod, .grantedAfterWait(eventTime - since))
      } else {
        see(Step(kind: .begin, pod: pod))
      }
      outcome.tally.granted(name, amounts, at: eventTime)
      if grantsUnseen.removeValue(forKey: pod) != nil {
        schedule(at: eventTime + pods[pod].hold, isEnd: true, pod)
      } else if !isOver(pod) {
        grantsUnanswered[pod] = eventTime
      }
    case .cancelled, .queueTimeout:
      see(Step(kind: .giveUp, pod: pod))
      queuedAt[pod] = nil
    case .released:
      see(Step(kind: .end, pod: pod))
      outcome.tally.ended(name, at: eventTime)
    case .expired, .claimLapsed, .preempted:
      outcome.tally.ended(name, at: eventTime)
    case .releaseRefused, .renewed, .preemptNotice, .promoted, .modeChanged, .capacityChanged,
      .draining, .claimed, .settled, .adopted, .learning:
      break
    }
  }

  /// Whether the pod's fate is known without a grant.
  private func isOver(_ pod: Int) -> Bool {
    if case .decided = phases[pod] { return true }
    return false
  }

  private mutating func see(_ step: Step) {
    guard let index = open.firstIndex(where: { $0.step == step }) else { return }
    eventTime = max(eventTime, open[index].at)
    open[index].isSeen = true
    if open[index].isAnswered { open.remove(at: index) }
  }

  /// No further event will come: from now on answers alone count.
  package mutating func lostEvents() {
    isWatchOver = true
    open.removeAll(where: \.isAnswered)
    for index in open.indices { open[index].isSeen = true }
    for pod in grantsUnseen.keys.sorted() {
      schedule(at: clock + pods[pod].hold, isEnd: true, pod)
    }
    grantsUnseen = [:]
  }

  /// Whether every grant and end that was answered has been told by an event too.
  package var isComplete: Bool { !isWatchOver && outcome.tally.openLeases == 0 }

  // MARK: What is due

  @discardableResult
  private mutating func schedule(at instant: Instant, isEnd: Bool, _ pod: Int) -> Due {
    dueEver += 1
    let entry = Due(at: instant, isEnd: isEnd, sequence: dueEver, pod: pod)
    due.insert(entry, at: place(of: entry))
    return entry
  }

  private mutating func remove(_ entry: Due) {
    let place = place(of: entry)
    if place < due.count, due[place] == entry { due.remove(at: place) }
  }

  /// The first place at which nothing later stands.
  private func place(of entry: Due) -> Int {
    var low = 0
    var high = due.count
    while low < high {
      let middle = (low + high) / 2
      if due[middle] > entry { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
