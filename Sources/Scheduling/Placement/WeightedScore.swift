/// What counts how much in the weighted score, in percent.
package struct ScoreWeights: Hashable, Sendable {
  package enum Strategy: String, Hashable, Sendable, CaseIterable {
    /// Full nodes first, so that others stay empty.
    case pack
    /// Empty nodes first, so that load and failures spread.
    case spread
  }

  package var resourceFit: Int64 = 30
  package var affinity: Int64 = 20
  package var load: Int64 = 20
  package var dataLocality: Int64 = 20
  package var cost: Int64 = 10
  package var strategy: Strategy

  /// The usual weights: 0.3, 0.2, 0.2, 0.2 and 0.1.
  package init(strategy: Strategy = .pack) {
    self.strategy = strategy
  }
}

/// The weighted sum of five parts, each from 0 to ``WeightedScore/partMax``, in whole numbers.
package struct WeightedScore: Hashable, Sendable {
  package static let partMax: Int64 = 1000

  /// How full the node is of what the task asks for once it runs there: full is best for packing, empty for spreading.
  package var resourceFit: Int64
  /// The share, by weight, of the task's wishes that the node fulfils; 0 on a node with a taint that asks tasks to stay
  /// away and that the task does not tolerate. All of it without wishes.
  package var affinity: Int64
  /// What is free of the node's scarcest resource before the task comes.
  package var load: Int64
  /// The share of the task's data sets that the node has; one that its zone has counts half. All of it without data sets.
  package var dataLocality: Int64
  /// How much cheaper the node is than the dearest of the cluster; all of it where costs are not known.
  package var cost: Int64

  package init(
    _ request: TaskRequest, on node: Int, of cluster: Cluster, relations: TaskRelations,
    strategy: ScoreWeights.Strategy
  ) {
    let fullness = WeightedScore.fullness(after: request, on: node, of: cluster)
    resourceFit = strategy == .pack ? fullness : WeightedScore.partMax - fullness
    affinity = WeightedScore.affinity(request, on: node, of: cluster, relations: relations)
    load = WeightedScore.leastFree(on: node, of: cluster)
    dataLocality = WeightedScore.dataLocality(request, on: cluster.nodes[node], of: cluster)
    let dearest = cluster.largestCostMicros
    let cost = cluster.nodes[node].costPerHourMicros
    self.cost =
      dearest > 0 ? WeightedScore.part(dearest - cost, of: dearest) : WeightedScore.partMax
  }

  /// The sum by these weights: 0...100,000 where they sum to 100.
  package func total(_ weights: ScoreWeights) -> Int32 {
    let sum =
      resourceFit * weights.resourceFit + affinity * weights.affinity + load * weights.load
      + dataLocality * weights.dataLocality + cost * weights.cost
    return Int32(clamping: sum)
  }

  /// `amount` as a part of `whole`, rounded down. Amounts are at most ``Resources/amountMax`` times overcommitment, so that
  /// the product stays below 64 bits.
  private static func part(_ amount: Int64, of whole: Int64) -> Int64 { amount * partMax / whole }

  private static func fullness(after request: TaskRequest, on node: Int, of cluster: Cluster)
    -> Int64
  {
    let free = cluster.free[node]
    let all = cluster.allocatable[node]
    let left = free.amounts - request.amounts
    var sum: Int64 = 0
    var kinds: Int64 = 0
    func count(asked: Int64, left: Int64, all: Int64) {
      guard asked > 0, all > 0 else { return }
      sum += part(all - left, of: all)
      kinds += 1
    }
    count(asked: request.amounts.cpuMilli, left: left.cpuMilli, all: all.cpuMilli)
    count(asked: request.amounts.memoryMB, left: left.memoryMB, all: all.memoryMB)
    count(asked: request.amounts.storageMB, left: left.storageMB, all: all.storageMB)
    count(
      asked: request.amounts.ephemeralStorageMB, left: left.ephemeralStorageMB,
      all: all.ephemeralStorageMB)
    count(asked: request.amounts.networkMbps, left: left.networkMbps, all: all.networkMbps)
    count(
      asked: request.gpu.milli, left: Int64(free.gpuMilli) - request.gpu.milli,
      all: Int64(cluster.shareableMilli[node]))
    return kinds == 0 ? 0 : sum / kinds
  }

  private static func leastFree(on node: Int, of cluster: Cluster) -> Int64 {
    let free = cluster.free[node]
    let all = cluster.allocatable[node]
    var least = partMax
    if all.cpuMilli > 0 { least = min(least, part(free.amounts.cpuMilli, of: all.cpuMilli)) }
    if all.memoryMB > 0 { least = min(least, part(free.amounts.memoryMB, of: all.memoryMB)) }
    let shared = Int64(cluster.shareableMilli[node])
    if shared > 0 { least = min(least, part(Int64(free.gpuMilli), of: shared)) }
    return least
  }

  private static func affinity(
    _ request: TaskRequest, on number: Int, of cluster: Cluster, relations: TaskRelations
  ) -> Int64 {
    let node = cluster.nodes[number]
    let asksAway = node.taints.contains { taint in
      taint.effect == .preferNoSchedule && !request.tolerations.contains { $0.tolerates(taint) }
    }
    if asksAway { return 0 }
    let all =
      request.nodePreferences.reduce(0) { $0 + $1.weight }
      + request.taskPreferences.reduce(0) { $0 + $1.weight }
    guard all > 0 else { return partMax }
    let fulfilled =
      request.nodePreferences.reduce(0) {
        $1.selector.matches(node.labels) ? $0 + $1.weight : $0
      } + relations.fulfilled(on: node, number: number)
    return part(fulfilled, of: all)
  }

  private static func dataLocality(
    _ request: TaskRequest, on node: Node, of cluster: Cluster
  ) -> Int64 {
    guard !request.datasets.isEmpty else { return partMax }
    let zone = cluster.datasetsByZone[node.zone]
    let halves = request.datasets.reduce(Int64(0)) { sum, dataset in
      if node.datasets.contains(dataset) { return sum + 2 }
      return zone?.contains(dataset) == true ? sum + 1 : sum
    }
    return part(halves, of: 2 * Int64(request.datasets.count))
  }
}
