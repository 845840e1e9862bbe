import Model
import TestSupport
import Testing

@Suite struct RetryBackoffTests {
  private static let exact = RetryBackoff(
    initial: .seconds(10), multiplierMilli: 1500, ceiling: .seconds(40), jitterPercent: 0,
    attempts: 7)

  private static func waits(_ backoff: RetryBackoff, seed: UInt64 = 1) -> [TimeSpan?] {
    (1...7).map { backoff.delay(afterFailures: $0, random: SeededRandom(seed: seed)) }
  }

  @Test
  func `without jitter waits grow by the factor up to the ceiling, and end with the attempts`() {
    let milliseconds: [Int64] = [10_000, 15_000, 22_500, 33_750, 40_000, 40_000]
    #expect(Self.waits(Self.exact) == milliseconds.map { .milliseconds($0) } + [nil])
  }

  @Test(arguments: TestSeed.all(100))
  func `jitter stays within its part of the wait and is the same for the same seed`(seed: UInt64) {
    var backoff = Self.exact
    backoff.jitterPercent = 20
    let waits = Self.waits(backoff, seed: seed)
    #expect(waits == Self.waits(backoff, seed: seed), "seed \(seed)")
    for (wait, exact) in zip(waits, Self.waits(Self.exact)) {
      guard let wait, let exact else {
        #expect(wait == nil && exact == nil, "seed \(seed)")
        continue
      }
      #expect(wait.nanoseconds >= exact.nanoseconds / 10 * 8, "seed \(seed)")
      #expect(wait.nanoseconds <= exact.nanoseconds / 10 * 12, "seed \(seed)")
    }
  }

  @Test func `jobs that failed together do not come back together`() {
    let random = SeededRandom(seed: 1)
    let waits = (0..<50).map {
      RetryBackoff.standard.delay(afterFailures: 1, random: random.child("job \($0)"))
    }
    #expect(Set(waits).count > 25)
  }

  @Test func `a wait of many failures does not overflow`() {
    let backoff = RetryBackoff(
      initial: .seconds(1), multiplierMilli: 1_000_000, ceiling: .nanoseconds(.max),
      jitterPercent: 100, attempts: .max)
    let wait = backoff.delay(afterFailures: 1_000_000, random: SeededRandom(seed: 1))
    #expect((wait?.nanoseconds ?? -1) >= 0)
  }
}
