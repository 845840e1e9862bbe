/// How much of a node's free GPUs the typical tasks cannot use.
///
/// For a node n and a typical task m, F(n, m) is all that is free of n's GPUs where m cannot run on n: too little CPU, too few
/// devices with enough free, no accepted model, or m takes no GPU at all; else what is free on the devices that m
/// cannot use. F(n) is the mean of F(n, m) over the typical tasks by their popularity, and the cluster's fragmentation the sum
/// over its nodes. Source: Weng et al., USENIX ATC 2023
///
/// Amounts are whole: thousandths of devices times the weights of the shapes, so that sums and comparisons are exact.
///
/// Cost of one node: the shapes' groups (shapes with equal demands on devices, a dozen in the trace) times its devices.
package struct FragmentationMeter: Sendable {
  /// Shapes that ask the same of devices; they differ in the CPU that they need.
  private struct Group: Sendable {
    let milli: Int32
    let deviceCount: Int
    /// Models by number, one bit each; all ones where every device of the node is accepted.
    let models: UInt64
    /// The CPU thresholds in ``cpuMilli`` and ``weights``, ascending.
    let thresholds: Range<Int>
  }

  /// The sum of all weights: what ``fragmented(node:cpuMilli:devices:of:)`` is to be divided by for thousandths.
  package let totalWeight: Int64
  private let kindOfNode: ContiguousArray<Int32>
  /// By kind: the groups that some device of such nodes can serve.
  private let groupsOfKind: [Range<Int>]
  private let groups: ContiguousArray<Group>
  private let cpuMilli: ContiguousArray<Int64>
  /// The weight of this threshold and those before it in its group.
  private let weights: ContiguousArray<Int64>

  /// Prepares the measure for the nodes of a cluster.
  package init(_ typical: TypicalTasks, for cluster: Cluster) {
    totalWeight = typical.totalWeight
    var kinds: [UInt64: Int32] = [:]
    var order: [UInt64] = []
    var kindOfNode: ContiguousArray<Int32> = []
    for node in cluster.nodes.indices {
      let models = cluster.devices(of: node).reduce(UInt64(0)) {
        $0 | 1 << UInt64(cluster.deviceModel[$1])
      }
      if kinds[models] == nil {
        kinds[models] = Int32(order.count)
        order.append(models)
      }
      kindOfNode.append(kinds[models] ?? 0)
    }
    self.kindOfNode = kindOfNode
    var builder = Builder(typical, models: cluster.models)
    groupsOfKind = order.map { builder.addGroups(ofNodesWith: $0) }
    groups = builder.groups
    cpuMilli = builder.cpuMilli
    weights = builder.weights
  }

  /// What is fragmented of a node, times ``totalWeight``: as it is, or as it would be.
  ///
  /// - Parameters:
  ///   - cpuMilli: what is free of its processors.
  ///   - freeMilli: what is free of its devices, by number.
  package func fragmented(
    node: Int, cpuMilli free: Int64, devices freeMilli: FreeDevices, of cluster: Cluster
  ) -> Int64 {
    let start = cluster.deviceStart[node]
    var served: Int64 = 0
    for index in groupsOfKind[Int(kindOfNode[node])] {
      let group = groups[index]
      let weight = weight(of: group, cpuMilli: free)
      guard weight > 0 else { continue }
      var usable: Int32 = 0
      var count = 0
      for device in 0..<freeMilli.count where freeMilli[device] >= group.milli {
        guard
          group.models == .max
            || group.models & (1 << UInt64(cluster.deviceModel[start + device])) != 0
        else { continue }
        usable += freeMilli[device]
        count += 1
      }
      if count >= group.deviceCount { served += weight * Int64(usable) }
    }
    return Int64(freeMilli.sum) * totalWeight - served
  }

  /// What is fragmented of a node as it is, times ``totalWeight``.
  package func fragmented(node: Int, of cluster: Cluster) -> Int64 {
    fragmented(
      node: node, cpuMilli: cluster.free[node].amounts.cpuMilli,
      devices: FreeDevices(of: node, in: cluster), of: cluster)
  }

  /// What is fragmented of the whole cluster, in thousandths of devices.
  package func fragmentedMilli(of cluster: Cluster) -> Double {
    guard totalWeight > 0 else { return 0 }
    let sum = cluster.nodes.indices.reduce(Int64(0)) { $0 + fragmented(node: $1, of: cluster) }
    return Double(sum) / Double(totalWeight)
  }

  /// The weight of a group's shapes that so much CPU is enough for.
  @inline(__always)
  private func weight(of group: Group, cpuMilli free: Int64) -> Int64 {
    var weight: Int64 = 0
    for index in group.thresholds {
      guard cpuMilli[index] <= free else { break }
      weight = weights[index]
    }
    return weight
  }

  private struct Builder {
    let typical: TypicalTasks
    let models: [String]
    var groups: ContiguousArray<Group> = []
    var cpuMilli: ContiguousArray<Int64> = []
    var weights: ContiguousArray<Int64> = []

    init(_ typical: TypicalTasks, models: [String]) {
      self.typical = typical
      self.models = models
    }

    mutating func addGroups(ofNodesWith nodeModels: UInt64) -> Range<Int> {
      let first = groups.count
      var open: [(milli: Int32, count: Int, models: UInt64, demands: [Int64: Int64])] = []
      for shape in typical.shapes where shape.gpuMilli > 0 {
        let accepted = bits(of: shape.models)
        guard accepted & nodeModels != 0 else { continue }
        let mask = nodeModels & ~accepted == 0 ? UInt64.max : accepted & nodeModels
        let index = open.firstIndex {
          ($0.milli, $0.count, $0.models) == (shape.gpuMilli, shape.deviceCount, mask)
        }
        if let index {
          open[index].demands[shape.cpuMilli, default: 0] += shape.weight
        } else {
          open.append(
            (shape.gpuMilli, shape.deviceCount, mask, [shape.cpuMilli: shape.weight]))
        }
      }
      for group in open {
        let begin = cpuMilli.count
        var sum: Int64 = 0
        for (cpu, weight) in group.demands.sorted(by: { $0.key < $1.key }) {
          sum += weight
          cpuMilli.append(cpu)
          weights.append(sum)
        }
        groups.append(
          Group(
            milli: group.milli, deviceCount: group.count, models: group.models,
            thresholds: begin..<cpuMilli.count))
      }
      return first..<groups.count
    }

    private func bits(of names: [String]) -> UInt64 {
      guard !names.isEmpty else { return .max }
      return models.enumerated().reduce(0) {
        names.contains($1.element) ? $0 | 1 << UInt64($1.offset) : $0
      }
    }
  }
}

/// What is free of each device of one node: a copy to try changes on, without memory of its own.
package struct FreeDevices: Hashable, Sendable {
  private var milli: SIMD16<Int32>
  package let count: Int
  /// Of all devices together.
  package private(set) var sum: Int32

  package init(of node: Int, in cluster: Cluster) {
    milli = SIMD16()
    let devices = cluster.devices(of: node)
    count = devices.count
    for (number, index) in devices.enumerated() { milli[number] = cluster.deviceFreeMilli[index] }
    sum = cluster.free[node].gpuMilli
  }

  package subscript(device: Int) -> Int32 { milli[device] }

  package mutating func take(_ amount: Int32, of device: Int) {
    milli[device] -= amount
    sum -= amount
  }
}
