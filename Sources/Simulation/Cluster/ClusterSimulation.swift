import Model
package import Scheduling

/// What a simulation of a cluster found out.
public struct ClusterResult: Hashable, Sendable {
  public let metrics: ClusterMetrics
  public let fairness: FairnessFigures
  /// How many processors were busy.
  public let busyProcessors: BoundedSeries
  /// How many jobs waited.
  public let queueLength: BoundedSeries
  /// How often a running job was stopped by a failure.
  public let interruptions: Int
  /// Every run, in the order of the ends; empty unless ``ClusterSimulation/Options/keepsSchedule``
  /// is set.
  public let schedule: [ScheduleRecord]
}

/// Runs workloads of rigid jobs on a machine of equal processors.
///
///     let log = try StandardWorkloadFormat.read(bytes)
///     let (workload, report) = StandardWorkloadFormat.workload(of: log, processors: 100)
///     let simulation = ClusterSimulation(processors: 100)
///     let result = try simulation.run(workload, policy: .named("easy"))
///     print(result.metrics.averageWaitSeconds, report.lines)
///
/// An order of one's own is an ``OrderingPolicy``. The same input gives the same result, to the
/// bit.
public struct ClusterSimulation: Hashable, Sendable {
  public struct Options: Hashable, Sendable {
    public var estimates: Estimates
    public var tieRule: TieRule
    public var failures: NodeFailures?
    /// How many points a series over time has at most; at least 2.
    public var seriesBucketsMax: Int
    /// After this many runs were stopped by failures a simulation is given up.
    public var interruptionsMax: Int
    /// Keep every run of every job, for a table or a chart.
    public var keepsSchedule: Bool

    public init(
      estimates: Estimates = .exact, tieRule: TieRule = .event, failures: NodeFailures? = nil,
      seriesBucketsMax: Int = 1000, interruptionsMax: Int = 10_000_000,
      keepsSchedule: Bool = false
    ) {
      self.estimates = estimates
      self.tieRule = tieRule
      self.failures = failures
      self.seriesBucketsMax = seriesBucketsMax
      self.interruptionsMax = interruptionsMax
      self.keepsSchedule = keepsSchedule
    }
  }

  public let processors: Int
  public var options: Options

  public init(processors: Int, options: Options = Options()) {
    precondition(
      processors >= 1 && processors <= WorkloadLimits.processorsMax,
      "a machine has at least one processor")
    self.processors = processors
    self.options = options
  }

  /// Runs a workload under a policy of this library.
  public func run(_ workload: Workload, policy: BatchPolicy) throws(SimulationError)
    -> ClusterResult
  {
    switch policy.ranking {
    case .jobs(let order): try run(workload, order: order, backfill: policy.backfill)
    case .fairTree: try run(workload, order: FairTreeOrder(workload), backfill: policy.backfill)
    }
  }

  /// Runs a workload under an order of one's own.
  public func run(
    _ workload: Workload, ordering: some OrderingPolicy, backfill: BatchPolicy.Backfill
  ) throws(SimulationError) -> ClusterResult {
    try run(workload, order: OutsideOrder(policy: ordering), backfill: backfill)
  }

  package func run(
    _ workload: Workload, order: some JobOrdering, backfill: BatchPolicy.Backfill
  ) throws(SimulationError) -> ClusterResult {
    for job in workload.jobs {
      guard job.processors <= processors else {
        throw .jobTooLarge(job: job.id, processors: processors)
      }
      guard options.estimates == .exact || job.requested != nil else {
        throw .noEstimate(job: job.id)
      }
    }
    let planner = BatchPlanner(
      machine: UniformMachine(freeProcessors: processors), order: order,
      settings: backfill.settings)
    var run = BatchRun(
      jobs: workload.jobs, processors: processors, planner: planner, options: options,
      outageRequest: options.failures?.processorsPerNode ?? 1
    ) { job in job.processors }
    return try run.run()
  }
}
