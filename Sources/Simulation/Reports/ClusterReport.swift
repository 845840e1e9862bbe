package import Model

/// What the runs of several policies over one workload came to, for programs.
package struct ClusterReport: Sendable {
  package struct Entry: Sendable {
    package let policy: String
    package let result: ClusterResult

    package init(policy: String, result: ClusterResult) {
      self.policy = policy
      self.result = result
    }
  }

  package let estimates: Estimates
  package let tieRule: TieRule
  /// In the order in which the policies were asked for.
  package let entries: [Entry]

  package init(estimates: Estimates, tieRule: TieRule, entries: [Entry]) {
    self.estimates = estimates
    self.tieRule = tieRule
    self.entries = entries
  }

  /// `{"results": […]}` with one object for each policy; seconds are decimal and exact where times are.
  package var json: JSONValue {
    .object([.init("results", .array(entries.map(json)))])
  }

  private func json(_ entry: Entry) -> JSONValue {
    let result = entry.result
    let metrics = result.metrics
    return .object([
      .init("policy", .string(entry.policy)), .init("estimates", .string(estimates.rawValue)),
      .init("tie_rule", .string(tieRule.rawValue)), .init("jobs", .integer(metrics.jobs)),
      .init("processors", .integer(metrics.processors)),
      .init("sum_wait_seconds", .number(metrics.sumWaitSecondsText)),
      .init("average_wait_seconds", .number("\(metrics.averageWaitSeconds)")),
      .init("max_wait_seconds", .number("\(metrics.maxWaitSeconds)")),
      .init("average_bounded_slowdown", .number("\(metrics.averageBoundedSlowdown)")),
      .init("max_bounded_slowdown", .number("\(metrics.maxBoundedSlowdown)")),
      .init("average_response_seconds", .number("\(metrics.averageResponseSeconds)")),
      .init("makespan_seconds", .number("\(metrics.makespanSeconds)")),
      .init("utilisation", .number("\(metrics.utilisation)")),
      .init("users", .integer(result.fairness.users.count)),
      .init("slowdown_fairness", .number("\(result.fairness.slowdownIndex)")),
      .init("wait_fairness", .number("\(result.fairness.waitIndex)")),
      .init("interruptions", .integer(result.interruptions)),
    ])
  }
}
