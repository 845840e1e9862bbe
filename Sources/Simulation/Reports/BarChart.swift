/// Some figures of several things as bars side by side, as SVG: a row for each thing, a panel for each figure.
struct BarChart {
  struct Panel {
    let title: String
    /// By row, at least 0; the longest bar is the largest of them.
    let values: [Double]
    /// What stands behind a bar.
    let text: (Double) -> String
  }

  static let width = 960.0
  private static let names = 130.0
  private static let top = 34.0
  private static let rowHeight = 26.0
  private static let barHeight = 12.0
  /// Room for the text behind the longest bar.
  private static let textWidth = 84.0

  let title: String
  let names: [String]
  let panels: [Panel]

  /// An `svg` element. Its colours are classes (`c0`, `c1`, …), which the surrounding page defines.
  var svg: String {
    let height = Int(Self.top + Self.rowHeight * Double(names.count)) + 8
    var out =
      "<svg viewBox=\"0 0 \(Int(Self.width)) \(height)\" role=\"img\" "
      + "aria-label=\"\(ReportText.escaped(title))\">\n"
    for (row, name) in names.enumerated() {
      out += "<text class=\"tick end\" x=\"\(Int(Self.names) - 10)\" y=\"\(middle(row))\" dy=\"4\">"
      out += ReportText.escaped(name) + "</text>\n"
    }
    let panelWidth = (Self.width - Self.names) / Double(max(1, panels.count))
    for (index, panel) in panels.enumerated() {
      out += drawn(panel, left: Self.names + panelWidth * Double(index), width: panelWidth)
    }
    return out + "</svg>\n"
  }

  private func middle(_ row: Int) -> String {
    LineChart.pixel(Self.top + Self.rowHeight * (Double(row) + 0.5))
  }

  private func drawn(_ panel: Panel, left: Double, width: Double) -> String {
    let x = LineChart.pixel(left)
    let largest = panel.values.max() ?? 0
    var out =
      "<text class=\"title\" x=\"\(x)\" y=\"18\">\(ReportText.escaped(panel.title))</text>\n"
    for (row, value) in panel.values.enumerated() {
      let length = largest > 0 ? value / largest * (width - Self.textWidth) : 0
      let y = Self.top + Self.rowHeight * Double(row) + (Self.rowHeight - Self.barHeight) / 2
      out += "<rect class=\"run c\(row % ReportPage.colourCount)\" x=\"\(x)\" "
      out += "y=\"\(LineChart.pixel(y))\" width=\"\(LineChart.pixel(max(1, length)))\" "
      out += "height=\"\(LineChart.pixel(Self.barHeight))\"/>"
      out += "<text class=\"tick\" x=\"\(LineChart.pixel(left + length + 6))\" "
      out += "y=\"\(middle(row))\" dy=\"4\">\(ReportText.escaped(panel.text(value)))</text>\n"
    }
    return out
  }
}
