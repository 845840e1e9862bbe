import Model

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
  private let keepsSchedule: Bool

  init(jobs: [WorkloadJob], processors: Int, options: ClusterSimulation.Options) {
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

  /// From the last time on, this many processors were busy, and this many jobs waited.
  mutating func advance(to now: Instant, busyProcessors: Int, waiting: Int) {
    guard now > lastAdvance else { return }
    let from = Seconds.value(lastAdvance.nanoseconds)
    let to = Seconds.value(now.nanoseconds)
    if busyProcessors > 0 { busy.add(Double(busyProcessors), fromSeconds: from, toSeconds: to) }
    if waiting > 0 { queue.add(Double(waiting), fromSeconds: from, toSeconds: to) }
    lastAdvance = now
  }

  mutating func ended(_ index: Int, _ job: WorkloadJob, start: Instant, at now: Instant) {
    metrics.add(submit: job.submit, end: now, run: job.run, processors: job.processors)
    users[Int(userIndexes[index])].add(
      submit: job.submit, end: now, run: job.run, processors: job.processors)
    record(job, start: start, end: now)
  }

  mutating func interrupted(_ job: WorkloadJob, start: Instant, at now: Instant) {
    interruptions += 1
    record(job, start: start, end: now)
  }

  private mutating func record(_ job: WorkloadJob, start: Instant, end: Instant) {
    guard keepsSchedule, end > start else { return }
    records.append(
      ScheduleRecord(
        job: job.id, submit: job.submit, start: start, end: end, processors: job.processors))
  }

  var result: ClusterResult {
    ClusterResult(
      metrics: metrics,
      fairness: FairnessFigures(
        users: zip(userNumbers, users).map { UserFigures(user: $0, metrics: $1) }),
      busyProcessors: busy, queueLength: queue, interruptions: interruptions, schedule: records)
  }
}
