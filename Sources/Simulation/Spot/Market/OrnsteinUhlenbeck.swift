package import Model
import Scheduling

/// A price that wanders and is drawn back to its mean: dX = θ (m - X) dt + σ dW.
///
/// One step is drawn from the exact distribution of X after it, so that mean and variance do not
/// depend on the step's length: X' = m + (X - m) e^(-θ dt) + σ √((1 - e^(-2 θ dt)) / 2θ) N(0, 1).
///
/// Source: Gillespie, "Exact numerical simulation of the Ornstein-Uhlenbeck process and its
/// integral", Physical Review E 54(2), 1996.
package struct OrnsteinUhlenbeck: Hashable, Sendable {
  package let mean: Double
  /// θ, an hour; at least 0, and at 0 the price wanders freely.
  package let reversion: Double
  /// σ, in the unit of the mean for √hour.
  package let volatility: Double

  package init(mean: Double, reversion: Double, volatility: Double) {
    precondition(reversion >= 0 && volatility >= 0, "a process has rates of at least 0")
    self.mean = mean
    self.reversion = reversion
    self.volatility = volatility
  }

  /// The share of the distance to the mean that is left after so many hours.
  package func decay(hours: Double) -> Double { ExactMath.exp(-reversion * hours) }

  /// The standard deviation of the value so many hours after one that is known.
  package func deviation(hours: Double) -> Double {
    guard reversion * hours > 1e-12 else { return volatility * hours.squareRoot() }
    let share = 1 - ExactMath.exp(-2 * reversion * hours)
    return volatility * (share / (2 * reversion)).squareRoot()
  }

  /// `count` values, `stepHours` apart, the first of which is the mean.
  package func path(count: Int, stepHours: Double, random: inout SeededRandom) -> [Double] {
    let decay = decay(hours: stepHours)
    let deviation = deviation(hours: stepHours)
    var value = mean
    return (0..<count).map { index in
      if index > 0 { value = mean + (value - mean) * decay + deviation * random.normal() }
      return value
    }
  }
}
