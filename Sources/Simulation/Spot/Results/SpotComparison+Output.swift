import Model

extension SpotComparison {
  /// The results as JSON, without a line's end: one entry for each policy. Of several repeats its
  /// figures are means, with their margins and the figures of each run beside them; events and
  /// instances are those of the first.
  public var jsonText: String {
    let front = Set(paretoFront)
    var out = SpotJSONText()
    out.open("{")
    out.open("[", key: "results")
    for policy in policyNames.indices {
      let record = repeats[0].metrics[policy].record
      out.open("{")
      out.add(members(policy, isOptimal: front.contains(policy)))
      out.addInstances(record.ledger.entries)
      out.addEvents(record.events)
      out.close("}")
    }
    out.close("]")
    out.add(.integer(repeats.count), key: "repeats")
    out.add(.array(repeats.map { .integer($0.seed) }), key: "seeds")
    out.close("}")
    return out.text
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
