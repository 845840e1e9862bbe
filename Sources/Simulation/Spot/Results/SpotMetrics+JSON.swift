package import Model

extension SpotMetrics {
  /// The figures as JSON with their events, two blanks for each level, without a line's end.
  public var jsonText: String { json.indentedText }

  package var json: JSONValue {
    .object(
      [.init("policy_name", .string(policyName))]
        + SpotComparison.figures.map { .init($0.name, SpotMetrics.number($0.value(self))) }
        + [.init("events", .array(events.map(\.json)))])
  }

  static func number(_ value: Double?) -> JSONValue {
    value.map(ClusterReport.number) ?? .null
  }
}

extension InstanceKind {
  /// As events name it.
  package var eventName: String {
    switch self {
    case .spot: "Spot"
    case .onDemand: "OnDemand"
    }
  }
}

extension SpotEvent {
  /// An object with one key, the event's name, and its fields.
  package var json: JSONValue {
    let time = JSONValue.Member("time", ClusterReport.number(timeHours))
    func tagged(_ name: String, _ members: [JSONValue.Member]) -> JSONValue {
      .object([.init(name, .object(members))])
    }
    return switch kind {
    case .taskArrival(let task): tagged("TaskArrival", [.init("task_id", .integer(task)), time])
    case .taskCompletion(let task):
      tagged("TaskCompletion", [.init("task_id", .integer(task)), time])
    case .instanceLaunch(let instance, let kind):
      tagged(
        "InstanceLaunch",
        [
          .init("instance_id", .integer(instance)), time,
          .init("instance_type", .string(kind.eventName)),
        ])
    case .instancePreemption(let instance):
      tagged("InstancePreemption", [.init("instance_id", .integer(instance)), time])
    case .instanceTermination(let instance):
      tagged("InstanceTermination", [.init("instance_id", .integer(instance)), time])
    }
  }
}
