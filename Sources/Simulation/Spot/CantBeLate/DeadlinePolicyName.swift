/// The policies of the model that can be named on a command line.
package enum DeadlinePolicyName: String, CaseIterable, Hashable, Sendable {
  case onDemand = "on-demand"
  case greedy
  case uniformProgress = "uniform-progress"
  case uniformProgressEager = "uniform-progress-no-hysteresis"
  case threshold
  /// No policy but the least cost that any could have: it knows the whole trace.
  case optimal

  /// What a run that starts in a step comes to.
  package func outcome(
    job: DeadlineJob, market: DeadlineMarket, start: Int
  ) -> DeadlineOutcome {
    switch self {
    case .onDemand: run(OnDemandOnlyPolicy(), job, market, start)
    case .greedy: run(GreedyPolicy(), job, market, start)
    case .uniformProgress: run(UniformProgressPolicy(), job, market, start)
    case .uniformProgressEager:
      run(UniformProgressPolicy(hysteresisOverheads: nil), job, market, start)
    case .threshold: run(DeadlineThresholdPolicy(), job, market, start)
    case .optimal: OptimalSchedule.outcome(job: job, market: market, start: start)
    }
  }

  private func run(
    _ policy: some SpotPolicy, _ job: DeadlineJob, _ market: DeadlineMarket, _ start: Int
  ) -> DeadlineOutcome {
    DeadlineRun.outcome(of: policy, job: job, market: market, start: start)
  }
}
