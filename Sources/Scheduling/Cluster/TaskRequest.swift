/// What a task asks of GPUs.
package enum GPURequest: Hashable, Sendable {
  case none
  /// A part of one device, in thousandths: 1...999.
  case share(milli: Int)
  /// Whole devices: 1...``ClusterLimits/devicesPerNode``.
  case devices(count: Int)
  /// Hardware instances of a profile, on whichever devices: 1...64.
  case instances(profile: String, count: Int)

  package var isValid: Bool {
    switch self {
    case .none: true
    case .share(let milli): (1...999).contains(milli)
    case .devices(let count): (1...ClusterLimits.devicesPerNode).contains(count)
    case .instances(let profile, let count): !profile.isEmpty && (1...64).contains(count)
    }
  }

  /// Thousandths of devices in all; instances are counted in slices, not in these.
  package var milli: Int64 {
    switch self {
    case .none, .instances: 0
    case .share(let milli): Int64(milli)
    case .devices(let count): Int64(count) * Int64(GPUDevice.wholeMilli)
    }
  }
}

/// Which devices a task takes.
package struct GPUConstraints: Hashable, Sendable {
  package enum Interconnect: String, Hashable, Sendable, CaseIterable {
    case any
    /// Each of the task's devices has a direct link to each other.
    case nvlink
  }

  /// The accepted models; empty = every model.
  package var models: [String]
  /// The least memory of each device.
  package var memoryMB: Int64
  package var computeCapability: ComputeCapability
  package var interconnect: Interconnect
  /// Whether all devices must hang on one memory region.
  package var sameNUMANode: Bool

  package static let any = GPUConstraints()

  package init(
    models: [String] = [], memoryMB: Int64 = 0,
    computeCapability: ComputeCapability = ComputeCapability(major: 0, minor: 0),
    interconnect: Interconnect = .any, sameNUMANode: Bool = false
  ) {
    self.models = models
    self.memoryMB = memoryMB
    self.computeCapability = computeCapability
    self.interconnect = interconnect
    self.sameNUMANode = sameNUMANode
  }
}

/// A wish for nodes with certain labels.
package struct NodePreference: Hashable, Sendable {
  package static let weights: ClosedRange<Int64> = 1...100

  package var selector: LabelSelector
  /// In ``weights``, against the task's other wishes.
  package var weight: Int64

  package init(_ selector: LabelSelector, weight: Int64) {
    self.selector = selector
    self.weight = weight
  }
}

/// A relation to tasks that run: near them, or away from them.
package struct TaskAffinity: Hashable, Sendable {
  /// What counts as the same place.
  package enum Topology: Hashable, Sendable {
    case node
    case zone
    /// Nodes with the same value of this label; a node without it is no place.
    case label(String)
  }

  /// Which running tasks are meant, by their labels.
  package var tasks: LabelSelector
  package var topology: Topology

  package init(_ tasks: LabelSelector, topology: Topology = .node) {
    self.tasks = tasks
    self.topology = topology
  }
}

/// A relation that is wished and not required.
package struct TaskPreference: Hashable, Sendable {
  package var affinity: TaskAffinity
  /// Near the meant tasks, or away from them.
  package var isNear: Bool
  /// In ``NodePreference/weights``, against the task's other wishes.
  package var weight: Int64

  package init(_ affinity: TaskAffinity, isNear: Bool, weight: Int64) {
    self.affinity = affinity
    self.isNear = isNear
    self.weight = weight
  }
}

/// Everything that decides where a task may run: the scheduling fields of a job, for one node.
package struct TaskRequest: Hashable, Sendable {
  package var amounts: Resources
  package var gpu: GPURequest
  package var gpuConstraints: GPUConstraints
  /// Whether the node must be empty, and stays without other tasks.
  package var exclusiveNode: Bool
  /// Labels that the node must have.
  package var nodeSelector: Labels
  /// Alternatives of which one must match the node; empty = every node.
  package var nodeAffinity: [LabelSelector]
  package var nodePreferences: [NodePreference]
  package var tolerations: [Toleration]
  /// The accepted zones; empty = every zone.
  package var zones: [String]
  /// The task's own labels, by which others relate to it.
  package var labels: Labels
  /// Each must be met by a task that runs at the same place. One that the task itself would meet is met where no running
  /// task is meant by it: the first of a group has to begin somewhere.
  package var taskAffinity: [TaskAffinity]
  /// None may be met at the same place; it holds in both directions.
  package var taskAntiAffinity: [TaskAffinity]
  package var taskPreferences: [TaskPreference]
  /// Data sets that the task reads.
  package var datasets: [String]
  /// The holds on nodes that do not keep the task away, one bit each: see ``NodeHold``.
  package var passes: UInt64 = 0

  package init(
    amounts: Resources = .zero, gpu: GPURequest = .none, gpuConstraints: GPUConstraints = .any,
    exclusiveNode: Bool = false, nodeSelector: Labels = .none, nodeAffinity: [LabelSelector] = [],
    nodePreferences: [NodePreference] = [], tolerations: [Toleration] = [], zones: [String] = [],
    labels: Labels = .none, taskAffinity: [TaskAffinity] = [],
    taskAntiAffinity: [TaskAffinity] = [], taskPreferences: [TaskPreference] = [],
    datasets: [String] = []
  ) {
    self.amounts = amounts
    self.gpu = gpu
    self.gpuConstraints = gpuConstraints
    self.exclusiveNode = exclusiveNode
    self.nodeSelector = nodeSelector
    self.nodeAffinity = nodeAffinity
    self.nodePreferences = nodePreferences
    self.tolerations = tolerations
    self.zones = zones
    self.labels = labels
    self.taskAffinity = taskAffinity
    self.taskAntiAffinity = taskAntiAffinity
    self.taskPreferences = taskPreferences
    self.datasets = datasets
  }

  /// Whether amounts, counts and weights are in their ranges. Only such a request is placed.
  package var isValid: Bool {
    amounts.isValid && gpu.isValid && gpuConstraints.memoryMB >= 0
      && nodePreferences.allSatisfy { NodePreference.weights.contains($0.weight) }
      && taskPreferences.allSatisfy { NodePreference.weights.contains($0.weight) }
  }

  /// Whether the answer depends on which tasks run where, and not only on what is free.
  package var looksAtTasks: Bool {
    !taskAffinity.isEmpty || !taskAntiAffinity.isEmpty || !taskPreferences.isEmpty
  }
}
