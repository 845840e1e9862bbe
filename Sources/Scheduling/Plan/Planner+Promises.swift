import Model

extension Planner {
  /// Decides first on units that were promised a start, in the order of these and as many as may hold reservations, so that
  /// nobody who came in between takes what they wait for.
  mutating func decidePromised() {
    let most =
      switch snapshot.policy.backfill.depth {
      case .none: 0
      case .first(let count): count
      case .all: Int.max
      }
    for (index, start) in promisedUnits().prefix(most) {
      promises[index] = start
      plan.order += units[index].jobs.map { jobs.jobs[$0].name }
      decide(index)
    }
  }

  /// Waiting units that were promised a start, each once, the earliest first.
  private func promisedUnits() -> [(unit: Int, start: Instant)] {
    var starts: [Int: Instant] = [:]
    for promise in snapshot.promises {
      guard let number = jobs.numbers[promise.job], jobs.jobs[number].run == nil,
        let unit = unit(ledBy: number), units[unit].obstacles.isEmpty
      else { continue }
      starts[unit] = min(promise.start, starts[unit] ?? promise.start)
    }
    return starts.map { ($0.key, $0.value) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// The unit of which a job is the first; units stand in the order of these.
  private func unit(ledBy number: Int) -> Int? {
    var low = 0
    var high = units.count
    while low < high {
      let middle = (low + high) / 2
      if units[middle].jobs[0] < number { low = middle + 1 } else { high = middle }
    }
    return low < units.count && units[low].jobs[0] == number ? low : nil
  }

  /// Why a unit starts later than it was promised; nil where it does not.
  func delay(of index: Int, until start: Instant?) -> String? {
    guard let promised = promises[index], let start, start > promised else { return nil }
    let span = FixedDecimal.text((start - promised).nanoseconds, places: 9)
    return
      "it was promised a start \(span) s earlier: since then jobs run past their limits, or nodes or "
      + "quota that it needs went away"
  }
}
