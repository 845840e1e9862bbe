/// What the job costs at least when the whole trace is known beforehand: no policy costs less and is on
/// time. Moving data between zones is taken as free, so with it the figure is a bound that may not be
/// reached.
///
/// A dynamic program over the steps. For each instance that may run, and for running none, it keeps the
/// pairs of cost and progress that no other pair beats in both. A start takes the whole overhead from the
/// progress at once: that is exact for instances that outlive their overhead, and an optimum has no others.
/// Pairs that cannot be on time, or cannot become cheaper than the best schedule known, are dropped.
///
/// O(steps × pairs) for each zone, where the pairs of a trace of 195 s steps are some hundred.
package struct OptimalSchedule {
  /// A schedule up to some step: what it costs and how far it is.
  private struct Path {
    /// Sum of the hourly prices of the steps, in nano-dollars.
    var cost: Int64 = 0
    var onDemandCost: Int64 = 0
    var progressNanoseconds: Int64 = 0
    var spotSteps: Int32 = 0
    var onDemandSteps: Int32 = 0
    var instances: Int32 = 0
  }

  /// An instance that may run: a row of the program.
  private struct Option {
    let kind: InstanceKind
    let zone: Int
    /// By rising cost, and so by rising progress.
    var paths: [Path] = []
  }

  private let job: DeadlineJob
  private let market: DeadlineMarket
  private let start: Int
  private let steps: Int
  private let bounds: CostToGo
  private var options: [Option]
  private var idle = [Path()]
  private var best: (path: Path, steps: Int)?
  private var bestCost = Int64.max

  package static func outcome(
    job: DeadlineJob, market: DeadlineMarket, start: Int
  ) -> DeadlineOutcome {
    let policies: [any SpotPolicy] = [
      OnDemandOnlyPolicy(), GreedyPolicy(), UniformProgressPolicy(),
    ]
    let known = policies.map {
      DeadlineRun.outcome(of: $0, job: job, market: market, start: start)
    }.filter { !$0.isLate }
    guard let least = known.map(\.cost).min() else {
      // Nothing is on time where on-demand alone is not.
      return DeadlineRun.outcome(
        of: OnDemandOnlyPolicy(), job: job, market: market, start: start)
    }
    var program = OptimalSchedule(job: job, market: market, start: start)
    program.bestCost = Int64(
      clamping: least.units / Int128(market.stepNanoseconds) + 1)
    for step in 0..<program.steps { program.take(step) }
    return program.outcome
  }

  private init(job: DeadlineJob, market: DeadlineMarket, start: Int) {
    self.job = job
    self.market = market
    self.start = start
    steps = job.stepsUntilLate(market.stepNanoseconds)
    bounds = CostToGo(market, from: start, steps: steps)
    options = market.zones.indices.flatMap { zone in
      [Option(kind: .spot, zone: zone), Option(kind: .onDemand, zone: zone)]
    }
  }

  private mutating func take(_ step: Int) {
    for index in options.indices {
      let zone = market.zones[options[index].zone]
      if options[index].kind == .spot, !zone.hasSpot(at: start + step) {
        options[index].paths = []
        continue
      }
      let price =
        options[index].kind == .spot
        ? zone.spotNanodollars(at: start + step) : zone.onDemandNanodollars
      advance(index, step: step, price: price)
    }
    // Whoever stops here may start anew in the next step.
    let overhead = job.overheadNanoseconds
    idle = idle.filter { canBeBest($0, after: step, overhead: overhead) }
    for option in options {
      let stopped = option.paths.filter { canBeBest($0, after: step, overhead: overhead) }
      idle = OptimalSchedule.merged(idle, stopped)
    }
  }

  /// The paths that run this instance in the step: those that ran it before, and those that start it.
  private mutating func advance(_ option: Int, step: Int, price: Int64) {
    let kind = options[option].kind
    func ran(_ path: Path, progress: Int64, instances: Int32) -> Path {
      var path = path
      path.cost += price
      path.progressNanoseconds += progress
      path.instances += instances
      if kind == .spot {
        path.spotSteps += 1
      } else {
        path.onDemandSteps += 1
        path.onDemandCost += price
      }
      return path
    }
    let length = market.stepNanoseconds
    let kept = options[option].paths.map { ran($0, progress: length, instances: 0) }
    let started = idle.map { ran($0, progress: length - job.overheadNanoseconds, instances: 1) }
    let paths = OptimalSchedule.merged(kept, started)
    // Costs rise, so the first that is done is the cheapest of them.
    if let done = paths.first(where: { $0.progressNanoseconds >= job.workNanoseconds }),
      done.cost < bestCost
    {
      bestCost = done.cost
      best = (done, step + 1)
    }
    options[option].paths = paths.filter { canBeBest($0, after: step, overhead: 0) }
  }

  /// Whether the path may still end in time and cheaper than the best one.
  private func canBeBest(_ path: Path, after step: Int, overhead: Int64) -> Bool {
    let left = job.workNanoseconds - path.progressNanoseconds
    guard left > 0 else { return false }
    let need = Int(DeadlineJob.steps(left + overhead, of: market.stepNanoseconds))
    guard step + 1 + need <= steps else { return false }
    return path.cost + bounds.least(need, from: step + 1) < bestCost
  }

  /// The paths of both lists that none of the other beats, by rising cost.
  private static func merged(_ left: [Path], _ right: [Path]) -> [Path] {
    var all: [Path] = []
    all.reserveCapacity(left.count + right.count)
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let next: Path
      if j == right.count || (i < left.count && isBefore(left[i], right[j])) {
        next = left[i]
        i += 1
      } else {
        next = right[j]
        j += 1
      }
      if let last = all.last, last.progressNanoseconds >= next.progressNanoseconds { continue }
      all.append(next)
    }
    return all
  }

  private static func isBefore(_ left: Path, _ right: Path) -> Bool {
    left.cost != right.cost
      ? left.cost < right.cost : left.progressNanoseconds >= right.progressNanoseconds
  }

  private var outcome: DeadlineOutcome {
    guard let best else { preconditionFailure("a schedule that is on time is known") }
    func charge(_ cost: Int64) -> Charge {
      Charge(nanodollarsPerHour: cost, nanoseconds: market.stepNanoseconds)
    }
    var outcome = DeadlineOutcome()
    outcome.cost = charge(best.path.cost)
    outcome.onDemandCost = charge(best.path.onDemandCost)
    outcome.spotSteps = Int(best.path.spotSteps)
    outcome.onDemandSteps = Int(best.path.onDemandSteps)
    outcome.instances = Int(best.path.instances)
    outcome.steps = best.steps
    return outcome
  }
}

/// A lower bound of what steps of work cost from some step on: spot steps as long as there are any, at
/// the lowest price of all, then on-demand.
private struct CostToGo {
  private let spotPrice: Int64
  private let onDemandPrice: Int64
  /// How many steps from each on have spot instances in some zone.
  private var spotSteps: [Int]

  init(_ market: DeadlineMarket, from start: Int, steps: Int) {
    let window = start..<start + steps
    onDemandPrice = market.zones.map(\.onDemandNanodollars).min() ?? 0
    let prices = market.zones.flatMap { zone in window.map { zone.spotNanodollars(at: $0) } }
    spotPrice = min(prices.min() ?? 0, onDemandPrice)
    spotSteps = Array(repeating: 0, count: steps + 1)
    for step in (0..<steps).reversed() {
      let hasSpot = market.zones.contains { $0.hasSpot(at: start + step) }
      spotSteps[step] = spotSteps[step + 1] + (hasSpot ? 1 : 0)
    }
  }

  func least(_ need: Int, from step: Int) -> Int64 {
    let spot = min(need, spotSteps[step])
    return Int64(spot) * spotPrice + Int64(need - spot) * onDemandPrice
  }
}
