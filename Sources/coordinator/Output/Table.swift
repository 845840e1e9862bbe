/// Rows under headings, in columns as wide as their widest cell.
struct Table {
  struct Column {
    let title: String
    var isRightAligned = false
    /// Cut where the terminal is too narrow, the widest first; the other columns keep their width.
    var isFlexible = false
  }

  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var style: Terminal.Style?

    init(_ text: String, _ style: Terminal.Style? = nil) {
      self.text = printable(text)
      self.style = style
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  let columns: [Column]
  var rows: [[Cell]] = []

  private static let gap = "  "
  /// Below this a flexible column is not cut.
  private static let narrowest = 8

  /// The lines, headings first.
  func lines(terminal: Terminal, isCut: Bool) -> [String] {
    let widths = widths(limit: isCut ? terminal.width : nil)
    let heading = columns.map { Cell($0.title, .bold) }
    return ([heading] + rows).map { row in
      var line = ""
      for (place, cell) in row.enumerated() {
        let text = Table.cut(cell.text, to: widths[place])
        let filling = String(repeating: " ", count: widths[place] - text.count)
        let styled = terminal.styled(text, cell.style)
        if place > 0 { line += Table.gap }
        line += columns[place].isRightAligned ? filling + styled : styled + filling
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private func widths(limit: Int?) -> [Int] {
    var widths = columns.enumerated().map { place, column in
      max(column.title.count, rows.map { $0[place].text.count }.max() ?? 0)
    }
    guard let limit else { return widths }
    let total = widths.reduce(0, +) + Table.gap.count * (columns.count - 1)
    for _ in 0..<max(0, total - limit) {
      let cuttable = columns.indices.filter {
        columns[$0].isFlexible && widths[$0] > max(columns[$0].title.count, Table.narrowest)
      }
      guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }

  private static func cut(_ text: String, to width: Int) -> String {
    text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
  }
}

/// Names and values, one pair a line.
struct Sheet {
  var entries: [(name: String, value: String)] = []

  mutating func add(_ name: String, _ value: String) {
    entries.append((name, printable(value)))
  }

  func lines(terminal: Terminal) -> [String] {
    let width = entries.map(\.name.count).max() ?? 0
    return entries.map { entry in
      let filling = String(repeating: " ", count: width - entry.name.count + 2)
      return terminal.styled(entry.name, .bold) + filling + entry.value
    }
  }
}

/// A bar of usage: `████████████████░░░░  81%`.
enum UsageBar {
  static let width = 20

  /// Above the capacity the bar is full and the share says by how much.
  static func text(used: Int64, of capacity: Int64) -> String {
    let share = capacity > 0 ? Double(used) / Double(capacity) : (used > 0 ? 1 : 0)
    let full = min(width, Int((share * Double(width)).rounded()))
    let percent = capacity > 0 ? "\(Int((share * 100).rounded()))%" : (used > 0 ? "over" : "-")
    return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
      + "  " + percent
  }
}
