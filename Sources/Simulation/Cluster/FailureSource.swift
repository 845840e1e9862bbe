import Model
import Scheduling

/// Says when the next failure is and what it hits, with one generator for each purpose.
struct FailureSource {
  struct Failure {
    let at: Instant
    let repair: TimeSpan
    /// The node's name, where it is told.
    let node: String?
  }

  private let failures: NodeFailures?
  private let parts: Int
  private var nextOfTrace = 0
  private var times: SeededRandom
  private var repairs: SeededRandom
  private var victims: SeededRandom

  /// - Parameter parts: how many fail on their own, at least 1.
  init(_ failures: NodeFailures?, parts: Int) {
    self.failures = failures
    self.parts = parts
    let random = SeededRandom(seed: failures?.seed ?? 0)
    times = random.child("times of failures")
    repairs = random.child("lengths of repairs")
    victims = random.child("failed nodes")
  }

  /// The next failure after `now`; nil where there is none any more.
  mutating func next(after now: Instant) -> Failure? {
    switch failures?.times {
    case nil: return nil
    case .random(let between, let repair):
      return Failure(
        at: now + Self.span(times.exponential(mean: between / Double(parts))),
        repair: Self.span(repairs.exponential(mean: repair)), node: nil)
    case .trace(let outages):
      guard nextOfTrace < outages.count else { return nil }
      let outage = outages[nextOfTrace]
      nextOfTrace += 1
      return Failure(
        at: max(now, .epoch + Self.span(outage.atSeconds)),
        repair: Self.span(outage.repairSeconds), node: outage.node)
    }
  }

  /// Which one of so many fails.
  mutating func victim(of count: Int) -> Int { victims.below(count) }

  private static func span(_ seconds: Double) -> TimeSpan {
    TimeSpan(
      nanoseconds: Int64((min(seconds, Double(WorkloadLimits.secondsMax)) * 1e9).rounded(.up)))
  }
}
