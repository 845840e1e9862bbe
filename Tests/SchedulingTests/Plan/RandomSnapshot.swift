import Model
import Scheduling

/// Random snapshots, and what becomes of them when a plan is carried out.
enum RandomSnapshot {
  /// Nodes, queues and users with pending jobs only.
  static func idle(_ random: inout SeededRandom, jobs: Int) -> Snapshot {
    var nodes: [Node] = []
    for number in 0..<Int(random.within(1...5)) {
      nodes.append(
        Node(
          name: "n\(number)",
          capacity: Resources(
            cpuMilli: random.within(2...8) * 1000, memoryMB: random.within(4...16) * 1024),
          devices: Array(
            repeating: GPUDevice(model: random.pick(["A100", "T4"]), memoryMB: 16_384),
            count: random.below(5)),
          state: random.chance(90) ? .ready : .draining))
    }
    var snapshot = Snapshot(nodes: nodes)
    snapshot.shareNodes = ["x", "y", "z"].map {
      SnapshotShareNode(name: $0, kind: .user, usage: Double(random.below(9)))
    }
    if random.chance(70) { addQueues(&snapshot, &random) }
    snapshot.policy.order = random.pick([.fifo, .priority, .fairShare, .shortest, .deadline])
    snapshot.policy.secondary = random.pick([nil, .fairShare, .shortest])
    snapshot.policy.backfill.depth = random.pick([.none, .first(1), .first(2), .all])
    snapshot.policy.placement = random.pick(PlanPolicy.Placement.allCases)
    addJobs(&snapshot, &random, count: jobs, from: 0)
    return snapshot
  }

  private static func addQueues(_ snapshot: inout Snapshot, _ random: inout SeededRandom) {
    snapshot.columns = [
      SnapshotColumn(.cpu, name: "cpu", decimals: 3),
      SnapshotColumn(.memory, name: "memory_mb", decimals: 0, isNamed: false),
      SnapshotColumn(.gpu(model: nil), name: "gpus", decimals: 3),
    ]
    snapshot.sharesCluster = random.chance(50)
    let parent: String? = snapshot.sharesCluster ? nil : "all"
    snapshot.queues = ["a", "b", "c"].map { name in
      QueueSettings(
        name: name, parent: parent,
        nominal: [random.within(0...9) * 1000, 100_000, random.within(0...5) * 1000],
        borrowingLimit: [random.chance(30) ? random.within(0...5) * 1000 : nil, nil, nil],
        weightMilli: random.within(0...3) * 1000,
        within: random.pick(WithinRule.allCases), reclaim: random.pick(ReclaimRule.allCases),
        fairShareRules: random.chance(40) ? FairShareRule.allCases : [])
    }
    snapshot.queueHolds = [nil, nil, nil]
  }

  static func addJobs(
    _ snapshot: inout Snapshot, _ random: inout SeededRandom, count: Int, from first: Int
  ) {
    for number in first..<first + count {
      var request = TaskRequest(
        amounts: Resources(
          cpuMilli: random.within(0...4) * 500, memoryMB: random.within(0...4) * 1024))
      switch random.below(4) {
      case 0: request.gpu = .devices(count: 1 + random.below(3))
      case 1: request.gpu = .share(milli: 100 * (1 + random.below(9)))
      default: request.amounts.cpuMilli += 500
      }
      var job = SnapshotJob(
        name: "j\(number)", tasks: Array(repeating: request, count: random.pick([1, 1, 1, 2, 3])))
      job.queue = snapshot.queues.isEmpty ? 0 : random.below(snapshot.queues.count)
      job.user = random.pick([nil, 0, 1, 2])
      job.priority = Int32(random.within(-2...3))
      job.created = Instant(nanoseconds: random.within(0...20) * 1_000_000_000)
      job.timeLimit = .seconds(random.within(1...50) * 10)
      if random.chance(20) { job.deadline = job.created + .seconds(random.within(10...900)) }
      if random.chance(20) { job.gang = random.pick(["g", "h"]) }
      if random.chance(20), number > 0 {
        job.dependencies = [SnapshotDependency("j\(random.below(number))", kind: .completion)]
      }
      job.minimumTasks = random.chance(20) ? 1 : job.tasks.count
      snapshot.jobs.append(job)
    }
  }

  /// What is there once a plan is carried out: who starts runs, who must stop is stopping.
  static func apply(_ plan: Plan, to snapshot: Snapshot, at now: Instant) -> Snapshot {
    var next = snapshot
    for index in next.jobs.indices {
      let name = next.jobs[index].name
      let starts = plan.starts.filter { $0.job == name }
      if !starts.isEmpty {
        let places = starts.compactMap { start -> SnapshotPlace? in
          guard let node = snapshot.nodes?.firstIndex(where: { $0.name == start.node }) else {
            return nil
          }
          return SnapshotPlace(
            task: start.task, node: node,
            devices: start.gpu == .none ? nil : start.gpu.deviceSet)
        }
        next.jobs[index].run = SnapshotRun(admitted: now, places: places)
      }
      if let eviction = plan.evictions.first(where: { $0.job == name }) {
        next.jobs[index].run?.stopping = .init(for: eviction.preemptor, by: eviction.deadline)
      }
    }
    return next
  }

  /// Ends all jobs that have run to their limits, or have stopped, by then.
  static func end(_ snapshot: inout Snapshot, at now: Instant) {
    for job in snapshot.jobs {
      guard let run = job.run else { continue }
      let end = run.stopping?.by ?? run.admitted + (job.timeLimit ?? .seconds(3600))
      if end <= now { snapshot.finished[job.name] = .completed }
    }
    snapshot.jobs.removeAll { snapshot.finished[$0.name] != nil }
  }
}
