/// What the spot simulation says on the terminal.
public enum SpotText {
  /// The lines before the policies run.
  public static func opening(_ experiment: SpotExperiment) -> [String] {
    let hours = ReportText.short(experiment.hours)
    let market =
      switch experiment.source {
      case .recorded: "Reading spot price data..."
      case .model(let model):
        switch model.prices {
        case .ornsteinUhlenbeck: "Generating spot price data (Ornstein-Uhlenbeck process)..."
        case .simple: "Generating spot price data (constant price)..."
        }
      }
    return ["Generating \(experiment.tasks.count) tasks over \(hours) hours...", market, ""]
  }

  /// The lines of each policy: of one run its figures, of several their means.
  public static func results(_ comparison: SpotComparison) -> [String] {
    comparison.policyNames.indices.flatMap { results(comparison, policy: $0) }
  }

  private static func results(_ comparison: SpotComparison, policy: Int) -> [String] {
    let cost = comparison.estimate(policy, \.totalCost)?.mean ?? 0
    let hours = comparison.estimate(policy, \.averageCompletionHours)?.mean
    let preemptions = comparison.estimate(policy) { Double($0.totalPreemptions) }?.mean ?? 0
    return [
      "Running simulation with \(comparison.policyNames[policy]) policy...",
      "  Cost: $" + ReportText.decimal(cost, places: 2),
      "  Avg completion: " + (hours.map { ReportText.decimal($0, places: 1) + "h" } ?? "none"),
      "  Preemptions: " + ReportText.short(preemptions, places: 1),
      "",
    ]
  }

  /// The line that says where the results went.
  public static func saved(to path: String) -> String { "Results saved to \(path)" }
}

extension SpotExperiment {
  /// What is simulated, in a sentence.
  package var summary: String {
    let market =
      switch source {
      case .recorded(let market):
        "recorded spot markets (\(market.zones.map(\.name).joined(separator: ", ")))"
      case .model(let model):
        "a drawn spot market of $\(ReportText.short(model.spotDollarsPerHour, places: 4)) an hour, "
          + "on-demand $\(ReportText.short(model.onDemandDollarsPerHour, places: 4))"
      }
    let again = repeats > 1 ? ", \(repeats) repeats" : ""
    return "\(tasks.count) tasks over \(ReportText.short(hours)) hours on \(market); "
      + "seed \(seed)\(again)."
  }
}
