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
      "cant-be-late: a file with the spot prices of each zone's steps.", valueName: "json"))
  var prices: String?

  @Flag(help: "cant-be-late: let the job choose between the zones of all traces.")
  var zonesTogether = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "cant-be-late: what moving the job's data to another zone costs.", valueName: "dollars"))
  var moveDollars = 0.0
}

/// `coordinator simulate spot --model cant-be-late`: a job with a deadline on recorded markets.
struct CantBeLateRun {
  var options: CantBeLateOptions
  var overheadHours: Double
  /// JSON files, with commas between them.
  var traces: String
  /// Names of ``DeadlinePolicyName``, with commas between them.
  var policies: String
  /// Prices that stand for those of the files.
  var spotDollarsPerHour: Double?
  var onDemandDollarsPerHour: Double?

  /// Runs each policy on each market, on all cores.
  func report(isQuiet: Bool) async throws -> DeadlineReport {
    let names = try policyNames()
    let job = try usage { () throws(DeadlineJobError) in
      try DeadlineJob(
        workHours: options.jobHours, deadlineHours: options.deadlineHours,
        overheadHours: overheadHours, startEveryHours: options.startEveryHours)
    }
    let cases = try await markets().flatMap { market in names.map { (market, $0) } }
    let progress = NIOLockedValueBox(
      (done: 0, bar: ProgressBar(total: cases.count, unit: "results")))
    let results = try await Parallel.map(cases) { market, name in
      let result = try usage { () throws(DeadlineJobError) in
        try DeadlineResult(of: name, job: job, market: market)
      }
      progress.withLockedValue { progress in
        progress.done += 1
        if !isQuiet {
          progress.bar.note(progress.done, of: Double(progress.done) / Double(cases.count))
        }
      }
      return result
    }
    if !isQuiet { progress.withLockedValue { $0.bar.end("simulated") } }
    return DeadlineReport(results)
  }

  private func policyNames() throws -> [DeadlinePolicyName] {
    try policies.split(separator: ",", omittingEmptySubsequences: false).map { name in
      do {
        return try Choice.read(String(name), DeadlinePolicyName.self)
      } catch let error as ValidationError {
        throw ValidationError("--policies: " + error.message)
      }
    }
  }

  private func markets() async throws -> [DeadlineMarket] {
    let paths = traces.split(separator: ",").map(String.init)
    guard !paths.isEmpty else { throw ValidationError("--trace: expected a file") }
    for (flag, price) in [
      ("--spot-price", spotDollarsPerHour), ("--ondemand-price", onDemandDollarsPerHour),
    ] {
      guard let price, !(0...TraceFile.dollarsMax).contains(price) else { continue }
      throw ValidationError(
        "\(flag): expected dollars from 0 to \(Int(TraceFile.dollarsMax)), got \(price)")
    }
    var zones: [AvailabilityTrace] = []
    for path in paths {
      let bytes = try await InputFile.bytes(path, flag: "--trace")
      do {
        zones.append(
          try TraceFile.trace(
            bytes, file: printable(path), spotDollarsPerHour: spotDollarsPerHour,
            onDemandDollarsPerHour: onDemandDollarsPerHour))
      } catch {
        throw Failure(.usage, "--trace \(error)")
      }
    }
    if let prices = options.prices { zones = try await priced(zones, prices) }
    guard options.zonesTogether else {
      return zip(paths, zones).map { DeadlineMarket($1, name: $0) }
    }
    return [
      try usage { () throws(DeadlineJobError) in
        try DeadlineMarket(
          together: zones, name: paths.joined(separator: "+"), moveDollars: options.moveDollars)
      }
    ]
  }

  private func priced(
    _ zones: [AvailabilityTrace], _ path: String
  ) async throws -> [AvailabilityTrace] {
    let bytes = try await InputFile.bytes(path, flag: "--prices")
    let series: [(zone: String, nanodollars: [Int64])]
    do {
      series = try TraceFile.prices(bytes, file: printable(path))
    } catch {
      throw Failure(.usage, "--prices \(error)")
    }
    return try zones.map { zone in
      guard let prices = TraceFile.series(for: zone, in: series) else {
        throw Failure(
          .usage, "--prices \(printable(path)): no prices of the zone \(printable(zone.zone))")
      }
      return zone.priced(prices)
    }
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
