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
    idle = merged(idle, [], after: step, runSteps: 0)
    for option in options {
      idle = merged(idle, option.paths, after: step, runSteps: 0)
    }
  }

  /// The paths that run this instance in the step: those that ran it before, and those that start it.
  private mutating func advance(_ option: Int, step: Int, price: Int64) {
    let (kind, zone) = (options[option].kind, options[option].zone)
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
    var kept = options[option].paths.map { ran($0, progress: length, instances: 0) }
    var started = idle.map { ran($0, progress: length - job.overheadNanoseconds, instances: 1) }
    takeDone(from: &kept, step)
    takeDone(from: &started, step)
    options[option].paths = merged(
      kept, started, after: step,
      runSteps: kind == .spot ? bounds.runSteps[zone][step + 1] : .max)
  }

  /// Takes out the paths whose work is done, which are the last, and remembers the cheapest.
  private mutating func takeDone(from paths: inout [Path], _ step: Int) {
    while let last = paths.last, last.progressNanoseconds >= job.workNanoseconds {
      if last.cost < bestCost {
        bestCost = last.cost
        best = (last, step + 1)
      }
      paths.removeLast()
    }
  }

  /// Whether the path may still end in time and cheaper than the best one. One that needs more steps
  /// than its instance may still run starts another.
  private func canBeBest(_ path: Path, after step: Int, runSteps: Int) -> Bool {
    let left = job.workNanoseconds - path.progressNanoseconds
    var need = Int(DeadlineJob.steps(left, of: market.stepNanoseconds))
    if need > runSteps {
      need = Int(DeadlineJob.steps(left + job.overheadNanoseconds, of: market.stepNanoseconds))
    }
    guard step + 1 + need <= steps else { return false }
    return path.cost + bounds.least(need, from: step + 1) < bestCost
  }

  /// The paths of both lists that none of the other beats and that can be best, by rising cost.
  private func merged(
    _ left: [Path], _ right: [Path], after step: Int, runSteps: Int
  ) -> [Path] {
    var all: [Path] = []
    all.reserveCapacity(left.count + right.count)
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let next: Path
      if j == right.count || (i < left.count && OptimalSchedule.isBefore(left[i], right[j])) {
        next = left[i]
        i += 1
      } else {
        next = right[j]
        j += 1
      }
      if let last = all.last, last.progressNanoseconds >= next.progressNanoseconds { continue }
      if canBeBest(next, after: step, runSteps: runSteps) { all.append(next) }
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
  /// For each zone, how many steps from each on have spot instances without a gap.
  var runSteps: [[Int]]

  init(_ market: DeadlineMarket, from start: Int, steps: Int) {
    let window = start..<start + steps
    onDemandPrice = market.zones.map(\.onDemandNanodollars).min() ?? 0
    let prices = market.zones.flatMap { zone in window.map { zone.spotNanodollars(at: $0) } }
    spotPrice = min(prices.min() ?? 0, onDemandPrice)
    spotSteps = Array(repeating: 0, count: steps + 1)
    runSteps = market.zones.map { zone in
      var run = Array(repeating: 0, count: steps + 1)
      for step in (0..<steps).reversed() where zone.hasSpot(at: start + step) {
        run[step] = run[step + 1] + 1
      }
      return run
    }
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
