import Model

/// What each queue and group deserves, by node and column.
package struct QueueShares: Hashable, Sendable {
  /// If everyone wanted all that it may hold.
  package var fair: [[Int64]]
  /// Of what everyone really wants: no one gets more than it asks, and what it leaves goes to the
  /// others.
  package var capped: [[Int64]]
}

extension QuotaTree {
  /// Divides what there is among all queues.
  ///
  /// From the top down, for each column: a member first gets what it keeps for itself, then what it
  /// owns, each as far as it wants it; the rest is divided by weight in whole units, as
  /// ``WaterFilling`` says, so that the remainder goes to the largest fraction and then to the
  /// older. A member without weight gets nothing of the rest. Where members own more than there is,
  /// what there is is divided by what they own. A group then divides what it got in the same way.
  ///
  /// Source of the semantics: the resource division of NVIDIA's KAI scheduler, as its documents
  /// describe it; lending and borrowing limits as in ``QuotaTree``.
  ///
  /// O(columns × Σ members²).
  ///
  /// - Parameter demand: by node and column what its running and pending jobs ask together, at
  ///   least 0; those of groups are not looked at.
  package func fairShares(demand: [[Int64]]) -> QueueShares {
    precondition(demand.count == queues.count, "there is one demand for each node")
    let most = queues.indices.map { node in columns.indices.map { ceiling(of: node, $0) } }
    return QueueShares(
      fair: divided(demand: most),
      capped: divided(demand: demand))
  }

  private func divided(demand: [[Int64]]) -> [[Int64]] {
    var shares = queues.map { _ in columns.map { _ in Int64(0) } }
    for column in columns.indices {
      let needs = needs(demand: demand, column)
      for node in top {
        shares[node][column] = min(needs[node], pool(of: node, column))
      }
      for node in bottomUp.reversed() where !isLeaf(node) {
        let parts = divide(shares[node][column], among: children[node], needs: needs, column)
        for (child, part) in zip(children[node], parts) {
          shares[child][column] = part
        }
      }
    }
    return shares
  }

  /// What a node at the top has to divide: what it owns, or less where the cluster has less than is
  /// owned and kept.
  private func pool(of node: Int, _ column: Int) -> Int64 {
    guard let capacity else { return quota(of: node, column) }
    let kept = queues.indices.reduce(Int64(0)) { $0 + keptQuota(of: $1, column) }
    return min(quota(of: node, column), max(0, capacity[column] - kept))
  }

  /// By node what it wants from its group and of its own, as far as it may hold it; without weight
  /// as far as it owns it, so that its group does not get for it what it will not pass on.
  private func needs(demand: [[Int64]], _ column: Int) -> [Int64] {
    var needs = queues.map { _ in Int64(0) }
    for node in bottomUp {
      let wanted =
        isLeaf(node)
        ? demand[node][column]
        : children[node].reduce(Int64(0)) {
          $0.addingSaturated(max(0, needs[$1] - keptQuota(of: $1, column)))
        }
      precondition(wanted >= 0, "a demand is at least 0")
      let isEntitled = queues[node].weightMilli > 0 || parents[node] == nil
      let most = isEntitled ? ceiling(of: node, column) : quota(of: node, column)
      needs[node] = min(wanted, most)
    }
    return needs
  }

  private func divide(
    _ pool: Int64, among members: [Int], needs: [Int64], _ column: Int
  ) -> [Int64] {
    let kept = members.map { min(needs[$0], keptQuota(of: $0, column)) }
    let offers = members.map { quota(of: $0, column) - keptQuota(of: $0, column) }
    let owned = zip(zip(members, kept), offers).map { min(needs[$0.0] - $0.1, $1) }
    let ownedSum = owned.reduce(0, +)
    guard ownedSum <= pool else {
      let largest = offers.max() ?? 0
      let shift = max(0, largest.bitWidth - largest.leadingZeroBitCount - 43)
      let claims = zip(owned, offers).map { WaterFilling.Claim(need: $0, weight: $1 >> shift) }
      let parts = WaterFilling.divide(pool, among: claims, unit: columns[column].unit)
      return zip(kept, parts).map { $0 + $1 }
    }
    let claims = members.indices.map { member in
      WaterFilling.Claim(
        need: needs[members[member]] - kept[member] - owned[member],
        weight: queues[members[member]].weightMilli)
    }
    let parts = WaterFilling.divide(
      pool - ownedSum, among: claims, unit: columns[column].unit)
    return members.indices.map { kept[$0] + owned[$0] + parts[$0] }
  }
}
