import Model
import Scheduling

/// Looks on at a simulation and keeps what is asked of it afterwards.
struct ClusterMeter {
  private(set) var metrics: ClusterMetrics
  private var users: [ClusterMetrics]
  private let userNumbers: [Int]
  /// By job: the index of its user.
  private var userIndexes = ContiguousArray<Int32>()
  private var busy: BoundedSeries
  private var queue: BoundedSeries
  private var lastAdvance: Instant
  private var records: [ScheduleRecord] = []
  private var interruptions: Int = 0
  private var preemptions = 0
  private let keepsSchedule: Bool
  /// By place in the workload's asks.
  private let askedMilli: [Int64]
  /// Where the machine has nodes.
  var nodes: NodeMeter?

  init(_ workload: Workload, processors: Int, options: ClusterSimulation.Options) {
    let jobs = workload.jobs
    askedMilli = workload.asks.map(\.cpuMilli)
    metrics = ClusterMetrics(processors: processors)
    var indexes: [Int: Int32] = [:]
    userNumbers = Set(jobs.lazy.map(\.user)).sorted()
    for (index, user) in userNumbers.enumerated() { indexes[user] = Int32(index) }
    users = Array(repeating: ClusterMetrics(processors: processors), count: userNumbers.count)
    userIndexes.reserveCapacity(jobs.count)
    for job in jobs { userIndexes.append(indexes[job.user] ?? 0) }
    let start = jobs.first?.submit ?? .epoch
    lastAdvance = start
    busy = BoundedSeries(
      startSeconds: Seconds.value(start.nanoseconds), bucketsMax: options.seriesBucketsMax)
    queue = busy
    keepsSchedule = options.keepsSchedule
    if keepsSchedule { records.reserveCapacity(jobs.count) }
  }

  /// Looks on at nodes too.
  mutating func watch(_ cluster: NodeCluster, _ workload: Workload, typical: TypicalTasks) {
    nodes = NodeMeter(
      cluster, asks: workload.asks, typical: typical, series: busy, keepsOutages: keepsSchedule)
  }

  /// Thousandths of processors that a job holds while it runs.
  func cpuMilli(of job: WorkloadJob) -> Int64 {
    job.ask < 0 || nodes == nil ? Int64(job.processors) * 1000 : askedMilli[job.ask]
  }

  /// From the last time on, so many thousandths of processors were busy, and this many jobs waited.
  mutating func advance(to now: Instant, busyMilli: Int64, waiting: Int) {
    guard now > lastAdvance else { return }
    let from = Seconds.value(lastAdvance.nanoseconds)
    let to = Seconds.value(now.nanoseconds)
    if busyMilli > 0 { busy.add(Double(busyMilli) / 1000, fromSeconds: from, toSeconds: to) }
    if waiting > 0 { queue.add(Double(waiting), fromSeconds: from, toSeconds: to) }
    nodes?.advance(from: lastAdvance, to: now)
    lastAdvance = now
  }

  mutating func ended(
    _ index: Int, _ job: WorkloadJob, start: Instant, at now: Instant,
    _ places: [Placement]
  ) {
    let cpuMilli = cpuMilli(of: job)
    metrics.add(submit: job.submit, end: now, run: job.run, cpuMilli: cpuMilli)
    users[Int(userIndexes[index])].add(
      submit: job.submit, end: now, run: job.run, cpuMilli: cpuMilli)
    record(job, start: start, end: now, places)
  }

  mutating func interrupted(
    _ job: WorkloadJob, isPreempted: Bool, start: Instant, at now: Instant, _ places: [Placement]
  ) {
    if isPreempted { preemptions += 1 } else { interruptions += 1 }
    record(job, start: start, end: now, places)
  }

  private mutating func record(
    _ job: WorkloadJob, start: Instant, end: Instant, _ places: [Placement]
  ) {
    guard keepsSchedule, end > start else { return }
    records.append(
      ScheduleRecord(
        job: job.id, submit: job.submit, start: start, end: end, processors: job.processors,
        places: places))
  }

  var result: ClusterResult {
    ClusterResult(
      metrics: metrics,
      fairness: FairnessFigures(
        users: zip(userNumbers, users).map { UserFigures(user: $0, metrics: $1) }),
      busyProcessors: busy, queueLength: queue, interruptions: interruptions,
      preemptions: preemptions, schedule: records,
      nodes: nodes?.figures(over: metrics.makespan))
  }
}
