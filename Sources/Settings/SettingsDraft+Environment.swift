import Model

extension SettingsDraft {
  private static let variablePrefix = "COORDINATOR_"
  /// Variables that the client commands read, or that name the file to load; of no concern here.
  static let otherVariables = [
    "COORDINATOR_ADDRESS", "COORDINATOR_API_KEY", "COORDINATOR_CLIENT_SECRET", "COORDINATOR_COLOR",
    "COORDINATOR_COMPONENT", "COORDINATOR_CONFIG", "COORDINATOR_FORMAT",
    "COORDINATOR_LEASE_COMPONENT", "COORDINATOR_LEASE_FENCING", "COORDINATOR_LEASE_ID",
    "COORDINATOR_PRIORITY", "COORDINATOR_PROFILE", "COORDINATOR_REQUEST_ID",
    "COORDINATOR_TIMEOUT", "COORDINATOR_TLS", "COORDINATOR_TLS_CA", "COORDINATOR_TOKEN",
    "COORDINATOR_TOKEN_FILE",
  ]
  /// Variables that container platforms set for a service called "coordinator".
  private static let platformVariables = ["COORDINATOR_SERVICE_", "COORDINATOR_PORT_"]
  private static let componentPrefix = "COORDINATOR_COMPONENT_LIMITS_DEFAULT_"

  /// Lays the environment over what there is. Empty variables count as not set.
  mutating func apply(environment: [String: String]) {
    let keys = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.variable, $0) })
    let ours = environment.filter { $0.key.hasPrefix(SettingsDraft.variablePrefix) }
    for (variable, text) in ours.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
      let node = SettingsNode(text: text, origin: .environment(variable))
      if let key = keys[variable] {
        apply(key, node)
      } else if variable.hasPrefix(SettingsDraft.componentPrefix) {
        let name = variable.dropFirst(SettingsDraft.componentPrefix.count).lowercased()
        let entry = SettingsNode.Entry(key: name, keyOrigin: node.origin, value: node)
        let component = SettingsDraft.defaultComponent
        applyComponentLimit(component, entry, path: "component_limits.\(component).\(name)")
      } else if !SettingsDraft.isOther(variable, text) {
        report(
          .error, "", node.origin, "no setting is called so",
          suggestions: SettingsDraft.suggestions(for: variable))
      }
    }
  }

  private static let variables =
    SettingKey.all.map(\.variable)
    + SettingField.component.map { componentPrefix + $0.name.uppercased() }

  /// The nearest variables, compared without the prefix, which would make everything look alike.
  private static func suggestions(for variable: String) -> [String] {
    let names = variables.map { String($0.dropFirst(variablePrefix.count)) }
    let name = String(variable.dropFirst(variablePrefix.count))
    let near = NearestName.candidates(for: name, in: names).map { variablePrefix + $0 }
    return near.isEmpty ? SettingKey.ofFlag(name.lowercased()).map { [$0.variable] } ?? [] : near
  }

  private static func isOther(_ variable: String, _ text: String) -> Bool {
    otherVariables.contains(variable) || (variable == "COORDINATOR_PORT" && text.contains("://"))
      || platformVariables.contains { variable.hasPrefix($0) }
  }

  /// Lays flags over what there is. A flag that is repeated gives a list; of single values the last one counts.
  mutating func apply(flags: [SettingsFlag]) {
    var places: [String: Int] = [:]
    var values: [(key: SettingKey, nodes: [SettingsNode])] = []
    for flag in flags {
      let origin = SettingsOrigin.flag(flag.flag)
      guard let key = SettingKey.named(flag.key) else {
        report(.error, flag.key, origin, "unknown key")
        continue
      }
      let node = SettingsNode(text: flag.value, origin: origin)
      if let place = places[flag.key] {
        values[place].nodes.append(node)
      } else {
        places[flag.key] = values.count
        values.append((key, [node]))
      }
    }
    for (key, nodes) in values {
      guard let last = nodes.last else { continue }
      let isList = key.path == "server.host" || key.path == "contention_script"
      let node = isList && nodes.count > 1 ? SettingsNode(.list(nodes), origin: last.origin) : last
      apply(key, node)
    }
  }
}

/// A flag of the command line: the path of the key that it sets, its value, and how the user wrote it.
package struct SettingsFlag: Hashable, Sendable {
  package var key: String
  package var value: String
  package var flag: String

  package init(key: String, value: String, flag: String) {
    self.key = key
    self.value = value
    self.flag = flag
  }
}
