import Settings

/// Loads a file given as text, under the name `c.yaml`.
func load(
  _ text: String, flags: [(String, String)] = [], environment: [String: String] = [:],
  profile: String? = nil
) throws(SettingsError) -> LoadedSettings {
  try SettingsLoader.load(
    flags: flags.map { SettingsFlag(key: $0.0, value: $0.1, flag: "--\($0.0)") },
    environment: environment, file: ("c.yaml", text), profile: profile)
}

/// Loads without a file.
func loadBare(
  flags: [(String, String)] = [], environment: [String: String] = [:]
) throws(SettingsError) -> LoadedSettings {
  try SettingsLoader.load(
    flags: flags.map { SettingsFlag(key: $0.0, value: $0.1, flag: "--\($0.0)") },
    environment: environment)
}

/// The lines of all errors of a file that must not load.
func errors(
  _ text: String, flags: [(String, String)] = [], environment: [String: String] = [:],
  profile: String? = nil
) -> [String] {
  do {
    _ = try load(text, flags: flags, environment: environment, profile: profile)
    return []
  } catch {
    return error.errors.map(\.description)
  }
}
