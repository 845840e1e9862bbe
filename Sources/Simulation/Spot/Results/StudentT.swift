/// Student's distribution, as far as a confidence interval of a mean needs it.
package enum StudentT {
  /// The quantile 0.975 for degrees of freedom from 1, which bounds an interval of 95 %.
  ///
  /// A table up to 30; above it the expansion in 1 / freedom about the normal quantile, whose error
  /// is below 1e-5 there. Source: Abramowitz and Stegun, 26.7.5.
  package static func quantile975(freedom: Int) -> Double {
    precondition(freedom >= 1, "an interval needs two values")
    guard freedom > table.count else { return table[freedom - 1] }
    let z = 1.959963984540054
    let square = z * z
    let n = Double(freedom)
    let first = z * (square + 1) / 4
    let second = z * ((5 * square + 16) * square + 3) / 96
    let third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
    return z + (first + (second + third / n) / n) / n
  }

  private static let table = [
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157,
    2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922,
    2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831,
    2.048407, 2.045230, 2.042272,
  ]
}

/// The mean of a figure over the repeats, with its interval of 95 % confidence.
public struct SpotEstimate: Hashable, Sendable {
  public let mean: Double
  /// Half the interval's width; nil for a single value.
  public let margin: Double?

  /// Nil where there is no value.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let count = Double(values.count)
    let mean = values.count == 1 ? values[0] : values.reduce(0, +) / count
    self.mean = mean
    guard values.count > 1 else {
      margin = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / (count - 1) / count).squareRoot()
    margin = StudentT.quantile975(freedom: values.count - 1) * error
  }
}
