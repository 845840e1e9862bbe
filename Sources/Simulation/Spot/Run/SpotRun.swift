import Model
import Scheduling

/// One policy on one market with one set of tasks.
///
/// The engine jumps from one instant at which something happens to the next. At an instant tasks
/// end first, then instances are preempted, then tasks arrive; then the policy is asked once for
/// every task that has lost its instance, has arrived, waits, or is up for review, in this order;
/// at last tasks are placed. Completions and arrivals at the horizon count, launches do not happen
/// there.
///
/// The preemption of a task's k-th spot instance hangs on one draw that is named by the seed, the
/// task and k: under every policy the same attempt has the same luck.
struct SpotRun<Policy: SpotPolicy> {
  let policy: Policy
  let market: SpotMarket
  let settings: SpotSettings
  /// In the order of arrival.
  let tasks: [SpotTask]
  let horizon: Int64
  let draws: SeededRandom

  var states: [SpotTaskState]
  var instances: [SpotInstance] = []
  var foreseen = EventQueue<SpotRunEvent>()
  var nextArrival = 0
  var nextReview: Int64?
  /// Tasks that have arrived and not ended, in the order of arrival, and how many of them wait.
  var active: [Int] = []
  var waitingCount = 0
  /// The tasks to ask for at this instant, and those that are to be placed.
  var asking: [Int] = []
  var placing: [Placing] = []
  /// Instances that have room for one more task, and those without any, in the order of their
  /// numbers; both only where the settings make them of use.
  var open: [Int] = []
  var idle: [Int] = []
  var zoneViews: (step: Int, views: [ZoneView])
  var record = SpotRecord()

  struct Placing {
    let task: Int
    let kind: InstanceKind
    let zone: Int
  }

  init(
    policy: Policy, market: SpotMarket, tasks: [SpotTask], settings: SpotSettings, horizon: Int64,
    seed: UInt64
  ) {
    self.policy = policy
    self.market = market
    self.settings = settings
    self.tasks = tasks.enumerated().sorted {
      ($0.element.arrivalNanoseconds, $0.offset) < ($1.element.arrivalNanoseconds, $1.offset)
    }.map(\.element)
    self.horizon = horizon
    draws = SeededRandom(seed: seed).child("preemptions")
    states = Array(repeating: SpotTaskState(), count: tasks.count)
    zoneViews = (0, market.views(at: 0))
  }

  mutating func run() throws(SpotError) -> SpotRecord {
    while let now = nextInstant(), now <= horizon {
      asking.removeAll(keepingCapacity: true)
      handleForeseen(at: now)
      handleArrivals(at: now)
      handleReview(at: now)
      if now < horizon {
        try decide(at: now)
        place(at: now)
      }
      let isReviewed = waitingCount > 0 || (policy.reviewsEachStep && !active.isEmpty)
      let step = market.stepNanoseconds
      nextReview = isReviewed ? (now / step + 1) * step : nil
    }
    close()
    return record
  }

  private func nextInstant() -> Int64? {
    var next = foreseen.nextInstant?.nanoseconds
    if let nextReview { next = min(next ?? nextReview, nextReview) }
    if nextArrival < tasks.count {
      let arrival = tasks[nextArrival].arrivalNanoseconds
      next = min(next ?? arrival, arrival)
    }
    return next
  }

  private mutating func handleForeseen(at now: Int64) {
    var preempted: [Int] = []
    while foreseen.nextInstant?.nanoseconds == now, let (_, event) = foreseen.next() {
      switch event {
      case .completion(let task, let version):
        if states[task].version == version { complete(task, at: now) }
      case .preemption(let instance): preempted.append(instance)
      case .idleEnd(let instance, let since):
        if instances[instance].idleSince == since { terminate(instance, at: now) }
      }
    }
    for instance in preempted where instances[instance].end == nil {
      preempt(instance, at: now)
    }
  }

