import Model

/// Runs as rows of characters, for a terminal: a column is a span of time, a row a group of processors.
package struct TerminalGantt {
  /// Rows of processors at most.
  package static let rowsMax = 24
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

  /// The lines of the picture, `width` characters or less; none for a schedule without runs.
  ///
  /// Each cell shows the job that has most of it, as a letter that jobs share in turn, or `·` where most of it is idle.
  package static func lines(
    _ schedule: [ScheduleRecord], processors: Int, width: Int
  ) -> [String] {
    guard let start = schedule.map(\.startSeconds).min(),
      let end = schedule.map(\.endSeconds).max(), end > start
    else { return [] }
    let rows = min(processors, rowsMax)
    let digits = String(processors - 1).count
    let columns = max(10, width - 2 * digits - 3)
    let seconds = (end - start) / Double(columns)
    // By cell: each job's part of it.
    var cells: [[Int: Double]] = Array(repeating: [:], count: rows * columns)
    for piece in ProcessorLayout(schedule, processors: processors).pieces {
      let run = schedule[piece.run]
      let first = Int((run.startSeconds - start) / seconds)
      let last = min(columns - 1, Int((run.endSeconds - start) / seconds))
      for processor in piece.processors {
        let row = processor * rows / processors
        for column in min(first, columns - 1)...last {
          let from = max(run.startSeconds, start + Double(column) * seconds)
          let to = min(run.endSeconds, start + Double(column + 1) * seconds)
          cells[row * columns + column][run.job, default: 0] += max(0, to - from)
        }
      }
    }
    var lines: [String] = []
    for row in (0..<rows).reversed() {
      let first = (row * processors + rows - 1) / rows
      let last = ((row + 1) * processors + rows - 1) / rows - 1
      let capacity = Double(last - first + 1) * seconds
      let name = first == last ? String(first) : "\(first)-\(last)"
      let line = (0..<columns).map { column in
        symbol(cells[row * columns + column], capacity)
      }
      let blanks = String(repeating: " ", count: max(0, 2 * digits + 1 - name.count))
      lines.append(blanks + name + " │" + String(line))
    }
    let foot = String(repeating: " ", count: 2 * digits + 2)
    lines.append(foot + "└" + String(repeating: "─", count: columns))
    lines.append(
      "\(foot) from \(ReportText.span(start)) to \(ReportText.span(end)), "
        + "\(ReportText.span(seconds)) a column")
    return lines
  }

  private static func symbol(_ cell: [Int: Double], _ capacity: Double) -> Character {
    let busy = cell.values.sorted().reduce(0, +)
    guard busy * 2 >= capacity,
      let job = cell.min(by: { ($1.value, $0.key) < ($0.value, $1.key) })?.key
    else { return "·" }
    return letters[Int(job.magnitude % UInt(letters.count))]
  }
}
