import ArgumentParser
import Foundation
import Model
import Scheduling
import Simulation

/// `coordinator simulate pass`: how long a live planner takes for one pass over a large cluster.
struct SimulatePassCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pass",
    abstract: "Measure passes of the live planner over a large cluster.",
    discussion: """
      Examples:
        coordinator simulate pass
        coordinator simulate pass --nodes 1000 --pending 2000 --order fair_share --passes 100

      The cluster is drawn from the seed: nodes of eight GPUs of four models, nearly full, and jobs of one GPU to four nodes. \
      Before each pass so many jobs end and as many are submitted, and what the last pass started runs. Times are the \
      processor's: the first plan, and each pass with the changes before it.
      """)

  @Option(help: ArgumentHelp("Nodes of the cluster.", valueName: "n"))
  var nodes = 10_000

  @Option(help: ArgumentHelp("Jobs that wait at the beginning.", valueName: "n"))
  var pending = 100_000

  @Option(
    help: ArgumentHelp(
      "Jobs that end, and jobs that are submitted, before each pass.", valueName: "n"))
  var changes = 10

  @Option(help: ArgumentHelp("Passes after the first plan.", valueName: "n"))
  var passes = 50

  @Option(
    help: "The policy's order, such as priority or fair_share.",
    completion: .list(PlanPolicy.Order.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, PlanPolicy.Order.self) })
  var order: PlanPolicy.Order = .priority

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var outputOptions: OutputOptions

  private static let changesMax = 100_000

  /// The processor's time that this process has used.
  private static var cpuSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

  func validate() throws {
    try Self.check("--nodes", nodes, 1...PassTrial.nodesMax)
    try Self.check("--pending", pending, 0...PassTrial.pendingMax)
    try Self.check("--changes", changes, 0...Self.changesMax)
    try Self.check("--passes", passes, 1...PassTrial.passesMax)
  }

  private static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(name): expected a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  func run() async throws {
    let output = try outputOptions.output()
    var trial = PassTrial(
      PassTrial.Settings(
        nodes: nodes, pending: pending, changes: changes, passes: passes, order: order, seed: seed))
    let outcome = try trial.run(clock: { Self.cpuSeconds })
    let sorted = outcome.passSeconds.sorted()
    func milliseconds(_ seconds: Double?) -> JSONValue {
      .number(FixedText.text((seconds ?? 0) * 1000, 1))
    }
    let entries: [(name: String, value: JSONValue)] = [
      ("nodes", .integer(nodes)), ("running", .integer(outcome.running)),
      ("pending", .integer(pending)), ("order", .string(order.rawValue)),
      ("first_plan_seconds", .number(FixedText.text(outcome.firstSeconds, 3))),
      ("first_plan_starts", .integer(outcome.firstStarts)),
      ("passes", .integer(sorted.count)), ("starts", .integer(outcome.starts)),
      ("pass_min_ms", milliseconds(sorted.first)),
      ("pass_median_ms", milliseconds(sorted[sorted.count / 2])),
      ("pass_max_ms", milliseconds(sorted.last)),
    ]
    if output.isStructured {
      output.write(.object(entries.map { .init($0.name, $0.value) }))
      return
    }
    var sheet = Sheet()
    for entry in entries { sheet.add(entry.name, entry.value.stringValue ?? entry.value.text) }
    for line in sheet.lines(terminal: output.terminal) { output.write(line: line) }
  }
}
