import ArgumentParser
import Foundation
import Model
import NIOConcurrencyHelpers
import Scheduling
import Simulation

/// `coordinator simulate placement`: how full a cluster of GPUs becomes under a placement policy.
struct SimulatePlacementCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "placement",
    abstract: "Compare placement policies on nodes with GPUs that are shared.",
    discussion: """
      Examples:
        coordinator simulate placement --nodes openb_node_list_gpu_node.csv --pods openb_pod_list_default.csv
        coordinator simulate placement --nodes nodes.csv --pods pods.csv --policy bestfit,fgd --seeds 42..51 --json

      Pods arrive on the empty cluster and stay; one that fits nowhere is skipped. Docs/PLACEMENT.md defines the policies \
      and the figures.
      """)

  @Option(help: ArgumentHelp("The nodes: sn, cpu_milli, memory_mib, gpu, model.", valueName: "csv"))
  var nodes: String

  @Option(
    help: ArgumentHelp(
      "The pods: cpu_milli, memory_mib, num_gpu, gpu_milli, and gpu_spec where there is one.",
      valueName: "csv"))
  var pods: String

  @Option(
    help: ArgumentHelp("Policies, with commas between them. Default: all.", valueName: "names"),
    transform: SimulatePlacementCommand.policies)
  var policy = PlacementPolicyName.allCases

  @Option(
    help: ArgumentHelp("GPUs that arrive in all, as a part of the cluster's.", valueName: "factor"))
  var load = 1.3

  @Option(
    help: ArgumentHelp(
      "Seeds, such as 42 or 42..51: one run of each policy for each.", valueName: "seeds"),
    transform: SimulatePlacementCommand.seeds)
  var seeds: ClosedRange<UInt64> = 42...51

  @Option(
    help: ArgumentHelp(
      "At which arrivals to look, in percent of the cluster's GPUs.", valueName: "percents"),
    transform: SimulatePlacementCommand.percents)
  var at: [Double] = [90, 100, 130]

  @OptionGroup var outputOptions: OutputOptions

  static func policies(_ text: String) throws -> [PlacementPolicyName] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try Choice.read(String($0), PlacementPolicyName.self)
    }
  }

  static func seeds(_ text: String) throws -> ClosedRange<UInt64> {
    do {
      return try PlacementExperiment.seeds(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  static func percents(_ text: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let percent = Double(part), percent >= 0, percent.isFinite else {
        throw ValidationError("expected percents such as 90,100,130, got \"\(text)\"")
      }
      return percent
    }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let experiment = try await experiment()
    let runs = policy.flatMap { name in seeds.map { (name, $0) } }
    let progress = NIOLockedValueBox(
      (done: 0, bar: ProgressBar(total: runs.count, unit: "runs")))
    let isQuiet = output.isQuiet
    let results = try await Parallel.map(runs) { name, seed in
      let result = experiment.run(name, seed: seed)
      progress.withLockedValue { progress in
        progress.done += 1
        if !isQuiet {
          progress.bar.note(progress.done, of: Double(progress.done) / Double(runs.count))
        }
      }
      return result
    }
    if !isQuiet { progress.withLockedValue { $0.bar.end("simulated") } }
    let report = PlacementReport(results)
    output.isStructured ? output.write(report.json) : output.write(Self.table(report))
  }

  private func experiment() async throws -> PlacementExperiment {
    do {
      return try PlacementExperiment(
        nodes: try Openb.nodes(
          try await InputFile.text(nodes, flag: "--nodes"), file: printable(nodes)),
        pods: try Openb.pods(try await InputFile.text(pods, flag: "--pods"), file: printable(pods)),
        load: load, arrivalPercents: at)
    } catch let error as CommaTableError {
      throw Failure(.usage, "\(error)")
    } catch let error as PlacementExperimentError {
      throw Failure(.usage, "\(error)")
    }
  }

  private static func table(_ report: PlacementReport) -> Table {
    var table = Table(
      columns: [.init(title: "POLICY")]
        + ["ARRIVED", "ALLOCATED", "DEVIATION", "FRAGMENTED", "OF FREE", "SKIPPED PODS"].map {
          .init(title: $0, isRightAligned: true)
        })
    table.rows = report.rows.map { row in
      [
        .init(row.policy.rawValue, .bold), .init(FixedText.text(row.arrivalPercent, 0) + "%"),
        .init(FixedText.text(row.allocatedPercentMean, 3) + "%"),
        .init(FixedText.text(row.allocatedPercentStandardDeviation, 3)),
        .init(FixedText.text(row.fragmentedPercentMean, 3) + "%"),
        .init(FixedText.text(row.fragmentedOfFreePercentMean, 1) + "%"),
        .init(FixedText.text(row.skippedPodsMean, 1)),
      ]
    }
    return table
  }
}
