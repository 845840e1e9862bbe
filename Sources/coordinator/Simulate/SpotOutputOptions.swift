import ArgumentParser
import Simulation

/// What a spot simulation writes and shows besides the figures.
struct SpotOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the results go, as JSON. Default: \(usualPath); of cant-be-late nowhere.",
      valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Write each run's figures as CSV too.", valueName: "file"))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "Write a page with the figures, prices and Gantt charts, which needs no network.",
      valueName: "file"))
  var html: String?

  @Flag(help: "Draw the tasks of each policy on the terminal.")
  var gantt = false

  static let usualPath = "simulation_results.json"

  /// Refuses files that cannot be written, before a long run is in vain.
  func check() throws {
    for (flag, path) in [("--output", output), ("--csv", csv), ("--html", html)] {
      if let path { try OutputFile.check(path, flag: flag) }
    }
  }

  func write(_ comparison: SpotComparison, of experiment: SpotExperiment) throws {
    if let csv { try OutputFile.write(comparison.csvText, to: csv, flag: "--csv") }
    guard let html else { return }
    let page = comparison.html(
      title: "Spot simulation", subtitle: experiment.summary,
      market: experiment.market(ofRepeat: 0), hours: experiment.hours)
    try OutputFile.write(page, to: html, flag: "--html")
  }

  func showGantts(_ comparison: SpotComparison, hours: Double, _ output: Output) {
    guard gantt else { return }
    for metrics in comparison.repeats[0].metrics {
      output.write(line: "")
      output.write(line: metrics.policyName)
      let lines = SpotTerminalGantt.lines(
        metrics.record, hours: hours, width: output.terminal.width ?? 100)
      for line in lines { output.write(line: line) }
    }
  }
}
