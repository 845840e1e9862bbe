import Model

/// A cluster as it is at one instant: what there is, who holds it, who waits, and the rules.
///
/// A value that a planner reads and that nothing else is needed for. Order in the lists means nothing, but for the age of
/// queues that were created at the same instant.
package struct Snapshot: Sendable {
  /// Nil where places are not described: then jobs are admitted by quotas alone.
  package var nodes: [Node]?
  /// Parts of devices that no job gets.
  package var withheld: [WithheldShare] = []
  /// What quotas speak of.
  package var columns: [SnapshotColumn]
  /// By column. Without queues all jobs share one that owns the cluster.
  package var queues: [QueueSettings]
  /// By queue: why it starts no jobs, such as "paused"; nil where it does.
  package var queueHolds: [String?]
  /// Whether queues without a parent may borrow what of the cluster no queue owns.
  package var sharesCluster: Bool
  /// Accounts before those that belong to them, then users.
  package var shareNodes: [SnapshotShareNode]
  /// What users used before, which fair share weighs.
  package var charges: [SnapshotCharge]
  package var jobs: [SnapshotJob]
  /// How jobs ended that others depend on.
  package var finished: [String: FinishedState]
  /// Data that are there, by name.
  package var artifacts: Set<String> = []
  /// Jobs of which there is a checkpoint, whether they run, wait or ended.
  package var checkpoints: Set<String> = []
  /// When nodes are out of service or kept.
  package var reservations: [NodeReservation]
  /// What earlier plans reserved for jobs that wait; for others they mean nothing.
  package var promises: [StartPromise] = []
  /// When nodes are in maintenance: only work that may be cut off runs into it, and none begins in it.
  package var maintenance: [NodeReservation] = []
  /// What users and projects want for themselves.
  package var bookings: [NodeBooking] = []
  /// By queue: when its jobs may run; nil = at any time.
  package var queueHours: [ActiveHours?] = []
  package var policy: PlanPolicy

  package init(
    nodes: [Node]?, columns: [SnapshotColumn] = [], queues: [QueueSettings] = [],
    queueHolds: [String?] = [], sharesCluster: Bool = true, shareNodes: [SnapshotShareNode] = [],
    charges: [SnapshotCharge] = [], jobs: [SnapshotJob] = [],
    finished: [String: FinishedState] = [:], reservations: [NodeReservation] = [],
    policy: PlanPolicy = PlanPolicy()
  ) {
    self.nodes = nodes
    self.columns = columns
    self.queues = queues
    self.queueHolds = queueHolds
    self.sharesCluster = sharesCluster
    self.shareNodes = shareNodes
    self.charges = charges
    self.jobs = jobs
    self.finished = finished
    self.reservations = reservations
    self.policy = policy
  }
}

/// A part of a device that no job gets.
package struct WithheldShare: Hashable, Sendable {
  /// The node's place in ``Snapshot/nodes``.
  package var node: Int
  package var device: Int
  /// Thousandths, 1...1000.
  package var milli: Int

  package init(node: Int, device: Int, milli: Int) {
    self.node = node
    self.device = device
    self.milli = milli
  }

  var grant: GPUGrant {
    milli == GPUDevice.wholeMilli
      ? .devices(DeviceSet(CollectionOfOne(device))) : .share(device: device, milli: milli)
  }
}

