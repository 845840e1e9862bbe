import Model

extension QuotaTree {
  /// The weighted dominant share of what a node borrows: the largest part, over all resources, of
  /// what its group could lend, over its weight. Zero for whoever borrows nothing and at the top.
  /// O(columns).
  ///
  /// Source: the share value of Kueue's fair sharing (KEP-1714), after Ghodsi et al., NSDI 2011.
  package func borrowedShare(of node: Int) -> DominantShare {
    guard let parent = parents[node] else { return .zero }
    let resources = (columns.lazy.map(\.resource).max() ?? -1) + 1
    var borrowed = Array(repeating: Int64(0), count: resources)
    var lendable = borrowed
    for (column, settings) in columns.enumerated() {
      borrowed[settings.resource] += self.borrowed(by: node, column)
      lendable[settings.resource] += ceiling(of: parent, column)
    }
    // A resource that no one could lend says nothing about shares.
    for resource in borrowed.indices where lendable[resource] == 0 {
      borrowed[resource] = 0
    }
    return DominantShare(
      of: borrowed, in: lendable, weightMilli: queues[node].weightMilli)
  }

  /// Whether a node holds more than its quota of some column.
  package func isBorrowing(_ node: Int) -> Bool {
    columns.indices.contains { borrowed(by: node, $0) > 0 }
  }

  /// Who must give back first: the queues that hold more than their quota, those with the largest
  /// borrowed share first, level by level from the top; then the older.
  package func borrowers() -> [Int] {
    var result: [Int] = []
    func visit(_ nodes: [Int]) {
      let ordered = nodes.map { (node: $0, share: borrowedShare(of: $0)) }
        .enumerated().sorted {
          $0.element.share != $1.element.share
            ? $0.element.share > $1.element.share : $0.offset < $1.offset
        }
      for (_, entry) in ordered {
        if !isLeaf(entry.node) {
          visit(children[entry.node])
        } else if isBorrowing(entry.node) {
          result.append(entry.node)
        }
      }
    }
    visit(top)
    return result
  }

  /// The first job of a queue, which asks to be admitted.
  package struct Head: Hashable, Sendable {
    package var number: JobNumber
    /// A queue without members.
    package var queue: Int
    /// By column.
    package var amounts: [Int64]
    package var priority: Int32
    package var created: Instant

    package init(
      number: JobNumber, queue: Int, amounts: [Int64], priority: Int32, created: Instant
    ) {
      self.number = number
      self.queue = queue
      self.amounts = amounts
      self.priority = priority
      self.created = created
    }
  }

  /// Which job is admitted next where queues share fairly: at each level, from the top, the member
  /// whose share would be smallest with its best job; then the higher priority, the earlier
  /// created, the lower number. The index of the head; none without heads.
  ///
  /// O(heads × depth × columns + nodes).
  package func nextToAdmit(_ heads: [Head]) -> Int? {
    var best: [Int?] = Array(repeating: nil, count: queues.count)
    var tree = self
    func isBetter(_ left: Int, _ right: Int) -> Bool {
      let (first, second) = (heads[left], heads[right])
      if first.priority != second.priority { return first.priority > second.priority }
      return (first.created, first.number) < (second.created, second.number)
    }
    for (index, head) in heads.enumerated() {
      if let other = best[head.queue], !isBetter(index, other) { continue }
      best[head.queue] = index
    }
    for node in bottomUp where !isLeaf(node) {
      var winner: (head: Int, share: DominantShare)?
      for child in children[node] {
        guard let head = best[child] else { continue }
        tree.add(heads[head].amounts, to: heads[head].queue)
        let share = tree.borrowedShare(of: child)
        tree.remove(heads[head].amounts, from: heads[head].queue)
        if let other = winner,
          other.share != share ? other.share < share : !isBetter(head, other.head)
        {
          continue
        }
        winner = (head, share)
      }
      best[node] = winner?.head
    }
    return top.compactMap { best[$0] }.min { $0 != $1 && isBetter($0, $1) }
  }
}
