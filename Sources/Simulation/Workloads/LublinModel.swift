import Model
import Scheduling

/// The workload model of Lublin and Feitelson: sizes, run times that hang on sizes, and arrivals
/// with a daily cycle.
///
/// Source: U. Lublin and D. G. Feitelson, "The workload on parallel supercomputers: modeling the
/// characteristics of rigid jobs", J. Parallel and Distributed Computing 63(11), 2003; the
/// constants are those of the authors' published model. Draws are this library's own, so that the
/// same seed gives the same jobs on every machine, though not those of the authors' program.
public struct LublinModel: Hashable, Sendable {
  /// Which constants: those of all jobs together, or batch and interactive jobs as two streams.
  public enum Streams: Hashable, Sendable {
    case combined
    /// Batch jobs get queue 1, interactive ones queue 0.
    case batchAndInteractive
  }

  public var processors: Int
  public var streams: Streams

  /// `processors` is at least 8: the model's sizes need room.
  public init(processors: Int, streams: Streams = .combined) {
    precondition(
      processors >= 8 && processors <= WorkloadLimits.processorsMax,
      "the model describes machines of at least 8 processors")
    self.processors = processors
    self.streams = streams
  }

  /// The first `count` jobs of this model, without estimates. `load`, where given, scales the times
  /// between arrivals such that the jobs ask for this share of the machine
  /// (``Workload/offeredLoad(processors:)``).
  public func workload(jobs count: Int, load: Double? = nil, seed: UInt64) -> Workload {
    let random = SeededRandom(seed: seed)
    var streams = parameters.enumerated().map { Stream($0.element, number: $0.offset, random) }
    var jobs: [WorkloadJob] = []
    jobs.reserveCapacity(count)
    for id in 1...max(1, count) where count > 0 {
      var next = 0
      for other in streams.indices.dropFirst()
      where streams[other].clock.seconds < streams[next].clock.seconds {
        next = other
      }
      jobs.append(streams[next].takeJob(id: id, queue: parameters.count == 1 ? -1 : next))
    }
    let natural = Workload(jobs: jobs, processors: processors)
    guard let load else { return natural }
    precondition(load > 0, "a load is more than 0")
    let offered = natural.offeredLoad(processors: processors)
    return offered > 0 ? natural.withLoad(times: load / offered) : natural
  }

  private var parameters: [Parameters] {
    let highest = ExactMath.log2(Double(processors))
    return switch streams {
    case .combined: [.combined(highest: highest)]
    case .batchAndInteractive: [.interactive(highest: highest), .batch(highest: highest)]
    }
  }
}

extension LublinModel {
  struct Gamma {
    let shape: Double
    let scale: Double
  }

  /// The constants of one stream of jobs.
  struct Parameters {
    let serialShare: Double
    let powerOfTwoShare: Double
    /// Logarithms to base 2 of the smallest, a middle and the largest parallel size.
    let lowest: Double
    let middle: Double
    let highest: Double
    let lowerShare: Double
    /// Logarithms of run times come from the one or the other.
    let short: Gamma
    let long: Gamma
    /// The share of the short ones falls with the size: slope × size + base.
    let shortSlope: Double
    let shortBase: Double
    /// Logarithms of the times between arrivals.
    let arrivals: Gamma
    /// Arrivals over the day, in half hours.
    let day: Gamma

    static func combined(highest: Double) -> Parameters {
      Parameters(
        serialShare: 0.244, powerOfTwoShare: 0.576, lowest: 0.8, middle: highest - 2.5,
        highest: highest, lowerShare: 0.86, short: Gamma(shape: 4.2, scale: 0.94),
        long: Gamma(shape: 312, scale: 0.03), shortSlope: -0.0054, shortBase: 0.78,
        arrivals: Gamma(shape: 10.2303 * 1.0225, scale: 0.4871),
        day: Gamma(shape: 8.1737, scale: 3.9631))
    }

    static func batch(highest: Double) -> Parameters {
      Parameters(
        serialShare: 0.2927, powerOfTwoShare: 0.6686, lowest: 1.2, middle: highest - 2,
        highest: highest, lowerShare: 0.875, short: Gamma(shape: 6.57, scale: 0.823),
        long: Gamma(shape: 639.1, scale: 0.0156), shortSlope: -0.003, shortBase: 0.6986,
        arrivals: Gamma(shape: 6.0415 * 1.0519, scale: 0.8531),
        day: Gamma(shape: 6.1271, scale: 5.2740))
    }

