package import Model

/// What a simulated schedule was like. All jobs count; nothing is cut off at the beginning or the
/// end.
///
/// A job's wait is the time from its submission to the end, without its last run; its bounded
/// slowdown is max(1, (wait + run) / max(10 s, run)).
public struct ClusterMetrics: Hashable, Sendable {
  public internal(set) var jobs = 0
  package internal(set) var waitNanoseconds: Int128 = 0
  package internal(set) var longestWaitNanoseconds: Int64 = 0
  package internal(set) var responseNanoseconds: Int128 = 0
  /// Run times multiplied by thousandths of processors.
  private var workMilliNanoseconds: Int128 = 0
  package internal(set) var slowdownSum = 0.0
  public internal(set) var maxBoundedSlowdown = 0.0
  package internal(set) var firstSubmit: Instant?
  package internal(set) var lastEnd: Instant?
  public let processors: Int

  /// Runs shorter than this count as this long in a bounded slowdown.
  public static let shortRunSeconds = 10.0

  init(processors: Int) {
    self.processors = processors
  }

  /// Counts a job that ended. The order matters for the last digit of the mean slowdown: jobs are
  /// added as they end.
  mutating func add(submit: Instant, end: Instant, run: TimeSpan, cpuMilli: Int64) {
    let response = (end - submit).nanoseconds
    let wait = response - run.nanoseconds
    jobs += 1
    waitNanoseconds += Int128(wait)
    longestWaitNanoseconds = max(longestWaitNanoseconds, wait)
    responseNanoseconds += Int128(response)
    workMilliNanoseconds += Int128(run.nanoseconds) * Int128(cpuMilli)
    let slowdown = ClusterMetrics.boundedSlowdown(
      responseNanoseconds: response, runNanoseconds: run.nanoseconds)
    slowdownSum += slowdown
    maxBoundedSlowdown = max(maxBoundedSlowdown, slowdown)
    firstSubmit = min(firstSubmit ?? submit, submit)
    lastEnd = max(lastEnd ?? end, end)
  }

  static func boundedSlowdown(responseNanoseconds: Int64, runNanoseconds: Int64) -> Double {
    max(1, Seconds.value(responseNanoseconds) / max(shortRunSeconds, Seconds.value(runNanoseconds)))
  }

  private func mean(_ sum: Double) -> Double { jobs == 0 ? 0 : sum / Double(jobs) }

  /// The exact sum of all waits, in decimal seconds: whole where all times are.
  public var sumWaitSecondsText: String { Seconds.decimal(waitNanoseconds) }
  public var sumWaitSeconds: Double { Seconds.value(waitNanoseconds) }
  public var averageWaitSeconds: Double { mean(sumWaitSeconds) }
  public var maxWaitSeconds: Double { Seconds.value(longestWaitNanoseconds) }
  public var averageResponseSeconds: Double { mean(Seconds.value(responseNanoseconds)) }
  public var averageBoundedSlowdown: Double { mean(slowdownSum) }

  /// From the first submission to the last end.
  public var makespanSeconds: Double { Seconds.value(makespan.nanoseconds) }

  var makespan: TimeSpan {
    guard let firstSubmit, let lastEnd else { return .zero }
    return lastEnd - firstSubmit
  }

  /// The share of the processors' time that jobs used.
  public var utilisation: Double {
    let capacity = Double(processors) * makespanSeconds
    return capacity == 0 ? 0 : Seconds.value(workMilliNanoseconds / 1000) / capacity
  }
}
