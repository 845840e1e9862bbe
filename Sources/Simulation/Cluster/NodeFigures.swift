package import Model
import Scheduling

/// How much of one resource of all nodes was held.
package struct ResourceFigures: Hashable, Sendable {
  /// The resources that are told of, in this order: thousandths of processors, megabytes, thousandths of devices.
  package static let names = ["cpu_milli", "memory_mb", "gpu_milli"]

  /// One of ``names``.
  package let name: String
  package let capacity: Int64
  /// What jobs held over the time from the first submission to the last end, as a part of the capacity; what failures made
  /// void is counted too. 0 where there is none of the resource.
  package let utilisation: Double
  /// The largest amount that was held at a time.
  package let peak: Int64
  /// The held amount over time.
  package let series: BoundedSeries
}

/// A node that was out of service.
package struct NodeOutage: Hashable, Sendable {
  /// Its place in ``NodeCluster/nodes``.
  package let node: Int
  package let from: Instant
  package let to: Instant

  package init(node: Int, from: Instant, to: Instant) {
    self.node = node
    self.from = from
    self.to = to
  }
}

/// What a simulation on nodes found out besides.
package struct NodeFigures: Hashable, Sendable {
  /// In the order of ``ResourceFigures/names``.
  package let resources: [ResourceFigures]
  /// What of the free devices the typical tasks of the workload could not use, over the same time as a part of all devices:
  /// Weng et al., USENIX ATC 2023. 0 without devices.
  package let fragmentation: Double
  /// In the order of their beginnings; empty unless ``ClusterSimulation/Options/keepsSchedule`` is set.
  package let outages: [NodeOutage]
}

/// Looks on at what jobs hold of nodes.
struct NodeMeter {
  private let asks: [JobAsk]
  private let capacity: [Int64]
  private let fragmentationMeter: FragmentationMeter
  private let totalWeight: Int64
  private var held: [Int64] = [0, 0, 0]
  private var peaks: [Int64] = [0, 0, 0]
  /// Amounts times nanoseconds.
  private var integrals: [Int128] = [0, 0, 0]
  private var series: [BoundedSeries]
  /// By node: what is fragmented of it, in the meter's unit.
  private var fragmented: [Int64]
  private var fragmentedSum: Int64
  private var fragmentedIntegral: Int128 = 0
  private var outages: [NodeOutage] = []
  private let keepsOutages: Bool

  init(
    _ nodes: NodeCluster, asks: [JobAsk], typical: TypicalTasks, series: BoundedSeries,
    keepsOutages: Bool
  ) {
    self.asks = asks
    self.keepsOutages = keepsOutages
    capacity = nodes.capacity
    let cluster = nodes.emptyCluster
    let meter = FragmentationMeter(typical, for: cluster)
    fragmentationMeter = meter
    totalWeight = typical.totalWeight
    fragmented = cluster.nodes.indices.map { meter.fragmented(node: $0, of: cluster) }
    fragmentedSum = fragmented.reduce(0, +)
    self.series = Array(repeating: series, count: capacity.count)
  }

  mutating func advance(from: Instant, to: Instant) {
    let span = Int128((to - from).nanoseconds)
    for index in held.indices where held[index] > 0 {
      integrals[index] += Int128(held[index]) * span
      series[index].add(
        Double(held[index]), fromSeconds: Seconds.value(from.nanoseconds),
        toSeconds: Seconds.value(to.nanoseconds))
    }
    fragmentedIntegral += Int128(fragmentedSum) * span
  }

  /// A job takes its places, or gives them back with `sign` -1. The cluster is as it is afterwards.
  mutating func note(_ ask: Int, by sign: Int64, at places: [Placement], in cluster: Cluster) {
    let ask = asks[ask]
    for (index, amount) in [ask.cpuMilli, ask.memoryMB, ask.gpuMilli].enumerated() {
      held[index] += sign * amount
      peaks[index] = max(peaks[index], held[index])
    }
    noteChange(at: places, in: cluster)
  }

  /// Nodes go out of service, or come back.
  mutating func noteChange(at places: [Placement], in cluster: Cluster) {
    for place in places {
      let after = fragmentationMeter.fragmented(node: place.node, of: cluster)
      fragmentedSum += after - fragmented[place.node]
      fragmented[place.node] = after
    }
  }

  mutating func noteOutage(of node: Int, from: Instant, to: Instant) {
    if keepsOutages { outages.append(NodeOutage(node: node, from: from, to: to)) }
  }

  func figures(over span: TimeSpan) -> NodeFigures {
    func part(_ integral: Int128, of whole: Int64) -> Double {
      let base = Double(whole) * Double(span.nanoseconds)
      return base > 0 ? Double(integral) / base : 0
    }
    let resources = capacity.indices.map { index in
      ResourceFigures(
        name: ResourceFigures.names[index], capacity: capacity[index],
        utilisation: part(integrals[index], of: capacity[index]), peak: peaks[index],
        series: series[index])
    }
    let fragmentation =
      totalWeight > 0 ? part(fragmentedIntegral, of: capacity[2]) / Double(totalWeight) : 0
    return NodeFigures(resources: resources, fragmentation: fragmentation, outages: outages)
  }
}
