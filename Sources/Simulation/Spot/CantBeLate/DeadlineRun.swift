/// What one run of a job came to.
package struct DeadlineOutcome: Hashable, Sendable {
  package var cost = Charge.zero
  /// The part of the cost that is for on-demand instances.
  package var onDemandCost = Charge.zero
  /// Steps that were billed, by kind.
  package var spotSteps = 0
  package var onDemandSteps = 0
  /// Starts and changes of instance, each of which costs the overhead.
  package var instances = 0
  /// Spot instances that were lost.
  package var preemptions = 0
  /// Steps from the start to the end of the work, those of waiting among them.
  package var steps = 0
  /// The work ended behind the step that contains the deadline.
  package var isLate = false
}

/// One job on a market, step by step, under a policy that the ``SafetyNet`` watches.
///
/// What the instance is in a step is decided at the step's start, knowing whether the step has spot
/// instances and nothing of what comes. A spot instance whose step has none is lost at its start, and
/// loses nothing else. Each start or change of instance costs the overhead, which is billed and
/// computes nothing; what is left of it when an instance is lost is lost with it. Whole steps are
/// billed.
///
/// O(steps) for one run.
package struct DeadlineRun {
  private let job: DeadlineJob
  private let market: DeadlineMarket
  private let start: Int
  private var view: SpotView
  /// Where the data is; nil before the first instance.
  private var dataZone: Int?
  private var outcome = DeadlineOutcome()

  package static func outcome(
    of policy: any SpotPolicy, job: DeadlineJob, market: DeadlineMarket, start: Int
  ) -> DeadlineOutcome {
    var run = DeadlineRun(job: job, market: market, start: start)
    while run.view.remainingNanoseconds > 0 {
      run.beginStep()
      run.take(SafetyNet.choice(run.wanted(by: policy), for: run.view))
      run.endStep()
    }
    run.outcome.isLate = run.outcome.steps > job.stepsUntilLate(market.stepNanoseconds)
    return run.outcome
  }

  private init(job: DeadlineJob, market: DeadlineMarket, start: Int) {
    self.job = job
    self.market = market
    self.start = start
    view = SpotView(
      nowNanoseconds: 0, arrivalNanoseconds: 0, workNanoseconds: job.workNanoseconds,
      remainingNanoseconds: job.workNanoseconds, deadlineNanoseconds: job.deadlineNanoseconds,
      overheadNanoseconds: job.overheadNanoseconds, stepNanoseconds: market.stepNanoseconds,
      zones: market.zones.map { zone in
        ZoneView(
          spotDollarsPerHour: SpotUnits.dollars(zone.spotNanodollars(at: start)),
          onDemandDollarsPerHour: SpotUnits.dollars(zone.onDemandNanodollars))
      })
  }

  private var step: Int { start + outcome.steps }

  /// Shows the policy what this step has, and takes away a spot instance that it has not.
  private mutating func beginStep() {
    for (index, zone) in market.zones.enumerated() {
      view.zones[index].isSpotAvailable = zone.hasSpot(at: step)
      if zone.spotNanodollars.count > 1 {
        view.zones[index].spotDollarsPerHour = SpotUnits.dollars(zone.spotNanodollars(at: step))
      }
    }
    if let placement = view.placement, placement.kind == .spot,
      !view.zones[placement.zone].isSpotAvailable
    {
      view.placement = nil
      view.preemptions += 1
      outcome.preemptions += 1
    }
  }

  private func wanted(by policy: any SpotPolicy) -> SpotChoice {
    if view.placement != nil, !policy.reviewsEachStep { return view.staying }
    let wanted = policy.choice(for: view)
    if case .run(.spot, let zone) = wanted, !view.zones[zone].isSpotAvailable { return .wait }
    return wanted
  }

  private mutating func take(_ choice: SpotChoice) {
    guard case .run(let kind, let zone) = choice else {
      view.placement = nil
      return
    }
    guard view.placement?.kind != kind || view.placement?.zone != zone else { return }
    outcome.instances += 1
    view.placement = SpotPlacement(
      kind: kind, zone: zone, overheadLeftNanoseconds: job.overheadNanoseconds)
    guard dataZone != zone else { return }
    if dataZone != nil { outcome.cost += Charge(nanodollars: market.moveNanodollars) }
    dataZone = zone
    guard market.moveNanodollars > 0 else { return }
    let move = SpotUnits.dollars(market.moveNanodollars)
    for index in view.zones.indices { view.zones[index].moveDollars = index == zone ? 0 : move }
  }

  /// Computes and bills the step.
  private mutating func endStep() {
    if var placement = view.placement {
      let overhead = min(placement.overheadLeftNanoseconds, market.stepNanoseconds)
      placement.overheadLeftNanoseconds -= overhead
      view.placement = placement
      view.remainingNanoseconds -= min(
        market.stepNanoseconds - overhead, view.remainingNanoseconds)
      bill(placement)
    }
    view.nowNanoseconds += market.stepNanoseconds
    outcome.steps += 1
  }

  private mutating func bill(_ placement: SpotPlacement) {
    let zone = market.zones[placement.zone]
    switch placement.kind {
    case .spot:
      outcome.spotSteps += 1
      outcome.cost += Charge(
        nanodollarsPerHour: zone.spotNanodollars(at: step), nanoseconds: market.stepNanoseconds)
    case .onDemand:
      outcome.onDemandSteps += 1
      let charge = Charge(
        nanodollarsPerHour: zone.onDemandNanodollars, nanoseconds: market.stepNanoseconds)
      outcome.cost += charge
      outcome.onDemandCost += charge
    }
  }
}
