/// Powers of two for decayed usage and fair-share factors: halvings that are whole come out exact,
/// and a short time's decay keeps its digits. Like ``ExactMath``, of whose powers neither is asked,
/// from additions and multiplications alone, so that the same arguments give the same bits on every
/// machine.
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
