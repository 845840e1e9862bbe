package import Model

extension SpotComparison {
  /// The results as JSON, two blanks for each level, without a line's end.
  public var jsonText: String { json.indentedText }

  /// One entry for each policy. Of several repeats its figures are means, with their intervals and
  /// the figures of each run beside them; events and instances are those of the first.
  package var json: JSONValue {
    let front = Set(paretoFront)
    return .object([
      .init(
        "results",
        .array(
          policyNames.indices.map { policy in
            .object(members(policy, isOptimal: front.contains(policy)))
          })),
      .init("repeats", .integer(repeats.count)),
      .init("seeds", .array(repeats.map { .integer($0.seed) })),
    ])
  }

  /// A figure, by the name that JSON and CSV give it.
  struct Figure: Sendable {
    let name: String
    let value: @Sendable (SpotMetrics) -> Double?
  }

  /// The figures in the order in which they are written; the first ten are the seed's.
  static let figures: [Figure] = [
    Figure(name: "total_cost") { $0.totalCost },
    Figure(name: "avg_completion_time") { $0.averageCompletionHours },
    Figure(name: "p50_completion_time") { $0.p50CompletionHours },
    Figure(name: "p99_completion_time") { $0.p99CompletionHours },
    Figure(name: "total_tasks") { Double($0.totalTasks) },
    Figure(name: "completed_tasks") { Double($0.completedTasks) },
    Figure(name: "total_preemptions") { Double($0.totalPreemptions) },
    Figure(name: "spot_instances_launched") { Double($0.spotInstancesLaunched) },
    Figure(name: "ondemand_instances_launched") { Double($0.onDemandInstancesLaunched) },
    Figure(name: "deadline_misses") { Double($0.deadlineMisses) },
    Figure(name: "fallback_tasks") { Double($0.fallbackTasks) },
    Figure(name: "checkpoints_attempted") { Double($0.checkpointsAttempted) },
    Figure(name: "checkpoints_successful") { Double($0.checkpointsSuccessful) },
    Figure(name: "time_saved_hours") { $0.timeSavedHours },
    Figure(name: "wasted_hours") { $0.wastedHours },
    Figure(name: "useful_hours") { $0.usefulHours },
    Figure(name: "cost_per_useful_hour") { $0.costPerUsefulHour },
  ]

  private func members(_ policy: Int, isOptimal: Bool) -> [JSONValue.Member] {
    var members = [JSONValue.Member("policy_name", .string(policyNames[policy]))]
    var margins: [JSONValue.Member] = []
    for figure in Self.figures {
      let estimate = estimate(policy, figure.value)
      members.append(.init(figure.name, SpotMetrics.number(estimate?.mean)))
      if let margin = estimate?.margin {
        margins.append(.init(figure.name, ClusterReport.number(margin)))
      }
    }
    let savings = savingsPercent(policy)
    members.append(.init("savings_percent", SpotMetrics.number(savings?.mean)))
    if let margin = savings?.margin {
      margins.append(.init("savings_percent", ClusterReport.number(margin)))
    }
    members.append(.init("pareto_optimal", .bool(isOptimal)))
    if repeats.count > 1 {
      members.append(.init("margins_95", .object(margins)))
      members.append(.init("runs", .array(repeats.map { Self.run($0, policy) })))
    }
    let record = repeats[0].metrics[policy].record
    members.append(.init("instances", .array(record.ledger.entries.map(\.json))))
    members.append(.init("events", .array(record.events.map(\.json))))
    return members
  }

  private static func run(_ run: Repeat, _ policy: Int) -> JSONValue {
    .object(
      [.init("seed", .integer(run.seed))]
        + figures.map { .init($0.name, SpotMetrics.number($0.value(run.metrics[policy]))) })
  }

  /// A head and one line for each policy and repeat.
  public var csvText: String {
    var lines = ["policy_name,repeat,seed," + Self.figures.map(\.name).joined(separator: ",")]
    for policy in policyNames.indices {
      for run in repeats {
        let values = Self.figures.map { figure in
          let value = SpotMetrics.number(figure.value(run.metrics[policy]))
          return value == .null ? "" : value.text
        }
        lines.append(
          "\(policyNames[policy]),\(run.number),\(run.seed)," + values.joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension LedgerEntry {
  /// A line of the ledger; its cost is exact to the nano-dollar.
  package var json: JSONValue {
    var members: [JSONValue.Member]
    switch subject {
    case .instance(let id, let kind):
      members = [
        .init("instance_id", .integer(id)), .init("instance_type", .string(kind.eventName)),
      ]
    case .egress(let task): members = [.init("egress_task_id", .integer(task))]
    }
    members += [
      .init("zone", .integer(zone)), .init("start_time", ClusterReport.number(startHours)),
      .init("billed_until", ClusterReport.number(endHours)),
      .init("cost", .number(charge.decimal)),
    ]
    return .object(members)
  }
}
