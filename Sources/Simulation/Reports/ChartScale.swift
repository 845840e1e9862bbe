import Scheduling

/// Maps values to places along an axis.
struct ChartScale {
  enum Kind { case linear, logarithmic }

  let kind: Kind
  let low: Double
  let high: Double
  /// Where `low` and `high` lie, in pixels.
  let from: Double
  let to: Double

  /// Of a logarithmic scale, `low` is more than 0. A scale without extent gets one.
  init(_ kind: Kind = .linear, low: Double, high: Double, from: Double, to: Double) {
    precondition(kind == .linear || low > 0, "a logarithmic scale begins above 0")
    self.kind = kind
    self.low = low
    self.high = high > low ? high : (kind == .linear ? low + 1 : low * 10)
    self.from = from
    self.to = to
  }

  func place(_ value: Double) -> Double {
    let part =
      switch kind {
      case .linear: (value - low) / (high - low)
      case .logarithmic:
        (ExactMath.log10(max(value, low)) - ExactMath.log10(low))
          / (ExactMath.log10(high) - ExactMath.log10(low))
      }
    return from + min(max(part, 0), 1) * (to - from)
  }

  /// Round values between both ends, about so many: steps of 1, 2 or 5 times a power of ten.
  func ticks(about count: Int) -> [Double] {
    if kind == .logarithmic {
      var ticks: [Double] = []
      var power = 1.0
      while power > low { power /= 10 }
      while power < low { power *= 10 }
      while power <= high, ticks.count < 20 {
        ticks.append(power)
        power *= 10
      }
      return ticks
    }
    let step = ChartScale.step(for: (high - low) / Double(max(1, count)))
    var ticks: [Double] = []
    var index = (low / step).rounded(.up)
    while index * step <= high * (1 + 1e-12), ticks.count < 50 {
      ticks.append(index * step)
      index += 1
    }
    return ticks
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is at least this; it is more than 0.
  static func step(for least: Double) -> Double {
    guard least > 0, least.isFinite else { return 1 }
    var power = 1.0
    while power * 10 <= least { power *= 10 }
    while power > least { power /= 10 }
    for factor in [1.0, 2, 5, 10] where power * factor >= least * (1 - 1e-12) {
      return power * factor
    }
    return power * 10
  }
}

/// A unit in which a span of simulated time is shown.
struct TimeUnit {
  let name: String
  let seconds: Double

  /// The largest of which the span has more than three.
  init(spanSeconds: Double) {
    let units: [(String, Double)] = [("days", 86_400), ("hours", 3600), ("minutes", 60)]
    let unit = units.first { spanSeconds > 3 * $0.1 } ?? ("seconds", 1)
    (name, seconds) = unit
  }
}
