/// When instances were taken away: a row of ticks for each policy under a chart of the same hours, as
/// SVG.
struct PreemptionRows {
  private static let rowHeight = 20.0
  /// More ticks would run into one another.
  static let ticksMax = 1000

  /// The hours of each policy's preemptions.
  let rows: [(policy: String, hours: [Double])]
  let hours: Double

  var svg: String {
    let across = ChartScale(
      low: 0, high: hours, from: SpotGantt.left, to: SpotGantt.width - SpotGantt.right)
    let height = Int(Double(rows.count) * Self.rowHeight)
    var out =
      "<svg viewBox=\"0 0 \(Int(SpotGantt.width)) \(height)\" role=\"img\" "
      + "aria-label=\"Preemptions over time\">\n"
    for (index, row) in rows.enumerated() {
      let top = Double(index) * Self.rowHeight
      out += "<text class=\"tick end\" x=\"\(Int(SpotGantt.left) - 8)\" "
      out += "y=\"\(Int(top + Self.rowHeight / 2))\" dy=\"4\">\(row.hours.count)</text>"
      out += "<path class=\"mark c\(index % ReportPage.colourCount)\" d=\""
      for hour in row.hours.prefix(Self.ticksMax) {
        out += "M\(LineChart.pixel(across.place(hour))) \(Int(top) + 4)v\(Int(Self.rowHeight) - 8)"
      }
      out += "\"><title>\(ReportText.escaped(row.policy))</title></path>\n"
    }
    return out + "</svg>\n"
  }
}
