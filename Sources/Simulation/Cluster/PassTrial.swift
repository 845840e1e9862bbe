import Model
package import Scheduling

/// A large cluster in use, drawn from a seed, on which passes of a live planner are measured.
///
/// Nodes have eight GPUs of one of several models and are nearly full; jobs ask one GPU to four whole nodes. Before each pass
/// so many running jobs end and as many are submitted; what a pass starts runs before the next.
package struct PassTrial {
  package struct Settings: Hashable, Sendable {
    /// 1...``nodesMax``.
    package var nodes: Int
    /// 0...``pendingMax``.
    package var pending: Int
    /// Jobs that end, and jobs that are submitted, before each pass.
    package var changes: Int
    package var passes: Int
    package var order: PlanPolicy.Order
    package var seed: UInt64

    package init(
      nodes: Int, pending: Int, changes: Int, passes: Int, order: PlanPolicy.Order, seed: UInt64
    ) {
      self.nodes = nodes
      self.pending = pending
      self.changes = changes
      self.passes = passes
      self.order = order
      self.seed = seed
    }
  }

  package static let nodesMax = 100_000
  package static let pendingMax = 1_000_000
  package static let passesMax = 100_000

  /// What was measured, in seconds of the clock that was given.
  package struct Outcome: Hashable, Sendable {
    /// Jobs that ran at the beginning.
    package var running: Int
    /// Reading the facts and deciding on all of them for the first time.
    package var firstSeconds: Double
    package var firstStarts: Int
    /// By pass: taking over the changes since the last one, and deciding.
    package var passSeconds: [Double]
    /// By pass: the part of it that took over changes.
    package var changeSeconds: [Double]
    /// Of all passes but the first.
    package var starts: Int
  }

  private let settings: Settings
  private var random: SeededRandom
  private var jobCount = 0
  private var now = Instant(nanoseconds: 1_000_000_000_000_000)
  /// Jobs that run, in no order.
  private var running: [String] = []
  private var users: [Double] = []

  private static let userCount = 500
  private static let accountCount = 20
  private static let devicesPerNode = 8
  private static let models: [(name: String, memoryMB: Int64)] = [
    ("H100", 81_920), ("A100", 81_920), ("L40S", 49_152), ("T4", 16_384),
  ]
  private static let namesFrom = 1_000_000_000
  private static let passSpan = TimeSpan.seconds(10)

  package init(_ settings: Settings) {
    self.settings = settings
    random = SeededRandom(seed: settings.seed).child("pass trial")
  }

  /// Measures.
  ///
  /// - Parameter clock: seconds since any beginning.
  package mutating func run(clock: () -> Double) throws(SnapshotError) -> Outcome {
    let snapshot = snapshot()
    var outcome = Outcome(
      running: running.count, firstSeconds: 0, firstStarts: 0, passSeconds: [], changeSeconds: [],
      starts: 0)
    var before = clock()
    var planner = try LivePlanner(snapshot, at: now)
    var plan = try planner.pass(at: now)
    outcome.firstSeconds = clock() - before
    outcome.firstStarts = Set(plan.decisions.starts.map(\.job)).count
    for _ in 0..<settings.passes {
      now = now + Self.passSpan
      let changes = changes(after: plan)
      before = clock()
      for change in changes { try planner.apply(change) }
      let changed = clock()
      plan = try planner.pass(at: now)
      outcome.changeSeconds.append(changed - before)
      outcome.passSeconds.append(clock() - before)
      outcome.starts += Set(plan.decisions.starts.map(\.job)).count
    }
    return outcome
  }

  // MARK: Facts

  private mutating func snapshot() -> Snapshot {
    var nodes: [Node] = []
    for number in 0..<settings.nodes {
      let model = Self.models[number % Self.models.count]
      nodes.append(
        Node(
          name: "n\(number)",
          capacity: Resources(cpuMilli: 128_000, memoryMB: 1_048_576),
          devices: Array(
            repeating: GPUDevice(model: model.name, memoryMB: model.memoryMB),
            count: Self.devicesPerNode)))
    }
    var snapshot = Snapshot(nodes: nodes)
    snapshot.policy.order = settings.order
    for account in 0..<Self.accountCount {
      snapshot.shareNodes.append(SnapshotShareNode(name: "account \(account)", kind: .account))
    }
    for user in 0..<Self.userCount {
      users.append(Double(random.within(0...1_000_000)))
      snapshot.shareNodes.append(
        SnapshotShareNode(
          name: "user \(user)", kind: .user, parent: user % Self.accountCount,
          shares: random.within(1...5), usage: users[user]))
    }
    for node in 0..<settings.nodes { fill(node, &snapshot.jobs) }
    for _ in 0..<settings.pending { snapshot.jobs.append(job(within: Self.devicesPerNode * 4)) }
    return snapshot
  }

  /// Lets jobs run on a node until it is nearly full.
  private mutating func fill(_ node: Int, _ jobs: inout [SnapshotJob]) {
    var first = 0
    let used = Self.devicesPerNode - (random.chance(10) ? 1 : 0)
    while first < used {
      var job = job(within: used - first)
      guard case .devices(let count) = job.tasks[0].gpu else { continue }
      job.tasks = [job.tasks[0]]
      job.tasks[0].gpuConstraints = .any
      job.minimumTasks = 1
      let limit = job.timeLimit ?? .seconds(3600)
      let admitted = now - .seconds(random.within(1...limit.nanoseconds / 1_000_000_000))
      job.created = admitted
      job.run = SnapshotRun(
        admitted: admitted,
        places: [
          SnapshotPlace(task: 0, node: node, devices: DeviceSet(first..<first + count))
        ])
      jobs.append(job)
      running.append(job.name)
      first += count
    }
  }

  /// A new job of at most so many GPUs.
  private mutating func job(within devices: Int) -> SnapshotJob {
    let sizes = [1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 16, 32].filter { $0 <= devices }
    let size = random.pick(sizes)
    let perTask = min(size, Self.devicesPerNode)
    let model = random.pick([nil, "H100", "A100", "L40S", "T4"])
    let task = TaskRequest(
      amounts: Resources(
        cpuMilli: random.pick([4000, 8000, 12_000]) * Int64(perTask),
        memoryMB: random.pick([32_768, 65_536, 98_304]) * Int64(perTask)),
      gpu: .devices(count: perTask),
      gpuConstraints: GPUConstraints(models: model.map { [$0] } ?? []))
    jobCount += 1
    return SnapshotJob(
      // Names of one length, so that they are in the order of submission.
      name: "job \(Self.namesFrom + jobCount)",
      user: Self.accountCount + random.below(Self.userCount),
      priority: Int32(random.within(1...9)) * 100,
      created: now, tasks: Array(repeating: task, count: max(1, size / Self.devicesPerNode)),
      timeLimit: .seconds(random.within(1800...172_800)))
  }

  // MARK: Changes

  /// What happened since the last pass: its starts run, jobs end, jobs are submitted, users have used more.
  private mutating func changes(after plan: LivePlan) -> [LiveChange] {
    var changes: [LiveChange] = []
    for (name, tasks) in Dictionary(grouping: plan.decisions.starts, by: \.job)
      .sorted(by: { $0.key < $1.key })
    {
      let places = tasks.compactMap { start -> SnapshotPlace? in
        guard let node = start.node.flatMap({ Int($0.dropFirst()) }) else { return nil }
        return SnapshotPlace(task: start.task, node: node, devices: start.gpu.deviceSet)
      }
      changes.append(.started(job: name, SnapshotRun(admitted: plan.at, places: places)))
      running.append(name)
    }
    for _ in 0..<min(settings.changes, running.count) {
      running.swapAt(random.below(running.count), running.count - 1)
      if let name = running.popLast() { changes.append(.ended(job: name, .completed)) }
      let user = random.below(Self.userCount)
      users[user] += Double(random.within(1...100_000))
      changes.append(.usage(user: Self.accountCount + user, users[user]))
    }
    for _ in 0..<settings.changes {
      changes.append(.submitted(job(within: Self.devicesPerNode * 4)))
    }
    return changes
  }
}