  private mutating func handleArrivals(at now: Int64) {
    while nextArrival < tasks.count, tasks[nextArrival].arrivalNanoseconds == now {
      record.add(.taskArrival(task: tasks[nextArrival].id), at: now)
      states[nextArrival].phase = .waiting
      waitingCount += 1
      active.append(nextArrival)
      ask(nextArrival, at: now)
      nextArrival += 1
    }
  }

  private mutating func handleReview(at now: Int64) {
    guard now == nextReview else { return }
    for task in active where policy.reviewsEachStep || states[task].phase == .waiting {
      ask(task, at: now)
    }
  }

  /// Puts a task among those that the policy is asked for at this instant, once.
  mutating func ask(_ task: Int, at now: Int64) {
    guard states[task].askedAt != now else { return }
    states[task].askedAt = now
    asking.append(task)
  }

  private mutating func decide(at now: Int64) throws(SpotError) {
    placing.removeAll(keepingCapacity: true)
    for task in asking {
      guard states[task].phase != .completed else { continue }
      let current = placement(of: task, at: now)
      switch policy.choice(for: view(of: task, current, at: now)) {
      case .wait: leave(task, at: now)
      case .run(let kind, let zone):
        guard market.zones.indices.contains(zone) else {
          throw SpotError("\(policy.name) chose zone \(zone) of \(market.zones.count)")
        }
        if let current, current.kind == kind, current.zone == zone { continue }
        // A launch that the market refuses changes nothing.
        guard kind == .onDemand || market.zones[zone].isAvailable(at: now) else { continue }
        leave(task, at: now)
        placing.append(Placing(task: task, kind: kind, zone: zone))
      }
    }
  }

  private func placement(of task: Int, at now: Int64) -> SpotPlacement? {
    guard case .running(let number) = states[task].phase else { return nil }
    let instance = instances[number]
    return SpotPlacement(
      kind: instance.kind, zone: instance.zone,
      overheadLeftNanoseconds: max(0, states[task].warm - now))
  }

  private mutating func view(of task: Int, _ placement: SpotPlacement?, at now: Int64) -> SpotView {
    let step = market.zones[0].step(at: now)
    if step != zoneViews.step { zoneViews = (step, market.views(at: now)) }
    let state = states[task]
    let work = tasks[task].workNanoseconds
    let done = placement == nil ? state.kept : state.segment.progress(at: now).done
    return SpotView(
      nowNanoseconds: now, arrivalNanoseconds: tasks[task].arrivalNanoseconds,
      workNanoseconds: work, remainingNanoseconds: work - done,
      deadlineNanoseconds: tasks[task].deadlineNanoseconds,
      overheadNanoseconds: settings.changeNanoseconds(megabytes: tasks[task].stateMegabytes),
      stepNanoseconds: market.stepNanoseconds, preemptions: state.preemptions,
      atRiskNanoseconds: atRisk(tasks[task]), placement: placement,
      zones: views(of: task))
  }

  private func atRisk(_ task: SpotTask) -> Int64 {
    let plan = GracePlan(
      stateMegabytes: task.stateMegabytes, gigabits: settings.bandwidthGigabits(instance: 0),
      windowNanoseconds: settings.graceNanoseconds)
    let unsaved = min(task.workNanoseconds, settings.checkpointNanoseconds ?? .max)
    return plan.keptShare >= 1 ? 0 : Int64(Double(unsaved) * (1 - plan.keptShare))
  }

  /// The zones, with what bringing the task's state to each costs.
  private func views(of task: Int) -> [ZoneView] {
    guard market.zones.count > 1, let zone = states[task].zone else { return zoneViews.views }
    var views = zoneViews.views
    for index in views.indices {
      views[index].moveDollars = egress(of: task, from: zone, to: index).dollars
    }
    return views
  }

  /// What bringing a task's state from one zone to another costs.
  func egress(of task: Int, from: Int, to: Int) -> Charge {
    guard market.zones[from].region != market.zones[to].region else { return .zero }
    let gigabytes = tasks[task].stateMegabytes / 1000
    let dollars = min(
      gigabytes * settings.egressDollarsPerGigabyte, SpotUnits.dollarsPerHourMax)
    return Charge(nanodollars: SpotUnits.nanodollars(dollars))
  }
}
