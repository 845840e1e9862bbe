package import Model

extension Budget {
  /// The cost at which a level is reached, in nano-dollars an hour × nanoseconds. Exact.
  package func cost(at level: BudgetLevel) -> Int128 {
    let unit = Int128(UTCWindow.nanosecondsPerHour)
    return switch level {
    case .threshold: Int128(monthlyNanodollars) * Int128(alertThousandths) * (unit / 1_000)
    case .spent: Int128(monthlyNanodollars) * unit
    }
  }
}

extension TenancyState {
  /// What is due first without anybody asking, and when: an alert about a budget. Constant time.
  package var nextDue: (at: Instant, decision: TenancyDecision)? {
    alarms.first.map { ($0.at, .budgetAlerted($0.project, $0.level)) }
  }

  /// When something is due first.
  package var nextDeadline: Instant? { alarms.first?.at }

  /// Works out anew when a project's budget will next be crossed, which every change of what accrues or of the budget
  /// needs.
  mutating func setAlarm(_ id: Project.ID) {
    let entry = nextCrossing(id).map { Agenda.Entry(at: $0.at, project: id, level: $0.level) }
    alarms.set(entry, for: id)
  }

  /// When which level that was not told of this month is crossed, if nothing changes.
  private func nextCrossing(_ id: Project.ID) -> (at: Instant, level: BudgetLevel)? {
    guard let budget = projects[id]?.settings.budget, budget.monthlyNanodollars > 0,
      let account = accounts[.project(id)]
    else { return nil }
    let now = decidedAt
    var month = UTCMonth(containing: now)
    let flow = Int128(account.flow.nanodollarsPerHour)
    let told = alerts[id].flatMap { $0.month == month ? $0.level : nil }
    if let level = BudgetLevel.allCases.first(where: { level in told.map { level > $0 } ?? true }) {
      let missing = budget.cost(at: level) - account.accrued(in: .month, at: now).cost
      if missing <= 0 { return (now, level) }
      if let at = instant(after: now, missing, flow), at < month.next.start { return (at, level) }
    }
    // Of any twelve months in a row one is as long as months get.
    for _ in 0..<12 {
      month = month.next
      guard let at = instant(after: month.start, budget.cost(at: .threshold), flow) else {
        return nil
      }
      if at < month.next.start { return (at, .threshold) }
    }
    return nil
  }

  /// The first instant at which a cost has accrued; nil for never, or beyond the end of time.
  private func instant(after start: Instant, _ cost: Int128, _ flow: Int128) -> Instant? {
    guard flow > 0, let span = Int64(exactly: (cost + flow - 1) / flow) else { return nil }
    let at = start + .nanoseconds(span)
    return at < .distantFuture ? at : nil
  }
}
