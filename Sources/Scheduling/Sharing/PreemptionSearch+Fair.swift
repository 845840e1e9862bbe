extension PreemptionSearch {
  /// Queues share what they borrow: victims come from the side with the largest share, as the rules allow, one rule after the other.
  mutating func findFairly(_ candidates: [Int], _ fits: ([Int]) -> Bool) -> Bool {
    var left = candidates
    for (position, rule) in tree.queues[preemptor.queue].fairShareRules.enumerated() {
      var round = FairRound(candidates: left, running: running, in: tree)
      let before = victims.count
      if run(&round, rule, isFirst: position == 0, fits) { return finish(fits) }
      left = round.refused
      // Jobs of its own queue lowered the preemptor's share: what was refused before may be allowed now.
      let tookOwn = victims[before...].contains { running[$0.index].queue == preemptor.queue }
      if position == 0 && tookOwn {
        round = FairRound(candidates: left, running: running, in: tree)
        if run(&round, rule, isFirst: true, fits) { return finish(fits) }
        left = round.refused
      }
    }
    return false
  }

  private mutating func finish(_ fits: ([Int]) -> Bool) -> Bool {
    giveBackUnneeded(fits)
    return true
  }

  private mutating func run(
    _ round: inout FairRound, _ rule: FairShareRule, isFirst: Bool, _ fits: ([Int]) -> Bool
  ) -> Bool {
    while let queue = round.next(in: tree, path: path) {
      let index = round.removeFirst(of: queue, in: tree)
      let job = running[index]
      let isTaken: Bool
      if queue == preemptor.queue {
        take(index, reason(toTakeOwn: job))
        isTaken = true
      } else {
        isTaken = takeFairly(index, rule, isFirst: isFirst)
        // By a later rule one job of a queue goes at most: it took the others' part, and the rest of its queue did not.
        if !isFirst {
          round.drop(queue, in: tree)
        }
      }
      if !isTaken {
        round.refused.append(index)
      } else if isEnough(fits) {
        return true
      }
    }
    return false
  }

  private mutating func takeFairly(
    _ index: Int, _ rule: FairShareRule, isFirst: Bool
  ) -> Bool {
    let job = running[index]
    guard let sides = sides[job.queue], let column = borrowedColumn(of: job) else { return false }
    let borrowed = tree.borrowed(by: job.queue, column)
    if isWithinQuota(sides.preemptor) {
      return takeOther(index, .reclaimed(column: column, borrowed: borrowed))
    }
    tree.remove(job.amounts, from: job.queue)
    let shares = shares(sides, without: job)
    tree.add(job.amounts, to: job.queue)
    guard shares.satisfy(rule), takeOther(index, shares.reason(rule)) else { return false }
    // Taking it must not undo the reason of one that was taken by an earlier rule.
    if !isFirst && !reasonsHold() {
      putBack(victims.count - 1)
      return false
    }
    return true
  }
}

/// The candidates of one rule, queue by queue, and which queue is asked next.
struct FairRound {
  /// Candidates that may be taken by another rule.
  var refused: [Int] = []
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

  /// The queue with the largest borrowed share, chosen level by level from the top; a group before a queue on a tie, then the
  /// older. Members that borrow nothing are left out, unless the preemptor belongs to them.
  mutating func next(in tree: QuotaTree, path: [Int]) -> Int? {
    let top = path[path.count - 1]
    var node = top
    while counts[top] > 0 {
      if tree.isLeaf(node) { return node }
      var best: (node: Int, share: DominantShare)?
      for child in tree.children[node] where counts[child] > 0 {
        guard path.contains(child) || tree.isBorrowing(child) else {
          drop(child, in: tree)
          continue
        }
        let share = tree.borrowedShare(of: child)
        if let other = best {
          let isGroupFirst = tree.isLeaf(other.node) && !tree.isLeaf(child)
          guard share > other.share || (share == other.share && isGroupFirst) else { continue }
        }
        best = (child, share)
      }
      // Without a member left the group's own count is 0 now; start again from the top.
      node = best?.node ?? top
    }
    return nil
  }

  mutating func removeFirst(of queue: Int, in tree: QuotaTree) -> Int {
    for node in tree.path(from: queue) {
      counts[node] -= 1
    }
    return waiting[queue].removeLast()
  }

  /// Leaves out all that is in a node and below.
  mutating func drop(_ node: Int, in tree: QuotaTree) {
    let count = counts[node]
    for group in tree.path(from: node).dropFirst() {
      counts[group] -= count
    }
    clear(node, in: tree)
  }

  private mutating func clear(_ node: Int, in tree: QuotaTree) {
    refused += waiting[node].reversed()
    waiting[node] = []
    counts[node] = 0
    for child in tree.children[node] {
      clear(child, in: tree)
    }
  }
}
