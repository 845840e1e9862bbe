import Model

/// How much of a rate pool is spent. Exact integers; a refused request spends nothing.
enum RateState: Sendable {
  /// Generic cell rate algorithm. Times are in nanoseconds multiplied by the pool's limit, so that the interval
  /// between units, period / limit, is a whole number. Source: ITU-T I.371, virtual scheduling.
  case gcra(arrival: Int128)
  /// Windows aligned to 1970-01-01T00:00:00Z.
  case calendar(window: Int64, spent: Int64)

  var algorithm: RateRule.Algorithm {
    switch self {
    case .gcra: .gcra
    case .calendar: .calendar
    }
  }

  init(_ rule: RateRule) {
    switch rule.algorithm {
    case .gcra: self = .gcra(arrival: 0)
    case .calendar: self = .calendar(window: 0, spent: 0)
    }
  }
}

/// A rate pool's rule with its current limit.
struct RateMeter {
  let rule: RateRule
  /// Units per period; 0 = nothing is ever granted.
  let limit: Int64

  /// The most that can be spent at once, ever.
  var largest: Int64 {
    switch rule.algorithm {
    case .gcra: limit == 0 ? 0 : rule.burst.addingSaturated(1)
    case .calendar: limit
    }
  }

  private var period: Int128 { Int128(rule.period.nanoseconds) }
  private func scaled(_ now: Instant) -> Int128 { Int128(now.nanoseconds) * Int128(limit) }
  private func window(_ now: Instant) -> Int64 { now.nanoseconds / rule.period.nanoseconds }

  /// Units that can be spent at once now.
  func remaining(_ state: RateState, at now: Instant) -> Int64 {
    switch state {
    case .gcra(let arrival):
      guard limit > 0 else { return 0 }
      let ahead = max(0, arrival - scaled(now))
      let tolerance = period * Int128(largest)
      return Int64(clamping: max(0, (tolerance - ahead) / period))
    case .calendar(let window, let spent):
      return window == self.window(now) ? max(0, limit - spent) : limit
    }
  }

  /// Units that are spent and not refilled yet.
  func spent(_ state: RateState, at now: Instant) -> Int64 {
    switch state {
    case .gcra(let arrival):
      let ahead = max(0, arrival - scaled(now))
      return Int64(clamping: (ahead + period - 1) / period)
    case .calendar(let window, let spent):
      return window == self.window(now) ? spent : 0
    }
  }

  /// When the quantity fits if nothing more is spent; nil if it never does.
  func fits(_ quantity: Int64, _ state: RateState, at now: Instant) -> Instant? {
    guard quantity <= largest, limit > 0 else { return nil }
    switch state {
    case .gcra(let arrival):
      let earliest =
        max(scaled(now), arrival) + period * Int128(quantity) - period * Int128(largest)
      guard earliest > scaled(now) else { return now }
      let (quotient, remainder) = earliest.quotientAndRemainder(dividingBy: Int128(limit))
      return Instant(nanoseconds: Int64(clamping: remainder > 0 ? quotient + 1 : quotient))
    case .calendar(let window, let spent):
      guard window == self.window(now), quantity > limit - spent else { return now }
      return Instant(
        nanoseconds: (window + 1).multipliedSaturated(by: rule.period.nanoseconds))
    }
  }

  /// When requests of this much in all, served in turn as soon as each fits, are all served; nil if unknown.
  func serves(_ total: Int64, _ state: RateState, at now: Instant) -> Instant? {
    guard case .gcra(let arrival) = state, limit > 0 else { return fits(total, state, at: now) }
    let end = max(scaled(now), arrival) + period * (Int128(total) - Int128(largest))
    guard end > scaled(now) else { return now }
    let (quotient, remainder) = end.quotientAndRemainder(dividingBy: Int128(limit))
    return Instant(nanoseconds: Int64(clamping: remainder > 0 ? quotient + 1 : quotient))
  }

  /// When everything is refilled.
  func reset(_ state: RateState, at now: Instant) -> Instant {
    switch state {
    case .gcra(let arrival):
      guard limit > 0, arrival > scaled(now) else { return now }
      let (quotient, remainder) = arrival.quotientAndRemainder(dividingBy: Int128(limit))
      return Instant(nanoseconds: Int64(clamping: remainder > 0 ? quotient + 1 : quotient))
    case .calendar(let window, let spent):
      guard spent > 0, window == self.window(now) else { return now }
      return Instant(
        nanoseconds: (window + 1).multipliedSaturated(by: rule.period.nanoseconds))
    }
  }

  /// Spends the quantity, whether it fits or not.
  func spending(_ quantity: Int64, _ state: RateState, at now: Instant) -> RateState {
    switch state {
    case .gcra(let arrival):
      return .gcra(arrival: max(scaled(now), arrival) + period * Int128(quantity))
    case .calendar(let window, let spent):
      let current = self.window(now)
      return .calendar(
        window: current,
        spent: (window == current ? spent : 0).addingSaturated(quantity))
    }
  }

  /// Gives back units spent at an instant that were not used after all. What time has refilled since, or an ended
  /// window, is not given twice.
  func returning(
    _ quantity: Int64, spentAt: Instant, _ state: RateState, at now: Instant
  ) -> RateState {
    switch state {
    case .gcra(let arrival):
      let refilled = max(0, scaled(now) - scaled(spentAt))
      let unused = max(0, period * Int128(quantity) - refilled)
      return .gcra(arrival: max(scaled(now), arrival - unused))
    case .calendar(let window, let spent):
      let current = self.window(now)
      guard window == current, self.window(spentAt) == current else { return state }
      return .calendar(window: window, spent: max(0, spent - quantity))
    }
  }

  /// The same spending under another limit.
  func rescaled(_ state: RateState, to newLimit: Int64, at now: Instant) -> RateState {
    switch state {
    case .gcra(let arrival):
      // A unit is worth one period in scaled time under every limit.
      let ahead = max(0, arrival - scaled(now))
      return .gcra(arrival: RateMeter(rule: rule, limit: newLimit).scaled(now) + ahead)
    case .calendar:
      return state
    }
  }
}
