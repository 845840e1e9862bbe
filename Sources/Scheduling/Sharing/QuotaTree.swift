import Model

/// Quotas that are lent and borrowed in a tree of queues, and what each holds.
///
/// An index names a queue or a group; jobs belong to queues, the leaves. A node offers its parent
/// what it and its members own, except what its lending limit keeps: that part is used first and
/// stays its own. What a node holds above the kept part counts at its parent, and so on to the top,
/// so that a job fits when it fits at every level. All sums are integers.
///
/// Source of the semantics: hierarchical cohorts of Kueue (KEP-79, KEP-1224), as their documents
/// describe them.
package struct QuotaTree: Hashable, Sendable {
  /// Queues and groups of one tree.
  package static let queueLimit = 4096
  /// Levels of one tree.
  package static let depthLimit = 32
  /// The largest amount of one quota.
  package static let quantityLimit: Int64 = 1_000_000_000_000_000
  /// The largest weight, in milli.
  package static let weightLimit: Int64 = 1_000_000_000

  package let columns: [QuotaColumn]
  /// Those given, then the groups that were only named as parents, then the cluster as a whole
  /// where a capacity is given.
  package let queues: [QueueSettings]
  /// By node: the index of its group.
  package let parents: [Int?]
  /// By node: its members, the older first.
  package let children: [[Int]]
  /// Every node after its members.
  let bottomUp: [Int]
  let top: [Int]
  /// What the cluster really has, by column, where it was given.
  let capacity: [Int64]?

  // By node and column, node by node.
  /// What a node and its members own and do not keep for themselves.
  private let owned: [Int64]
  /// What of it a node keeps for itself.
  private let kept: [Int64]
  /// The most that a node can ever hold.
  private var ceilings: [Int64]
  /// What a node holds; for groups what its members hold above what they keep.
  private var held: [Int64]

  /// - Parameters:
  ///   - queues: in any order.
  ///   - capacity: by column. Where it is given, all queues without a parent share the cluster:
  ///     they are members of one group that owns what of the capacity no queue owns. Where it is
  ///     not, each stands alone.
  package init(
    columns: [QuotaColumn], queues given: [QueueSettings], capacity: [Int64]? = nil
  ) throws(QuotaTreeError) {
    for column in columns where column.unit < 1 || column.unit > Self.quantityLimit {
      throw .unitOutOfRange(column: column.name)
    }
    let layout = try QueueLayout(columns: columns, queues: given, capacity: capacity)
    self.columns = columns
    self.capacity = capacity
    queues = layout.queues
    parents = layout.parents
    children = layout.children
    bottomUp = layout.bottomUp
    top = layout.queues.indices.filter { layout.parents[$0] == nil }
    let width = columns.count
    var owned = layout.queues.flatMap(\.nominal)
    var kept = Array(repeating: Int64(0), count: owned.count)
    for node in layout.bottomUp {
      guard let parent = layout.parents[node] else { continue }
      for column in 0..<width {
        let cell = node * width + column
        let lent = min(owned[cell], layout.queues[node].lendingLimit[column] ?? .max)
        kept[cell] = owned[cell] - lent
        owned[parent * width + column] += lent
      }
    }
    self.owned = owned
    self.kept = kept
    held = Array(repeating: 0, count: owned.count)
    ceilings = owned
    for node in layout.bottomUp.reversed() {
      guard let parent = layout.parents[node] else { continue }
      for column in 0..<width {
        let cell = node * width + column
        let limit = owned[cell].addingSaturated(
          layout.queues[node].borrowingLimit[column] ?? .max)
        ceilings[cell] = min(limit, kept[cell] + ceilings[parent * width + column])
      }
    }
  }

  /// The index of a queue or group, if there is one of that name. O(queues).
  package func index(of name: String) -> Int? {
    queues.firstIndex { $0.name == name }
  }

  package func isLeaf(_ node: Int) -> Bool { children[node].isEmpty }

  /// What the node and its members own: the line above which it borrows.
  package func quota(of node: Int, _ column: Int) -> Int64 { owned[cell(node, column)] }

  /// The part of ``quota(of:_:)`` that no other may borrow.
  package func keptQuota(of node: Int, _ column: Int) -> Int64 { kept[cell(node, column)] }

  /// The most that the node could hold with everyone else idle. What asks for more can never run in
  /// this queue.
  package func ceiling(of node: Int, _ column: Int) -> Int64 { ceilings[cell(node, column)] }

  /// What a queue holds; for a group what its members hold above what they keep for themselves.
  package func held(by node: Int, _ column: Int) -> Int64 { held[cell(node, column)] }

  /// What the node holds above its quota.
  package func borrowed(by node: Int, _ column: Int) -> Int64 {
    max(0, held[cell(node, column)] - owned[cell(node, column)])
  }

  /// What the queue can take now, by its own quota and what others lend, within all limits on the
  /// way up. Below 0 where more is held than there is. O(depth).
  package func available(to node: Int, _ column: Int) -> Int64 {
    let cell = cell(node, column)
    guard let parent = parents[node] else { return owned[cell] - held[cell] }
    let own = max(0, kept[cell] - held[cell])
    var shared = available(to: parent, column)
    if let limit = queues[node].borrowingLimit[column] {
      let offered = owned[cell] - kept[cell]
      let taken = max(0, held[cell] - kept[cell])
      shared = min(shared, (offered - taken).addingSaturated(limit))
    }
    return own + shared
  }

  /// Whether a job fits the quotas now.
  ///
  /// - Parameter amounts: by column, at least 0.
  package func canAdmit(_ amounts: [Int64], to queue: Int) -> Bool {
    columns.indices.allSatisfy { amounts[$0] == 0 || amounts[$0] <= available(to: queue, $0) }
  }

  /// Counts a job that was admitted to a queue. O(columns × depth).
  ///
  /// - Parameter amounts: by column, at least 0.
  package mutating func add(_ amounts: [Int64], to queue: Int) {
    precondition(isLeaf(queue), "jobs belong to queues without members")
    change(amounts, of: queue, sign: 1)
  }

  /// Counts a job no longer. Amounts as they were added.
  package mutating func remove(_ amounts: [Int64], from queue: Int) {
    change(amounts, of: queue, sign: -1)
  }

  private mutating func change(_ amounts: [Int64], of queue: Int, sign: Int64) {
    precondition(amounts.count == columns.count, "there is one amount for each column")
    for column in columns.indices where amounts[column] != 0 {
      precondition(amounts[column] >= 0, "an amount that is held is at least 0")
      var change = sign * amounts[column]
      var node = queue
      while true {
        let cell = cell(node, column)
        let before = max(0, held[cell] - kept[cell])
        held[cell] += change
        precondition(held[cell] >= 0, "a queue gives back what it holds")
        change = max(0, held[cell] - kept[cell]) - before
        guard change != 0, let parent = parents[node] else { break }
        node = parent
      }
    }
  }

  private func cell(_ node: Int, _ column: Int) -> Int { node * columns.count + column }

  /// The node and its groups, the top last.
  func path(from node: Int) -> [Int] {
    var path = [node]
    var next = parents[node]
    while let group = next {
      path.append(group)
      next = parents[group]
    }
    return path
  }

  /// Checks that what groups hold follows from what queues hold; O(nodes × columns), for tests.
  package func checkInvariants() {
    for node in queues.indices where !isLeaf(node) {
      for column in columns.indices {
        let sum = children[node].reduce(Int64(0)) {
          $0 + max(0, held(by: $1, column) - keptQuota(of: $1, column))
        }
        precondition(held(by: node, column) == sum, "a group holds what its members take from it")
      }
    }
  }
}
