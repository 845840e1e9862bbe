/// The rank of every user by what its account, then itself, deserves more than it used.
///
/// Among siblings the level fair share is LF = S/U: the part of the siblings' shares that a node
/// holds over the part of their usage that it caused, infinite where it used nothing. Siblings are
/// visited by falling LF, depth first, and users are ranked as they are met, so that all users of a
/// better account rank above all of a worse one. A factor is the rank, counted from the end, over
/// the number of users: 1 for the best.
///
/// Ties: users with equal LF share a rank; accounts with equal LF are visited as one, their
/// children merged; a user with the LF of a sibling account shares the rank of that account's best
/// user. A node without shares comes after all that have some; among such the one that used less is
/// better.
///
/// Source: Cox and Morrison, "Fair Tree", Slurm's fair-share algorithm,
/// https://slurm.schedmd.com/fair_tree.html. O(n log n) for n nodes.
package struct FairTree: Hashable, Sendable {
  /// By node: S/U among its siblings; 0 or below for a node without shares.
  package private(set) var levelFairShares: [Double]
  /// By node: for users the factor in 0…1, higher is better; 0 for accounts.
  package private(set) var factors: [Double]
  /// By node: for users how many users are better; 0 for accounts. What an order by given ranks
  /// takes.
  package private(set) var places: [Int]

  private let tree: ShareTree
  private var remaining: Int
  private var rank: Int

  /// - Parameter usage: by node of the tree, at least 0, in any unit; only users' are looked at.
  package init(_ tree: ShareTree, usage: [Double]) {
    self.tree = tree
    let totals = tree.totals(usage)
    levelFairShares = Array(repeating: 0, count: tree.nodes.count)
    factors = Array(repeating: 0, count: tree.nodes.count)
    places = Array(repeating: 0, count: tree.nodes.count)
    remaining = tree.userCount
    rank = tree.userCount
    setLevelFairShares(of: tree.top, totals)
    for siblings in tree.children {
      setLevelFairShares(of: siblings, totals)
    }
    visit(tree.top, tied: false)
  }

  private mutating func setLevelFairShares(of siblings: [Int], _ totals: [Double]) {
    let shareSum = Double(tree.shareSum(siblings))
    let usageSum = ShareTree.sum(siblings.map { totals[$0] })
    for node in siblings {
      let used = usageSum > 0 ? totals[node] / usageSum : 0
      let share = tree.share(node)
      if share == 0 {
        levelFairShares[node] = -used
      } else if used == 0 {
        levelFairShares[node] = .infinity
      } else {
        levelFairShares[node] = Double(share) / shareSum / used
      }
    }
  }

  /// Ranks the users below `siblings`; with `tied` the first of them share the rank of the user met
  /// last.
  private mutating func visit(_ siblings: [Int], tied: Bool) {
    let order = siblings.sorted {
      (-levelFairShares[$0], $0) < (-levelFairShares[$1], $1)
    }
    var first = 0
    while first < order.count {
      let level = levelFairShares[order[first]]
      let group = order[first...].prefix { levelFairShares[$0] == level }
      var groupTied = tied && first == 0
      var merged: [Int] = []
      for node in group {
        switch tree.nodes[node].kind {
        case .user:
          place(node, tied: groupTied)
          groupTied = true
        case .account:
          merged += tree.children[node]
        }
      }
      if !merged.isEmpty {
        visit(merged, tied: groupTied)
      }
      first = group.endIndex
    }
  }

  private mutating func place(_ user: Int, tied: Bool) {
    if !tied {
      rank = remaining
    }
    remaining -= 1
    factors[user] = Double(rank) / Double(tree.userCount)
    places[user] = tree.userCount - rank
  }
}
