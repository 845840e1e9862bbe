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
        coordinator simulate spot --repeat 30 --compare --output results.json --html report.html
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

  @OptionGroup var outputs: SpotOutputOptions

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
    case .market:
      _ = try chosenPolicies()
      try job.refuseUnused()
      if job.prices != nil, market.trace == nil {
        throw ValidationError("--prices are those of recorded zones: name these with --trace")
      }
    case .cantBeLate:
      _ = try chosenDeadlinePolicies()
      guard market.trace != nil else {
        throw ValidationError("--model cant-be-late: name the zones' recordings with --trace")
      }
      if outputs.html != nil || outputs.gantt {
        throw ValidationError("--html and --gantt are about --model market")
      }
    }
  }

  private var policyNames: String { policies ?? model.usualPolicies }

  private func chosenPolicies() throws -> [any SpotPolicy] {
    try names(SpotPolicyName.self).map { $0.policy(fallbackThreshold: fallbackThreshold) }
  }

  private func chosenDeadlinePolicies() throws -> [DeadlinePolicyName] {
    try names(DeadlinePolicyName.self)
  }

  private func names<Name: RawRepresentable & CaseIterable>(_ type: Name.Type) throws -> [Name]
  where Name.RawValue == String {
    try policyNames.split(separator: ",", omittingEmptySubsequences: false).map { name in
      do {
        return try Choice.read(String(name), type)
      } catch let error as ValidationError {
        throw ValidationError("--policies: " + error.message)
      }
    }
  }

  private func experiment() async throws -> SpotExperiment {
    SpotExperiment(
      source: try await market.source(hours: duration, prices: job.prices),
      tasks: TaskModel(count: tasks, deadlineFactor: deadlineFactor),
      settings: instances.settings, hours: duration, seed: seed, repeats: repeats)
  }

  func run() async throws {
    try outputs.check()
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
      options: job, overheadHours: instances.overheadHours, market: market,
      policies: try chosenDeadlinePolicies())
    let report = try await run.report(isQuiet: quiet)
    if let csv = outputs.csv { try OutputFile.write(report.csv, to: csv, flag: "--csv") }
    let json = report.json.indentedText
    if let output = outputs.output {
      try OutputFile.write(json + "\n", to: output, flag: "--output")
    }
    switch format ?? .table {
    case .json: terminal.write(line: json)
    case .csv: terminal.write(line: String(report.csv.dropLast()))
    case .table: terminal.write(CantBeLateRun.table(report))
    }
  }

  private func runMarket(_ terminal: Output) async throws {
    let experiment = try await experiment()
    let path = outputs.output ?? SpotOutputOptions.usualPath
    if format == nil {
      try OutputFile.check(path, flag: "--output")
      for line in SpotText.opening(experiment) { terminal.write(line: line) }
    }
    let comparison = try await comparison(experiment, try chosenPolicies())
    try outputs.write(comparison, of: experiment)
    switch format {
    case .json: terminal.write(line: comparison.jsonText)
    case .csv: terminal.write(line: String(comparison.csvText.dropLast()))
    case .table: terminal.write(SpotTable.table(comparison))
    case nil:
      for line in SpotText.results(comparison) { terminal.write(line: line) }
      try OutputFile.write(comparison.jsonText + "\n", to: path, flag: "--output")
      terminal.write(line: SpotText.saved(to: printable(path)))
      if compare {
        terminal.write(line: "")
        terminal.write(SpotTable.table(comparison))
      }
      outputs.showGantts(comparison, hours: duration, terminal)
    }
  }

  /// Runs the repeats on all cores.
  private func comparison(_ experiment: SpotExperiment, _ policies: [any SpotPolicy]) async throws
    -> SpotComparison
  {
    let isShown = !quiet && repeats > 1 && ProgressBar.isTerminal
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
}
