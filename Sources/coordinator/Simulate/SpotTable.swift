import Simulation

/// The figures of a spot simulation for a terminal.
enum SpotTable {
  static func table(_ comparison: SpotComparison) -> Table {
    let titles = [
      "COST", "SAVINGS", "COMPLETED", "MEAN HOURS", "P99 HOURS", "PREEMPTIONS", "MISSES", "BEST",
    ]
    var table = Table(
      columns: [.init(title: "POLICY")] + titles.map { .init(title: $0, isRightAligned: true) })
    let front = Set(comparison.paretoFront)
    table.rows = comparison.policyNames.indices.map { policy in
      func text(_ places: Int, _ figure: (SpotMetrics) -> Double?) -> String {
        Self.text(comparison.estimate(policy, figure), places)
      }
      let savings = comparison.savingsPercent(policy)
      return [
        .init(comparison.policyNames[policy], .bold), .init(text(2, \.totalCost)),
        .init(savings.map { Self.text($0, 1) + "%" } ?? "-"),
        .init(text(1) { Double($0.completedTasks) }), .init(text(2, \.averageCompletionHours)),
        .init(text(2, \.p99CompletionHours)), .init(text(1) { Double($0.totalPreemptions) }),
        .init(text(1) { Double($0.deadlineMisses) }),
        .init(front.contains(policy) ? "yes" : "no"),
      ]
    }
    return table
  }

  private static func text(_ estimate: SpotEstimate?, _ places: Int) -> String {
    guard let estimate else { return "-" }
    let mean = FixedText.text(estimate.mean, places)
    return estimate.margin.map { "\(mean) ± \(FixedText.text($0, places))" } ?? mean
  }
}
