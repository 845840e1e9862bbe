extension PreemptionSearch {
  /// Queues share what they borrow: victims come from the side with the largest share, as the rules
  /// allow, one rule after the other.
  mutating func findFairly(_ candidates: [Int], _ fits: ([Int]) -> Bool) -> Bool {
    var left = candidates
    for (position, rule) in tree.queues[preemptor.queue].fairShareRules.enumerated() {
      let before = victims.count
      if run(rule, &left, fits) { return true }
      // Jobs of its own queue lowered the preemptor's share: what was refused before may be allowed
      // now.
      let tookOwn = victims[before...].contains { running[$0.index].queue == preemptor.queue }
      if position == 0 && tookOwn && run(rule, &left, fits) { return true }
    }
    return false
  }

  /// Takes candidates by one rule until the job fits; otherwise leaves those that the rule refused,
  /// in order.
  private mutating func run(
    _ rule: FairShareRule, _ candidates: inout [Int], _ fits: ([Int]) -> Bool
  ) -> Bool {
    var round = FairRound(candidates: candidates, running: running, in: tree)
    candidates = []
    while let index = round.removeNext(in: tree, top: path[path.count - 1]) {
      let job = running[index]
      if job.queue == preemptor.queue {
        take(index, reason(toTakeOwn: job))
      } else if !takeFairly(index, rule) {
        candidates.append(index)
        continue
      }
      if isEnough(fits) {
        giveBackUnneeded(fits)
        return true
      }
    }
    return false
  }

  private mutating func takeFairly(_ index: Int, _ rule: FairShareRule) -> Bool {
    let job = running[index]
    guard let sides = sides[job.queue], let column = borrowedColumn(of: job) else { return false }
    let borrowed = tree.borrowed(by: job.queue, column)
    if isWithinQuota(sides.preemptor) {
      return takeOther(index, .reclaimed(column: column, borrowed: borrowed))
    }
    tree.remove(job.amounts, from: job.queue)
    let shares = shares(sides, without: job)
    tree.add(job.amounts, to: job.queue)
    return shares.satisfy(rule) && takeOther(index, shares.reason(rule))
  }
}

/// The candidates of one rule, queue by queue, and which is asked next.
private struct FairRound {
  /// By queue: candidates in order, the next last.
  private var waiting: [[Int]]
  /// By node: candidates in it and below.
  private var counts: [Int]

  init(candidates: [Int], running: [RunningJob], in tree: QuotaTree) {
    waiting = tree.queues.map { _ in [] }
    counts = tree.queues.map { _ in 0 }
    for index in candidates.reversed() {
      let queue = running[index].queue
      waiting[queue].append(index)
      for node in tree.path(from: queue) {
        counts[node] += 1
      }
    }
  }

  /// The next candidate of the queue with the largest borrowed share, chosen level by level from
  /// the top; a group before a queue on a tie, then the older.
  mutating func removeNext(in tree: QuotaTree, top: Int) -> Int? {
    guard counts[top] > 0 else { return nil }
    var node = top
    while !tree.isLeaf(node) {
      var best: (node: Int, share: DominantShare)?
      for child in tree.children[node] where counts[child] > 0 {
        let share = tree.borrowedShare(of: child)
        if let other = best {
          let isGroupFirst = tree.isLeaf(other.node) && !tree.isLeaf(child)
          guard share > other.share || (share == other.share && isGroupFirst) else { continue }
        }
        best = (child, share)
      }
      guard let best else { preconditionFailure("a group counts the candidates of its members") }
      node = best.node
    }
    for group in tree.path(from: node) {
      counts[group] -= 1
    }
    return waiting[node].removeLast()
  }
}
