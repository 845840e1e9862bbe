/// The axis at the foot of a chart: the labels of its ticks, its line, and what it shows.
struct ChartFoot {
  let across: ChartScale
  /// Where the line begins and ends, in pixels from the left.
  let left: Double
  let right: Double
  /// Where the line is, and the lower edge of the picture, in pixels from the top.
  let foot: Double
  let height: Double
  let title: String

  /// Elements of an `svg`.
  func svg(label: (Double) -> String = { ReportText.short($0) }) -> String {
    var out = ""
    for tick in across.ticks(about: 8) {
      out += "<text class=\"tick middle\" x=\"\(LineChart.pixel(across.place(tick)))\" "
      out += "y=\"\(Int(foot) + 18)\">\(ReportText.escaped(label(tick)))</text>\n"
    }
    out += "<line class=\"axis\" x1=\"\(Int(left))\" x2=\"\(Int(right))\" "
    out += "y1=\"\(Int(foot))\" y2=\"\(Int(foot))\"/>\n"
    out += "<text class=\"title middle\" x=\"\(Int((left + right) / 2))\" "
    return out + "y=\"\(Int(height) - 6)\">\(ReportText.escaped(title))</text>\n"
  }
}
