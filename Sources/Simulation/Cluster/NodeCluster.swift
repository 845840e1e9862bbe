import Model
package import Scheduling

/// Nodes that jobs are placed on, and how.
package struct NodeCluster: Hashable, Sendable {
  /// Those that take tasks, in the order in which they were given.
  package let nodes: [Node]
  package let placement: PlacementPolicyName
  /// For the policy that draws.
  package let seed: UInt64

  /// - Throws: ``ClusterError`` where the nodes are no cluster, or none of them takes tasks.
  package init(
    nodes: [Node], placement: PlacementPolicyName = .bestFit, seed: UInt64 = 1
  ) throws(ClusterError) {
    let ready = nodes.filter(\.state.takesTasks)
    guard !ready.isEmpty else { throw ClusterError("no node takes tasks") }
    _ = try Cluster(nodes: ready)
    self.nodes = ready
    self.placement = placement
    self.seed = seed
  }

  /// What all nodes have together, in the order of ``ResourceFigures/names``.
  var capacity: [Int64] {
    nodes.reduce(into: [0, 0, 0]) { sum, node in
      sum[0] += node.allocatable.cpuMilli
      sum[1] += node.allocatable.memoryMB
      let shared = node.devices.count { $0.division == .shares }
      sum[2] += Int64(shared) * Int64(GPUDevice.wholeMilli)
    }
  }

  /// What jobs are charged: all of one resource costs what all processors cost, and the dearest of a job's counts.
  var billing: Billing {
    let capacity = capacity
    let whole = max(1, capacity[0])
    return Billing(
      prices: capacity.map { Billing.Price(milliUnits: $0 == 0 ? 0 : whole, per: max(1, $0)) })
  }

  /// Processors, as orders and tables count them: the nodes' together, rounded up.
  package var processors: Int {
    let whole = max(1, (capacity[0] + 999) / 1000)
    return Int(min(whole, Int64(WorkloadLimits.processorsMax)))
  }

  /// All nodes, with nothing on them.
  var emptyCluster: Cluster {
    do {
      return try Cluster(nodes: nodes)
    } catch {
      preconditionFailure("the nodes were a cluster before: \(error)")
    }
  }

  /// The shapes that fragmentation is measured against, as these jobs ask.
  static func typicalTasks(of workload: Workload) -> TypicalTasks {
    TypicalTasks(
      of: workload.jobs.lazy.filter { $0.ask >= 0 }.map { workload.asks[$0.ask].task })
  }

  func machine(for typical: TypicalTasks) -> ClusterMachine {
    let random = SeededRandom(seed: seed).child("placement")
    return ClusterMachine(
      Placer(emptyCluster, policy: placement.policy(typical), random: random))
  }

  /// By ask: whether all its tasks find places while nothing else runs. O(different asks × nodes).
  func fits(_ asks: [JobAsk], on machine: ClusterMachine) -> [Bool] {
    asks.map { ask in
      let tasks = Array(repeating: ask.task, count: ask.count)
      return machine.placement(of: ClusterMachine.Request(number: 0, tasks: tasks)) != nil
    }
  }

  /// Leaves out jobs that ask for what the nodes do not have, and counts them.
  package func fitting(_ workload: Workload, _ report: inout FilterReport) -> Workload {
    let asking = workload.askingNodes()
    let fits = fits(asking.asks, on: machine(for: Self.typicalTasks(of: asking)))
    let left = asking.with(asking.jobs.filter { fits[$0.ask] })
    report.fitsNowhere += asking.jobs.count - left.jobs.count
    report.rowsKept -= asking.jobs.count - left.jobs.count
    return left
  }
}
