/// Accounts and their users, with the shares that each was given among its siblings.
///
/// An index names a node. Parents come before their children; a node without a parent stands at the
/// top.
package struct ShareTree: Hashable, Sendable {
  /// An account or a user.
  package struct Node: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case account, user }

    package var kind: Kind
    /// The index of the account that it belongs to.
    package var parent: Int?
    /// Its claim against its siblings. Those with none (0 or below) come last.
    package var shares: Int64

    package init(_ kind: Kind, parent: Int?, shares: Int64) {
      self.kind = kind
      self.parent = parent
      self.shares = shares
    }
  }

  /// Levels of accounts that a tree may have.
  package static let depthLimit = 64

  package let nodes: [Node]
  /// By node: its children, in the order of their indexes.
  let children: [[Int]]
  let top: [Int]
  package let userCount: Int

  /// - Throws: ``ShareTreeError`` for a parent that does not come before its child or is a user,
  ///   and for a tree deeper than ``depthLimit``.
  package init(_ nodes: [Node]) throws(ShareTreeError) {
    var children = Array(repeating: [Int](), count: nodes.count)
    var depths = Array(repeating: 1, count: nodes.count)
    var top: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard let parent = node.parent else {
        top.append(index)
        continue
      }
      guard parent >= 0 && parent < index else { throw .parentNotBefore(node: index) }
      guard nodes[parent].kind == .account else { throw .parentIsUser(node: index) }
      depths[index] = depths[parent] + 1
      guard depths[index] <= Self.depthLimit else { throw .tooDeep(node: index) }
      children[parent].append(index)
    }
    self.nodes = nodes
    self.children = children
    self.top = top
    userCount = nodes.count { $0.kind == .user }
  }

  /// The usage of every node: a user's own, an account's sum of its children.
  ///
  /// A sum adds the smaller first, so that it does not depend on the order in which the children
  /// stand.
  ///
  /// - Parameter usage: by node, at least 0; what accounts name is not looked at.
  func totals(_ usage: [Double]) -> [Double] {
    precondition(usage.count == nodes.count, "there is one usage for each node")
    var totals = usage
    for index in nodes.indices.reversed() {
      if nodes[index].kind == .user {
        precondition(usage[index] >= 0, "a usage is at least 0")
      } else {
        totals[index] = Self.sum(children[index].map { totals[$0] })
      }
    }
    return totals
  }

  static func sum(_ values: [Double]) -> Double {
    values.sorted().reduce(0, +)
  }

  /// The claims of a group of siblings; those without one count nothing.
  func shareSum(_ siblings: [Int]) -> Int64 {
    siblings.reduce(0) { $0 &+ min(max(0, nodes[$1].shares), Self.shareLimit) }
  }

  /// The largest claim that counts; more counts as much.
  static let shareLimit: Int64 = 1 << 40

  func share(_ node: Int) -> Int64 { min(max(0, nodes[node].shares), Self.shareLimit) }
}

/// Why a list of nodes is no tree of shares.
package enum ShareTreeError: Error, Hashable, Sendable, CustomStringConvertible {
  case parentNotBefore(node: Int)
  case parentIsUser(node: Int)
  case tooDeep(node: Int)

  package var description: String {
    switch self {
    case .parentNotBefore(let node): "node \(node) names a parent that does not come before it"
    case .parentIsUser(let node): "node \(node) names a user as its parent; name an account"
    case .tooDeep(let node):
      "node \(node) lies deeper than \(ShareTree.depthLimit) levels; flatten the tree"
    }
  }
}
