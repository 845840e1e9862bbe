package import Model

/// A checked configuration, with what a user may want to know of how it came about.
package struct LoadedSettings: Sendable {
  /// One value in force and where it comes from.
  package struct Row: Hashable, Sendable {
    /// The path of the key; pools stand as `pools.NAME`, components' limits as `component_limits.NAME.KEY`.
    package var key: String
    package var value: String
    package var origin: SettingsOrigin
  }

  package var configuration: CoordinatorConfiguration
  package var warnings: [SettingsProblem]
  /// The profile in force, if one was chosen.
  package var profile: String?
  private let given: [String: SettingsOrigin]

  init(draft: SettingsDraft, profile: String?) {
    configuration = draft.configuration
    warnings = draft.problems
    given = draft.origins
    self.profile = profile
  }

  /// What was said expressly of what can also be set at run time.
  package var givenSettings: GivenSettings {
    let builtIn: [(key: String, pool: Text)] = [
      ("gpu_capacity", "gpu"), ("claude_capacity", "claude_api"), ("memory_capacity", "memory"),
      ("cpu_capacity", "cpu"),
    ]
    let named = configuration.pools.map(\.name).filter { given["pools.\($0)"] != nil }
    return GivenSettings(
      mode: given["response_mode"] != nil,
      probabilities: given["deny_probability"] != nil || given["queue_probability"] != nil,
      seed: given["seed"] != nil,
      capacities: Set(named + builtIn.filter { given[$0.key] != nil }.map(\.pool)))
  }

  /// Every value in force with its origin: keys in the order of the documentation, then pools and components.
  package func origins() -> [Row] {
    var rows = SettingKey.all.map { key in
      Row(key: key.path, value: key.show(configuration), origin: given[key.path] ?? .default)
    }
    rows += configuration.pools.map { pool in
      let key = "pools.\(pool.name)"
      return Row(key: key, value: pool.summary, origin: given[key] ?? .default)
    }
    let components =
      [(SettingsDraft.defaultComponent, configuration.componentDefaults)]
      + configuration.componentLimits.map { ($0.key.string, $0.value) }.sorted { $0.0 < $1.0 }
    for (name, limits) in components {
      for (field, value) in limits.given {
        let key = "component_limits.\(name).\(field)"
        let inherited = "component_limits.\(SettingsDraft.defaultComponent).\(field)"
        rows.append(Row(key: key, value: value, origin: given[key] ?? given[inherited] ?? .default))
      }
    }
    return rows
  }
}

/// Makes one checked configuration of flags over environment over a file over defaults.
package enum SettingsLoader {
  /// Loads and checks. Reads nothing itself: the caller reads the file and the environment.
  ///
  /// - Parameters:
  ///   - flags: the flags that were given, and only those: defaults of the command line would hide the file's values.
  ///   - environment: all variables; those without the prefix `COORDINATOR_` are not looked at.
  ///   - file: the name for messages, and the text, JSON or YAML.
  ///   - profile: the named scenario of the file; nil = `COORDINATOR_PROFILE`, or none.
  /// - Throws: every error that was found in all of them.
  package static func load(
    flags: [SettingsFlag] = [], environment: [String: String] = [:],
    file: (name: String, text: String)? = nil, profile: String? = nil
  ) throws(SettingsError) -> LoadedSettings {
    var draft = SettingsDraft()
    let variable = environment["COORDINATOR_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
    let chosen = profile ?? variable
    if let file {
      let node = try YamlReader.read(name: file.name, text: file.text)
      draft.apply(file: node, name: file.name, profile: chosen)
    } else if let chosen {
      let origin: SettingsOrigin =
        profile == nil ? .environment("COORDINATOR_PROFILE") : .flag("--profile")
      draft.report(
        .error, "", origin,
        "there is no profile \(chosen.short) without a file; give one with --config")
    }
    draft.apply(environment: environment)
    draft.apply(flags: flags)
    draft.completeComponentLimits()
    draft.checkConsistency()
    guard !draft.problems.contains(where: { $0.severity == .error }) else {
      throw SettingsError(problems: draft.problems)
    }
    return LoadedSettings(draft: draft, profile: chosen)
  }
}
