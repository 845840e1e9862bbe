package import Model
import Scheduling

extension SeededRandom {
  /// A number above 0 and at most 1.
  package mutating func unit() -> Double { 1 - next().asUnitInterval }

  /// Exponentially distributed.
  package mutating func exponential(mean: Double) -> Double { -mean * ExactMath.log(unit()) }

  /// Normally distributed, mean 0 and deviation 1. Source: Marsaglia's polar method; the second
  /// number is not kept, so that a draw depends on nothing but the words it takes.
  package mutating func normal() -> Double {
    while true {
      let x = 2 * next().asUnitInterval - 1
      let y = 2 * next().asUnitInterval - 1
      let square = x * x + y * y
      if square < 1, square > 0 {
        return x * (-2 * ExactMath.log(square) / square).squareRoot()
      }
    }
  }

  /// Gamma distributed: mean `shape` × `scale`. Both are more than 0.
  ///
  /// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3),
  /// 2000.
  package mutating func gamma(shape: Double, scale: Double) -> Double {
    precondition(shape > 0 && scale > 0, "a gamma distribution has positive parameters")
    guard shape >= 1 else {
      let larger = gamma(shape: shape + 1, scale: scale)
      return larger * ExactMath.pow(unit(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if ExactMath.log(unit()) < 0.5 * x * x + d - d * v + d * ExactMath.log(v) {
        return d * v * scale
      }
    }
  }

  /// The index of one of the weights, each as likely as it is large. Weights are at least 0, and
  /// one is more.
  package mutating func index(weights: [Double]) -> Int {
    var rest = next().asUnitInterval * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}
