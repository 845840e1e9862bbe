import Model

/// Events for people.
enum EventView {
  static let columns: [Table.Column] = [
    .init(title: "TIME"), .init(title: "EVENT"), .init(title: "REQUEST", isFlexible: true),
    .init(title: "COMPONENT", isFlexible: true), .init(title: "AMOUNTS", isFlexible: true),
    .init(title: "DETAIL", isFlexible: true),
  ]

  static func row(_ event: Event, moments: MomentText) -> [Table.Cell] {
    [
      .init(moments.clock(event.at)), .init(event.kind?.name ?? "unknown", style(event.kind)),
      .init(event.requestID.isEmpty ? "-" : event.requestID.string),
      .init(event.component.isEmpty ? "-" : event.component.string),
      .init(event.pools.isEmpty ? "-" : LeaseView.amounts(event.pools)),
      .init(detail(event, moments: moments)),
    ]
  }

  /// One event on a line, for a stream whose later rows are not known: parts stand apart by two blanks.
  static func line(_ event: Event, output: Output) -> String {
    row(event, moments: output.moments).enumerated().map { place, cell in
      let filling = place == 1 ? String(repeating: " ", count: max(0, 16 - cell.text.count)) : ""
      return output.terminal.styled(cell.text, cell.style) + filling
    }.joined(separator: "  ")
  }

  private static func style(_ kind: EventKind?) -> Terminal.Style? {
    switch kind {
    case .granted, .adopted: .green
    case .denied, .preempted, .queueTimeout, .expired, .claimLapsed: .red
    case .queued, .preemptNotice, .draining, .learning: .yellow
    default: nil
    }
  }

  private static func detail(_ event: Event, moments: MomentText) -> String {
    var parts: [String] = []
    if let priority = event.priority, priority != .normal { parts.append(priority.name) }
    if !event.reason.isEmpty { parts.append(event.reason.string) }
    if event.kind == .draining, event.reason.isEmpty { parts.append("over, taking requests again") }
    if event.kind == .learning, event.reason.isEmpty { parts.append("over, granting again") }
    if let waited = event.waited, waited > .zero {
      parts.append("waited \(DurationText.short(waited))")
    }
    if let until = event.until { parts.append("until \(moments.clock(until))") }
    return parts.isEmpty ? "-" : parts.joined(separator: " ")
  }
}
