/// The figures of several policies over all repeats of an experiment.
public struct SpotComparison: Hashable, Sendable {
  /// One repeat: all policies on one market.
  public struct Repeat: Hashable, Sendable {
    public let number: Int
    public let seed: UInt64
    /// In the order of the policies.
    public let metrics: [SpotMetrics]
    /// What the same tasks cost with on-demand instances only.
    public let onDemandCost: Charge

    package init(number: Int, seed: UInt64, metrics: [SpotMetrics], onDemandCost: Charge) {
      self.number = number
      self.seed = seed
      self.metrics = metrics
      self.onDemandCost = onDemandCost
    }
  }

  /// At least one; the first one has all that happened.
  public let repeats: [Repeat]

  public init(repeats: [Repeat]) {
    precondition(!repeats.isEmpty, "a comparison has a run")
    self.repeats = repeats
  }

  public var policyNames: [String] { repeats[0].metrics.map(\.policyName) }

  /// A figure of a policy, by its place, over the repeats in which it has one.
  public func estimate(_ policy: Int, _ figure: (SpotMetrics) -> Double?) -> SpotEstimate? {
    SpotEstimate(repeats.compactMap { figure($0.metrics[policy]) })
  }

  /// What a policy saves against on-demand instances only, in percent of their cost; over the
  /// repeats in which they cost something.
  public func savingsPercent(_ policy: Int) -> SpotEstimate? {
    SpotEstimate(
      repeats.compactMap { run in
        guard run.onDemandCost > .zero else { return nil }
        return (1 - run.metrics[policy].totalCost / run.onDemandCost.dollars) * 100
      })
  }

  /// The places of policies that no other one beats: none is at most as dear and as slow in the
  /// mean, and better in one of them.
  public var paretoFront: [Int] {
    let points = policyNames.indices.map { policy in
      (
        cost: estimate(policy, \.totalCost)?.mean ?? .infinity,
        hours: estimate(policy, \.averageCompletionHours)?.mean ?? .infinity
      )
    }
    return points.indices.filter { place in
      let point = points[place]
      return !points.contains { other in
        other.cost <= point.cost && other.hours <= point.hours
          && (other.cost < point.cost || other.hours < point.hours)
      }
    }
  }
}
