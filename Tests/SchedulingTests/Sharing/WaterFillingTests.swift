import Model
import Scheduling
import TestSupport
import Testing

@Suite struct WaterFillingTests {
  private func divide(
    _ amount: Int64, _ claims: [(need: Int64, weight: Int64)], unit: Int64 = 1
  ) -> [Int64] {
    WaterFilling.divide(
      amount, among: claims.map { .init(need: $0.need, weight: $0.weight) }, unit: unit)
  }

  @Test func `equal weights share equally and the odd unit goes to the older`() {
    #expect(divide(5, [(9, 1), (9, 1)]) == [3, 2])
    #expect(divide(7, [(9, 1), (9, 1), (9, 1)]) == [3, 2, 2])
  }

  @Test func `the odd unit goes to the largest fraction first`() {
    // 10 by 1:2 is 3⅓ and 6⅔.
    #expect(divide(10, [(99, 1), (99, 2)]) == [3, 7])
    // 7 by 3:2:2 is 3, 2, 2; 8 by 3:2:2 is 3³⁄₇, 2²⁄₇, 2²⁄₇.
    #expect(divide(8, [(99, 2), (99, 3), (99, 2)]) == [2, 4, 2])
  }

  @Test func `what one does not need rises to the others`() {
    #expect(divide(10, [(1, 1), (99, 1), (99, 1)]) == [1, 5, 4])
    #expect(divide(100, [(10, 1), (20, 1), (30, 1)]) == [10, 20, 30])
    #expect(divide(12, [(2, 1), (5, 1), (99, 1)]) == [2, 5, 5])
  }

  @Test func `without weight one gets nothing`() {
    #expect(divide(10, [(5, 0), (5, 1)]) == [0, 5])
    #expect(divide(10, [(5, 0)]) == [0])
  }

  @Test func `parts are whole units but for exact needs and the last part`() {
    // GPUs in milli: 2.5 GPUs for two that want all of them.
    #expect(divide(2500, [(9000, 1), (9000, 1)], unit: 1000) == [1500, 1000])
    #expect(divide(3000, [(500, 1), (9000, 1), (9000, 1)], unit: 1000) == [500, 1500, 1000])
  }

  @Test func `nothing to divide and no one to take are fine`() {
    #expect(divide(0, [(5, 1)]) == [0])
    #expect(divide(5, []) == [])
    #expect(
      divide(.max, [(.max, WaterFilling.weightLimit), (.max, 1)]) == [.max - 1_048_576, 1_048_576])
  }

  /// The level by trying every need as the place where it stops, in exact fractions; then whole
  /// units as the rule says.
  private func plain(
    _ amount: Int, _ claims: [(need: Int, weight: Int)], unit: Int
  ) -> [Int] {
    let total = claims.reduce(0) { $0 + ($1.weight > 0 ? $1.need : 0) }
    if total <= amount { return claims.map { $0.weight > 0 ? $0.need : 0 } }
    // The level is p/q with q the sum of the weights of the unsatisfied: find the set by its
    // definition.
    for satisfied in 0..<(1 << claims.count) {
      let isIn = { (index: Int) in satisfied & (1 << index) != 0 }
      let open = claims.indices.filter { claims[$0].weight > 0 && !isIn($0) }
      let closed = claims.indices.filter { claims[$0].weight > 0 && isIn($0) }
      let numerator = amount - closed.reduce(0) { $0 + claims[$1].need }
      let denominator = open.reduce(0) { $0 + claims[$1].weight }
      guard denominator > 0, numerator >= 0,
        closed.allSatisfy({ claims[$0].need * denominator <= numerator * claims[$0].weight }),
        open.allSatisfy({ claims[$0].need * denominator > numerator * claims[$0].weight })
      else { continue }
      var parts = claims.map { _ in 0 }
      closed.forEach { parts[$0] = claims[$0].need }
      var fractions = claims.map { _ in 0 }
      for index in open {
        let exact = numerator * claims[index].weight
        parts[index] = exact / (denominator * unit) * unit
        fractions[index] = exact % (denominator * unit)
      }
      var rest = amount - parts.reduce(0, +)
      while rest > 0 {
        for index in open.sorted(by: { (-fractions[$0], $0) < (-fractions[$1], $1) }) {
          let part = min(unit, rest, claims[index].need - parts[index])
          parts[index] += part
          rest -= part
        }
      }
      return parts
    }
    preconditionFailure("some set is the satisfied one")
  }

  @Test func `parts equal those of a search over all levels`() {
    for seed in TestSeed.all(2000) {
      var random = SeededRandom(seed: seed).child("levels")
      let unit = random.pick([1, 1, 3, 10])
      let claims = (0..<(1 + random.below(6))).map { _ in
        (need: random.below(40), weight: random.below(5))
      }
      let amount = random.below(100)
      let parts = divide(
        Int64(amount), claims.map { (Int64($0.need), Int64($0.weight)) }, unit: Int64(unit))
      #expect(parts.map(Int.init) == plain(amount, claims, unit: unit), "seed \(seed)")
      let wanted = claims.reduce(0) { $0 + ($1.weight > 0 ? $1.need : 0) }
      #expect(parts.reduce(0, +) == Int64(min(amount, wanted)), "seed \(seed)")
    }
  }
}
