/// Whether a node takes new tasks, and why not.
package enum NodeState: String, Hashable, Sendable, CaseIterable {
  case ready
  case notReady = "not_ready"
  case draining
  case cordoned
  case maintenance
  case failed
  case provisioning
  case terminating

  /// Only a node that is ready takes new tasks; what runs on the others stays counted.
  package var takesTasks: Bool { self == .ready }
}

/// How much more than it has a node promises, in percent: 100 = exactly what it has. GPUs are never promised twice.
package struct Overcommit: Hashable, Sendable {
  package static let range: ClosedRange<Int64> = 1...10_000

  package var cpuPercent: Int64
  package var memoryPercent: Int64

  package init(cpuPercent: Int64 = 100, memoryPercent: Int64 = 100) {
    self.cpuPercent = cpuPercent
    self.memoryPercent = memoryPercent
  }
}

/// A machine of a cluster as it is described; what is free of it is counted by ``Cluster``.
package struct Node: Hashable, Sendable {
  /// Unique in the cluster.
  package var name: String
  package var capacity: Resources
  package var devices: [GPUDevice] {
    didSet { hasTopology = Node.hasTopology(devices) }
  }
  /// Whether the devices say how they are linked, or which memory region they hang on.
  package private(set) var hasTopology: Bool
  package var labels: Labels
  package var taints: [Taint]
  /// The failure domain; empty = none named.
  package var zone: String
  package var state: NodeState
  package var overcommit: Overcommit
  /// Data sets with a copy on this node.
  package var datasets: [String]
  /// What an hour costs, in millionths of the currency's unit; 0 = not known.
  package var costPerHourMicros: Int64

  package init(
    name: String, capacity: Resources, devices: [GPUDevice] = [], labels: Labels = .none,
    taints: [Taint] = [], zone: String = "", state: NodeState = .ready,
    overcommit: Overcommit = Overcommit(), datasets: [String] = [], costPerHourMicros: Int64 = 0
  ) {
    self.name = name
    self.capacity = capacity
    self.devices = devices
    hasTopology = Node.hasTopology(devices)
    self.labels = labels
    self.taints = taints
    self.zone = zone
    self.state = state
    self.overcommit = overcommit
    self.datasets = datasets
    self.costPerHourMicros = costPerHourMicros
  }

  private static func hasTopology(_ devices: [GPUDevice]) -> Bool {
    devices.contains { !$0.linkedPeers.isEmpty || $0.numaNode != nil }
  }

  /// What tasks may take in all: the capacity with overcommitment, rounded down.
  package var allocatable: Resources {
    var amounts = capacity
    amounts.cpuMilli = capacity.cpuMilli * overcommit.cpuPercent / 100
    amounts.memoryMB = capacity.memoryMB * overcommit.memoryPercent / 100
    return amounts
  }
}

/// Bounds of a cluster's description.
package enum ClusterLimits {
  package static let nodes = 1_000_000
  /// Devices of one node; a set of them is a word of bits.
  package static let devicesPerNode = 16
  /// Different models of devices in one cluster; a set of them is a word of bits.
  package static let models = 64
}

/// Why a description of nodes is no cluster.
package struct ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The node's name; empty where the whole list is meant.
  package let node: String
  package let message: String

  package init(node: String = "", _ message: String) {
    self.node = node
    self.message = message
  }

  package var description: String { node.isEmpty ? message : "node \(node): \(message)" }
}
