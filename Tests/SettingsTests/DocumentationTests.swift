import Foundation
import Model
import Settings
import Testing

/// The documentation, the schema and the examples agree with the table of keys.
@Suite struct DocumentationTests {
  static let documents = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Docs")
  /// Set to write the made parts anew instead of comparing them.
  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"

  static func text(_ path: String) throws -> String {
    try String(contentsOf: documents.appending(path: path), encoding: .utf8)
  }

  @Test func `every key is documented as it is`() throws {
    let marker = "swift test --filter SettingsTests` writes it anew. -->\n\n"
    let page = try Self.text("CONFIGURATION.md")
    let end = try #require(page.range(of: marker)?.upperBound)
    if Self.rewrites {
      let whole = page[..<end] + ConfigurationTables.text
      try whole.write(
        to: Self.documents.appending(path: "CONFIGURATION.md"), atomically: true, encoding: .utf8)
    } else {
      #expect(page[end...] == ConfigurationTables.text)
    }
    for key in SettingKey.all {
      #expect(ConfigurationTables.text.contains("| `\(key.path)` |"))
    }
  }

  /// The fields of the limits by name.
  private static func fields(_ limits: Limits) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: Mirror(reflecting: limits).children.compactMap { child in
        child.label.map { ($0, "\(child.value)") }
      })
  }

  /// The values that a key takes at the ends of its range, if it has one.
  private static func ends(_ key: SettingKey) -> [String] {
    let parts = key.expected.split(separator: " ")
    guard parts.count > 3, let high = parts.last, parts[parts.count - 2] == "to" else { return [] }
    return [String(parts[parts.count - 3]), String(high)]
  }

  @Test func `every bound has a key, or the page says why it has none`() throws {
    let plain = Self.fields(Limits())
    var keyed: Set<String> = []
    for key in SettingKey.all {
      for end in Self.ends(key) {
        // Some ends contradict another default; the other end does not.
        guard let loaded = try? loadBare(flags: [(key.path, end)]) else { continue }
        let changed = Self.fields(loaded.configuration.limits).filter { plain[$0.key] != $0.value }
        keyed.formUnion(changed.keys)
      }
    }
    let page = try Self.text("CONFIGURATION.md")
    let start = try #require(page.range(of: "## Bounds without a key")?.upperBound)
    let section = page[start...].prefix { $0 != "#" }
    for field in plain.keys.sorted() {
      #expect(
        keyed.contains(field) != section.contains("`\(field)`"),
        "\(field): has a key, or stands in the table of bounds without one")
    }
    #expect(keyed.contains("closeLinger"))
    #expect(keyed.count > 25)
  }

  @Test func `the schema is the one of the table of keys`() throws {
    let path = "schema/coordinator.schema.json"
    if Self.rewrites {
      try ConfigurationSchema.text.write(
        to: Self.documents.appending(path: path), atomically: true, encoding: .utf8)
    }
    #expect(try Self.text(path) == ConfigurationSchema.text)
  }

  @Test func `the schema is JSON and has every key`() throws {
    let whole = try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.text.utf8))
    let definitions = try #require((whole as? [String: Any])?["$defs"] as? [String: Any])
    let settings = try #require((definitions["settings"] as? [String: Any])?["properties"])
    for path in SettingKey.all.map(\.path) + KeptShape.blocks.map(\.name) {
      var place: Any? = settings
      for (depth, part) in path.split(separator: ".").enumerated() {
        if depth > 0 { place = (place as? [String: Any])?["properties"] }
        place = (place as? [String: Any])?[String(part)]
      }
      #expect(place != nil, "\(path) is missing")
    }
    for (name, fields) in [("pool", SettingField.pool), ("limits", SettingField.component)] {
      let block = (definitions[name] as? [String: Any])?["properties"] as? [String: Any]
      #expect(Set((block ?? [:]).keys) == Set(fields.map(\.name)))
    }
  }

  @Test(arguments: [
    ("flat.json", nil), ("coordinator.yaml", nil), ("coordinator.yaml", "rehearsal"),
    ("cluster.yaml", nil), ("scenarios.json", "development"),
    ("scenarios.json", "testing_contention"), ("scenarios.json", "testing_limits"),
    ("scenarios.json", "production_simulation"),
  ])
  func `an example loads without a warning`(name: String, profile: String?) throws {
    let text = try Self.text("examples/\(name)")
    let loaded = try SettingsLoader.load(file: (name, text), profile: profile)
    #expect(loaded.warnings == [])
  }

  @Test(arguments: [
    ("development", ResponseMode.alwaysGrant, 0.0, 0.0, [24000, 100, 32768, 16] as [Int64]),
    ("testing_contention", .simulateContention, 0.1, 0.2, [24000, 100, 32768, 16]),
    ("testing_limits", .respectLimits, 0.0, 0.0, [8000, 50, 16384, 8]),
    ("production_simulation", .respectLimits, 0.0, 0.0, [24000, 100, 32768, 16]),
  ])
  func `the named scenarios mean what they say`(
    profile: String, mode: ResponseMode, deny: Double, queue: Double, capacities: [Int64]
  ) throws {
    let text = try Self.text("examples/scenarios.json")
    let configuration = try SettingsLoader.load(file: ("s", text), profile: profile).configuration
    #expect(configuration.mode == mode)
    #expect(configuration.denyProbability == deny)
    #expect(configuration.queueProbability == queue)
    #expect(configuration.pools.map(\.capacity) == capacities)
  }

  @Test func `the cluster blocks are kept as they were written`() throws {
    let text = try Self.text("examples/cluster.yaml")
    let blocks = try SettingsLoader.load(file: ("c", text)).configuration.keptBlocks
    #expect(blocks["scheduler"]?["fair_share"]?["decay_factor"] == .plain("0.5"))
    #expect(blocks["scheduler"]?["primary_policy"] == .plain("priority"))
    guard case .list(let nodes)? = blocks["clusters"]?["production"]?["nodes"] else {
      Issue.record("the list of nodes is not there")
      return
    }
    #expect(nodes.first?["gpu_type"] == .plain("H100"))
  }
}
