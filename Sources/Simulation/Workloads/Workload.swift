import Model

/// Jobs in the order of their submissions, with what their log says of the machine.
public struct Workload: Hashable, Sendable {
  /// Sorted by submission; jobs of one instant in the order of the log.
  public private(set) var jobs: [WorkloadJob]
  /// How many processors the log's machine had; nil where the log does not say.
  public var processors: Int?
  /// What jobs ask of nodes, each once; a job names its place here.
  package internal(set) var asks: [JobAsk] = []
  /// What jobs call their queues, each once; a job's queue is its place here. Empty where queues have numbers.
  package internal(set) var queueNames: [String] = []
  /// How many jobs stood behind one that was submitted later, and were sorted.
  public let unsortedCount: Int

  public init(jobs: [WorkloadJob], processors: Int? = nil) {
    var unsorted = 0
    var latest = Instant(nanoseconds: .min)
    for job in jobs {
      if job.submit < latest { unsorted += 1 }
      latest = max(latest, job.submit)
    }
    unsortedCount = unsorted
    self.processors = processors
    guard unsorted > 0 else {
      self.jobs = jobs
      return
    }
    self.jobs = jobs.enumerated().sorted {
      $0.element.submit != $1.element.submit
        ? $0.element.submit < $1.element.submit : $0.offset < $1.offset
    }.map(\.element)
  }

  /// Whether every job says how long it is expected to run.
  public var hasEstimates: Bool { jobs.allSatisfy { $0.requested != nil } }

  /// Other jobs that ask what these ask.
  func with(_ jobs: [WorkloadJob]) -> Workload {
    var workload = Workload(jobs: jobs, processors: processors)
    workload.asks = asks
    workload.queueNames = queueNames
    return workload
  }

  /// The first jobs, at most `count`.
  public func first(_ count: Int) -> Workload {
    with(Array(jobs.prefix(max(0, count))))
  }

  /// The jobs that were submitted in a span of seconds of the log, the end left out. Their times
  /// stay as they are.
  public func submitted(from startSeconds: Double, until endSeconds: Double) -> Workload {
    with(jobs.filter { $0.submitSeconds >= startSeconds && $0.submitSeconds < endSeconds })
  }

  /// The same jobs with the times between their submissions divided by `factor`, rounded to whole
  /// seconds; 2 brings twice the load. `factor` is more than 0.
  public func withLoad(times factor: Double) -> Workload {
    precondition(factor > 0 && factor.isFinite, "a load is scaled by a positive number")
    guard let first = jobs.first?.submitSeconds else { return self }
    var scaled = jobs
    for index in scaled.indices {
      let seconds = ((scaled[index].submitSeconds - first) / factor + first).rounded()
      let bounded = min(seconds, Double(WorkloadLimits.secondsMax))
      scaled[index].submit = .epoch + .seconds(Int64(bounded))
    }
    return with(scaled)
  }

  /// The work that arrives, as a share of what `processors` can do between the first and the last
  /// submission.
  public func offeredLoad(processors: Int) -> Double {
    guard let first = jobs.first, let last = jobs.last, last.submit > first.submit else {
      return 0
    }
    var work: Int128 = 0
    for job in jobs { work += Int128(job.run.nanoseconds) * Int128(job.processors) }
    return Seconds.value(work)
      / (Double(processors) * Seconds.value((last.submit - first.submit).nanoseconds))
  }
}
