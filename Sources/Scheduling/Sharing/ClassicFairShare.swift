/// Slurm's classic fair-share factors: F = 2^(−U_E/S).
///
/// S is a node's share of the whole machine: its part of its siblings' shares, times its parent's.
/// U is its part of all usage. At the top U_E = U; below, U_E = U + (U_E(parent) − U) · (its part
/// of its siblings' shares), so that a user answers in part for its account. F is 1 for a node that
/// used nothing, ½ for one that used exactly its share, and 0 for one without shares, whatever it
/// used. Source: https://slurm.schedmd.com/classic_fair_share.html. O(n log n).
package struct ClassicFairShare: Hashable, Sendable {
  /// By node: S, in 0…1.
  package private(set) var normalizedShares: [Double]
  /// By node: U_E, in 0…1.
  package private(set) var effectiveUsage: [Double]
  /// By node: F, in 0…1; higher is better.
  package private(set) var factors: [Double]

  /// - Parameter usage: by node of the tree, at least 0, in any unit; only users' are looked at.
  package init(_ tree: ShareTree, usage: [Double]) {
    let totals = tree.totals(usage)
    let all = ShareTree.sum(tree.top.map { totals[$0] })
    normalizedShares = Array(repeating: 0, count: tree.nodes.count)
    effectiveUsage = normalizedShares
    factors = normalizedShares
    let topShares = tree.shareSum(tree.top)
    let shareSums = tree.children.map(tree.shareSum)
    for (index, node) in tree.nodes.enumerated() {
      let siblingShares = node.parent.map { shareSums[$0] } ?? topShares
      let part = siblingShares > 0 ? Double(tree.share(index)) / Double(siblingShares) : 0
      let actual = all > 0 ? totals[index] / all : 0
      if let parent = node.parent {
        normalizedShares[index] = part * normalizedShares[parent]
        effectiveUsage[index] = actual + (effectiveUsage[parent] - actual) * part
      } else {
        normalizedShares[index] = part
        effectiveUsage[index] = actual
      }
      if normalizedShares[index] > 0 {
        factors[index] = BinaryMath.power(-effectiveUsage[index] / normalizedShares[index])
      }
    }
  }
}
