import ArgumentParser
import Model
import NIOConcurrencyHelpers
import Simulation

/// The flags that only `simulate spot --model cant-be-late` has.
struct CantBeLateOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("cant-be-late: the job's work.", valueName: "hours"))
  var jobHours = 48.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("cant-be-late: when the job must be done.", valueName: "hours"))
  var deadlineHours = 70.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("cant-be-late: from one run's start to the next.", valueName: "hours"))
  var startEveryHours = 48.0

  @Option(
    help: ArgumentHelp(
      "A file with the spot prices of each zone's steps, for those of --trace.", valueName: "json"))
  var prices: String?

  @Flag(help: "cant-be-late: let the job choose between the zones of all traces.")
  var zonesTogether = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "cant-be-late: what moving the job's data to another zone costs.", valueName: "dollars"))
  var moveDollars = 0.0

  /// Refuses what would change nothing outside of this model.
  func refuseUnused() throws {
    guard !zonesTogether, moveDollars == 0 else {
      throw ValidationError(
        "--zones-together and --move-dollars are about --model cant-be-late; in a market all zones "
          + "are together, and --egress-price is what a move costs")
    }
  }
}

/// `coordinator simulate spot --model cant-be-late`: a job with a deadline on recorded markets.
struct CantBeLateRun {
  var options: CantBeLateOptions
  var overheadHours: Double
  var market: SpotMarketOptions
  var policies: [DeadlinePolicyName]

  /// Runs each policy on each market, on all cores.
  func report(isQuiet: Bool) async throws -> DeadlineReport {
    let job = try usage { () throws(DeadlineJobError) in
      try DeadlineJob(
        workHours: options.jobHours, deadlineHours: options.deadlineHours,
        overheadHours: overheadHours, startEveryHours: options.startEveryHours)
    }
    let cases = try await markets().flatMap { market in policies.map { (market, $0) } }
    let isShown = !isQuiet && ProgressBar.isTerminal
    let progress = NIOLockedValueBox(
      (done: 0, bar: ProgressBar(total: cases.count, unit: "results")))
    let results = try await Parallel.map(cases) { market, name in
      let result = try usage { () throws(DeadlineJobError) in
        try DeadlineResult(of: name, job: job, market: market)
      }
      progress.withLockedValue { progress in
        progress.done += 1
        if isShown {
          progress.bar.note(progress.done, of: Double(progress.done) / Double(cases.count))
        }
      }
      return result
    }
    if isShown { progress.withLockedValue { $0.bar.end("simulated") } }
    return DeadlineReport(results)
  }

  private func markets() async throws -> [DeadlineMarket] {
    let zones = try await market.recordings(prices: options.prices)
    guard options.zonesTogether else {
      return zones.map { DeadlineMarket($0.trace, name: $0.path) }
    }
    return [
      try usage { () throws(DeadlineJobError) in
        try DeadlineMarket(
          together: zones.map(\.trace), name: zones.map(\.path).joined(separator: "+"),
          moveDollars: options.moveDollars)
      }
    ]
  }

  /// The figures for a terminal.
  static func table(_ report: DeadlineReport) -> Table {
    let titles = ["MEAN", "LEAST", "MOST", "SAVINGS", "SPOT H", "ON-DEMAND H", "RUNS", "MISSES"]
    var table = Table(
      columns: [.init(title: "TRACE"), .init(title: "POLICY")]
        + titles.map { .init(title: $0, isRightAligned: true) })
    table.rows = report.results.map { result in
      [
        .init(printable(result.trace)), .init(result.policy.rawValue, .bold),
        .init(FixedText.text(result.meanCost, 3)), .init(FixedText.text(result.minCost, 3)),
        .init(FixedText.text(result.maxCost, 3)),
        .init(FixedText.text(result.savingsPercent, 1) + "%"),
        .init(FixedText.text(result.meanSpotHours, 1)),
        .init(FixedText.text(result.meanOnDemandHours, 1)), .init("\(result.runs)"),
        .init("\(result.deadlineMisses)"),
      ]
    }
    return table
  }
}

/// What a job or a market is refused for, as a failure of the command's usage.
private func usage<Value>(_ body: () throws(DeadlineJobError) -> Value) throws -> Value {
  do {
    return try body()
  } catch {
    throw Failure(.usage, error.description)
  }
}
