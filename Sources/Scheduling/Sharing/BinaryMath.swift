/// Powers and logarithms to base two, from additions, multiplications and divisions alone.
///
/// The mathematical library of a platform may round these differently from another's, and a decayed
/// usage or a fair-share factor that differs in its last bit can order two users the other way
/// round. IEEE 754 fixes the result of every operation used here, so the same arguments give the
/// same bits on every machine.
package enum BinaryMath {
  static let naturalLogarithmOfTwo = 0x1.62E4_2FEF_A39E_Fp-1

  /// 2 to the power of `exponent`.
  ///
  /// The relative error is below 2⁻⁵¹. Powers that are too large are infinite, those that are too
  /// small 0; whole exponents are exact.
  package static func power(_ exponent: Double) -> Double {
    if exponent.isNaN { return exponent }
    if exponent >= 1024 { return .infinity }
    if exponent < -1080 { return 0 }
    let whole = Int(exponent < 0 ? exponent - 0.5 : exponent + 0.5)
    let fraction = smallPowerMinusOne(exponent - Double(whole))
    return Double(sign: .plus, exponent: whole, significand: 1 + fraction)
  }

  /// 2 to the power of `exponent`, less one, without the loss of digits near 0 that the subtraction
  /// would bring.
  package static func powerMinusOne(_ exponent: Double) -> Double {
    exponent.magnitude <= 0.5 ? smallPowerMinusOne(exponent) : power(exponent) - 1
  }

  /// The logarithm of `value` to base two, for finite numbers above 0.
  ///
  /// The absolute error is below 2⁻⁵¹ times the larger of 1 and the result; powers of two are
  /// exact.
  package static func logarithm(_ value: Double) -> Double {
    precondition(value > 0 && value.isFinite, "a logarithm is asked of a number above 0")
    var significand = value.significand
    var exponent = Double(value.exponent)
    if significand > 0x1.6A09E667F3BCDp0 {
      significand /= 2
      exponent += 1
    }
    // ln(m) = 2·artanh((m − 1)/(m + 1)), whose argument is at most 0.172 here: the eleventh term is
    // below 2⁻⁵⁷.
    let argument = (significand - 1) / (significand + 1)
    let square = argument * argument
    var series = 0.0
    for odd in stride(from: 23, through: 1, by: -2) {
      series = series * square + 1 / Double(odd)
    }
    return exponent + 2 * argument * series / naturalLogarithmOfTwo
  }

  /// The power series of e^(x·ln 2) − 1 for x in −½…½; the fourteenth term is below 2⁻⁵⁷.
  private static func smallPowerMinusOne(_ exponent: Double) -> Double {
    let argument = exponent * naturalLogarithmOfTwo
    var series = 1.0
    for term in stride(from: 14, through: 2, by: -1) {
      series = 1 + argument / Double(term) * series
    }
    return argument * series
  }
}
