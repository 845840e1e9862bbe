package import Model

/// Counts what is held from grants and ends alone, knowing nothing of the coordinator's own books: the check on them.
package struct ReplayTally: Sendable {
  package let capacities: [Int64]
  package private(set) var held: [Int64]
  package private(set) var peaks: [Int64]
  package private(set) var peaksAt: [Instant]
  /// Grants after which more was held than exists.
  package private(set) var excesses = 0
  /// Grants counted.
  package private(set) var grants = 0
  private var leases: [String: [Int64]] = [:]

  // Utilisation: unit-nanoseconds by pool and slice of time.
  private let slice: TimeSpan
  private var areas: [[Int128]]
  private var lastAt = Instant.epoch

  /// - Parameters:
  ///   - end: when the last lease is expected to end; what is later counts to the last slice.
  ///   - slices: parts of the time for which the utilisation is told, at least 1.
  package init(capacities: [Int64], end: Instant, slices: Int) {
    precondition(slices > 0, "there is at least one slice")
    self.capacities = capacities
    held = capacities.map { _ in 0 }
    peaks = held
    peaksAt = capacities.map { _ in .epoch }
    slice = .nanoseconds(max(1, (end.nanoseconds + Int64(slices) - 1) / Int64(slices)))
    areas = capacities.map { _ in Array(repeating: 0, count: slices) }
  }

  /// Whether a lease is held now.
  package func holds(_ lease: String) -> Bool { leases[lease] != nil }
  package var openLeases: Int { leases.count }

  package mutating func granted(_ lease: String, _ amounts: [Int64], at instant: Instant) {
    precondition(amounts.count == capacities.count, "an amount for each pool")
    guard leases.updateValue(amounts, forKey: lease) == nil else { return }
    pass(to: instant)
    grants += 1
    var isOver = false
    for pool in held.indices {
      held[pool] += amounts[pool]
      if held[pool] > peaks[pool] {
        peaks[pool] = held[pool]
        peaksAt[pool] = instant
      }
      if held[pool] > capacities[pool] { isOver = true }
    }
    if isOver { excesses += 1 }
  }

  package mutating func ended(_ lease: String, at instant: Instant) {
    guard let amounts = leases.removeValue(forKey: lease) else { return }
    pass(to: instant)
    for pool in held.indices { held[pool] -= amounts[pool] }
  }

  /// Lets time pass, so that what is held until now counts.
  package mutating func pass(to instant: Instant) {
    while lastAt < instant {
      let index = min(Int(lastAt.nanoseconds / slice.nanoseconds), areas[0].count - 1)
      let isLast = index == areas[0].count - 1
      let end =
        isLast
        ? instant
        : min(
          instant, Instant(nanoseconds: Int64(index + 1).multipliedSaturated(by: slice.nanoseconds))
        )
      let length = Int128((end - lastAt).nanoseconds)
      for pool in held.indices { areas[pool][index] += Int128(held[pool]) * length }
      lastAt = end
    }
  }

  /// The part of the pool's capacity that was held, for each slice, in hundredths of a percent.
  package func series(_ pool: Int) -> [Int64] {
    areas[pool].map { ratio($0, pool, Int128(slice.nanoseconds)) }
  }

  /// Over all the time that has passed, in hundredths of a percent.
  package func mean(_ pool: Int) -> Int64 {
    ratio(areas[pool].reduce(0, +), pool, Int128(lastAt.nanoseconds))
  }

  private func ratio(_ area: Int128, _ pool: Int, _ length: Int128) -> Int64 {
    let whole = Int128(capacities[pool]) * length
    guard whole > 0 else { return 0 }
    return Int64(clamping: area * 10_000 / whole)
  }
}
