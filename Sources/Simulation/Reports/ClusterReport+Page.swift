import Model
import Scheduling

extension ClusterReport {
  /// A page for people: the policies compared, what was busy and what waited over time, how the waits were distributed, and
  /// the schedules as Gantt charts. It needs results with their schedules (``ClusterSimulation/Options/keepsSchedule``).
  ///
  /// - Parameters:
  ///   - title: the page's heading, such as the log's name.
  ///   - subtitle: what was simulated, in a sentence.
  package func html(title: String, subtitle: String) -> String {
    var body = ReportPage.section(
      "Policies", "The best figure of each column is bold. All jobs count; nothing is cut off.",
      comparison)
    body += ReportPage.section(
      "Mean wait", "How long a job waited on average.", bars { $0.metrics.averageWaitSeconds })
    body += chart(
      "Busy processors", "Mean over each step of the axis, in percent of the machine.",
      utilisationChart)
    body += chart("Waiting jobs", "How many jobs stood in the queue.", queueChart)
    body += chart(
      "Distribution of waits",
      "Which part of the jobs waited no longer than this; waits below a second stand at its left end.",
      waitChart)
    for entry in entries where !entry.result.schedule.isEmpty {
      let chart = gantt(entry)
      let runs = entry.result.schedule.count
      let note =
        chart.shownRuns < runs
        ? "The first \(chart.shownRuns) of \(runs) runs." : "All \(runs) runs."
      body += ReportPage.section("Schedule of \(entry.policy)", note, chart.svg)
    }
    return ReportPage.html(title: title, subtitle: subtitle, body: body)
  }

  /// The Gantt chart of one entry.
  func gantt(_ entry: Entry) -> GanttChart {
    GanttChart(
      title: "Schedule of \(entry.policy)", schedule: entry.result.schedule,
      processors: entry.result.metrics.processors)
  }

  private func chart(_ title: String, _ note: String, _ chart: LineChart) -> String {
    let legend = entries.count > 1 ? ReportPage.legend(entries.map(\.policy)) : ""
    return ReportPage.section(title, note, legend + chart.svg)
  }

  // MARK: Comparison

  private typealias Column = (
    title: String, value: (ClusterResult) -> Double, text: (Double) -> String, isMoreBetter: Bool
  )

