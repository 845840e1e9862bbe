/// Lines over a common axis, as SVG.
struct LineChart {
  struct Line {
    let name: String
    /// In the order of x.
    let points: [(x: Double, y: Double)]
    /// The value holds until the next point.
    var isStepped = false
    /// What the other lines are read against: without a colour of its own.
    var isReference = false
  }

  /// A point of its own.
  struct Mark {
    let x: Double
    let y: Double
    let colour: Int
    /// What it is, for whoever points at it.
    let words: String
  }

  struct Axis {
    let title: String
    let scale: ChartScale.Kind
    let low: Double
    let high: Double
    /// What stands at a tick.
    let label: (Double) -> String

    init(
      _ title: String, _ scale: ChartScale.Kind = .linear, low: Double, high: Double,
      label: @escaping (Double) -> String = { ReportText.short($0) }
    ) {
      self.title = title
      self.scale = scale
      self.low = low
      self.high = high
      self.label = label
    }
  }

  static let width = 960.0
  static let height = 280.0
  private static let left = 64.0
  private static let right = 16.0
  private static let top = 12.0
  private static let bottom = 44.0
  /// What a name of the legend takes: so much, and so much for each letter.
  private static let legendGap = 40.0
  private static let legendLetterWidth = 7.0

  let title: String
  let x: Axis
  let y: Axis
  let lines: [Line]
  var marks: [Mark] = []
  /// Names the lines above the chart, for a picture that no page surrounds.
  var hasLegend = false

  /// An `svg` element. Its colours are classes (`c0`, `c1`, …), which the surrounding page defines.
  var svg: String {
    let across = ChartScale(
      x.scale, low: x.low, high: x.high, from: Self.left, to: Self.width - Self.right)
    let up = ChartScale(
      y.scale, low: y.low, high: y.high, from: Self.height - Self.bottom, to: Self.top)
    var out =
      "<svg viewBox=\"0 \(-legendHeight) \(Int(Self.width)) \(Int(Self.height) + legendHeight)\" role=\"img\" "
      + "aria-label=\"\(ReportText.escaped(title))\">\n"
    if hasLegend { out += legend }
    for tick in up.ticks(about: 5) {
      let place = Self.pixel(up.place(tick))
      out += "<line class=\"grid\" x1=\"\(Int(Self.left))\" x2=\"\(Int(Self.width - Self.right))\" "
      out += "y1=\"\(place)\" y2=\"\(place)\"/>"
      out += "<text class=\"tick end\" x=\"\(Int(Self.left) - 8)\" y=\"\(place)\" dy=\"4\">"
      out += ReportText.escaped(y.label(tick)) + "</text>\n"
    }
    let foot = Self.height - Self.bottom
    out += ChartFoot(
      across: across, left: Self.left, right: Self.width - Self.right, foot: foot,
      height: Self.height, title: x.title
    ).svg(label: x.label)
    for (index, line) in lines.enumerated() {
      let style = line.isReference ? "reference" : "line c\(index % ReportPage.colourCount)"
      out += "<path class=\"\(style)\" d=\""
      out +=
        Self.path(line, across, up) + "\"><title>\(ReportText.escaped(line.name))</title></path>\n"
    }
    for mark in marks { out += Self.circle(mark, across, up) }
    return out + "</svg>\n"
  }

  private static func circle(_ mark: Mark, _ across: ChartScale, _ up: ChartScale) -> String {
    "<circle class=\"dot c\(mark.colour % ReportPage.colourCount)\" "
      + "cx=\"\(pixel(across.place(mark.x)))\" cy=\"\(pixel(up.place(mark.y)))\" r=\"6\">"
      + "<title>\(ReportText.escaped(mark.words))</title></circle>\n"
  }

  private var legendHeight: Int { hasLegend ? 24 : 0 }

  /// A swatch and a name for each line, above the chart.
  private var legend: String {
    var x = Self.left
    var out = ""
    for (index, line) in lines.enumerated() {
      out += "<rect class=\"run c\(index % ReportPage.colourCount)\" x=\"\(Self.pixel(x))\" "
      out += "y=\"-16\" width=\"12\" height=\"12\"/>"
      out += "<text class=\"tick\" x=\"\(Self.pixel(x + 18))\" y=\"-6\">"
      out += ReportText.escaped(line.name) + "</text>\n"
      x += Self.legendGap + Self.legendLetterWidth * Double(line.name.count)
    }
    return out
  }

  private static func path(_ line: Line, _ across: ChartScale, _ up: ChartScale) -> String {
    var out = ""
    var last = ""
    for point in line.points {
      let x = pixel(across.place(point.x))
      let y = pixel(up.place(point.y))
      if out.isEmpty {
        out = "M\(x) \(y)"
      } else if line.isStepped {
        out += "H\(x)" + (y == last ? "" : "V\(y)")
      } else {
        out += "L\(x) \(y)"
      }
      last = y
    }
    return out
  }

  static func pixel(_ value: Double) -> String { ReportText.short(value, places: 1) }
}
