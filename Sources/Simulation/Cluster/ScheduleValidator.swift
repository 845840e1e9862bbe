import Model

/// Why a schedule cannot have happened.
public enum ScheduleFault: Hashable, Sendable, CustomStringConvertible {
  /// A run belongs to no job of the workload.
  case unknownJob(Int)
  /// A job of the workload has no run.
  case missingJob(Int)
  /// The workload has this number twice, so that runs cannot be told apart.
  case ambiguousJob(Int)
  /// A run ends before it starts, or when.
  case endsBeforeStart(job: Int)
  /// A run starts before its job was submitted.
  case startsBeforeSubmission(job: Int)
  /// A run's submission is not that of the job.
  case otherSubmission(job: Int)
  /// A run's processors are not those of the job.
  case otherProcessors(job: Int, found: Int, expected: Int)
  /// A job's last run is not as long as the job, or an earlier one is longer.
  case otherRunTime(job: Int, foundSeconds: Double, expectedSeconds: Double)
  /// A job runs twice at one time.
  case overlapsItself(job: Int)
  /// More processors are in use than there are, from this time on.
  case tooManyProcessors(atSeconds: Double, used: Int, processors: Int)

  public var description: String {
    switch self {
    case .unknownJob(let job): "job \(job) is not in the workload"
    case .missingJob(let job): "job \(job) never ran"
    case .ambiguousJob(let job): "the workload has job \(job) more than once"
    case .endsBeforeStart(let job): "job \(job) ends before it has run"
    case .startsBeforeSubmission(let job): "job \(job) starts before it is submitted"
    case .otherSubmission(let job): "job \(job) was not submitted then"
    case .otherProcessors(let job, let found, let expected):
      "job \(job) uses \(found) processors and asked for \(expected)"
    case .otherRunTime(let job, let found, let expected):
      "job \(job) runs for \(found) s and takes \(expected) s"
    case .overlapsItself(let job): "job \(job) runs twice at one time"
    case .tooManyProcessors(let at, let used, let processors):
      "\(used) of \(processors) processors are in use from \(at) s on"
    }
  }
}

/// Finds what is impossible in a schedule, whoever made it.
public enum ScheduleValidator {
  /// How many faults are named; the search ends there.
  public static let faultsMax = 100

  /// The faults of a schedule of a workload on so many processors, at most ``faultsMax``; none for
  /// a possible one. O(n log n).
  public static func faults(
    in schedule: [ScheduleRecord], of workload: Workload, processors: Int
  ) -> [ScheduleFault] {
    var faults: [ScheduleFault] = []
    var jobs: [Int: WorkloadJob] = [:]
    for job in workload.jobs where jobs.updateValue(job, forKey: job.id) != nil {
      faults.append(.ambiguousJob(job.id))
    }
    for record in schedule { check(record, jobs[record.job], &faults) }
    checkRuns(schedule, workload, jobs, &faults)
    checkProcessors(schedule, processors, &faults)
    return Array(faults.prefix(faultsMax))
  }

  private static func check(
    _ record: ScheduleRecord, _ job: WorkloadJob?, _ faults: inout [ScheduleFault]
  ) {
    if record.end <= record.start { faults.append(.endsBeforeStart(job: record.job)) }
    guard let job else {
      faults.append(.unknownJob(record.job))
      return
    }
    if record.start < job.submit { faults.append(.startsBeforeSubmission(job: record.job)) }
    if record.submit != job.submit { faults.append(.otherSubmission(job: record.job)) }
    if record.processors != job.processors {
      faults.append(
        .otherProcessors(job: record.job, found: record.processors, expected: job.processors))
    }
  }

  /// One job's runs, in the order of their starts: none overlaps, and only the last is complete.
  private static func checkRuns(
    _ schedule: [ScheduleRecord], _ workload: Workload, _ jobs: [Int: WorkloadJob],
    _ faults: inout [ScheduleFault]
  ) {
    let sorted = schedule.sorted { ($0.job, $0.start, $0.end) < ($1.job, $1.start, $1.end) }
    var ran: Set<Int> = []
    for (index, record) in sorted.enumerated() {
      guard let job = jobs[record.job] else { continue }
      ran.insert(record.job)
      let next = index + 1 < sorted.count ? sorted[index + 1] : nil
      let isLast = next?.job != record.job
      if let next, !isLast, next.start < record.end {
        faults.append(.overlapsItself(job: record.job))
      }
      let span = record.end - record.start
      if isLast ? span != job.run : span > job.run {
        faults.append(
          .otherRunTime(
            job: record.job, foundSeconds: span.seconds, expectedSeconds: job.runSeconds))
      }
    }
    for job in workload.jobs where !ran.contains(job.id) { faults.append(.missingJob(job.id)) }
  }

  private static func checkProcessors(
    _ schedule: [ScheduleRecord], _ processors: Int, _ faults: inout [ScheduleFault]
  ) {
    var changes: [(at: Instant, change: Int)] = []
    changes.reserveCapacity(2 * schedule.count)
    for record in schedule where record.end > record.start {
      changes.append((record.start, record.processors))
      changes.append((record.end, -record.processors))
    }
    // At one instant what ends makes room for what starts.
    changes.sort { ($0.at, $0.change) < ($1.at, $1.change) }
    var used = 0
    var isOver = false
    for (index, (at, change)) in changes.enumerated() {
      used += change
      guard index + 1 == changes.count || changes[index + 1].at > at else { continue }
      if used > processors, !isOver {
        faults.append(
          .tooManyProcessors(
            atSeconds: Seconds.value(at.nanoseconds), used: used, processors: processors))
      }
      isOver = used > processors
    }
  }
}
