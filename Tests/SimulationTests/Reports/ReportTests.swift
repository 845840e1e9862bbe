import Foundation
import Model
import TestSupport
import Testing

@testable import Simulation

@Suite struct ReportTests {
  /// A schedule that a random machine could have run.
  private func schedule(_ random: inout SeededRandom, processors: Int) throws -> [ScheduleRecord] {
    let jobs = (0..<60).map { index in
      WorkloadJob(
        id: index + 1, submitSeconds: Double(random.below(200)),
        runSeconds: Double(1 + random.below(50)), requestedSeconds: nil,
        processors: 1 + random.below(processors))
    }
    let simulation = ClusterSimulation(
      processors: processors, options: .init(keepsSchedule: true))
    return try simulation.run(Workload(jobs: jobs), policy: .named("easy")).schedule
  }

  @Test(arguments: TestSeed.all(20))
  func `a layout gives each run its processors and none to two at a time`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let processors = 1 + random.below(12)
    let schedule = try schedule(&random, processors: processors)
    let pieces = ProcessorLayout(schedule, processors: processors).pieces
    for run in schedule.indices {
      let mine = pieces.filter { $0.run == run }
      #expect(mine.reduce(0) { $0 + $1.processors.count } == schedule[run].processors)
    }
    for (place, piece) in pieces.enumerated() {
      #expect(piece.processors.lowerBound >= 0 && piece.processors.upperBound <= processors)
      for other in pieces[..<place] where other.processors.overlaps(piece.processors) {
        let (one, two) = (schedule[piece.run], schedule[other.run])
        #expect(one.start >= two.end || two.start >= one.end, "seed \(seed)")
      }
    }
  }

  @Test func `a scale has round ticks and keeps what is outside at its ends`() {
    let scale = ChartScale(low: 0, high: 23, from: 100, to: 560)
    #expect(scale.ticks(about: 5) == [0, 5, 10, 15, 20])
    #expect(scale.place(0) == 100 && scale.place(23) == 560 && scale.place(11.5) == 330)
    #expect(scale.place(-4) == 100 && scale.place(99) == 560)
    let logarithmic = ChartScale(.logarithmic, low: 1, high: 1000, from: 0, to: 300)
    #expect(logarithmic.ticks(about: 5) == [1, 10, 100, 1000])
    #expect(abs(logarithmic.place(10) - 100) < 1e-9)
    #expect(ChartScale(low: 5, high: 5, from: 0, to: 10).place(5) == 0)
    #expect(ChartScale.step(for: 0.03) == 0.05 && ChartScale.step(for: 700) == 1000)
  }

  @Test func `numbers and times are short`() {
    #expect(
      ReportText.decimal(1.005, places: 1) == "1.0" && ReportText.decimal(-0.04, places: 1) == "0.0"
    )
    #expect(ReportText.short(2.5) == "2.5" && ReportText.short(30) == "30")
    #expect(
      [0, 59.6, 90, 3600, 90_000, 86_400 * 3 + 3599].map { ReportText.span($0) }
        == ["0s", "1m", "1m 30s", "1h", "1d 1h", "3d"])
    #expect(ReportText.escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;")
  }

  @Test func `a terminal shows who had which processor`() {
    let schedule = [
      ScheduleRecord(job: 1, submitSeconds: 0, startSeconds: 0, endSeconds: 5, processors: 2),
      ScheduleRecord(job: 2, submitSeconds: 0, startSeconds: 5, endSeconds: 10, processors: 1),
    ]
    #expect(
      TerminalGantt.lines(schedule, processors: 2, width: 15) == [
        "  1 │BBBBB·····", "  0 │BBBBBCCCCC", "    └──────────",
        "     from 0s to 10s, 1s a column",
      ])
    #expect(TerminalGantt.lines([], processors: 2, width: 15).isEmpty)
  }

  @Test(arguments: TestSeed.all(3))
  func `trace events are JSON with a slice for each piece of a run`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let schedule = try schedule(&random, processors: 5)
    let text = TraceEvents.text([("a \"b\"", schedule)], processors: 5)
    let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let events = try #require(parsed?["traceEvents"] as? [[String: Any]])
    let slices = events.filter { $0["ph"] as? String == "X" }
    #expect(slices.count == ProcessorLayout(schedule, processors: 5).pieces.count)
    #expect((events[0]["args"] as? [String: Any])?["name"] as? String == "a \"b\"")
    #expect(slices.allSatisfy { ($0["dur"] as? Int ?? 0) > 0 })
  }

  @Test func `a page is whole, has every chart, and lets no name out of its place`() throws {
    var random = SeededRandom(seed: 7)
    let jobs = (0..<40).map { index in
      WorkloadJob(
        id: index, submitSeconds: Double(index), runSeconds: Double(1 + random.below(30)),
        requestedSeconds: nil, processors: 1 + random.below(4))
    }
    let simulation = ClusterSimulation(processors: 4, options: .init(keepsSchedule: true))
    let entries = try ["fcfs", "easy"].map {
      ClusterReport.Entry(
        policy: $0, options: simulation.options,
        result: try simulation.run(Workload(jobs: jobs), policy: .named($0)))
    }
    let report = ClusterReport(entries: entries)
    let html = report.html(title: "<script>alert(1)</script>", subtitle: "40 jobs")
    #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
    for heading in [
      "Policies", "Mean wait", "Busy processors", "Waiting jobs", "Distribution of waits",
      "Schedule of fcfs", "Schedule of easy",
    ] {
      #expect(html.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    #expect(!html.contains("nan") && !html.contains("inf\""))
    for tag in ["section", "svg", "table", "tr", "ul", "text", "path", "main", "body", "html"] {
      let opened = html.components(separatedBy: "<\(tag)").count - 1
      let closed = html.components(separatedBy: "</\(tag)>").count - 1
      #expect(opened == closed, "\(tag)")
    }
    // Nothing is fetched: no address but the names of XML.
    #expect(!html.contains("http") && !html.contains("url("))
    for picture in ClusterReport.Picture.allCases {
      let svg = report.svg(picture)
      #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""), "\(picture)")
      #expect(!svg.contains("nan") && !svg.contains("inf\""), "\(picture)")
      if picture != .schedule {
        #expect(svg.contains(">fcfs</text>") && svg.contains(">easy</text>"), "\(picture)")
      }
    }
    #expect(html.components(separatedBy: "class=\"run ").count - 1 >= 80)
    #expect(report.seriesCSV.hasPrefix("policy,at_seconds,busy_processors,waiting_jobs\nfcfs,0.0,"))
  }

  @Test func `a picture of too many runs shows the first, each whole, and says so`() {
    let runs = (0..<(GanttChart.piecesMax + 10)).map { index in
      ScheduleRecord(
        job: index, submitSeconds: 0, startSeconds: Double(index), endSeconds: Double(index + 1),
        processors: 1)
    }
    let chart = GanttChart(title: "many", schedule: runs, processors: 1)
    #expect(chart.shownRuns == GanttChart.piecesMax)
  }
}