  private var comparison: String {
    let columns: [Column] = [
      ("Mean wait", { $0.metrics.averageWaitSeconds }, ReportText.span, false),
      ("Longest wait", { $0.metrics.maxWaitSeconds }, ReportText.span, false),
      (
        "Bounded slowdown", { $0.metrics.averageBoundedSlowdown },
        { ReportText.decimal($0, places: 2) }, false
      ),
      ("Mean response", { $0.metrics.averageResponseSeconds }, ReportText.span, false),
      (
        "Utilisation", { $0.metrics.utilisation * 100 },
        { ReportText.decimal($0, places: 1) + " %" }, true
      ),
      ("Makespan", { $0.metrics.makespanSeconds }, ReportText.span, false),
      (
        "Fairness", { $0.fairness.slowdownIndex }, { ReportText.decimal($0, places: 3) }, true
      ),
    ]
    var out = "<div class=\"scroll\"><table>\n<tr><th>Policy</th>"
    for column in columns { out += "<th>\(column.title)</th>" }
    out += "</tr>\n"
    for entry in entries {
      out += "<tr><td>\(ReportText.escaped(entry.policy))</td>"
      for column in columns {
        let values = entries.map { column.value($0.result) }
        let value = column.value(entry.result)
        let best = column.isMoreBetter ? values.max() : values.min()
        let isBest = entries.count > 1 && value == best && Set(values).count > 1
        out += "<td\(isBest ? " class=\"best\"" : "")>\(column.text(value))</td>"
      }
      out += "</tr>\n"
    }
    return out + "</table></div>\n"
  }

  private func bars(_ value: (ClusterResult) -> Double) -> String {
    let largest = entries.map { value($0.result) }.max() ?? 0
    var out = "<div class=\"bars\">\n"
    for (index, entry) in entries.enumerated() {
      let amount = value(entry.result)
      let percent = largest > 0 ? amount / largest * 100 : 0
      out += "<span>\(ReportText.escaped(entry.policy))</span>"
      out += "<span class=\"bar c\(index % ReportPage.colourCount)\" "
      out += "style=\"width:\(ReportText.decimal(percent, places: 1))%\"></span>"
      out += "<span>\(ReportText.span(amount))</span>\n"
    }
    return out + "</div>\n"
  }

  // MARK: Charts

  private var timeAxis: (unit: TimeUnit, axis: LineChart.Axis) {
    let ends = entries.map { $0.result.busyProcessors }
    let low = ends.map(\.startSeconds).min() ?? 0
    let high =
      ends.map { $0.startSeconds + Double($0.buckets.count) * $0.widthSeconds }.max() ?? 1
    let unit = TimeUnit(spanSeconds: high - low)
    let axis = LineChart.Axis(
      "\(unit.name) of the log", low: low / unit.seconds, high: high / unit.seconds)
    return (unit, axis)
  }

  /// The series' means, in at most so many points: a page's width has no room for more.
  private static let pointsMax = 480

  private func points(_ series: BoundedSeries, _ unit: TimeUnit, times factor: Double)
    -> [(x: Double, y: Double)]
  {
    let means = series.means
    let step = max(1, (means.count + Self.pointsMax - 1) / Self.pointsMax)
    return stride(from: 0, to: means.count, by: step).map { first in
      let part = means[first..<min(first + step, means.count)]
      let mean = part.reduce(0) { $0 + $1.value } / Double(part.count)
      return (means[first].atSeconds / unit.seconds, mean * factor)
    }
  }

  var utilisationChart: LineChart {
    let (unit, axis) = timeAxis
    return LineChart(
      title: "Busy processors over time", x: axis,
      y: .init("percent", low: 0, high: 100, label: { ReportText.short($0) + " %" }),
      lines: entries.map { entry in
        let factor = 100 / Double(entry.result.metrics.processors)
        return .init(
          name: entry.policy, points: points(entry.result.busyProcessors, unit, times: factor),
          isStepped: true)
      })
  }

  var queueChart: LineChart {
    let (unit, axis) = timeAxis
    let lines = entries.map { entry in
      LineChart.Line(
        name: entry.policy, points: points(entry.result.queueLength, unit, times: 1),
        isStepped: true)
    }
    let highest = lines.flatMap { $0.points.map(\.y) }.max() ?? 0
    return LineChart(
      title: "Waiting jobs over time", x: axis, y: .init("jobs", low: 0, high: max(1, highest)),
      lines: lines)
  }

  private var waitChart: LineChart {
    let waits = entries.map { ClusterReport.waits($0.result.schedule) }
    let longest = waits.compactMap(\.last).max() ?? 1
    let lines = zip(entries, waits).map { entry, waits in
      let step = max(1, waits.count / Self.pointsMax)
      var points = stride(from: 0, to: waits.count, by: step).map { index in
        (x: max(1, waits[index]), y: Double(index + 1) * 100 / Double(waits.count))
      }
      if let last = waits.last { points.append((max(1, last), 100)) }
      return LineChart.Line(name: entry.policy, points: points, isStepped: true)
    }
    return LineChart(
      title: "Distribution of waits",
      x: .init(
        "wait", .logarithmic, low: 1, high: max(10, longest), label: { ReportText.span($0) }),
      y: .init("percent of the jobs", low: 0, high: 100, label: { ReportText.short($0) + " %" }),
      lines: lines)
  }

  /// Each job's wait before its last run, ascending.
  static func waits(_ schedule: [ScheduleRecord]) -> [Double] {
    var last: [Int: ScheduleRecord] = [:]
    for record in schedule { last[record.job] = record }
    return last.values.map { $0.startSeconds - $0.submitSeconds }.sorted()
  }

  /// The series over time as a table: `policy,at_seconds,busy_processors,waiting_jobs`.
  package var seriesCSV: String {
    var out = "policy,at_seconds,busy_processors,waiting_jobs\n"
    for entry in entries {
      let waiting = entry.result.queueLength.means
      for (index, busy) in entry.result.busyProcessors.means.enumerated() {
        let jobs = index < waiting.count ? waiting[index].value : 0
        out += "\(entry.policy),\(busy.atSeconds),\(busy.value),\(jobs)\n"
      }
    }
    return out
  }
}
