import Model
package import Scheduling

/// The queues of a simulated cluster: what each owns, borrows and lends.
package struct ClusterQueues: Hashable, Sendable {
  let columns: [SnapshotColumn]
  let queues: [QueueSettings]

  /// The queues of a plan's description.
  ///
  /// - Throws: ``SnapshotError`` where there are none, or one of them starts nothing.
  package init(_ snapshot: Snapshot) throws(SnapshotError) {
    guard !snapshot.queues.isEmpty else { throw SnapshotError("there are no `queues`") }
    for (queue, hold) in zip(snapshot.queues, snapshot.queueHolds) {
      if let hold {
        throw SnapshotError("the queue \"\(queue.name)\" is \(hold), its jobs would never start")
      }
    }
    columns = snapshot.columns
    queues = snapshot.queues
  }

  /// The tree of quotas. Queues that have no groups lend each other what of the cluster none of them owns.
  func tree(on nodes: [Node]) throws(SimulationError) -> QuotaTree {
    let isFlat = queues.allSatisfy { $0.parent == nil }
    let capacity = columns.map { column in
      nodes.reduce(Int64(0)) { $0.addingSaturated(column.amount($1)) }
    }
    do {
      return try QuotaTree(
        columns: columns.map(\.quotaColumn), queues: queues, capacity: isFlat ? capacity : nil)
    } catch {
      throw .invalidQueues(error.description)
    }
  }

  /// By job: its queue and what it takes of the quota.
  ///
  /// - Parameter workload: each job with an ask.
  func claims(of workload: Workload, in tree: QuotaTree) throws(SimulationError) -> [QueueClaim] {
    let amounts = workload.asks.map { ask in
      columns.map { $0.amount(ask.task).multipliedSaturated(by: Int64(ask.count)) }
    }
    let numbers = Dictionary(
      tree.queues.indices.filter(tree.isLeaf).map { (tree.queues[$0].name, $0) },
      uniquingKeysWith: { first, _ in first })
    var claims: [QueueClaim] = []
    claims.reserveCapacity(workload.jobs.count)
    for job in workload.jobs {
      let name = workload.queueName(of: job)
      guard let queue = numbers[name] else { throw .noSuchQueue(job: job.id, queue: name) }
      let claim = QueueClaim(queue: queue, amounts: amounts[job.ask])
      for column in columns.indices
      where claim.amounts[column] > tree.ceiling(of: queue, column) {
        throw .exceedsQueue(job: job.id, queue: name)
      }
      claims.append(claim)
    }
    return claims
  }

  /// Dominant resource fairness among the queues of a tree, by their weights.
  static func dominantShares(
    _ workload: Workload, _ claims: [QueueClaim], in tree: QuotaTree, capacity: [Int64]
  ) -> DominantShareOrder {
    let depths = tree.queues.indices.map { node in
      sequence(first: node) { tree.parents[$0] }.reduce(0) { depth, _ in depth + 1 }
    }
    // Groups before their members.
    let order = tree.queues.indices.sorted { (depths[$0], $0) < (depths[$1], $1) }
    var places = Array(repeating: 0, count: order.count)
    for (place, node) in order.enumerated() { places[node] = place }
    return DominantShareOrder(
      workload, capacity: capacity, tenants: claims.map { places[$0.queue ?? 0] },
      parents: order.map { tree.parents[$0].map { places[$0] } },
      weights: order.map { tree.queues[$0].weightMilli })
  }
}

extension Workload {
  /// The name of a job's queue: as the jobs say it, or its number.
  func queueName(of job: WorkloadJob) -> String {
    queueNames.indices.contains(job.queue) ? queueNames[job.queue] : "\(job.queue)"
  }
}

extension Int64 {
  fileprivate func multipliedSaturated(by factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
