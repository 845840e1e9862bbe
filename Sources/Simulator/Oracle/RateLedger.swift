import Model

/// What was admitted of one rate pool: never more than its limit and burst in any time whatever.
struct RateLedger {
  let pool: Text
  private let rule: RateRule
  private let limit: Int64
  /// Grants in the order of their times, the newest ones.
  private var grants: [(id: Text, at: Instant, quantity: Int64)] = []
  private static let kept = 64

  init?(_ definition: PoolDefinition) {
    guard let rule = definition.rate else { return nil }
    pool = definition.name
    self.rule = rule
    limit = definition.capacity
  }

  /// Notes a grant, and answers what does not add up with those around it.
  mutating func note(_ id: Text, _ quantity: Int64, at instant: Instant) -> String? {
    var place = grants.count
    while place > 0, grants[place - 1].at > instant { place -= 1 }
    grants.insert((id, instant, quantity), at: place)
    if grants.count > Self.kept { grants.removeFirst() }
    switch rule.algorithm {
    case .gcra: return checkSpans(around: max(0, min(place, grants.count - 1)))
    case .calendar: return checkWindow(of: instant)
    }
  }

  /// Less was spent than was granted: the rest may have been given back.
  mutating func correct(_ id: Text, to used: Int64) {
    guard let place = grants.lastIndex(where: { $0.id == id }) else { return }
    grants[place].quantity = min(grants[place].quantity, used)
  }

  private func checkSpans(around place: Int) -> String? {
    var before: Int64 = 0
    for first in stride(from: place, through: 0, by: -1) {
      before += grants[first].quantity
      var sum = before
      for last in place..<grants.count {
        if last > place { sum += grants[last].quantity }
        let span = grants[last].at - grants[first].at
        let refilled = Int128(span.nanoseconds) * Int128(limit) / Int128(rule.period.nanoseconds)
        if Int128(sum) > refilled + Int128(rule.burst) + 1 {
          return
            "\(sum) of \(pool) were admitted within \(span.seconds) s: the limit is \(limit) in "
            + "\(rule.period.seconds) s and \(rule.burst) at once beyond one"
        }
      }
    }
    return nil
  }

  private func checkWindow(of instant: Instant) -> String? {
    let window = instant.nanoseconds / rule.period.nanoseconds
    let sum = grants.filter { $0.at.nanoseconds / rule.period.nanoseconds == window }
      .reduce(0) { $0 + $1.quantity }
    guard sum > limit else { return nil }
    return "\(sum) of \(pool) were admitted in one window, and the limit is \(limit)"
  }
}
