import Model
import Scheduling

/// Independent arrivals, evenly or with a daily cycle, of jobs whose run times are exponentially
/// distributed.
public struct PoissonModel: Hashable, Sendable {
  public var jobsPerHour: Double
  /// How busy each hour of the day is, from midnight on, in any unit; one number where the time of
  /// day plays no part.
  public var hourWeights: [Double]
  public var meanRunSeconds: Double
  /// Sizes are powers of two up to this, each as likely as the next.
  public var processorsMax: Int

  /// All numbers are more than 0.
  public init(
    jobsPerHour: Double, hourWeights: [Double] = [1], meanRunSeconds: Double, processorsMax: Int
  ) {
    precondition(
      jobsPerHour > 0 && meanRunSeconds > 0 && processorsMax >= 1
        && processorsMax <= WorkloadLimits.processorsMax)
    self.jobsPerHour = jobsPerHour
    self.hourWeights = hourWeights
    self.meanRunSeconds = meanRunSeconds
    self.processorsMax = processorsMax
  }

  /// Quiet at night, two peaks at ten and three.
  public static let officeHours: [Double] = [
    2, 1, 1, 1, 1, 2, 3, 5, 9, 13, 15, 14, 11, 12, 14, 15, 14, 11, 8, 6, 5, 4, 3, 2,
  ]

  /// The first `count` jobs, without estimates; times are whole seconds, a run at least one.
  public func workload(jobs count: Int, seed: UInt64) -> Workload {
    let random = SeededRandom(seed: seed)
    var arrivals = random.child("arrivals")
    var runs = random.child("run times")
    var sizes = random.child("sizes")
    var clock = DailyClock(weights: hourWeights)
    let doublings = Int(ExactMath.log2(Double(processorsMax)))
    let jobs = (0..<max(0, count)).map { index in
      clock.advance(averageSeconds: arrivals.exponential(mean: 3600 / jobsPerHour))
      let run = min(
        runs.exponential(mean: meanRunSeconds).rounded(.up), Double(WorkloadLimits.secondsMax))
      return WorkloadJob(
        id: index + 1, submit: .epoch + .seconds(Int64(clock.seconds)),
        run: .seconds(max(1, Int64(run))), requested: nil,
        processors: 1 << sizes.below(doublings + 1))
    }
    return Workload(jobs: jobs, processors: processorsMax)
  }
}
