import Scheduling

/// The gamma distribution's cumulative function.
package enum GammaDistribution {
  private static let termsMax = 1000
  private static let accuracy = 1e-14

  /// The share of a gamma distribution below `x`; `shape` and `scale` are more than 0.
  ///
  /// Source: the series and the continued fraction of Abramowitz and Stegun, 6.5.29 and 6.5.31.
  package static func cumulative(_ x: Double, shape: Double, scale: Double) -> Double {
    precondition(shape > 0 && scale > 0, "a gamma distribution has positive parameters")
    let scaled = x / scale
    guard scaled > 0 else { return 0 }
    let factor = ExactMath.exp(
      shape * ExactMath.log(scaled) - scaled - ExactMath.logGamma(shape))
    return scaled < shape + 1
      ? factor * series(scaled, shape) : 1 - factor * fraction(scaled, shape)
  }

  private static func series(_ x: Double, _ shape: Double) -> Double {
    var term = 1 / shape
    var sum = term
    for step in 1...termsMax {
      term *= x / (shape + Double(step))
      sum += term
      if term < sum * accuracy { break }
    }
    return sum
  }

  /// From the end to the beginning: enough terms for any x above shape + 1.
  private static func fraction(_ x: Double, _ shape: Double) -> Double {
    var tail = 0.0
    var step = termsMax
    while step >= 1 {
      let n = Double(step)
      tail = n * (n - shape) / (x + 2 * n + 1 - shape - tail)
      step -= 1
    }
    return 1 / (x + 1 - shape - tail)
  }
}
