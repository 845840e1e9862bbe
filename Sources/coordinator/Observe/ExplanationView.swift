import Model

/// Why a request waits or was denied, until when, and what would change it.
enum ExplanationView {
  /// What is asked, as far as it is known: `trainer wants gpu 12000 MB, priority HIGH`.
  struct Subject {
    var component: Text
    var amounts: [PoolQuantity]
    var priority: Priority?
    /// Whether nothing was asked for yet.
    var isHypothetical = false
  }

  static func lines(
    _ explanation: Explanation, subject: Subject?, moments: MomentText
  ) -> [String] {
    [head(explanation, subject, moments)] + reasons(explanation, moments: moments)
      + ["  as of revision \(explanation.revision)"]
  }

  private static func head(
    _ explanation: Explanation, _ subject: Subject?, _ moments: MomentText
  ) -> String {
    let isHypothetical = subject?.isHypothetical ?? false
    var line = isHypothetical ? "" : "\(printable(explanation.requestID))  "
    if let subject {
      let verb = explanation.status == .granted && !isHypothetical ? "has" : "wants"
      line +=
        "\(printable(subject.component)) \(verb) \(printable(LeaseView.amounts(subject.amounts)))"
      if let priority = subject.priority { line += ", priority \(priority.name)" }
      line += " — "
    }
    line += isHypothetical ? prospect(explanation.status) : explanation.status.name
    if let place = explanation.queue {
      if let since = place.queuedAt { line += " \(DurationText.short(moments.now - since))" }
      line += ", position \(place.position) of \(place.length)"
    }
    return line
  }

  /// What would become of a request: never a word for something that was granted.
  private static func prospect(_ status: RequestStatus) -> String {
    switch status {
    case .granted: "would start now"
    case .queued: "would wait"
    case .denied: "would be denied"
    case .pending, .released, .expired: "would not start"
    }
  }

  /// Everything but the headline, indented.
  static func reasons(_ explanation: Explanation, moments: MomentText) -> [String] {
    var lines: [String] = []
    if explanation.blockers.isEmpty {
      if !explanation.summary.isEmpty { lines.append("  \(printable(explanation.summary))") }
    } else {
      lines.append("  cannot start now because")
    }
    for (place, blocker) in explanation.blockers.enumerated() {
      lines.append("    \(place + 1). \(printable(blocker.message))\(remark(blocker, moments))")
    }
    if !explanation.blockers.isEmpty, !explanation.notBlockers.isEmpty {
      let names = explanation.notBlockers.map { printable($0.pool) }.joined(separator: ", ")
      lines.append(
        "  not a reason: \(names) \(explanation.notBlockers.count == 1 ? "fits" : "fit")")
    }
    if let forecast = explanation.forecast, let expected = forecast.expected {
      lines.append("  expected start  \(moments.clock(expected))\(range(forecast, moments))")
    } else if explanation.queue != nil {
      lines.append("  expected start  not known")
    }
    if !explanation.changes.isEmpty {
      let changes = explanation.changes.map { change in
        text(change, unit: explanation.blockers.first { $0.pool == change.pool }?.unit ?? .empty)
      }.joined(separator: "  |  ")
      lines.append("  would start now if  \(changes)")
    }
    if let deadline = explanation.queue?.deadline {
      lines.append("  waits until  \(moments.clock(deadline))")
    }
    return lines
  }

  /// How many of those in the way a line names; the rest is counted, and all stand in the JSON form.
  private static let othersShown = 4

  private static func remark(_ blocker: Detail, _ moments: MomentText) -> String {
    var parts: [String] = []
    if blocker.limit > 0, !blocker.pool.isEmpty {
      parts.append("limit: \(QuantityText.text(blocker.limit, unit: blocker.unit))")
    }
    let isAhead = blocker.reason == Text(Reason.aheadInQueue.rawValue)
    if !blocker.others.isEmpty, !isAhead || blocker.othersTotal > 1 {
      let named = blocker.others.prefix(othersShown).map { other in
        let end = other.until.map { " until \(moments.clock($0))" } ?? ""
        return "\(printable(other.requestID)) of \(printable(other.component))\(end)"
      }
      let more = blocker.othersTotal - Int64(named.count)
      parts.append(
        (isAhead ? "in line: " : "held by ") + named.joined(separator: ", ")
          + (more > 0 ? " and \(more) more" : ""))
    } else if let retry = blocker.retryAfter {
      parts.append("free again in \(DurationText.short(retry))")
    }
    return parts.isEmpty ? "" : "   (\(parts.joined(separator: ", ")))"
  }

  private static func range(_ forecast: Forecast, _ moments: MomentText) -> String {
    guard let expected = forecast.expected else { return "" }
    var text = "  (in \(DurationText.short(expected - moments.now))"
    if let earliest = forecast.earliest, let latest = forecast.latest, earliest < latest {
      text +=
        "; \(DurationText.short(earliest - moments.now))–\(DurationText.short(latest - moments.now))"
    }
    return text + ")"
  }

  private static func text(_ change: Change, unit: Text) -> String {
    switch Change.Kind(rawValue: change.kind.string) {
    case .reduceQuantity: "quantity ≤ \(QuantityText.text(change.quantity, unit: unit))"
    case .raiseCapacity: "capacity ≥ \(QuantityText.text(change.quantity, unit: unit))"
    case .releaseLease, .raisePriority, .wait, nil: printable(change.message)
    }
  }
}
