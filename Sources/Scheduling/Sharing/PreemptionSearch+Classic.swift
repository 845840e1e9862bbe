extension PreemptionSearch {
  /// Queues that borrow preempt no other's jobs: first whoever may be taken, so that the preemptor
  /// ends within its quota; where that is not enough, jobs of its own queue alone, so that it may
  /// borrow.
  mutating func findClassically(_ candidates: [Int], _ fits: ([Int]) -> Bool) -> Bool {
    let own = candidates.filter { running[$0].queue == preemptor.queue }
    let reclaimable = candidates.filter { index in
      guard let sides = sides[running[index].queue] else { return true }
      return hadQuotaLeft[sides.preemptor]
    }
    if reclaimable.count > own.count && takeInOrder(reclaimable, fits) { return true }
    putAllBack()
    return takeInOrder(own, fits)
  }

  private mutating func takeInOrder(_ order: [Int], _ fits: ([Int]) -> Bool) -> Bool {
    for index in order {
      let job = running[index]
      if job.queue == preemptor.queue {
        take(index, reason(toTakeOwn: job))
      } else if let column = borrowedColumn(of: job) {
        let borrowed = tree.borrowed(by: job.queue, column)
        guard takeOther(index, .reclaimed(column: column, borrowed: borrowed)) else { continue }
      } else {
        continue
      }
      if isEnough(fits) {
        giveBackUnneeded(fits)
        return true
      }
    }
    return false
  }
}
