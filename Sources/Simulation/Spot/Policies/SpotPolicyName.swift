/// The policies that can be named on a command line.
public enum SpotPolicyName: String, CaseIterable, Hashable, Sendable {
  case greedy
  case fallback
  case onDemand = "ondemand"
  case checkpointAware = "checkpoint-aware"
  case multiZone = "multi-zone"
  case uniformProgress = "uniform-progress"
  case uniformProgressEager = "uniform-progress-no-hysteresis"
  case threshold

  /// - Parameter fallbackThreshold: How many preemptions of a task are taken before it goes
  ///   on-demand.
  public func policy(fallbackThreshold: Int = 2) -> any SpotPolicy {
    switch self {
    case .greedy: GreedyPolicy()
    case .fallback: OnDemandFallbackPolicy(threshold: fallbackThreshold)
    case .onDemand: OnDemandOnlyPolicy()
    case .checkpointAware: CheckpointAwarePolicy()
    case .multiZone: MultiZonePolicy()
    case .uniformProgress: DeadlineSafePolicy(UniformProgressPolicy())
    case .uniformProgressEager:
      DeadlineSafePolicy(UniformProgressPolicy(hysteresisOverheads: nil))
    case .threshold: DeadlineSafePolicy(DeadlineThresholdPolicy())
    }
  }
}
