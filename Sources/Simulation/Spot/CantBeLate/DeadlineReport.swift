package import Model

/// What the runs of one policy on one market came to.
package struct DeadlineResult: Hashable, Sendable {
  package let policy: DeadlinePolicyName
  package let trace: String
  /// The share of steps with spot instances in some zone, from 0 to 1.
  package let availability: Double
  /// At least one.
  package let runs: Int
  package let deadlineMisses: Int
  package let meanCost: Double
  package let minCost: Double
  package let maxCost: Double
  /// The sample's deviation of the cost (n - 1); 0 for one run.
  package let standardDeviation: Double
  /// What the job costs on-demand alone.
  package let onDemandCost: Double
  package let meanSpotHours: Double
  package let meanOnDemandHours: Double
  package let meanPreemptions: Double

  /// Against on-demand alone, in percent of it; below 0 where it costs more.
  package var savingsPercent: Double {
    onDemandCost > 0 ? (1 - meanCost / onDemandCost) * 100 : 0
  }

  /// Runs a job from each start that fits the market.
  ///
  /// - Throws: where no run fits.
  package init(
    of policy: DeadlinePolicyName, job: DeadlineJob, market: DeadlineMarket
  ) throws(DeadlineJobError) {
    let outcomes = market.starts(of: job).map {
      policy.outcome(job: job, market: market, start: $0)
    }
    guard !outcomes.isEmpty else {
      throw DeadlineJobError(
        description: "\(market.name): no run fits the trace; it must hold the deadline and an hour")
    }
    self.policy = policy
    trace = market.name
    availability = market.availability
    runs = outcomes.count
    deadlineMisses = outcomes.count(where: \.isLate)
    let costs = outcomes.map(\.cost.dollars)
    meanCost = DeadlineResult.mean(outcomes.reduce(.zero) { $0 + $1.cost }.dollars, of: runs)
    minCost = costs.min() ?? 0
    maxCost = costs.max() ?? 0
    let mean = meanCost
    let squares = costs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = runs > 1 ? (squares / Double(runs - 1)).squareRoot() : 0
    onDemandCost = market.onDemandCharge(of: job).dollars
    let step = market.stepNanoseconds
    func meanHours(_ steps: (DeadlineOutcome) -> Int) -> Double {
      let sum = outcomes.reduce(0) { $0 + Int64(steps($1)) }
      return DeadlineResult.mean(SpotUnits.hours(sum * step), of: outcomes.count)
    }
    meanSpotHours = meanHours(\.spotSteps)
    meanOnDemandHours = meanHours(\.onDemandSteps)
    meanPreemptions = DeadlineResult.mean(
      Double(outcomes.reduce(0) { $0 + $1.preemptions }), of: runs)
  }

  private static func mean(_ sum: Double, of count: Int) -> Double { sum / Double(count) }
}

/// The results of policies on markets, as they are printed.
package struct DeadlineReport: Hashable, Sendable {
  /// The columns' names in JSON and in tables of commas.
  package static let columns = [
    "policy", "trace", "availability", "runs", "deadline_misses", "mean_cost", "min_cost",
    "max_cost", "stddev", "on_demand_cost", "savings_percent", "spot_hours", "on_demand_hours",
    "mean_preemptions",
  ]

  package let results: [DeadlineResult]

  package init(_ results: [DeadlineResult]) {
    self.results = results
  }

  /// `{"model": "cant-be-late", "results": [{"policy", "trace", "mean_cost", …}]}`.
  package var json: JSONValue {
    let rows = results.map { result in
      JSONValue.object(
        zip(DeadlineReport.columns, DeadlineReport.values(result)).map { JSONValue.Member($0, $1) })
    }
    return .object([
      JSONValue.Member("model", .string("cant-be-late")), JSONValue.Member("results", .array(rows)),
    ])
  }

  /// A line of names and one for each result. Names with commas, quotes or line breaks are quoted.
  package var csv: String {
    let lines = results.map { result in
      DeadlineReport.values(result).map { value in
        value.stringValue.map(DeadlineReport.quoted) ?? value.text
      }.joined(separator: ",")
    }
    return ([DeadlineReport.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  /// In the order of ``columns``.
  private static func values(_ result: DeadlineResult) -> [JSONValue] {
    [
      .string(result.policy.rawValue), .string(result.trace), number(result.availability),
      .integer(result.runs), .integer(result.deadlineMisses), number(result.meanCost),
      number(result.minCost), number(result.maxCost), number(result.standardDeviation),
      number(result.onDemandCost), number(result.savingsPercent), number(result.meanSpotHours),
      number(result.meanOnDemandHours), number(result.meanPreemptions),
    ]
  }

  private static func number(_ value: Double) -> JSONValue { .number("\(value)") }
}
