import Foundation
import Model
import Scheduling
import Testing

@Suite struct BinaryMathTests {
  @Test func `powers agree with those of the platform's library`() {
    var random = SeededRandom(seed: 1).child("powers")
    var worst = 0.0
    for _ in 0..<100_000 {
      let exponent = (random.next().asUnitInterval - 0.5) * 2000
      let expected = exp2(exponent)
      worst = max(worst, abs(BinaryMath.power(exponent) - expected) / expected)
    }
    #expect(worst <= 0x1p-51)
  }

  @Test func `whole powers are exact`() {
    for exponent in -1074...1023 {
      #expect(BinaryMath.power(Double(exponent)) == exp2(Double(exponent)))
    }
  }

  @Test func `powers beyond the range end at infinity and at 0`() {
    #expect(BinaryMath.power(1024) == .infinity)
    #expect(BinaryMath.power(.infinity) == .infinity)
    #expect(BinaryMath.power(-1100) == 0)
    #expect(BinaryMath.power(-.infinity) == 0)
    #expect(BinaryMath.power(.nan).isNaN)
  }

  @Test func `a power less one keeps its digits near 0`() {
    var random = SeededRandom(seed: 2).child("powers less one")
    for _ in 0..<5000 {
      let scale = exp2(-60 * random.next().asUnitInterval)
      let exponent = (random.next().asUnitInterval - 0.5) * scale
      let expected = expm1(exponent * 0.6931471805599453)
      #expect(abs(BinaryMath.powerMinusOne(exponent) - expected) <= 0x1p-50 * abs(expected))
    }
    #expect(BinaryMath.powerMinusOne(3) == 7)
  }
}