/// A quantity that quotas speak of, and how people write it.
package struct SnapshotColumn: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case cpu, memory, storage, network
    /// Devices of one model; nil = of every model.
    case gpu(model: String?)
  }

  package var kind: Kind
  /// Its name in shares, such as "gpus".
  package var name: String
  /// Decimals of a quantity under that name: 3 for whole cores and devices, 0 for thousandths of them and for megabytes.
  package var decimals: Int
  /// Whether some queue names it; the others only say who holds what.
  package var isNamed: Bool

  package init(_ kind: Kind, name: String, decimals: Int, isNamed: Bool = true) {
    self.kind = kind
    self.name = name
    self.decimals = decimals
    self.isNamed = isNamed
  }

  /// What a task asks of it.
  package func amount(_ task: TaskRequest) -> Int64 {
    switch kind {
    case .cpu: task.amounts.cpuMilli
    case .memory: task.amounts.memoryMB
    case .storage: task.amounts.storageMB
    case .network: task.amounts.networkMbps
    case .gpu(nil): task.gpu.milli
    case .gpu(let model?): task.gpuConstraints.models == [model] ? task.gpu.milli : 0
    }
  }

  /// What a node has of it.
  package func amount(_ node: Node) -> Int64 {
    switch kind {
    case .cpu: node.allocatable.cpuMilli
    case .memory: node.allocatable.memoryMB
    case .storage: node.allocatable.storageMB
    case .network: node.allocatable.networkMbps
    case .gpu(let model):
      Int64(GPUDevice.wholeMilli)
        * Int64(
          node.devices.count { $0.division == .shares && (model == nil || $0.model == model) })
    }
  }

  /// The column as quotas know it: always in thousandths or megabytes.
  package var quotaColumn: QuotaColumn {
    let unit = FixedDecimal.power(decimals)
    switch kind {
    case .cpu: return QuotaColumn(name: "cpu_milli", resource: 0, unit: unit)
    case .memory: return QuotaColumn(name: "memory_mb", resource: 1)
    case .gpu(nil): return QuotaColumn(name: "gpu_milli", resource: 2, unit: unit)
    case .gpu(let model?):
      return QuotaColumn(name: "gpu_milli of \(model)", resource: 2, unit: unit)
    case .storage: return QuotaColumn(name: "storage_mb", resource: 3)
    case .network: return QuotaColumn(name: "network_mbps", resource: 4)
    }
  }

  /// A quantity under the column's own name.
  func text(_ amount: Int64) -> String { FixedDecimal.text(amount, places: decimals) }
}

/// A job that waits or runs.
package struct SnapshotJob: Hashable, Sendable {
  /// Unique.
  package var name: String
  /// Its place in ``Snapshot/queues``; 0 without queues.
  package var queue: Int
  /// Its user's place in ``Snapshot/shareNodes``.
  package var user: Int?
  /// Empty = none.
  package var project: String
  package var priority: Int32
  package var created: Instant
  /// At least one.
  package var tasks: [TaskRequest]
  /// How many of them must find places for the job to start, 1...count.
  package var minimumTasks: Int
  package var timeLimit: TimeSpan?
  package var deadline: Instant?
  /// Jobs with this name start together or not at all; nil = alone.
  package var gang: String?
  /// How many jobs the gang has; nil = those that are there.
  package var gangSize: Int?
  package var isPreemptible: Bool
  /// How often it failed before; nil = never.
  package var failure: Failure?
  /// Whether it was stopped to go on later: it holds nothing, and keeps its age for when it is resumed.
  package var isSuspended = false
  /// How much of its time limit it used up before it was stopped, of what it need not do again.
  package var ran = TimeSpan.zero
  /// Whether it is marked as preemptible and has no time limit: then maintenance and the end of its hours may cut it off.
  package var mayBeCutOff = false
  /// When it may run; nil = at any time.
  package var activeHours: ActiveHours?
  /// How long a move to another node costs it, while it runs; nil = it cannot be moved.
  package var moveCost: TimeSpan?
  /// How often it was preempted before.
  package var preemptions: Int
  /// Jobs that preempted it.
  package var displacedBy: [String]
  package var dependencies: [SnapshotDependency]
  /// Why it is not to start; nil = it may.
  package var hold: String?
  /// When it may start at the earliest.
  package var notBefore: Instant?
  /// Nil while it waits.
  package var run: SnapshotRun?

  /// Failures, and when the last was.
  package struct Failure: Hashable, Sendable {
    /// At least 1.
    package var count: Int
    package var at: Instant

    package init(count: Int, at: Instant) {
      self.count = count
      self.at = at
    }
  }

  package init(
    name: String, queue: Int = 0, user: Int? = nil, project: String = "", priority: Int32 = 400,
    created: Instant = .epoch, tasks: [TaskRequest], minimumTasks: Int? = nil,
    timeLimit: TimeSpan? = nil, deadline: Instant? = nil, gang: String? = nil,
    gangSize: Int? = nil, isPreemptible: Bool = true, preemptions: Int = 0,
    displacedBy: [String] = [], dependencies: [SnapshotDependency] = [], hold: String? = nil,
    notBefore: Instant? = nil, run: SnapshotRun? = nil
  ) {
    self.name = name
    self.queue = queue
    self.user = user
    self.project = project
    self.priority = priority
    self.created = created
    self.tasks = tasks
    self.minimumTasks = minimumTasks ?? tasks.count
    self.timeLimit = timeLimit
    self.deadline = deadline
    self.gang = gang
    self.gangSize = gangSize
    self.isPreemptible = isPreemptible
    self.preemptions = preemptions
    self.displacedBy = displacedBy
    self.dependencies = dependencies
    self.hold = hold
    self.notBefore = notBefore
    self.run = run
  }
}

