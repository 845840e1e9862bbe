import Model
import Scheduling

/// Nodes as the machine of a simulation: each fails on its own.
struct NodeHardware: Hardware {
  private let requests: [[TaskRequest]]
  private let nodes: [Node]
  private let numbers: [String: Int]
  private var isInService: [Bool]
  private var failureCount = 0

  /// - Parameter asks: what the jobs ask.
  init(_ nodes: [Node], asks: [JobAsk]) {
    self.nodes = nodes
    requests = asks.map { Array(repeating: $0.task, count: $0.count) }
    numbers = Dictionary(
      nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    isInService = nodes.map(\.state.takesTasks)
  }

  var failingParts: Int { max(1, isInService.count) }

  func request(_ index: Int, _ job: WorkloadJob) -> ClusterMachine.Request {
    ClusterMachine.Request(number: index, tasks: requests[job.ask])
  }

  func places(of placement: ClusterMachine.Placement) -> [Scheduling.Placement] {
    placement.tasks.map(\.placement)
  }

  func cluster(of machine: ClusterMachine) -> Cluster? { machine.cluster }

  /// A named node that is out of service already does not fail once more.
  mutating func fail(
    _ failure: FailureSource.Failure, _ source: inout FailureSource,
    running: [(slot: Int, placement: ClusterMachine.Placement)]
  ) -> Damage<ClusterMachine>? {
    let node: Int
    if let name = failure.node {
      guard let named = numbers[name], isInService[named] else { return nil }
      node = named
    } else {
      let left = isInService.indices.filter { isInService[$0] }
      guard !left.isEmpty else { return nil }
      node = left[source.victim(of: left.count)]
    }
    isInService[node] = false
    failureCount += 1
    let slots = running.filter { job in
      job.placement.tasks.contains { $0.placement.node == node }
    }.map(\.slot)
    // Jobs are numbered from 0 on, so that no number is one of theirs.
    let whole = Self.whole(nodes[node], number: node)
    let request = ClusterMachine.Request(number: -failureCount, tasks: [whole.request])
    return Damage(
      slots: slots, request: request,
      placement: ClusterMachine.Placement(number: request.number, tasks: [whole]))
  }

  mutating func repair(_ placement: ClusterMachine.Placement) {
    for task in placement.tasks { isInService[task.placement.node] = true }
  }

  /// A task that leaves nothing of a node. Devices that are divided into instances need not be taken: nobody else comes to a
  /// node that one has for itself.
  private static func whole(_ node: Node, number: Int) -> ClusterMachine.PlacedTask {
    let devices = node.devices.indices.filter { node.devices[$0].division == .shares }
    let request = TaskRequest(
      amounts: node.allocatable, gpu: devices.isEmpty ? .none : .devices(count: devices.count),
      exclusiveNode: true)
    return ClusterMachine.PlacedTask(
      index: 0, request: request,
      placement: Placement(
        node: number, gpu: devices.isEmpty ? .none : .devices(DeviceSet(devices))))
  }
}
