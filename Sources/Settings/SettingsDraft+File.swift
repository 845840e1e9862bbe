import Model

extension SettingsDraft {
  /// Lays a file, and the profile that is chosen in it, over what there is.
  mutating func apply(file node: SettingsNode?, name: String, profile: String?) {
    // A file that does not name the probabilities means none; the defaults are those of the command line alone.
    configuration.denyProbability = 0
    configuration.queueProbability = 0
    let top = SettingsOrigin.file(name: name, line: 1, column: 1)
    guard let node, !node.isNull else {
      if let profile { report(.error, "", top, "there is no profile \(profile) in an empty file") }
      return
    }
    guard case .map(let entries) = node.content else {
      report(.error, "", node.origin, "expected keys and values, got \(node.found)")
      return
    }
    let scenarios = entries.filter(SettingsDraft.isScenario)
    let own = entries.filter { entry in !scenarios.contains { $0.key == entry.key } }
    let profiles = scenarios + declaredProfiles(own)
    apply(entries: own)
    checkProfiles(profiles, except: profile)
    let isOnlyProfiles = own.allSatisfy { entry in
      SettingsDraft.ignoredKeys.contains(entry.key) || entry.key == "profiles"
    }
    if let profile {
      select(profile, among: profiles, top)
    } else if isOnlyProfiles, !profiles.isEmpty {
      report(
        .error, "", top,
        "the file has only named scenarios; choose one with --profile: "
          + profiles.map(\.key).joined(separator: ", "))
    }
  }

  /// Whether a top-level entry is a named scenario: an unknown name over keys that belong at the top of a file. A name
  /// like that of a known block is rather a mistyped block.
  private static func isScenario(_ entry: SettingsNode.Entry) -> Bool {
    guard !topNames.contains(entry.key), case .map(let inner) = entry.value.content else {
      return false
    }
    let known = inner.count { topNames.contains($0.key) && !ignoredKeys.contains($0.key) }
    if known == inner.count, known > 0 { return true }
    let blocks = groups + repeatedBlocks + KeptShape.blocks.map(\.name)
    return known > 0 && NearestName.nearest(entry.key, in: blocks) == nil
  }

  private mutating func declaredProfiles(_ entries: [SettingsNode.Entry]) -> [SettingsNode.Entry] {
    guard let node = entries.first(where: { $0.key == "profiles" })?.value, !node.isNull else {
      return []
    }
    guard case .map(let profiles) = node.content else {
      report(.error, "profiles", node.origin, "expected a block per profile, got \(node.found)")
      return []
    }
    return profiles
  }

  /// Finds what is wrong in the profiles that are not chosen, so that one check of a file finds everything.
  private mutating func checkProfiles(_ profiles: [SettingsNode.Entry], except chosen: String?) {
    for profile in profiles where profile.key != chosen {
      var scratch = self
      scratch.problems = []
      scratch.apply(profile: profile)
      scratch.checkConsistency()
      problems += scratch.problems.filter { problem in
        problem.severity == .error && !problems.contains(problem)
      }
    }
  }

  private mutating func select(
    _ name: String, among profiles: [SettingsNode.Entry], _ top: SettingsOrigin
  ) {
    if let profile = profiles.first(where: { $0.key == name }) {
      apply(profile: profile)
      return
    }
    let names = profiles.map(\.key)
    report(
      .error, "", top,
      names.isEmpty
        ? "there is no profile \"\(name.short)\": the file has no profiles"
        : "there is no profile \"\(name.short)\"; the file has \(names.joined(separator: ", "))",
      suggestions: NearestName.candidates(for: name, in: names))
  }

  private mutating func apply(profile: SettingsNode.Entry) {
    guard case .map(let entries) = profile.value.content else {
      if profile.value.isNull { return }
      report(
        .error, "profiles.\(profile.key)", profile.value.origin,
        "expected a block of keys, got \(profile.value.found)")
      return
    }
    prefix = "\(profile.key)."
    apply(entries: entries)
    for entry in entries where entry.key == "profiles" {
      report(.error, "profiles", entry.keyOrigin, "a profile cannot have profiles")
    }
    prefix = ""
  }
}
