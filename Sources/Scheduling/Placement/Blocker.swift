/// Why a task cannot run on a node.
package enum Blocker: UInt8, Hashable, Sendable, CaseIterable {
  case notReady, draining, cordoned, maintenance, failed, provisioning, terminating
  /// Another task has the node for itself.
  case nodeTaken
  /// The task wants the node for itself, and others run there.
  case nodeInUse
  case taint, nodeSelector, nodeAffinity, zone
  /// No task that it must be near runs at the same place.
  case taskAffinity
  /// A task runs at the same place that one of both keeps away from.
  case taskAntiAffinity
  /// The node has fewer devices than asked for, whatever their kind.
  case gpuCount
  case gpuModel, gpuMemory, gpuComputeCapability
  /// No acceptable device is divided as asked for: a profile that it lacks, or a share of one that is cut into instances.
  case gpuDivision
  /// Acceptable devices are there; too little of them is free.
  case gpuFree
  case gpuInterconnect, gpuNUMANode
  case cpu, memory, storage, ephemeralStorage, network
  /// The node is booked for others.
  case booked

  /// What is said of a node: "3 of 8: too little GPU memory".
  package var text: String {
    switch self {
    case .notReady: "not ready"
    case .draining: "draining"
    case .cordoned: "cordoned"
    case .maintenance: "in maintenance"
    case .failed: "failed"
    case .provisioning: "still being provisioned"
    case .terminating: "terminating"
    case .nodeTaken: "another job has the node for itself"
    case .nodeInUse: "not empty, and the job wants a node for itself"
    case .taint: "a taint that the job does not tolerate"
    case .nodeSelector: "labels do not match the node selector"
    case .nodeAffinity: "labels do not match the node affinity"
    case .zone: "in another zone"
    case .taskAffinity: "no job there that it must run near"
    case .taskAntiAffinity: "a job there that it must not run near"
    case .gpuCount: "too few GPUs"
    case .gpuModel: "another GPU model"
    case .gpuMemory: "too little GPU memory"
    case .gpuComputeCapability: "too low a GPU compute capability"
    case .gpuDivision: "GPUs are not divided as asked for"
    case .gpuFree: "too little of its GPUs is free"
    case .gpuInterconnect: "no free GPUs with direct links to each other"
    case .gpuNUMANode: "no free GPUs on one NUMA node"
    case .cpu: "too little CPU free"
    case .memory: "too little memory free"
    case .storage: "too little storage free"
    case .ephemeralStorage: "too little ephemeral storage free"
    case .network: "too little network bandwidth free"
    case .booked: "booked for others"
    }
  }

  init?(state: NodeState) {
    switch state {
    case .ready: return nil
    case .notReady: self = .notReady
    case .draining: self = .draining
    case .cordoned: self = .cordoned
    case .maintenance: self = .maintenance
    case .failed: self = .failed
    case .provisioning: self = .provisioning
    case .terminating: self = .terminating
    }
  }
}

/// Everything that stands against a task on one node; empty = it fits.
package struct BlockerSet: Hashable, Sendable {
  private(set) var bits: UInt32 = 0

  package init(_ blockers: some Sequence<Blocker> = EmptyCollection()) {
    for blocker in blockers { insert(blocker) }
  }

  package var isEmpty: Bool { bits == 0 }

  package func contains(_ blocker: Blocker) -> Bool { bits & (1 << UInt32(blocker.rawValue)) != 0 }

  package func isSubset(of other: BlockerSet) -> Bool { bits & ~other.bits == 0 }

  package mutating func insert(_ blocker: Blocker) { bits |= 1 << UInt32(blocker.rawValue) }

  package mutating func formUnion(_ other: BlockerSet) { bits |= other.bits }

  /// In the order of ``Blocker``.
  package var all: [Blocker] { Blocker.allCases.filter(contains) }
}

/// What stands against a task over all nodes, in counts.
package struct BlockerCounts: Hashable, Sendable {
  /// How many nodes were looked at.
  package private(set) var nodes = 0
  /// How many of them have nothing against the task.
  package private(set) var fitting = 0
  private var counts = [Int](repeating: 0, count: Blocker.allCases.count)

  package init() {}

  package mutating func count(_ blockers: BlockerSet) {
    nodes += 1
    if blockers.isEmpty { fitting += 1 }
    var bits = blockers.bits
    while bits != 0 {
      counts[bits.trailingZeroBitCount] += 1
      bits &= bits - 1
    }
  }

  package subscript(blocker: Blocker) -> Int { counts[Int(blocker.rawValue)] }

  /// The blockers that stand on some node, the most frequent first, those of one count in the order of ``Blocker``.
  package var all: [(blocker: Blocker, nodes: Int)] {
    Blocker.allCases.filter { self[$0] > 0 }.map { ($0, self[$0]) }
      .sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
  }

  /// One line for each blocker: "3 of 8: too little GPU memory".
  package var lines: [String] { all.map { "\($0.nodes) of \(nodes): \($0.blocker.text)" } }
}
