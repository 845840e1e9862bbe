import Model

/// Queues with their groups found, checked and put in order.
struct QueueLayout {
  var queues: [QueueSettings]
  var parents: [Int?]
  var children: [[Int]]
  /// Every node after its members.
  var bottomUp: [Int]

  init(
    columns: [QuotaColumn], queues given: [QueueSettings], capacity: [Int64]?
  ) throws(QuotaTreeError) {
    queues = given
    var indexes: [String: Int] = [:]
    for (index, queue) in given.enumerated() {
      try Self.check(queue, index: index, columns: columns)
      guard indexes.updateValue(index, forKey: queue.name) == nil else {
        throw .duplicate(queue: queue.name)
      }
    }
    for queue in given {
      guard let parent = queue.parent, indexes[parent] == nil else { continue }
      indexes[parent] = queues.count
      queues.append(QueueSettings(name: parent, nominal: columns.map { _ in 0 }))
    }
    parents = queues.map { $0.parent.flatMap { indexes[$0] } }
    children = []
    bottomUp = []
    guard queues.count < QuotaTree.queueLimit else { throw .tooManyQueues(count: queues.count) }
    if let capacity {
      precondition(capacity.count == columns.count, "there is one capacity for each column")
      addCluster(capacity)
    }
    try order()
  }

  private static func check(
    _ queue: QueueSettings, index: Int, columns: [QuotaColumn]
  ) throws(QuotaTreeError) {
    guard !queue.name.isEmpty else { throw .emptyName(index: index) }
    guard
      [queue.nominal.count, queue.borrowingLimit.count, queue.lendingLimit.count]
        .allSatisfy({ $0 == columns.count })
    else { throw .wrongCount(queue: queue.name) }
    for (column, settings) in columns.enumerated() {
      let amounts = [
        queue.nominal[column], queue.borrowingLimit[column] ?? 0, queue.lendingLimit[column] ?? 0,
      ]
      guard amounts.allSatisfy({ $0 >= 0 && $0 <= QuotaTree.quantityLimit }) else {
        throw .amountOutOfRange(queue: queue.name, column: settings.name)
      }
    }
    guard queue.weightMilli >= 0 && queue.weightMilli <= QuotaTree.weightLimit else {
      throw .weightOutOfRange(queue: queue.name)
    }
  }

  /// Puts the cluster above all that stand at the top: it owns what of the capacity no one else
  /// does.
  private mutating func addCluster(_ capacity: [Int64]) {
    let rest = capacity.indices.map { column in
      max(0, capacity[column] - queues.reduce(Int64(0)) { $0 + $1.nominal[column] })
    }
    let cluster = queues.count
    for node in parents.indices where parents[node] == nil {
      parents[node] = cluster
    }
    queues.append(QueueSettings(name: "", nominal: rest))
    parents.append(nil)
  }

  private mutating func order() throws(QuotaTreeError) {
    var depths = Array(repeating: 0, count: queues.count)
    for node in queues.indices {
      var next = parents[node]
      while let group = next {
        depths[node] += 1
        guard group != node else { throw .cycle(queue: queues[node].name) }
        guard depths[node] < QuotaTree.depthLimit else {
          let name = queues[node].name
          throw isOnCycle(node) ? .cycle(queue: name) : .tooDeep(queue: name)
        }
        next = parents[group]
      }
    }
    children = Array(repeating: [], count: queues.count)
    let byAge = queues.indices.sorted {
      (queues[$0].created, $0) < (queues[$1].created, $1)
    }
    for node in byAge {
      if let parent = parents[node] {
        children[parent].append(node)
      }
    }
    bottomUp = queues.indices.sorted { (-depths[$0], $0) < (-depths[$1], $1) }
  }

  /// Whether the way up from a node never ends.
  private func isOnCycle(_ node: Int) -> Bool {
    var next = parents[node]
    for _ in queues.indices {
      guard let group = next else { return false }
      next = parents[group]
    }
    return next != nil
  }
}
