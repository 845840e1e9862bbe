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
  /// How often a running job made room for another.
  package let preemptions: Int
  /// Every run, in the order of the ends; empty unless ``ClusterSimulation/Options/keepsSchedule``
  /// is set.
  public let schedule: [ScheduleRecord]
  /// How the nodes were used; nil on a machine without nodes.
  package let nodes: NodeFigures?
}

/// Runs workloads of rigid jobs on a machine of equal processors, or on nodes.
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
    /// Orders by past use charge what a job is expected to use the moment it starts.
    public var hasEntryPenalty: Bool

    public init(
      estimates: Estimates = .exact, tieRule: TieRule = .event, failures: NodeFailures? = nil,
      seriesBucketsMax: Int = 1000, interruptionsMax: Int = 10_000_000,
      keepsSchedule: Bool = false, hasEntryPenalty: Bool = false
    ) {
      self.estimates = estimates
      self.tieRule = tieRule
      self.failures = failures
      self.seriesBucketsMax = seriesBucketsMax
      self.interruptionsMax = interruptionsMax
      self.keepsSchedule = keepsSchedule
      self.hasEntryPenalty = hasEntryPenalty
    }
  }

  /// Is told how many jobs have ended, once for every ``jobsBetweenReports`` or a few more.
  public typealias Progress = (Int) -> Void
  /// Few enough for a bar that moves, too many to cost time.
  public static let jobsBetweenReports = 64

  public let processors: Int
  /// Nil where all processors are alike.
  package let nodes: NodeCluster?
  public var options: Options
  /// The queues that jobs belong to; nil: all jobs are equal before quotas.
  package var queues: ClusterQueues?

  public init(processors: Int, options: Options = Options()) {
    precondition(
      processors >= 1 && processors <= WorkloadLimits.processorsMax,
      "a machine has at least one processor")
    self.processors = processors
    nodes = nil
    self.options = options
  }

  /// Nodes, on which each task of a job has its place.
  package init(_ nodes: NodeCluster, options: Options = Options()) {
    processors = nodes.processors
    self.nodes = nodes
    self.options = options
  }

  /// Runs a workload under a policy of this library.
  public func run(
    _ workload: Workload, policy: BatchPolicy, progress: Progress? = nil
  ) throws(SimulationError) -> ClusterResult {
    let backfill = policy.backfill
    switch policy.ranking {
    case .jobs(let order):
      return try run(workload, order: order, backfill: backfill, progress: progress)
    case .fairTree, .fairShare:
      let workload = nodes == nil ? workload : workload.askingNodes()
      let order = FairShareOrder(
        workload, rule: policy.ranking == .fairTree ? .fairTree : .classic,
        billing: nodes?.billing, hasEntryPenalty: options.hasEntryPenalty)
      return try run(workload, order: order, backfill: backfill, progress: progress)
    case .dominantShare:
      let asking = workload.askingNodes()
      var order = DominantShareOrder(asking, capacity: capacity)
      if let queues {
        let tree = try queues.tree(on: described)
        order = ClusterQueues.dominantShares(
          asking, try queues.claims(of: asking, in: tree), in: tree, capacity: capacity)
      }
      return try run(workload, order: order, backfill: backfill, progress: progress)
    }
  }

  /// The machine as nodes: one of all processors where it has none.
  private var described: [Node] {
    nodes?.nodes
      ?? [Node(name: "machine", capacity: Resources(cpuMilli: Int64(processors) * 1000))]
  }

  /// What the machine has, in the order of ``ResourceFigures/names``.
  private var capacity: [Int64] { nodes?.capacity ?? [Int64(processors) * 1000, 0, 0] }

  /// Runs a workload under an order of one's own.
  public func run(
    _ workload: Workload, ordering: some OrderingPolicy, backfill: BatchPolicy.Backfill
  ) throws(SimulationError) -> ClusterResult {
    try run(workload, order: OutsideOrder(policy: ordering), backfill: backfill)
  }

  package func run(
    _ workload: Workload, order: some JobOrdering, backfill: BatchPolicy.Backfill,
    progress: Progress? = nil
  ) throws(SimulationError) -> ClusterResult {
    for job in workload.jobs where options.estimates == .user && job.requested == nil {
      throw .noEstimate(job: job.id)
    }
    if let nodes {
      return try run(workload.askingNodes(), on: nodes, order, backfill, progress)
    }
    for job in workload.jobs where job.processors > processors {
      throw .jobTooLarge(job: job.id, processors: processors)
    }
    let hardware = EqualProcessors(
      processors: processors, processorsPerNode: options.failures?.processorsPerNode ?? 1)
    return try run(
      workload, hardware, UniformMachine(freeProcessors: processors), order, backfill,
      ClusterMeter(workload, processors: processors, options: options), progress)
  }

  private func run(
    _ workload: Workload, on nodes: NodeCluster, _ order: some JobOrdering,
    _ backfill: BatchPolicy.Backfill, _ progress: Progress?
  ) throws(SimulationError) -> ClusterResult {
    let typical = NodeCluster.typicalTasks(of: workload)
    let machine = nodes.machine(for: typical)
    let fits = nodes.fits(workload.asks, on: machine)
    for job in workload.jobs where !fits[job.ask] { throw .fitsNowhere(job: job.id) }
    if case .trace(let outages)? = options.failures?.times {
      let names = Set(nodes.nodes.map(\.name))
      for name in outages.compactMap(\.node) where !names.contains(name) {
        throw .noSuchNode(name)
      }
    }
    var meter = ClusterMeter(workload, processors: processors, options: options)
    meter.watch(nodes, workload, typical: typical)
    return try run(
      workload, NodeHardware(nodes.nodes, asks: workload.asks), machine, order, backfill, meter,
      progress)
  }

  private func run<H: Hardware>(
    _ workload: Workload, _ hardware: H, _ machine: H.M, _ order: some JobOrdering,
    _ backfill: BatchPolicy.Backfill, _ meter: ClusterMeter, _ progress: Progress?
  ) throws(SimulationError) -> ClusterResult {
    guard let queues else {
      let planner = BatchPlanner(machine: machine, order: order, settings: backfill.settings)
      var run = BatchRun(
        jobs: workload.jobs, hardware: hardware, planner: planner, options: options, meter: meter)
      return try run.run(progress)
    }
    let tree = try queues.tree(on: described)
    let claims = try queues.claims(of: workload.askingNodes(), in: tree)
    let planner = BatchPlanner(
      machine: QuotaMachine(machine, tree), order: order, settings: backfill.settings)
    var run = BatchRun(
      jobs: workload.jobs, hardware: QuotaHardware(hardware, claims: claims), planner: planner,
      options: options, meter: meter)
    return try run.run(progress)
  }
}
