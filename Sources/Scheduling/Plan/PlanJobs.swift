import Model

/// The jobs of a snapshot in a total order, with what follows from it: what orders them, what they ask, what holds them.
struct PlanJobs {
  /// By creation, then by name: a job's number is its place, whatever order the snapshot has.
  private(set) var jobs: [SnapshotJob]
  private(set) var numbers: [String: Int]
  let columns: [SnapshotColumn]
  /// By job: its priority, or what it inherits from those that wait for it.
  private(set) var priorities: [Int32]
  /// By job: how long it is expected to run.
  private(set) var estimates: [TimeSpan]
  /// The jobs of the snapshot that others still wait for.
  private(set) var graph: DependencyGraph
  /// By job: when it may start at the earliest, as far as that was known when it came; distant where never.
  private var earliestStarts: [Instant]
  /// By job: the holds on nodes that it passes.
  private var passes: [UInt64]

  init(
    _ snapshot: Snapshot, columns: [SnapshotColumn], calendar: PlanCalendar
  ) throws(SnapshotError) {
    let jobs = snapshot.jobs.sorted { ($0.created, $0.name) < ($1.created, $1.name) }
    var numbers: [String: Int] = [:]
    for (number, job) in jobs.enumerated() {
      guard numbers.updateValue(number, forKey: job.name) == nil else {
        throw SnapshotError("the job \"\(job.name)\" is there twice")
      }
    }
    self.jobs = jobs
    self.numbers = numbers
    self.columns = columns
    estimates = jobs.map { snapshot.policy.estimate(of: $0) }
    passes = jobs.map { calendar.passes(of: $0) }
    earliestStarts = jobs.map { calendar.earliestStart(of: $0) }
    priorities = jobs.map(\.priority)
    graph = DependencyGraph(
      jobs.map { job in
        guard job.run == nil else { return [] }
        return job.dependencies.filter { !snapshot.isMet($0) }.compactMap { numbers[$0.job] }
      })
    inherit(snapshot.shareNodes)
  }

  // MARK: Changes

  /// Whether a job comes after all others by creation and name, those that are gone included.
  func isNext(_ job: SnapshotJob) -> Bool {
    guard let last = jobs.last else { return true }
    return (last.created, last.name) < (job.created, job.name)
  }

  /// Adds a job that is next, waits for no other and is waited for by none, that has no hours and did not fail, where no node is
  /// held; its number.
  mutating func append(_ job: SnapshotJob, _ policy: PlanPolicy, at now: Instant) -> Int {
    numbers[job.name] = jobs.count
    jobs.append(job)
    estimates.append(policy.estimate(of: job))
    priorities.append(job.priority)
    graph.append()
    earliestStarts.append(max(now, job.notBefore ?? now))
    passes.append(0)
    return jobs.count - 1
  }

  mutating func setRun(_ run: SnapshotRun, of number: Int) { jobs[number].run = run }

  /// A job is gone; its number stays its own.
  mutating func forget(_ number: Int) { numbers[jobs[number].name] = nil }

  // MARK: Times

  /// When a job may start at the earliest, as far as that is known beforehand; distant where never.
  func earliestStart(of number: Int, at now: Instant) -> Instant {
    max(now, earliestStarts[number])
  }

  // MARK: Priorities

  /// A job that others wait for is as urgent as the most urgent of them, as far as its owner may go, and never for another
  /// project: who waits for a job must not wait for all that is between both in the order. O(jobs × dependencies × levels).
  private mutating func inherit(_ shareNodes: [SnapshotShareNode]) {
    let waitsFor = graph.waitsFor
    var changed = Array(jobs.indices.filter { !waitsFor[$0].isEmpty })
    while let waiter = changed.popLast() {
      for number in waitsFor[waiter] where jobs[number].project == jobs[waiter].project {
        let most = jobs[number].user.flatMap { shareNodes[$0].priorityMax } ?? .max
        let inherited = min(priorities[waiter], most)
        // Priorities only rise, so that this ends on cycles too.
        if inherited > priorities[number] {
          priorities[number] = inherited
          changed.append(number)
        }
      }
    }
  }