    /// The largest interactive job is 2^1.5 times smaller than the machine.
    static func interactive(highest: Double) -> Parameters {
      Parameters(
        serialShare: 0.1541, powerOfTwoShare: 0.625, lowest: 1, middle: highest - 4,
        highest: highest - 1.5, lowerShare: 0.705, short: Gamma(shape: 3.8351, scale: 0.6605),
        long: Gamma(shape: 7.073, scale: 0.6856), shortSlope: -0.0118, shortBase: 0.9156,
        arrivals: Gamma(shape: 6.5510 * 0.9797, scale: 0.6621),
        day: Gamma(shape: 8.9186, scale: 3.6680))
    }

    /// The weight of each half hour of a day, from midnight on. The model's day begins with the
    /// eleventh half hour.
    var dayWeights: [Double] {
      let buckets = 48
      let first = 11
      var weights = Array(repeating: 0.0, count: buckets)
      for halfHour in first..<(first + buckets) {
        let above = GammaDistribution.cumulative(
          Double(halfHour) + 0.5, shape: day.shape, scale: day.scale)
        let below = GammaDistribution.cumulative(
          Double(halfHour) - 0.5, shape: day.shape, scale: day.scale)
        weights[(halfHour - 1) % buckets] = above - below
      }
      return weights
    }
  }

  /// One stream of jobs and its generators.
  struct Stream {
    let parameters: Parameters
    var clock: DailyClock
    private var arrivals: SeededRandom
    private var sizes: SeededRandom
    private var runs: SeededRandom

    /// Larger logarithms of times are drawn again: run times end at two days, times between
    /// arrivals at five.
    private static let runLogarithmMax = 12.0
    private static let arrivalLogarithmMax = 13.0

    init(_ parameters: Parameters, number: Int, _ random: SeededRandom) {
      self.parameters = parameters
      clock = DailyClock(weights: parameters.dayWeights)
      arrivals = random.child("arrivals of stream \(number)")
      sizes = random.child("sizes of stream \(number)")
      runs = random.child("run times of stream \(number)")
      letTimePass()
    }

    mutating func takeJob(id: Int, queue: Int) -> WorkloadJob {
      let submit = Int64(clock.seconds)
      let size = nextSize()
      let job = WorkloadJob(
        id: id, submit: .epoch + .seconds(submit), run: .seconds(nextRunSeconds(size: size)),
        requested: nil, processors: size, queue: queue)
      letTimePass()
      return job
    }

    private mutating func letTimePass() {
      clock.advance(
        averageSeconds: ExactMath.exp(
          Self.draw(parameters.arrivals, below: Self.arrivalLogarithmMax, &arrivals)))
    }

    private mutating func nextSize() -> Int {
      let kind = sizes.next().asUnitInterval
      guard kind > parameters.serialShare else { return 1 }
      let isLower = sizes.next().asUnitInterval <= parameters.lowerShare
      let low = isLower ? parameters.lowest : parameters.middle
      let high = isLower ? parameters.middle : parameters.highest
      var logarithm = low + sizes.next().asUnitInterval * (high - low)
      if kind <= parameters.serialShare + parameters.powerOfTwoShare {
        logarithm = (logarithm + 0.5).rounded(.down)
      }
      // Rounding up may leave a machine whose size is no power of two.
      let size = (ExactMath.pow(2, logarithm) + 0.5).rounded(.down)
      return max(1, min(Int(size), Int(ExactMath.pow(2, parameters.highest).rounded(.down))))
    }

    private mutating func nextRunSeconds(size: Int) -> Int64 {
      let share = parameters.shortSlope * Double(size) + parameters.shortBase
      let isShort = runs.next().asUnitInterval <= min(1, max(0, share))
      let gamma = isShort ? parameters.short : parameters.long
      return max(1, Int64(ExactMath.exp(Self.draw(gamma, below: Self.runLogarithmMax, &runs))))
    }

    private static func draw(
      _ gamma: Gamma, below limit: Double, _ random: inout SeededRandom
    ) -> Double {
      while true {
        let value = random.gamma(shape: gamma.shape, scale: gamma.scale)
        if value <= limit { return value }
      }
    }
  }
}
