/// Where a value of the configuration comes from.
package enum SettingsOrigin: Hashable, Sendable, CustomStringConvertible {
  /// Built in.
  case `default`
  /// A configuration file; line and column count from 1, the column in Unicode scalars.
  case file(name: String, line: Int, column: Int)
  /// An environment variable, by its name.
  case environment(String)
  /// A flag of the command line, as the user wrote it.
  case flag(String)

  /// Whether it is the place of one key alone.
  var isOneKey: Bool {
    switch self {
    case .flag, .environment: true
    case .default, .file: false
    }
  }

  package var description: String {
    switch self {
    case .default: "default"
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .environment(let variable): variable
    case .flag(let flag): flag
    }
  }
}

/// One thing that is wrong, or suspicious, in the configuration.
package struct SettingsProblem: Hashable, Sendable, CustomStringConvertible {
  package enum Severity: Hashable, Sendable {
    /// Nothing can be started with it.
    case error
    /// It has no effect, or likely not the one that was meant.
    case warning
  }

  package var severity: Severity
  /// The key with the names around it, such as `pools[1].limit`; empty where the whole file is meant.
  package var path: String
  package var origin: SettingsOrigin
  /// What is wrong and what was expected.
  package var message: String
  /// The known names or values nearest to the one that was found; nearest first.
  package var suggestions: [String]

  package init(
    _ severity: Severity, path: String, origin: SettingsOrigin, message: String,
    suggestions: [String] = []
  ) {
    self.severity = severity
    self.path = path
    self.origin = origin
    self.message = message
    self.suggestions = suggestions
  }

  /// One line: `coordinator.json:3:20: response_mode: unknown value … (did you mean …?)`.
  package var description: String {
    var line = origin == .default ? "" : "\(origin): "
    // A flag and a variable name their key.
    if !path.isEmpty, !origin.isOneKey { line += "\(path): " }
    line += message
    if !suggestions.isEmpty {
      line += " (did you mean \(suggestions.joined(separator: " or "))?)"
    }
    return line
  }
}

/// Why there is no configuration: every error that was found, and the warnings beside them.
package struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At least one is of severity error.
  package var problems: [SettingsProblem]

  package var errors: [SettingsProblem] { problems.filter { $0.severity == .error } }
  package var warnings: [SettingsProblem] { problems.filter { $0.severity == .warning } }

  package init(problems: [SettingsProblem]) {
    self.problems = problems
  }

  /// One line per error.
  package var description: String {
    errors.map(\.description).joined(separator: "\n")
  }
}