  /// Who preempted whom, as far as both are still there.
  var preemptions: PreemptionMemory {
    var memory = PreemptionMemory()
    for (number, job) in jobs.enumerated() {
      for name in job.displacedBy {
        guard let preemptor = numbers[name], preemptor != number else { continue }
        memory.record(JobNumber(preemptor), preempted: JobNumber(number))
      }
    }
    return memory
  }

  /// What orders a job.
  func facts(of number: Int) -> JobFacts {
    let job = jobs[number]
    let asked = job.tasks.reduce(Int64(0)) { sum, task in
      let milli = task.gpu == .none ? task.amounts.cpuMilli : task.gpu.milli
      return sum.addingSaturated(milli)
    }
    return JobFacts(
      number: JobNumber(number), submit: job.created, estimate: estimates[number],
      processors: Int(max(1, asked / 1000 + (asked % 1000 > 0 ? 1 : 0))),
      priority: Int(priorities[number]), deadline: job.deadline, user: job.user ?? -1,
      queue: job.queue)
  }

  /// The tasks of a job as they would start: a list for each model of devices that quotas count and that the job accepts,
  /// one list where they count none.
  func variants(of number: Int) -> [[PlanMachine.PlannedTask]] {
    let job = jobs[number]
    var models: [String] = []
    for column in columns {
      if case .gpu(let model?) = column.kind { models.append(model) }
    }
    let isOpen = job.tasks.contains { $0.gpu != .none && $0.gpuConstraints.models.count != 1 }
    guard isOpen, !models.isEmpty else { return [tasks(of: number, model: nil)] }
    let accepted = models.filter { model in
      job.tasks.allSatisfy {
        $0.gpu == .none || $0.gpuConstraints.models.isEmpty
          || $0.gpuConstraints.models.contains(model)
      }
    }
    // A job that accepts none of the counted models is not limited by them.
    return accepted.isEmpty
      ? [tasks(of: number, model: nil)] : accepted.map { tasks(of: number, model: $0) }
  }

  private func tasks(of number: Int, model: String?) -> [PlanMachine.PlannedTask] {
    let job = jobs[number]
    return job.tasks.enumerated().map { index, task in
      var request = task
      request.passes = passes[number]
      if let model, task.gpu != .none { request.gpuConstraints.models = [model] }
      return self.task(request, of: number, index)
    }
  }

  func task(_ request: TaskRequest, of number: Int, _ index: Int) -> PlanMachine.PlannedTask {
    PlanMachine.PlannedTask(
      job: number, queue: jobs[number].queue, index: index, request: request,
      amounts: columns.map { $0.amount(request) })
  }
}

extension PlanPolicy {
  /// How long a job is expected to run: its limit, without what it ran before, and at least a second.
  func estimate(of job: SnapshotJob) -> TimeSpan {
    guard job.ran > .zero else { return limit(of: job) }
    let left = limit(of: job).nanoseconds.subtractingSaturated(job.ran.nanoseconds)
    return max(.nanoseconds(left), .seconds(1))
  }

  /// How long a job may run, or is taken to where nothing says so.
  func limit(of job: SnapshotJob) -> TimeSpan {
    let usual = job.tasks.contains { $0.gpu != .none } ? defaultGPUTimeLimit : defaultTimeLimit
    return job.timeLimit ?? usual
  }
}

/// Jobs that start together or not at all: most often one.
struct PlanUnit {
  /// Ascending.
  var jobs: [Int]
  var request: PlanMachine.Request
  /// The longest of its jobs'.
  var estimate: TimeSpan
  /// Why it may not start, whatever is free; empty where it may.
  var obstacles: [String]
  /// How it may be let go, for each obstacle where something can be done.
  var remedies: [String]
  /// The number of what it asks of places: units with the same ask the same; nil where a refusal of one says nothing about
  /// the next.
  var kind: Int?
  /// When it may run; nil = at any time.
  var hours: ActiveHours?
  /// How long it must have before its hours are over.
  var hoursNeeded = TimeSpan.zero

  /// Whether a start at an instant leaves it enough of its hours.
  func mayStart(at instant: Instant) -> Bool {
    hours.map { $0.contain(hoursNeeded, from: instant) } ?? true
  }

  /// The queue of its jobs; nil where they have several.
  var queue: Int? {
    let queue = request.variants[0][0].queue
    return request.variants[0].allSatisfy { $0.queue == queue } ? queue : nil
  }
}
