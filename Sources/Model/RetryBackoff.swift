/// How long a job that failed waits before it is tried again.
///
/// The first wait is ``initial``; each further failure multiplies it, up to ``ceiling``. Then a part drawn for the job and the
/// number of its failures is added or taken away, so that jobs that failed together do not come back together. Whole
/// numbers throughout: the same seed gives the same waits everywhere.
package struct RetryBackoff: Hashable, Sendable {
  /// Above 0.
  package var initial: TimeSpan
  /// Thousandths, at least 1000.
  package var multiplierMilli: Int64
  package var ceiling: TimeSpan
  /// How much more or less a wait may be, 0...100.
  package var jitterPercent: Int64
  /// How often a job is tried, at least 1.
  package var attempts: Int

  package static let standard = RetryBackoff()

  package init(
    initial: TimeSpan = .seconds(30), multiplierMilli: Int64 = 2000,
    ceiling: TimeSpan = .seconds(3600), jitterPercent: Int64 = 20, attempts: Int = 5
  ) {
    self.initial = initial
    self.multiplierMilli = multiplierMilli
    self.ceiling = ceiling
    self.jitterPercent = jitterPercent
    self.attempts = attempts
  }

  /// The wait after a number of failures; nil where that many are the last.
  ///
  /// - Parameter random: the job's own generator, in its first state.
  package func delay(afterFailures failures: Int, random: SeededRandom) -> TimeSpan? {
    precondition(failures > 0, "only a job that failed is tried again")
    guard failures < attempts else { return nil }
    var wait = min(initial, ceiling).nanoseconds
    var left = failures - 1
    while left > 0, wait < ceiling.nanoseconds, multiplierMilli > 1000 {
      let product = Int128(wait) * Int128(multiplierMilli) / 1000
      wait = Int64(clamping: min(product, Int128(ceiling.nanoseconds)))
      left -= 1
    }
    let word = random.word(at: UInt64(failures))
    let permille = 1000 - 10 * jitterPercent + Int64(word % UInt64(20 * jitterPercent + 1))
    return .nanoseconds(Int64(clamping: Int128(wait) * Int128(permille) / 1000))
  }
}
