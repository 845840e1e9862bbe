import Model

/// Runs as rectangles over time and processors, as SVG.
struct GanttChart {
  static let width = 960.0
  private static let left = 64.0
  private static let right = 16.0
  private static let bottom = 44.0
  private static let top = 12.0
  /// A picture of more rectangles would be slow to look at; a page says how many runs are shown.
  static let piecesMax = 4000

  let title: String
  let schedule: [ScheduleRecord]
  let processors: Int

  /// The pieces that are drawn: the earliest starts.
  let pieces: [ProcessorLayout.Piece]
  /// How many runs are drawn.
  let shownRuns: Int

  init(title: String, schedule: [ScheduleRecord], processors: Int) {
    self.title = title
    self.schedule = schedule
    self.processors = processors
    let all = ProcessorLayout(schedule, processors: processors).pieces
    var shown = Array(all.prefix(GanttChart.piecesMax))
    // No run is shown in part.
    if all.count > shown.count, let cut = shown.last?.run, all[shown.count].run == cut {
      while shown.last?.run == cut { shown.removeLast() }
    }
    pieces = shown
    shownRuns = Set(shown.map(\.run)).count
  }

  private var height: Double {
    min(520, max(160, Double(processors) * 14)) + Self.top + Self.bottom
  }

  var svg: String {
    let runs = Set(pieces.map(\.run))
    let start = runs.map { schedule[$0].startSeconds }.min() ?? 0
    let end = runs.map { schedule[$0].endSeconds }.max() ?? 1
    let unit = TimeUnit(spanSeconds: end - start)
    let across = ChartScale(
      low: start / unit.seconds, high: end / unit.seconds, from: Self.left,
      to: Self.width - Self.right)
    let up = ChartScale(
      low: 0, high: Double(processors), from: height - Self.bottom, to: Self.top)
    var out =
      "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" role=\"img\" "
      + "aria-label=\"\(ReportText.escaped(title))\">\n"
    out += axes(across, up, unit)
    for piece in pieces { out += rectangle(piece, across, up, unit) }
    return out + "</svg>\n"
  }

  private func axes(_ across: ChartScale, _ up: ChartScale, _ unit: TimeUnit) -> String {
    var out = ""
    for tick in up.ticks(about: 5) where tick == tick.rounded() {
      out += "<text class=\"tick end\" x=\"\(Int(Self.left) - 8)\" "
      out += "y=\"\(LineChart.pixel(up.place(tick)))\" dy=\"4\">\(ReportText.short(tick))</text>\n"
    }
    return out
      + ChartFoot(
        across: across, left: Self.left, right: Self.width - Self.right,
        foot: height - Self.bottom, height: height, title: "\(unit.name); processors upwards"
      ).svg()
  }

  private func rectangle(
    _ piece: ProcessorLayout.Piece, _ across: ChartScale, _ up: ChartScale, _ unit: TimeUnit
  ) -> String {
    let run = schedule[piece.run]
    let left = across.place(run.startSeconds / unit.seconds)
    let right = across.place(run.endSeconds / unit.seconds)
    let top = up.place(Double(piece.processors.upperBound))
    let bottom = up.place(Double(piece.processors.lowerBound))
    let words =
      "job \(run.job): \(run.processors) processors for "
      + "\(ReportText.span(run.endSeconds - run.startSeconds)), waited "
      + ReportText.span(run.startSeconds - run.submitSeconds)
    return "<rect class=\"run c\(run.job.magnitude % UInt(ReportPage.colourCount))\" "
      + "x=\"\(LineChart.pixel(left))\" y=\"\(LineChart.pixel(top))\" "
      + "width=\"\(LineChart.pixel(max(0.3, right - left)))\" "
      + "height=\"\(LineChart.pixel(max(0.3, bottom - top)))\"><title>\(words)</title></rect>\n"
  }
}
