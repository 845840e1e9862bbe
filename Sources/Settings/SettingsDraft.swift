import Model

/// A configuration while its sources are laid over one another.
struct SettingsDraft {
  var configuration = CoordinatorConfiguration()
  /// Where values that are not built in come from, by path; pools and components as `pools.NAME` and
  /// `component_limits.NAME`.
  var origins: [String: SettingsOrigin] = [:]
  var problems: [SettingsProblem] = []
  /// What stands before the paths in messages: `profiles.NAME.` while a profile is read.
  var prefix = ""

  /// Keys of a file that hold text for people or tools, and no setting.
  static let ignoredKeys = ["$schema", "description"]
  static let repeatedBlocks = ["pools", "component_limits", "profiles"]
  /// The first parts of dotted paths: `server`, `lease`, …
  static let groups: [String] = SettingKey.all.reduce(into: []) { groups, key in
    guard let dot = key.path.firstIndex(of: ".") else { return }
    let group = String(key.path[..<dot])
    if !groups.contains(group) { groups.append(group) }
  }
  /// Every name that may stand at the top of a file.
  static let topNames: [String] =
    SettingKey.all.map(\.path).filter { !$0.contains(".") } + groups + repeatedBlocks
    + KeptShape.blocks.map(\.name) + ignoredKeys

  mutating func report(
    _ severity: SettingsProblem.Severity, _ path: String, _ origin: SettingsOrigin,
    _ message: String, suggestions: [String] = []
  ) {
    problems.append(
      SettingsProblem(
        severity, path: path.isEmpty ? "" : prefix + path, origin: origin, message: message,
        suggestions: suggestions))
  }

  /// Runs `read`; a mismatch becomes an error at `path` and the result nil.
  mutating func value<Value>(
    _ path: String, _ origin: SettingsOrigin, _ read: () throws(SettingsMismatch) -> Value
  ) -> Value? {
    do {
      return try read()
    } catch {
      report(.error, path, origin, error.message, suggestions: error.suggestions)
      return nil
    }
  }

  mutating func apply(_ key: SettingKey, _ node: SettingsNode) {
    do {
      try key.assign(node, &configuration)
      origins[key.path] = node.origin
    } catch {
      report(
        .error, key.path, error.origin ?? node.origin, error.message,
        suggestions: error.suggestions)
    }
  }

  /// Lays the entries of a file, or of one of its profiles, over what there is.
  mutating func apply(entries: [SettingsNode.Entry]) {
    // Pools first: the flat capacities change the built-in ones among them.
    for entry in entries where entry.key == "pools" { applyPools(entry.value) }
    for entry in entries where entry.key != "pools" && entry.key != "profiles" { apply(entry) }
    reportCapacitiesGivenTwice(entries)
  }

  private mutating func apply(_ entry: SettingsNode.Entry) {
    if SettingsDraft.ignoredKeys.contains(entry.key) { return }
    if let key = SettingKey.named(entry.key), !entry.key.contains(".") {
      apply(key, entry.value)
    } else if entry.key == "component_limits" {
      applyComponentLimits(entry.value)
    } else if let block = KeptShape.blocks.first(where: { $0.name == entry.key }) {
      configuration.keptBlocks[entry.key] = KeptValue(entry.value)
      origins[entry.key] = entry.value.origin
      check(entry.value, block.shape, path: entry.key)
    } else if SettingsDraft.groups.contains(entry.key) {
      applyGroup(entry)
    } else {
      reportUnknown(entry, path: entry.key, among: SettingsDraft.topNames)
    }
  }

  private mutating func applyGroup(_ group: SettingsNode.Entry) {
    guard case .map(let entries) = group.value.content else {
      // `server:` with nothing behind it is a block whose keys are all commented out.
      if group.value.isNull { return }
      report(
        .error, group.key, group.value.origin, "expected a block of keys, got \(group.value.found)")
      return
    }
    for entry in entries {
      let path = "\(group.key).\(entry.key)"
      if let key = SettingKey.named(path) {
        apply(key, entry.value)
      } else if let kept = KeptShape.keys.first(where: { $0.name == path }) {
        configuration.keptBlocks[path] = KeptValue(entry.value)
        check(entry.value, kept.shape, path: path)
        if !entry.value.isNull {
          report(.warning, path, entry.keyOrigin, "is read, but the coordinator does not use it")
        }
      } else {
        let names = SettingKey.all.map(\.path).filter { $0.hasPrefix(group.key + ".") }
        reportUnknown(
          entry, path: path, among: names.map { String($0.dropFirst(group.key.count + 1)) })
      }
    }
  }

  /// Reports a key that nothing knows, with the nearest of its neighbours, else the same name elsewhere, or the key that
  /// the flag of that name sets.
  mutating func reportUnknown(
    _ entry: SettingsNode.Entry, path: String, among names: [String],
    _ severity: SettingsProblem.Severity = .error
  ) {
    var suggestions = NearestName.candidates(for: entry.key, in: names)
    if suggestions.isEmpty {
      suggestions = SettingKey.all.map(\.path).filter { known in
        known == entry.key || known.hasSuffix("." + entry.key)
      }
    }
    if suggestions.isEmpty, let key = SettingKey.ofFlag(entry.key) { suggestions = [key.path] }
    report(severity, path, entry.keyOrigin, "unknown key", suggestions: suggestions)
  }

  private mutating func reportCapacitiesGivenTwice(_ entries: [SettingsNode.Entry]) {
    guard case .list(let pools)? = entries.first(where: { $0.key == "pools" })?.value.content else {
      return
    }
    for (flat, name) in SettingsDraft.flatCapacities {
      guard let entry = entries.first(where: { $0.key == flat }),
        let pool = pools.first(where: {
          $0["name"]?.content == .scalar(name, quoted: false)
            || $0["name"]?.content == .scalar(name, quoted: true)
        }), let limit = pool["limit"]
      else { continue }
      report(
        .error, flat, entry.keyOrigin,
        "is given again as the limit of pool \(name) at \(limit.origin); keep one of the two")
    }
  }

  static let flatCapacities = [
    ("gpu_capacity", "gpu"), ("claude_capacity", "claude_api"), ("memory_capacity", "memory"),
    ("cpu_capacity", "cpu"),
  ]
}
