import Model
import Scheduling
import TestSupport
import Testing

@Suite struct DominantShareTests {
  @Test func `a share is the largest part of any resource over the weight`() {
    #expect(DominantShare(of: [1, 4], in: [9, 18], weightMilli: 1000).value == 4.0 / 18)
    #expect(DominantShare(of: [3, 1], in: [9, 18], weightMilli: 2000).value == 1.0 / 6)
    #expect(DominantShare(of: [0, -4], in: [9, 18], weightMilli: 1000) == .zero)
  }

  @Test func `a resource of which there is none counts as wholly used by whoever uses it`() {
    #expect(DominantShare(of: [1, 1], in: [100, 0], weightMilli: 1000).value == 1)
    #expect(DominantShare(of: [1, 0], in: [100, 0], weightMilli: 1000).value == 0.01)
  }

  @Test func `without weight a share is larger than all with one once it is above 0`() {
    let whole = DominantShare(of: [9], in: [9], weightMilli: 1)
    let little = DominantShare(of: [1], in: [9], weightMilli: 0)
    let more = DominantShare(of: [2], in: [9], weightMilli: 0)
    #expect(whole < little && little < more && !(more < little))
    #expect(little.value == .infinity)
    #expect(DominantShare(of: [0], in: [9], weightMilli: 0) == .zero)
  }

  @Test func `shares that differ by less than a rounding are told apart`() {
    let large: Int64 = 1_000_000_000_000_000
    let first = DominantShare(of: [large - 1], in: [large], weightMilli: 1000)
    let second = DominantShare(of: [large - 2], in: [large - 1], weightMilli: 1000)
    #expect(second < first)
    #expect(
      DominantShare(of: [1], in: [3], weightMilli: 1000)
        == DominantShare(of: [large], in: [3 * large], weightMilli: 1000))
    let widest = DominantShare(of: [.max - 1], in: [.max], weightMilli: 1_000_000)
    #expect(widest < DominantShare(of: [.max], in: [.max], weightMilli: 1_000_000))
  }

  @Test func `comparing agrees with exact integers`() {
    for seed in TestSeed.all(200) {
      var random = SeededRandom(seed: seed).child("shares")
      func one() -> (share: DominantShare, up: Int, down: Int) {
        let amount = random.below(7)
        let capacity = 1 + random.below(7)
        let weight = 1 + random.below(4)
        let share = DominantShare(
          of: [Int64(amount)], in: [Int64(capacity)], weightMilli: Int64(weight))
        return (share, amount, capacity * weight)
      }
      let (first, second) = (one(), one())
      #expect(
        (first.share < second.share) == (first.up * second.down < second.up * first.down),
        "seed \(seed)")
      #expect(
        (first.share == second.share) == (first.up * second.down == second.up * first.down),
        "seed \(seed)")
    }
  }
}
