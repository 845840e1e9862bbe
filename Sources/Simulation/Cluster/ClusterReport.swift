package import Model

/// Results of simulations as JSON, with the fields that `coordinator simulate cluster` promises.
public struct ClusterReport: Hashable, Sendable {
  /// One simulated policy.
  public struct Entry: Hashable, Sendable {
    public let policy: String
    public let options: ClusterSimulation.Options
    public let result: ClusterResult

    public init(policy: String, options: ClusterSimulation.Options, result: ClusterResult) {
      self.policy = policy
      self.options = options
      self.result = result
    }
  }

  public var entries: [Entry]

  public init(entries: [Entry]) {
    self.entries = entries
  }

  /// The report as JSON, two blanks for each level, without a line's end.
  public var jsonText: String { json.indentedText }

  package var json: JSONValue {
    .object([.init("results", .array(entries.map(ClusterReport.json)))])
  }

  private static func json(_ entry: Entry) -> JSONValue {
    let metrics = entry.result.metrics
    var members: [JSONValue.Member] = [
      .init("policy", .string(entry.policy)),
      .init("estimates", .string(entry.options.estimates.rawValue)),
      .init("tie_rule", .string(entry.options.tieRule.rawValue)),
      .init("processors", .integer(metrics.processors)),
      .init("jobs", .integer(metrics.jobs)),
      .init("sum_wait_seconds", .number(metrics.sumWaitSecondsText)),
      .init("average_wait_seconds", number(metrics.averageWaitSeconds)),
      .init("max_wait_seconds", number(metrics.maxWaitSeconds)),
      .init("average_bounded_slowdown", number(metrics.averageBoundedSlowdown)),
      .init("max_bounded_slowdown", number(metrics.maxBoundedSlowdown)),
      .init("average_response_seconds", number(metrics.averageResponseSeconds)),
      .init("makespan_seconds", number(metrics.makespanSeconds)),
      .init("utilisation", number(metrics.utilisation)),
      .init("interruptions", .integer(entry.result.interruptions)),
      .init(
        "fairness",
        .object([
          .init("users", .integer(entry.result.fairness.users.count)),
          .init("slowdown_index", number(entry.result.fairness.slowdownIndex)),
          .init("wait_index", number(entry.result.fairness.waitIndex)),
        ])),
    ]
    if entry.result.preemptions > 0 {
      members.append(.init("preemptions", .integer(entry.result.preemptions)))
    }
    if let nodes = entry.result.nodes { members += ClusterReport.members(nodes) }
    return .object(members)
  }

  private static func members(_ nodes: NodeFigures) -> [JSONValue.Member] {
    let resources = nodes.resources.map { figures in
      JSONValue.object([
        .init("resource", .string(figures.name)), .init("capacity", .integer(figures.capacity)),
        .init("utilisation", number(figures.utilisation)), .init("peak", .integer(figures.peak)),
      ])
    }
    return [
      .init("resources", .array(resources)),
      .init("gpu_fragmentation", number(nodes.fragmentation)),
    ]
  }

  /// The shortest text that reads back as the same number; whole numbers without a point.
  static func number(_ value: Double) -> JSONValue {
    precondition(value.isFinite, "a figure is a number")
    if value == value.rounded(), abs(value) < 9e15 { return .integer(Int64(value)) }
    return .number("\(value)")
  }
}
