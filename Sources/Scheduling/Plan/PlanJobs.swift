import Model

/// The jobs of a snapshot in a total order, with what follows from it: what orders them, what they ask, what holds them.
struct PlanJobs {
  /// By creation, then by name: a job's number is its place, whatever order the snapshot has.
  let jobs: [SnapshotJob]
  let numbers: [String: Int]
  let columns: [SnapshotColumn]
  /// By job: its priority, or what it inherits from those that wait for it.
  private(set) var priorities: [Int32]
  /// By job: how long it is expected to run.
  let estimates: [TimeSpan]
  /// The jobs of the snapshot that others still wait for.
  let graph: DependencyGraph

  /// By job: when it may start at the earliest, as far as that is known beforehand; distant where never.
  let earliestStarts: [Instant]
  /// By job: the holds on nodes that it passes.
  private let passes: [UInt64]

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
    let usual = job.tasks.contains { $0.gpu != .none } ? defaultGPUTimeLimit : defaultTimeLimit
    guard job.ran > .zero else { return job.timeLimit ?? usual }
    let left = (job.timeLimit ?? usual).nanoseconds.subtractingSaturated(job.ran.nanoseconds)
    return max(.nanoseconds(left), .seconds(1))
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
