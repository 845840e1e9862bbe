import ArgumentParser
import Simulation

/// What a simulation of a cluster shows besides its figures.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write a page with charts, which needs no network.", valueName: "html"))
  var report: String?

  @Option(help: ArgumentHelp("Write a picture.", valueName: "svg"))
  var svg: String?

  @Option(
    help: "What --svg shows: schedule (a Gantt chart), utilisation, waiting or comparison.",
    completion: .list(ClusterReport.Picture.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, ClusterReport.Picture.self) })
  var picture: ClusterReport.Picture = .schedule

  @Option(
    help: ArgumentHelp("Write the schedules for ui.perfetto.dev.", valueName: "json"))
  var traceEvents: String?

  @Option(
    help: ArgumentHelp(
      "Write busy processors and waiting jobs over time, as a table.", valueName: "csv"))
  var series: String?

  @Flag(help: "Draw each schedule on the terminal.")
  var gantt = false

  var needSchedule: Bool { report != nil || showsOneSchedule || traceEvents != nil || gantt }

  /// Whether the picture is of one policy's schedule.
  var showsOneSchedule: Bool { svg != nil && picture == .schedule }

  func write(_ report: ClusterReport, title: String) throws {
    let first = report.entries.first
    let metrics = first?.result.metrics
    if let path = self.report {
      let subtitle =
        "\(metrics?.jobs ?? 0) jobs on \(metrics?.processors ?? 0) processors, \(first?.options.estimates.rawValue ?? "no") estimates."
      try OutputFile.write(
        report.html(title: title, subtitle: subtitle), to: path, flag: "--report")
    }
    if let svg { try OutputFile.write(report.svg(picture), to: svg, flag: "--svg") }
    if let traceEvents {
      let runs = report.entries.map { ($0.policy, $0.result.schedule) }
      let text = TraceEvents.text(runs, processors: metrics?.processors ?? 1)
      try OutputFile.write(text, to: traceEvents, flag: "--trace-events")
    }
    if let series { try OutputFile.write(report.seriesCSV, to: series, flag: "--series") }
  }

  func showGantts(_ report: ClusterReport, _ output: Output) {
    guard gantt else { return }
    for entry in report.entries {
      output.write(line: entry.policy)
      let lines = TerminalGantt.lines(
        entry.result.schedule, processors: entry.result.metrics.processors,
        width: output.terminal.width ?? 100)
      for line in lines { output.write(line: line) }
      output.write(line: "")
    }
  }
}
