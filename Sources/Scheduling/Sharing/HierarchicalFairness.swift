/// Dominant resource fairness in a tree: each group shares with its siblings, then its members
/// share what it got.
///
/// A group's share is not simply what its members use together. Two rules keep a member from
/// starving because of another:
/// - A member counts at most what the least served of its siblings has: its usage is scaled down
///   until its weighted share equals the smallest among the siblings that can still be served.
///   Otherwise a member that alone uses up one resource would make its whole group look rich, and a
///   sibling that needs another resource would get none.
/// - That smallest share is taken among members that are not blocked. One is blocked when it has no
///   task left or a task fits no more. Otherwise a member that wants little would make its group
///   look poor for ever.
///
/// Source: Bhattacharya, Culler, Friedman, Ghodsi, Shenker and Stoica, "Hierarchical scheduling for
/// diverse datacenter workloads", SoCC 2013, doi:10.1145/2523616.2523637. A blocked member that has
/// less than the smallest share counts what it has. With one level it gives the same as
/// ``DominantResourceFairness``.
package struct HierarchicalFairness: Hashable, Sendable {
  /// A group, or a tenant with tasks that are all alike.
  package struct Node: Hashable, Sendable {
    /// The index of its group, which comes before it; none at the top.
    package var parent: Int?
    /// 1000 is the ordinary weight; above 0.
    package var weightMilli: Int64
    /// For tenants what one task takes, by resource; empty for groups.
    package var demand: [Int64]
    /// For tenants how many tasks it has.
    package var tasks: Int

    package static func group(parent: Int?, weightMilli: Int64 = 1000) -> Node {
      Node(parent: parent, weightMilli: weightMilli, demand: [], tasks: 0)
    }

    package static func tenant(
      parent: Int?, demand: [Int64], weightMilli: Int64 = 1000, tasks: Int = .max
    ) -> Node {
      precondition(demand.contains { $0 > 0 }, "a task takes something")
      precondition(demand.allSatisfy { $0 >= 0 }, "a demand is at least 0")
      return Node(parent: parent, weightMilli: weightMilli, demand: demand, tasks: tasks)
    }
  }

  package let capacity: [Int64]
  package private(set) var nodes: [Node]
  private let children: [[Int]]
  private let top: [Int]

  package private(set) var free: [Int64]
  /// By node: tasks that a tenant has.
  package private(set) var given: [Int]
  /// By node: what a tenant holds, by resource; empty for groups.
  private var held: [[Int64]]
  /// Whether a tenant is blocked whose next task fits no more.
  private let isBounded: Bool
  /// By node: its usage as its group counts it, by resource.
  private var counted: [[Double]]
  /// By node: weighted dominant share of what is counted.
  private var shares: [Double]
  private var blocked: [Bool]

  /// - Parameters:
  ///   - capacity: by resource, at least 0.
  ///   - nodes: groups before their members.
  ///   - running: by node, tasks that tenants have already, which fit the capacity; none where left
  ///     out.
  package init(capacity: [Int64], nodes: [Node], running: [Int]? = nil) {
    let given = running ?? Array(repeating: 0, count: nodes.count)
    precondition(given.count == nodes.count, "there is one number of running tasks for each node")
    let held = zip(nodes, given).map { node, tasks in node.demand.map { $0 * Int64(tasks) } }
    self.init(capacity: capacity, nodes: nodes, given: given, held: held, isBounded: true)
    precondition(free.allSatisfy { $0 >= 0 }, "running tasks fit the capacity")
  }

  /// The turns of tenants whose tasks differ, whether they fit or not: who waits for room waits in turn. A tenant's next
  /// task is told by ``setDemand(_:of:)``.
  ///
  /// - Parameter held: by node, what tenants hold, by resource; empty for groups.
  package init(capacity: [Int64], nodes: [Node], held: [[Int64]]) {
    precondition(held.count == nodes.count, "there is one list of amounts for each node")
    let given = Array(repeating: 0, count: nodes.count)
    self.init(capacity: capacity, nodes: nodes, given: given, held: held, isBounded: false)
  }

  private init(
    capacity: [Int64], nodes: [Node], given: [Int], held: [[Int64]], isBounded: Bool
  ) {
    precondition(capacity.allSatisfy { $0 >= 0 }, "a capacity is at least 0")
    var children = Array(repeating: [Int](), count: nodes.count)
    var top: [Int] = []
    for (index, node) in nodes.enumerated() {
      precondition(node.weightMilli > 0, "the weight of a node of the tree is above 0")
      precondition(
        node.demand.isEmpty || node.demand.count == capacity.count,
        "a demand names every resource")
      if let parent = node.parent {
        precondition(parent < index && nodes[parent].demand.isEmpty, "a group comes before it")
        children[parent].append(index)
      } else {
        top.append(index)
      }
    }
    self.capacity = capacity
    self.nodes = nodes
    self.children = children
    self.top = top
    free = capacity
    self.given = given
    self.held = held
    self.isBounded = isBounded
    counted = Array(repeating: Array(repeating: 0, count: capacity.count), count: nodes.count)
    shares = Array(repeating: 0, count: nodes.count)
    blocked = nodes.map { $0.demand.isEmpty }
    for amounts in held {
      for (resource, amount) in amounts.enumerated() { free[resource] -= amount }
    }
    updateBlocked()
    updateAllShares()
  }

  /// The tenant whose turn it is: from the top down the child with the smallest share that is not
  /// blocked, the lower index on a tie. None when no task fits.
  package var next: Int? {
    var level = top
    while true {
      guard
        let child = level.filter({ !blocked[$0] })
          .min(by: { (shares[$0], $0) < (shares[$1], $1) })
      else { return nil }
      if children[child].isEmpty { return child }
      level = children[child]
    }
  }

  /// Gives a tenant one task, which must fit. O(nodes × resources).
  package mutating func give(_ tenant: Int) {
    precondition(!blocked[tenant] && children[tenant].isEmpty, "the tenant's next task fits")
    for resource in free.indices {
      free[resource] -= nodes[tenant].demand[resource]
      held[tenant][resource] += nodes[tenant].demand[resource]
    }
    given[tenant] += 1
    if updateBlocked() {
      updateAllShares()
    } else {
      updateShares(above: tenant)
    }
  }

  /// Says what a tenant's next task takes, where tasks differ.
  package mutating func setDemand(_ demand: [Int64], of tenant: Int) {
    precondition(
      !isBounded && children[tenant].isEmpty, "only tasks that differ are told one by one")
    nodes[tenant].demand = demand
  }

  /// Gives tasks until none fits; by node.
  package mutating func fill() -> [Int] {
    while let next {
      give(next)
    }
    return given
  }

  @discardableResult
  private mutating func updateBlocked() -> Bool {
    var changed = false
    for index in nodes.indices.reversed() where !blocked[index] || nodes[index].demand.isEmpty {
      let isBlocked =
        nodes[index].demand.isEmpty
        ? children[index].allSatisfy { blocked[$0] }
        : given[index] >= nodes[index].tasks
          || isBounded && zip(nodes[index].demand, free).contains { $0 > $1 }
      changed = changed || isBlocked != blocked[index]
      blocked[index] = isBlocked
    }
    return changed
  }

  private mutating func updateAllShares() {
    for index in nodes.indices.reversed() {
      updateShare(index)
    }
  }

  private mutating func updateShares(above tenant: Int) {
    var node: Int? = tenant
    while let index = node {
      updateShare(index)
      node = nodes[index].parent
    }
  }

  private mutating func updateShare(_ index: Int) {
    if nodes[index].demand.isEmpty {
      countChildren(of: index)
    } else {
      counted[index] = held[index].map(Double.init)
    }
    var share = 0.0
    for (amount, whole) in zip(counted[index], capacity) where amount > 0 {
      share = max(share, amount / Double(whole))
    }
    shares[index] = share * 1000 / Double(nodes[index].weightMilli)
  }

  private mutating func countChildren(of index: Int) {
    var least = Double.infinity
    for child in children[index] where !blocked[child] {
      least = min(least, shares[child])
    }
    var sum = Array(repeating: 0.0, count: capacity.count)
    for child in children[index] where shares[child] > 0 {
      let scale = min(1, least / shares[child])
      for resource in sum.indices {
        sum[resource] += counted[child][resource] * scale
      }
    }
    counted[index] = sum
  }
}
