import Model

extension SettingsDraft {
  /// The name in `component_limits` that stands for every component without an entry of its own.
  static let defaultComponent = "default"

  /// Reads `component_limits`: a block per component, and `default`.
  mutating func applyComponentLimits(_ node: SettingsNode) {
    guard case .map(let components) = node.content else {
      if node.isNull { return }
      report(
        .error, "component_limits", node.origin, "expected a block per component, got \(node.found)"
      )
      return
    }
    for entry in components {
      let bytesMax = configuration.limits.componentBytes
      guard !entry.key.isEmpty, entry.key.utf8.count <= bytesMax else {
        report(
          .error, "component_limits", entry.keyOrigin,
          "expected a component's name of 1 to \(bytesMax) bytes")
        continue
      }
      applyComponent(entry)
    }
  }

  private mutating func applyComponent(_ component: SettingsNode.Entry) {
    let path = "component_limits.\(component.key)"
    guard case .map(let entries) = component.value.content else {
      report(
        .error, path, component.value.origin,
        "expected a block of limits, got \(component.value.found)")
      return
    }
    for entry in entries {
      applyComponentLimit(component.key, entry, path: "\(path).\(entry.key)")
    }
  }

  /// Reads one limit of one component, or of `default`.
  mutating func applyComponentLimit(
    _ component: String, _ entry: SettingsNode.Entry, path: String
  ) {
    let isDefault = component == SettingsDraft.defaultComponent
    let name = Text(component)
    var limits =
      isDefault
      ? configuration.componentDefaults
      : configuration.componentLimits[name] ?? .none
    do {
      guard try SettingsDraft.read(entry, into: &limits) else {
        reportUnknown(entry, path: path, among: SettingField.component.map(\.name))
        return
      }
    } catch {
      report(.error, path, entry.value.origin, error.message, suggestions: error.suggestions)
      return
    }
    if isDefault {
      configuration.componentDefaults = limits
    } else {
      configuration.componentLimits[name] = limits
    }
    origins[path] = entry.value.origin
  }

  /// Gives the components that are named what `default` says and they do not. The last step, since every source may
  /// still change `default`.
  mutating func completeComponentLimits() {
    let defaults = configuration.componentDefaults
    configuration.componentLimits = configuration.componentLimits.mapValues { own in
      ComponentLimits(
        leases: own.leases ?? defaults.leases,
        queuePlaces: own.queuePlaces ?? defaults.queuePlaces,
        poolShare: own.poolShare ?? defaults.poolShare,
        callsPerSecond: own.callsPerSecond ?? defaults.callsPerSecond,
        maxPriority: own.maxPriority ?? defaults.maxPriority)
    }
  }

  private static func read(
    _ entry: SettingsNode.Entry, into limits: inout ComponentLimits
  ) throws(SettingsMismatch) -> Bool {
    let node = entry.value
    switch entry.key {
    case "leases": limits.leases = Int(try node.integer(in: 0...1_000_000_000))
    case "queue_places": limits.queuePlaces = Int(try node.integer(in: 0...1_000_000_000))
    case "pool_share": limits.poolShare = try node.fraction()
    case "calls_per_second": limits.callsPerSecond = Int(try node.integer(in: 1...1_000_000_000))
    case "max_priority":
      limits.maxPriority = try node.choice(Priority.allCases.map { ($0.name, $0) })
    default: return false
    }
    return true
  }
}
