/// Logarithms, powers and what is made of them, with the same bits on every machine.
///
/// Only additions, multiplications, divisions and square roots are used, whose results IEEE 754
/// fixes; a C library's functions differ between versions in the last digit, and one such digit can
/// change who is first.
package enum ExactMath {
  /// ln 2 in two parts: the first has zeros at its end, so that its products with small integers
  /// are exact.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33
  private static let inverseLn2 = 0x1.71547652b82fep+0
  /// log10 2 in two such parts.
  private static let log10Of2High = 0x1.34413509f6p-2
  private static let log10Of2Low = 0x1.9fef311f12b36p-42
  private static let inverseLn10 = 0x1.bcb7b1526e50ep-2

  /// The natural logarithm; within two units in the last place. -∞ for 0, not a number below.
  package static func log(_ x: Double) -> Double {
    guard let (exponent, mantissa) = parts(x) else { return edge(x) }
    return exponent * ln2High + (logNearOne(mantissa) + exponent * ln2Low)
  }

  /// The logarithm to base 2; exact for powers of two.
  package static func log2(_ x: Double) -> Double {
    guard let (exponent, mantissa) = parts(x) else { return edge(x) }
    return exponent + logNearOne(mantissa) * inverseLn2
  }

  /// The logarithm to base 10.
  package static func log10(_ x: Double) -> Double {
    guard let (exponent, mantissa) = parts(x) else { return edge(x) }
    return exponent * log10Of2High + (logNearOne(mantissa) * inverseLn10 + exponent * log10Of2Low)
  }

  /// e to the power of x; 0 and ∞ beyond what a double holds.
  package static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.782712893384 { return .infinity }
    if x < -745.2 { return 0 }
    let halves = (x * inverseLn2).rounded(.toNearestOrEven)
    let rest = (x - halves * ln2High) - halves * ln2Low
    // |rest| <= ln(2) / 2: fourteen terms of the series are exact to the last place.
    var sum = 1.0
    var divisor = 14.0
    while divisor >= 1 {
      sum = 1 + sum * rest / divisor
      divisor -= 1
    }
    return Double(sign: .plus, exponent: Int(halves), significand: sum)
  }

  /// `base` to the power of `exponent`, for bases of at least 0: exp(exponent × log(base)). The
  /// relative error grows with the exponent's size, about 1e-16 × |exponent × log(base)|.
  package static func pow(_ base: Double, _ exponent: Double) -> Double {
    precondition(base >= 0, "a power of a negative number is not needed here")
    if exponent == 0 { return 1 }
    if base == 0 { return exponent > 0 ? 0 : .infinity }
    return exp(exponent * log(base))
  }

  /// The logarithm of the gamma function, for x > 0; within 1e-14 relative where it is not near 0.
  ///
  /// Source: Stirling's series after shifting the argument to at least 10 (Abramowitz and Stegun,
  /// 6.1.41).
  package static func logGamma(_ x: Double) -> Double {
    precondition(x > 0, "the gamma function is asked for positive numbers only")
    var shifted = x
    var product = 1.0
    while shifted < 10 {
      product *= shifted
      shifted += 1
    }
    let inverse = 1 / shifted
    let square = inverse * inverse
    let series =
      inverse
      * (1.0 / 12 - square
        * (1.0 / 360 - square
          * (1.0 / 1260 - square
            * (1.0 / 1680
              - square * (1.0 / 1188 - square * (691.0 / 360360))))))
    let halfLogOf2Pi = 0.91893853320467274178
    return (shifted - 0.5) * log(shifted) - shifted + halfLogOf2Pi + series - log(product)
  }

  /// Exponent and mantissa, the latter between √½ and √2; nil for 0, negative numbers, infinity and
  /// "not a number".
  @inline(__always)
  private static func parts(_ x: Double) -> (exponent: Double, mantissa: Double)? {
    guard x > 0, x < .infinity else { return nil }
    // Numbers below the least normal one are moved up first, or they would have no exponent.
    let isSmall = x < Double.leastNormalMagnitude
    let bits = (isSmall ? x * 0x1p54 : x).bitPattern
    // Moved so that the exponent counts up at √2 and not at 2; no branch depends on the number.
    let halfRoot: UInt64 = 0x3FE6_A09E_667F_3BCD
    let moved = bits + (0x3FF0_0000_0000_0000 - halfRoot)
    let mantissa = Double(bitPattern: (moved & 0x000F_FFFF_FFFF_FFFF) + halfRoot)
    return (Double(Int(moved >> 52) - (isSmall ? 1077 : 1023)), mantissa)
  }

  private static func edge(_ x: Double) -> Double {
    x == 0 ? -.infinity : x == .infinity ? x : .nan
  }

  /// ln of a number between √½ and √2: 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172, as a
  /// series.
  @inline(__always)
  private static func logNearOne(_ mantissa: Double) -> Double {
    let difference = mantissa - 1
    let s = difference / (2 + difference)
    let square = s * s
    let fourth = square * square
    let eighth = fourth * fourth
    // In pairs, pairs of pairs and so on, which a processor works on side by side.
    let low = (1.0 / 3 + square * (1.0 / 5)) + fourth * (1.0 / 7 + square * (1.0 / 9))
    let high = (1.0 / 11 + square * (1.0 / 13)) + fourth * (1.0 / 15 + square * (1.0 / 17))
    let top = 1.0 / 19 + square * (1.0 / 21)
    let sum = square * (low + eighth * (high + eighth * top))
    // 2s + 2s × sum, arranged so that the larger part carries no error of the division: 2s = d - s
    // d.
    return difference - s * (difference - 2 * sum)
  }
}
