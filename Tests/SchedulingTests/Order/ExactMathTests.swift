import Foundation
import Model
import Scheduling
import TestSupport
import Testing

/// The own functions against those of the C library, which are right to about one unit in the last
/// place.
@Suite struct ExactMathTests {
  /// Random numbers of all sizes.
  static func samples(_ seed: UInt64) -> [Double] {
    var random = SeededRandom(seed: seed)
    let sizes = (0..<3000).map { _ in
      Double(sign: .plus, exponent: random.below(600) - 300, significand: 1)
        * (1 + random.next().asUnitInterval)
    }
    let nearOne = (0..<3000).map { _ in 0.7 + random.next().asUnitInterval }
    let whole = (1...3000).map { Double($0) }
    return sizes + nearOne + whole
  }

  static func expectClose(_ mine: Double, _ theirs: Double, units: Double, _ x: Double) {
    let error = abs(mine - theirs)
    #expect(error <= units * theirs.ulp, "\(mine) for \(theirs) at \(x)")
  }

  @Test(arguments: TestSeed.all(2))
  func `logarithms are those of the C library within two units in the last place`(seed: UInt64) {
    for x in Self.samples(seed) {
      Self.expectClose(ExactMath.log(x), Foundation.log(x), units: 2, x)
      Self.expectClose(ExactMath.log2(x), Foundation.log2(x), units: 3, x)
      Self.expectClose(ExactMath.log10(x), Foundation.log10(x), units: 3, x)
    }
  }

  @Test(arguments: TestSeed.all(2))
  func `powers are those of the C library within their stated error`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<5000 {
      let x = 1400 * (random.next().asUnitInterval - 0.5)
      Self.expectClose(ExactMath.exp(x), Foundation.exp(x), units: 4, x)
      let base = 50 * random.next().asUnitInterval
      let exponent = 20 * (random.next().asUnitInterval - 0.5)
      let theirs = Foundation.pow(base, exponent)
      let units = 4 + 2 * abs(exponent * Foundation.log(base))
      Self.expectClose(ExactMath.pow(base, exponent), theirs, units: units, base)
    }
  }

  @Test func `the logarithm of the gamma function is that of the C library`() {
    for step in 1...2000 {
      let x = Double(step) / 20
      #expect(abs(ExactMath.logGamma(x) - Foundation.lgamma(x)) <= 2e-14 * max(1, x * x))
    }
  }

  @Test func `powers of two have whole logarithms`() {
    for exponent in -1000...1000 {
      let x = Double(sign: .plus, exponent: exponent, significand: 1)
      #expect(ExactMath.log2(x) == Double(exponent))
    }
  }

  @Test func `the ends of the range are as IEEE 754 has them`() {
    #expect(ExactMath.log(0) == -.infinity && ExactMath.log(.infinity) == .infinity)
    #expect(ExactMath.log(-1).isNaN && ExactMath.log(1) == 0 && ExactMath.exp(0) == 1)
    #expect(ExactMath.exp(1000) == .infinity && ExactMath.exp(-1000) == 0)
    #expect(ExactMath.pow(0, 2) == 0 && ExactMath.pow(0, -1) == .infinity)
    #expect(ExactMath.pow(7, 0) == 1)
    let least = Double.leastNonzeroMagnitude
    #expect(abs(ExactMath.log2(least) + 1074) < 1e-12)
  }

  @Test func `the same argument has the same bits everywhere`() {
    // Golden bits: another machine or compiler that differs here would order jobs differently.
    let bits: [UInt64] = [
      ExactMath.log(3), ExactMath.log2(3), ExactMath.log10(3), ExactMath.exp(0.3),
      ExactMath.pow(3, 0.3), ExactMath.logGamma(8.1737),
    ].map(\.bitPattern)
    #expect(bits == Self.golden, "\(bits.map { "0x" + String($0, radix: 16) })")
  }

  static let golden: [UInt64] = [
    0x3ff1_93ea_7aad_030b, 0x3ff9_5c01_a39f_bd69, 0x3fde_8927_964f_d5fe,
    0x3ff5_9905_8c8c_1a96, 0x3ff6_3f08_b6f3_82ae, 0x4021_c129_ba6b_800f,
  ]
}
