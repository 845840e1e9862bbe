/// The tables of `Docs/CONFIGURATION.md`, made from the table of keys.
package enum ConfigurationTables {
  /// The keys with a single value, then those of pools and components, as Markdown.
  package static var text: String {
    var lines = [
      "### Keys", "", "| key | value | default | flag | environment | meaning |",
      "|---|---|---|---|---|---|",
    ]
    let defaults = CoordinatorConfiguration()
    for key in SettingKey.all {
      let flag = key.flag.map { "`\($0)`" } ?? ""
      let cells = [
        "`\(key.path)`", key.expected, "`\(key.show(defaults))`", flag, "`\(key.variable)`",
        key.summary,
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    lines += ["", "### Keys of a pool", ""] + table(SettingField.pool)
    lines += ["", "### Keys of `component_limits.NAME`", ""] + table(SettingField.component)
    lines += ["", "### Read and kept, but not used by the coordinator", ""]
    for block in KeptShape.blocks {
      lines.append(
        "- `\(block.name)`: " + block.shape.names.map { "`\($0)`" }.joined(separator: ", "))
    }
    lines += KeptShape.keys.map { "- `\($0.name)`" }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ fields: [SettingField]) -> [String] {
    ["| key | value | meaning |", "|---|---|---|"]
      + fields.map { "| `\($0.name)` | \($0.expected) | \($0.summary) |" }
  }
}

extension KeptShape {
  /// The known keys inside, with the names around them.
  fileprivate var names: [String] {
    switch self {
    case .block(let known):
      known.flatMap { inner in
        let names = inner.shape.names
        return names.isEmpty ? [inner.name] : names.map { "\(inner.name).\($0)" }
      }
    case .each(let inner): inner.names.map { "NAME.\($0)" }
    case .list(let inner): inner.names.map { "[].\($0)" }
    case .integer, .seconds, .fraction, .number, .truth, .text, .choice: []
    }
  }
}