/// Since when and where a job runs.
package struct SnapshotRun: Hashable, Sendable {
  package var admitted: Instant
  /// Where its tasks run; empty where nodes are not described.
  package var places: [SnapshotPlace]
  /// Told to stop.
  package var stopping: Stopping?

  package struct Stopping: Hashable, Sendable {
    /// The job that it makes room for; nil = it only ends.
    package var preemptor: String?
    /// When it has stopped at the latest.
    package var by: Instant

    package init(for preemptor: String?, by: Instant) {
      self.preemptor = preemptor
      self.by = by
    }
  }

  package init(admitted: Instant, places: [SnapshotPlace] = [], stopping: Stopping? = nil) {
    self.admitted = admitted
    self.places = places
    self.stopping = stopping
  }
}

/// Where one task runs.
package struct SnapshotPlace: Hashable, Sendable {
  /// Its number in the job.
  package var task: Int
  /// The node's place in ``Snapshot/nodes``.
  package var node: Int
  /// The node's devices that it has; nil = which ones is not known, and some that are free are assumed.
  package var devices: DeviceSet?
  /// The hardware instances that it has; empty = which ones is not known, or it has none.
  package var instances: [MIGInstance]

  package init(
    task: Int, node: Int, devices: DeviceSet? = nil, instances: [MIGInstance] = []
  ) {
    self.task = task
    self.node = node
    self.devices = devices
    self.instances = instances
  }
}

/// A job that another waits for.
package struct SnapshotDependency: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Its end, however it ended.
    case completion
    /// Its end without a failure.
    case success
    /// A checkpoint of it.
    case checkpoint
    /// Its data, or data of a name.
    case data
  }

  /// Empty where only an artifact is named.
  package var job: String
  package var kind: Kind
  /// The data that it waits for, by name; nil = whatever the job makes.
  package var artifact: String?
  package var isSatisfied: Bool

  package init(_ job: String, kind: Kind = .success, isSatisfied: Bool = false) {
    self.job = job
    self.kind = kind
    self.isSatisfied = isSatisfied
  }
}

/// How a job ended.
package enum FinishedState: String, Hashable, Sendable, CaseIterable {
  case completed, failed, cancelled
}

/// An account or a user of the tree of shares.
package struct SnapshotShareNode: Hashable, Sendable {
  /// Unique among accounts, and among users.
  package var name: String
  package var kind: ShareTree.Node.Kind
  /// Its account's place in the list, which is before it.
  package var parent: Int?
  package var shares: Int64
  /// What it used, decayed to now, in unit-seconds; charges come on top.
  package var usage: Double
  /// The highest priority that its jobs may inherit; nil = any.
  package var priorityMax: Int32?

  package init(
    name: String, kind: ShareTree.Node.Kind, parent: Int? = nil, shares: Int64 = 1,
    usage: Double = 0, priorityMax: Int32? = nil
  ) {
    self.name = name
    self.kind = kind
    self.parent = parent
    self.shares = shares
    self.usage = usage
    self.priorityMax = priorityMax
  }
}

/// What a user used at some time.
package struct SnapshotCharge: Hashable, Sendable {
  /// The user's place in ``Snapshot/shareNodes``.
  package var user: Int
  /// Unit-seconds, at least 0.
  package var amount: Double
  package var at: Instant

  package init(user: Int, amount: Double, at: Instant) {
    self.user = user
    self.amount = amount
    self.at = at
  }
}

/// A start that an earlier plan reserved for a job.
package struct StartPromise: Hashable, Sendable {
  package var job: String
  package var start: Instant

  package init(job: String, start: Instant) {
    self.job = job
    self.start = start
  }
}

/// A time in which nodes take no jobs.
package struct NodeReservation: Hashable, Sendable {
  package var name: String
  /// Their places in ``Snapshot/nodes``.
  package var nodes: [Int]
  package var start: Instant
  /// After the start.
  package var end: Instant

  package init(name: String, nodes: [Int], start: Instant, end: Instant) {
    self.name = name
    self.nodes = nodes
    self.start = start
    self.end = end
  }
}
