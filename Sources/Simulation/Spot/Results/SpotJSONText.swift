import Model

/// Writes results as JSON text, a line for each event: many of them are written at once, without a
/// tree of values between.
struct SpotJSONText {
  private(set) var text = ""
  private var indent = 0
  /// The list or object that is open has a member already.
  private var hasMember = false

  mutating func open(_ mark: String, key: String? = nil) {
    startMember(key)
    text += mark
    indent += 2
    hasMember = false
  }

  mutating func close(_ mark: String) {
    indent -= 2
    if hasMember { startLine() }
    text += mark
    hasMember = true
  }

  mutating func add(_ value: JSONValue, key: String? = nil) {
    startMember(key)
    text += value.text
  }

  mutating func add(_ members: [JSONValue.Member]) {
    for member in members { add(member.value, key: member.key) }
  }

  /// Adds the figures' events, one a line.
  mutating func addEvents(_ events: [SpotEvent]) {
    open("[", key: "events")
    for event in events {
      startMember(nil)
      add(event)
    }
    close("]")
  }

  /// Adds the lines of a ledger, one a line; costs are exact to the nano-dollar.
  mutating func addInstances(_ entries: [LedgerEntry]) {
    open("[", key: "instances")
    for entry in entries {
      startMember(nil)
      switch entry.subject {
      case .instance(let id, let kind):
        text += "{\"instance_id\":\(id),\"instance_type\":\"\(kind.eventName)\""
      case .egress(let task): text += "{\"egress_task_id\":\(task)"
      }
      text += ",\"zone\":\(entry.zone),\"start_time\":"
      text += Self.number(entry.startHours)
      text += ",\"billed_until\":"
      text += Self.number(entry.endHours)
      text += ",\"cost\":"
      text += entry.charge.decimal
      text += "}"
    }
    close("]")
  }

  /// An object with one key, the event's name, and its fields.
  private mutating func add(_ event: SpotEvent) {
    let (name, subject, id) =
      switch event.kind {
      case .taskArrival(let task): ("TaskArrival", "task_id", task)
      case .taskCompletion(let task): ("TaskCompletion", "task_id", task)
      case .instanceLaunch(let instance, _): ("InstanceLaunch", "instance_id", instance)
      case .instancePreemption(let instance): ("InstancePreemption", "instance_id", instance)
      case .instanceTermination(let instance): ("InstanceTermination", "instance_id", instance)
      }
    text += "{\"\(name)\":{\"\(subject)\":\(id),\"time\":"
    text += Self.number(event.timeHours)
    if case .instanceLaunch(_, let kind) = event.kind {
      text += ",\"instance_type\":\"\(kind.eventName)\""
    }
    text += "}}"
  }

  private mutating func startMember(_ key: String?) {
    if hasMember { text += "," }
    if indent > 0 { startLine() }
    if let key { text += "\"\(key)\": " }
    hasMember = true
  }

  private mutating func startLine() {
    text += "\n"
    text += String(repeating: " ", count: indent)
  }

  private static func number(_ value: Double) -> String { ClusterReport.number(value).text }
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

extension SpotMetrics {
  /// The figures as JSON with their events, without a line's end.
  public var jsonText: String {
    var out = SpotJSONText()
    out.open("{")
    out.add(.string(policyName), key: "policy_name")
    out.add(SpotComparison.figures.map { .init($0.name, SpotMetrics.number($0.value(self))) })
    out.addEvents(events)
    out.close("}")
    return out.text
  }

  static func number(_ value: Double?) -> JSONValue {
    value.map(ClusterReport.number) ?? .null
  }
}
