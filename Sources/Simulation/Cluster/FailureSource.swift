import Model
import Scheduling

/// Says when the next failure is and what it hits, with one generator for each purpose.
struct FailureSource {
  struct Failure {
    let at: Instant
    let repair: TimeSpan
  }

  private let failures: NodeFailures?
  private let nodes: Int
  private var nextOfTrace = 0
  private var times: SeededRandom
  private var repairs: SeededRandom
  private var victims: SeededRandom

  init(_ failures: NodeFailures?, processors: Int) {
    self.failures = failures
    nodes = max(1, processors / (failures?.processorsPerNode ?? 1))
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
        at: now + Self.span(times.exponential(mean: between / Double(nodes))),
        repair: Self.span(repairs.exponential(mean: repair)))
    case .trace(let outages):
      guard nextOfTrace < outages.count else { return nil }
      let outage = outages[nextOfTrace]
      nextOfTrace += 1
      return Failure(
        at: max(now, .epoch + Self.span(outage.atSeconds)), repair: Self.span(outage.repairSeconds))
    }
  }

  /// Which processors fail, by their numbers among those in service; nil where no whole node is.
  mutating func hit(inService: Int) -> Range<Int>? {
    guard let failures, inService >= failures.processorsPerNode else { return nil }
    let first =
      victims.below(inService / failures.processorsPerNode) * failures.processorsPerNode
    return first..<(first + failures.processorsPerNode)
  }

  private static func span(_ seconds: Double) -> TimeSpan {
    TimeSpan(
      nanoseconds: Int64((min(seconds, Double(WorkloadLimits.secondsMax)) * 1e9).rounded(.up)))
  }
}
