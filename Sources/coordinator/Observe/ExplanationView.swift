import Model

/// Why a request waits or was denied, until when, and what would change it.
enum ExplanationView {
  /// What is asked, as far as it is known: `trainer wants gpu 12000 MB, priority HIGH`.
  struct Subject {
    var component: Text
    var amounts: [PoolQuantity]
    var priority: Priority?
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
    var line = explanation.requestID.isEmpty ? "" : "\(printable(explanation.requestID))  "
    if let subject {
      let verb = explanation.status == .granted && !explanation.requestID.isEmpty ? "has" : "wants"
      line += "\(printable(subject.component)) \(verb) \(printable(LeaseView.amounts(subject.amounts)))"
      if let priority = subject.priority { line += ", priority \(priority.name)" }
      line += " — "
    }
    line += explanation.status.name
    if let place = explanation.queue {
      if let since = place.queuedAt { line += " \(DurationText.short(moments.now - since))" }
      line += ", position \(place.position) of \(place.length)"
    }
    return line
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
      lines.append("  not a reason: \(names) \(explanation.notBlockers.count == 1 ? "fits" : "fit")")
    }
    if let forecast = explanation.forecast, let expected = forecast.expected {
      lines.append("  expected start  \(moments.clock(expected))\(range(forecast, moments))")
    } else if explanation.queue != nil {
      lines.append("  expected start  not known")
    }
    if !explanation.changes.isEmpty {
      let changes = explanation.changes.map(change).joined(separator: "  |  ")
      lines.append("  would start now if  \(changes)")
    }
    if let deadline = explanation.queue?.deadline {
      lines.append("  waits until  \(moments.clock(deadline))")
    }
    return lines
  }

  private static func remark(_ blocker: Detail, _ moments: MomentText) -> String {
    var parts: [String] = []
    if blocker.limit > 0, !blocker.pool.isEmpty {
      parts.append("limit: \(QuantityText.text(blocker.limit, unit: blocker.unit))")
    }
    if !blocker.requestID.isEmpty, blocker.reason != Text(Reason.aheadInQueue.rawValue) {
      let end = blocker.until.map { " until \(moments.clock($0))" } ?? ""
      parts.append("held by \(printable(blocker.requestID)) of \(printable(blocker.component))\(end)")
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

  private static func change(_ change: Change) -> String {
    switch Change.Kind(rawValue: change.kind.string) {
    case .reduceQuantity: "quantity ≤ \(change.quantity)"
    case .raiseCapacity: "capacity ≥ \(change.quantity)"
    case .releaseLease, .raisePriority, .wait, nil: printable(change.message)
    }
  }
}
