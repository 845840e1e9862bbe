/// The figures of a run.
///
/// Completion times run from a task's arrival to its end, waiting and lost attempts included, over
/// the tasks that were completed; a percentile is the nearest rank: the ⌈p n / 100⌉-th smallest.
public struct SpotMetrics: Hashable, Sendable {
  public let policyName: String
  /// What all instances and moves cost, those of unfinished tasks too.
  public let cost: Charge
  /// Nil where no task was completed; so are the percentiles.
  public let averageCompletionHours: Double?
  public let p50CompletionHours: Double?
  public let p99CompletionHours: Double?
  public let totalTasks: Int
  public let completedTasks: Int
  /// Instances that were taken away.
  public let totalPreemptions: Int
  public let spotInstancesLaunched: Int
  public let onDemandInstancesLaunched: Int
  /// Tasks that were done after their deadline, or were not and the horizon lies beyond it.
  public let deadlineMisses: Int
  /// Tasks that went on on-demand after a preemption.
  public let fallbackTasks: Int
  public let checkpointsAttempted: Int
  public let checkpointsSuccessful: Int
  /// Work that grace periods saved.
  public let timeSavedHours: Double
  /// Work that was done and lost, and the hours in which instances started, stood still for
  /// checkpoints, or had no task: all hours of instances that were of no use. Of shared instances
  /// the hours of each task count.
  public let wastedHours: Double
  /// Work that was done and kept.
  public let usefulHours: Double
  /// Empty where it was dropped.
  public private(set) var record: SpotRecord

  public var totalCost: Double { cost.dollars }
  /// Nil where nothing was done.
  public var costPerUsefulHour: Double? { usefulHours > 0 ? totalCost / usefulHours : nil }
  public var events: [SpotEvent] { record.events }

  /// The figures without what happened: of many runs one keeps only these.
  public func withoutRecord() -> SpotMetrics {
    var metrics = self
    metrics.record = SpotRecord()
    return metrics
  }

  package init(policyName: String, record: SpotRecord, horizon: Int64) {
    self.policyName = policyName
    self.record = record
    cost = record.ledger.total
    let responses = record.outcomes.compactMap(\.responseNanoseconds).sorted()
    let sum = responses.reduce(Int128(0)) { $0 + Int128($1) }
    averageCompletionHours =
      responses.isEmpty
      ? nil : Double(sum) / Double(responses.count) / Double(SpotUnits.nanosecondsPerHour)
    p50CompletionHours = SpotMetrics.percentile(50, of: responses).map(SpotUnits.hours)
    p99CompletionHours = SpotMetrics.percentile(99, of: responses).map(SpotUnits.hours)
    totalTasks = record.outcomes.count
    completedTasks = responses.count
    var counts = (preemptions: 0, spot: 0, onDemand: 0)
    for event in record.events {
      switch event.kind {
      case .instancePreemption: counts.preemptions += 1
      case .instanceLaunch(_, .spot): counts.spot += 1
      case .instanceLaunch(_, .onDemand): counts.onDemand += 1
      case .taskArrival, .taskCompletion, .instanceTermination: break
      }
    }
    totalPreemptions = counts.preemptions
    spotInstancesLaunched = counts.spot
    onDemandInstancesLaunched = counts.onDemand
    deadlineMisses = record.outcomes.count { outcome in
      guard let deadline = outcome.task.deadlineNanoseconds else { return false }
      return outcome.completionNanoseconds.map { $0 > deadline } ?? (deadline <= horizon)
    }
    fallbackTasks = record.outcomes.count(where: \.fellBack)
    checkpointsAttempted = record.checkpointsAttempted
    checkpointsSuccessful = record.checkpointsSuccessful
    timeSavedHours = SpotUnits.hours(record.savedNanoseconds)
    let useful = record.outcomes.reduce(Int64(0)) { $0 + $1.keptNanoseconds }
    usefulHours = SpotUnits.hours(useful)
    wastedHours = SpotUnits.hours(SpotMetrics.occupied(record) - useful)
  }

  /// The hours of all tasks on instances, and of instances without a task.
  private static func occupied(_ record: SpotRecord) -> Int64 {
    var nanoseconds = record.spans.reduce(Int64(0)) {
      $0 + $1.endNanoseconds - $1.startNanoseconds
    }
    nanoseconds += record.idleNanoseconds
    return nanoseconds
  }

  /// The nearest rank of a percentile among sorted numbers; nil where there is none.
  package static func percentile(_ percent: Int, of sorted: [Int64]) -> Int64? {
    guard !sorted.isEmpty else { return nil }
    let rank = (sorted.count * percent + 99) / 100
    return sorted[max(1, min(rank, sorted.count)) - 1]
  }
}
