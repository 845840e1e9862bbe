import ArgumentParser
import Foundation
import Model
import NIOConcurrencyHelpers
import Simulation

/// `coordinator simulate spot`: what tasks cost on spot instances under one policy and the other.
struct SimulateSpotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spot",
    abstract: "Compare policies for tasks on spot and on-demand instances.",
    discussion: """
      Examples:
        coordinator simulate spot --duration 48 --policies greedy,fallback,ondemand --tasks 100
        coordinator simulate spot --repeat 30 --compare --output results.json
        coordinator simulate spot --model cant-be-late --trace us-east-1c_v100_1.json --overhead-hours 0.2 --format table
        coordinator simulate spot --price-model simple --preemption-rate 0.2 --grace-seconds 0 --overhead-hours 0.1

      Policies: \(SpotPolicyName.allCases.map(\.rawValue).joined(separator: ", ")). All of them face the same market, the same \
      tasks and the same luck. Those of cant-be-late: \(DeadlinePolicyName.allCases.map(\.rawValue).joined(separator: ", ")). \
      Docs/SPOT_POLICIES.md defines them.
      """)

  enum Format: String, CaseIterable {
    case json, table, csv
  }

  enum Model: String, CaseIterable {
    case market
    case cantBeLate = "cant-be-late"

    var usualPolicies: String {
      switch self {
      case .market: "greedy,fallback,ondemand"
      case .cantBeLate: "on-demand,greedy,uniform-progress,threshold,optimal"
      }
    }
  }

  @Option(
    help: "market: many tasks; cant-be-late: one job with a deadline, in the zones of --trace.",
    completion: .list(Model.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Model.self) })
  var model: Model = .market

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("How long to simulate.", valueName: "hours"))
  var duration = 48.0

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Policies, with commas between them. Default: \(Model.market.usualPolicies).",
      valueName: "names"))
  var policies: String?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("How many tasks.", valueName: "n"))
  var tasks = 100

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the results go, as JSON.", valueName: "file"))
  var output = "simulation_results.json"

  @Option(help: ArgumentHelp("Write each run's figures as CSV too.", valueName: "file"))
  var csv: String?

  @Option(help: ArgumentHelp("Seed of all draws.", valueName: "n"))
  var seed: UInt64 = 42

  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: ArgumentHelp("So many markets and sets of tasks; figures are means.", valueName: "n"))
  var repeats = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "After so many preemptions a task of fallback goes on-demand.", valueName: "n"))
  var fallbackThreshold = 2

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A task's deadline: so many times its length after its arrival. Default: none.",
      valueName: "factor"))
  var deadlineFactor: Double?

  @OptionGroup var market: SpotMarketOptions
  @OptionGroup var instances: SpotInstanceOptions
  @OptionGroup var job: CantBeLateOptions

  @Flag(help: "Show a table with margins, savings and the best ones after the figures.")
  var compare = false

  @Option(
    name: [.customShort("F"), .long],
    help: "Write the results to standard output as json, table or csv, and no file.",
    completion: .list(Format.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Format.self) })
  var format: Format?

  @Flag(name: .shortAndLong, help: "No progress on standard error.")
  var quiet = false

  func validate() throws {
    try SpotMarketOptions.check("--duration", duration, 1e-6...SpotUnits.hoursMax, "hours")
    guard (1...SpotSimulator.tasksMax).contains(tasks) else {
      throw ValidationError(
        "--tasks: expected a number from 1 to \(SpotSimulator.tasksMax), got \(tasks)")
    }
    guard (1...SpotExperiment.repeatsMax).contains(repeats) else {
      throw ValidationError(
        "--repeat: expected a number from 1 to \(SpotExperiment.repeatsMax), got \(repeats)")
    }
    guard fallbackThreshold >= 0 else {
      throw ValidationError("--fallback-threshold: expected a number from 0")
    }
    if let deadlineFactor {
      try SpotMarketOptions.check("--deadline-factor", deadlineFactor, 1...1e6, "")
    }
    switch model {
    case .market: _ = try chosenPolicies()
    case .cantBeLate:
      guard market.trace != nil else {
        throw ValidationError("--model cant-be-late: name the zones' recordings with --trace")
      }
    }
  }

  private var policyNames: String { policies ?? model.usualPolicies }

  private func chosenPolicies() throws -> [any SpotPolicy] {
    try policyNames.split(separator: ",", omittingEmptySubsequences: false).map { name in
      do {
        return try Choice.read(String(name), SpotPolicyName.self)
          .policy(fallbackThreshold: fallbackThreshold)
      } catch let error as ValidationError {
        throw ValidationError("--policies: " + error.message)
      }
    }
  }

  private func experiment() async throws -> SpotExperiment {
    SpotExperiment(
      source: try await market.source(hours: duration),
      tasks: TaskModel(count: tasks, deadlineFactor: deadlineFactor),
      settings: instances.settings, hours: duration, seed: seed, repeats: repeats)
  }

  func run() async throws {
    let terminal = Output(
      format: .table,
      terminal: Terminal(color: .auto, environment: ProcessInfo.processInfo.environment),
      isQuiet: quiet)
    switch model {
    case .market: try await runMarket(terminal)
    case .cantBeLate: try await runCantBeLate(terminal)
    }
  }

  private func runCantBeLate(_ terminal: Output) async throws {
    let run = CantBeLateRun(
      options: job, overheadHours: instances.overheadHours, traces: market.trace ?? "",
      policies: policyNames, spotDollarsPerHour: market.spotPrice,
      onDemandDollarsPerHour: market.onDemandPrice)
    let report = try await run.report(isQuiet: quiet)
    switch format ?? .table {
    case .json: terminal.write(line: report.json.indentedText)
    case .csv: terminal.write(line: String(report.csv.dropLast()))
    case .table: terminal.write(CantBeLateRun.table(report))
    }
  }

  private func runMarket(_ terminal: Output) async throws {
    let experiment = try await experiment()
    if format == nil {
      for line in SpotText.opening(experiment) { terminal.write(line: line) }
    }
    let comparison = try await comparison(experiment, try chosenPolicies())
    if let csv { try PictureOptions.write(comparison.csvText, to: csv, flag: "--csv") }
    switch format {
    case .json: terminal.write(line: comparison.jsonText)
    case .csv: terminal.write(line: String(comparison.csvText.dropLast()))
    case .table: terminal.write(Self.table(comparison))
    case nil:
      for line in SpotText.results(comparison) { terminal.write(line: line) }
      try PictureOptions.write(comparison.jsonText + "\n", to: output, flag: "--output")
      terminal.write(line: SpotText.saved(to: printable(output)))
      guard compare else { return }
      terminal.write(line: "")
      terminal.write(Self.table(comparison))
    }
  }

  /// Runs the repeats on all cores.
  private func comparison(_ experiment: SpotExperiment, _ policies: [any SpotPolicy]) async throws
    -> SpotComparison
  {
    let isShown = !quiet && repeats > 1
    let progress = NIOLockedValueBox(
      (done: 0, bar: ProgressBar(total: repeats, unit: "repeats")))
    let total = Double(repeats)
    let results = try await Parallel.map(Array(0..<repeats)) { number in
      do {
        let result = try experiment.run(policies, repeat: number)
        progress.withLockedValue { progress in
          progress.done += 1
          if isShown { progress.bar.note(progress.done, of: Double(progress.done) / total) }
        }
        return result
      } catch let error as SpotError {
        throw Failure(.usage, error.description)
      }
    }
    if isShown { progress.withLockedValue { $0.bar.end("simulated") } }
    return SpotComparison(repeats: results)
  }

  private static func table(_ comparison: SpotComparison) -> Table {
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
      return [
        .init(comparison.policyNames[policy], .bold), .init(text(2, \.totalCost)),
        .init(Self.text(comparison.savingsPercent(policy), 1) + "%"),
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
