/// Stays of tasks on instances as rows of characters, for a terminal: a column is a span of time, a
/// row a task.
package enum SpotTerminalGantt {
  /// Rows at most.
  package static let rowsMax = 24
  /// Characters of the time at least.
  private static let columnsMin = 10

  /// The lines of the picture, `width` characters or less, the earliest tasks first; none without
  /// tasks. A column shows what the task does in its middle, and `x` where it is preempted in it.
  package static func lines(_ record: SpotRecord, hours: Double, width: Int) -> [String] {
    let shown = record.outcomes.prefix(rowsMax)
    guard !shown.isEmpty, hours > 0 else { return [] }
    let digits = shown.map { String($0.task.id).count }.max() ?? 1
    let columns = max(columnsMin, width - digits - 2)
    var spans: [Int: [SpotSpan]] = [:]
    for span in record.spans { spans[span.task, default: []].append(span) }
    var lines = shown.map { outcome in
      let id = String(outcome.task.id)
      let row = row(outcome, spans[outcome.task.id] ?? [], hours: hours, columns: columns)
      return String(repeating: " ", count: digits - id.count) + id + " │" + row
    }
    let blank = String(repeating: " ", count: digits + 1)
    lines.append(blank + "└" + String(repeating: "─", count: columns))
    let column = ReportText.span(hours / Double(columns) * 3600)
    let rest =
      record.outcomes.count > shown.count
      ? "; the first \(shown.count) of \(record.outcomes.count) tasks" : ""
    lines.append("\(blank) █ spot  ▒ on-demand  · waits  x preempted; \(column) a column\(rest)")
    return lines
  }

  private static func row(
    _ outcome: SpotRecord.Outcome, _ spans: [SpotSpan], hours: Double, columns: Int
  ) -> String {
    let column = hours / Double(columns)
    let end = outcome.completionNanoseconds.map(SpotUnits.hours) ?? hours
    var cells = (0..<columns).map { place -> Character in
      let middle = (Double(place) + 0.5) * column
      guard middle >= outcome.task.arrivalHours, middle < end else { return " " }
      let span = spans.first { $0.startHours <= middle && middle < $0.endHours }
      return span.map { $0.kind == .spot ? "█" : "▒" } ?? "·"
    }
    for span in spans where span.end == .preempted {
      cells[min(columns - 1, Int(span.endHours / column))] = "x"
    }
    while cells.last == " " { cells.removeLast() }
    return String(cells)
  }
}
