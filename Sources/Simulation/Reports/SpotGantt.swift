/// Stays of tasks on instances over time, a row for each task in the order of arrival, as SVG.
struct SpotGantt {
  static let width = 960.0
  static let left = 64.0
  static let right = 16.0
  private static let top = 12.0
  private static let bottom = 44.0
  /// More rows would be too thin to tell apart, and more stays slow to look at; a page says how many
  /// tasks are shown.
  static let tasksMax = 120
  static let spansMax = 4000

  let title: String
  let hours: Double
  /// The rows, from above.
  let outcomes: [SpotRecord.Outcome]
  /// The stays of the tasks that have a row.
  private let spans: [(row: Int, span: SpotSpan)]

  init(title: String, record: SpotRecord, hours: Double) {
    self.title = title
    self.hours = hours
    var stays: [Int: Int] = [:]
    for span in record.spans { stays[span.task, default: 0] += 1 }
    var rows: [Int: Int] = [:]
    var count = 0
    for (row, outcome) in record.outcomes.prefix(SpotGantt.tasksMax).enumerated() {
      count += stays[outcome.task.id] ?? 0
      guard count <= SpotGantt.spansMax || row == 0 else { break }
      rows[outcome.task.id] = row
    }
    outcomes = Array(record.outcomes.prefix(rows.count))
    spans = record.spans.compactMap { span in
      rows[span.task].map { ($0, span) }
    }
  }

  private var rowHeight: Double { min(16, max(5, 480 / Double(max(1, outcomes.count)))) }
  private var foot: Double { Self.top + Double(outcomes.count) * rowHeight }

  var svg: String {
    let across = ChartScale(low: 0, high: hours, from: Self.left, to: Self.width - Self.right)
    var out =
      "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(foot + Self.bottom))\" role=\"img\" "
      + "aria-label=\"\(ReportText.escaped(title))\">\n"
    out += axes(across)
    for (row, outcome) in outcomes.enumerated() {
      let end = outcome.completionNanoseconds.map(SpotUnits.hours) ?? hours
      out +=
        "<path class=\"wait\" d=\"M\(LineChart.pixel(across.place(outcome.task.arrivalHours))) "
      out += "\(LineChart.pixel(middle(row)))H\(LineChart.pixel(across.place(end)))\"/>\n"
    }
    for (row, span) in spans { out += stay(span, row, across) }
    return out + "</svg>\n"
  }

  private func middle(_ row: Int) -> Double { Self.top + (Double(row) + 0.5) * rowHeight }

  private func axes(_ across: ChartScale) -> String {
    var out = ""
    let step = Int(ChartScale.step(for: Double(outcomes.count) / 6).rounded(.up))
    for row in stride(from: 0, to: outcomes.count, by: max(1, step)) {
      out += "<text class=\"tick end\" x=\"\(Int(Self.left) - 8)\" "
      out += "y=\"\(LineChart.pixel(middle(row)))\" dy=\"4\">\(row + 1)</text>\n"
    }
    return out
      + ChartFoot(
        across: across, left: Self.left, right: Self.width - Self.right, foot: foot,
        height: foot + Self.bottom, title: "hours; tasks downwards"
      ).svg()
  }

  /// A stay as a bar: pale while nothing is computed, and with a tick where it was preempted.
  private func stay(_ span: SpotSpan, _ row: Int, _ across: ChartScale) -> String {
    let (start, warm) = (across.place(span.startHours), across.place(span.warmHours))
    let end = across.place(span.endHours)
    let top = LineChart.pixel(middle(row) - rowHeight * 0.4)
    let height = LineChart.pixel(rowHeight * 0.8)
    func bar(_ from: Double, _ to: Double, _ style: String) -> String {
      "<rect class=\"run c\(span.kind == .spot ? 0 : 1)\(style)\" x=\"\(LineChart.pixel(from))\" "
        + "y=\"\(top)\" width=\"\(LineChart.pixel(max(0.3, to - from)))\" height=\"\(height)\">"
        + "<title>\(words(span))</title></rect>"
    }
    var out = warm - start >= 0.3 ? bar(start, warm, " warm") : ""
    out += bar(warm, end, "")
    if span.end == .preempted {
      out += "<path class=\"lost\" d=\"M\(LineChart.pixel(end)) \(top)v\(height)\"/>"
    }
    return out + "\n"
  }

  private func words(_ span: SpotSpan) -> String {
    let kind = span.kind == .spot ? "spot" : "on-demand"
    let length = ReportText.span((span.endHours - span.startHours) * 3600)
    let end =
      switch span.end {
      case .completed: "completed"
      case .preempted: "preempted"
      case .moved: "moved"
      case .horizon: "unfinished at the end"
      }
    return "task \(span.task) on \(kind) instance \(span.instance): \(length), \(end)"
  }
}
