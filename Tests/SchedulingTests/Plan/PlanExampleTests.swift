import Foundation
import Model
import Scheduling
import Testing

/// The examples of the documentation, and the schemas.
@Suite struct PlanExampleTests {
  static let docs = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Docs")
  /// Set to write golden files anew instead of comparing them.
  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"
  static let examples = ["backfill", "queues", "gpus", "shares", "moves", "calendar", "lifecycle"]

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: docs.appending(path: path), encoding: .utf8)
  }

  private static func schema(_ name: String) throws -> SchemaCheck {
    SchemaCheck(root: try JSONParser.parse(try text("schema/\(name).schema.json")))
  }

  @Test(arguments: examples)
  func `an example decides what its golden output says`(name: String) throws {
    let plan = try PlanTrial.plan(try Self.text("examples/plan/\(name).json"))
    let output = plan.json.indentedText + "\n"
    let path = "examples/plan/\(name).output.json"
    if Self.rewrites {
      try output.write(to: Self.docs.appending(path: path), atomically: true, encoding: .utf8)
    }
    #expect(output == (try Self.text(path)))
  }

  @Test(arguments: examples)
  func `the schemas describe the examples`(name: String) throws {
    let input = try JSONParser.parse(try Self.text("examples/plan/\(name).json"))
    #expect(try Self.schema("plan-snapshot").problem(input) == nil)
    let output = try JSONParser.parse(try Self.text("examples/plan/\(name).output.json"))
    #expect(try Self.schema("plan-output").problem(output) == nil)
  }

  @Test(
    arguments: QuotaCases.all + PlaceCases.all + MoveCases.all + CalendarCases.all
      + LifecycleCases.all)
  func `the schemas describe all cases`(scenario: PlanCase) throws {
    #expect(
      try Self.schema("plan-snapshot").problem(try JSONParser.parse(scenario.json)) == nil)
    let plan = try PlanTrial.plan(scenario.json)
    #expect(try Self.schema("plan-output").problem(plan.json) == nil)
  }

  @Test(arguments: [
    "{\"nodes\": [{\"name\": \"n\", \"cpuu\": 3}]}",
    "{\"nodes\": [{\"name\": \"n\", \"cpu\": -1}]}",
    "{\"jobs\": [{\"name\": \"j\", \"priority\": 2147483648}]}", "{\"policy\": \"fairshare\"}",
    "[]",
    "{\"queues\": [{\"name\": \"a\", \"within\": \"always\"}]}",
  ])
  func `the schema of snapshots refuses what the reader refuses`(text: String) throws {
    #expect(try Self.schema("plan-snapshot").problem(try JSONParser.parse(text)) != nil)
    #expect(throws: SnapshotError.self) { _ = try Snapshot.parse(Array(text.utf8)) }
  }
}

/// As much of JSON Schema as the schemas of plans use.
struct SchemaCheck {
  let root: JSONValue

  /// Where a value breaks the schema; nil where it does not.
  func problem(_ value: JSONValue) -> String? { problem(value, root, "") }

  private func problem(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> String? {
    guard case .object(let rules) = schema else { return "\(path): no schema" }
    for rule in rules {
      if let problem = problem(value, rule, of: schema, path) { return problem }
    }
    return nil
  }

  private func problem(
    _ value: JSONValue, _ rule: JSONValue.Member, of schema: JSONValue, _ path: String
  ) -> String? {
    switch (rule.key, rule.value) {
    case ("$schema", _), ("title", _), ("description", _), ("$defs", _): return nil
    case ("$ref", .string(let name)):
      guard let target = root["$defs"]?[String(name.dropFirst("#/$defs/".count))] else {
        return "\(path): nothing is called \(name)"
      }
      return problem(value, target, path)
    case ("type", .string(let type)): return has(value, [type]) ? nil : "\(path): not \(type)"
    case ("type", .array(let types)):
      return has(value, types.compactMap(\.stringValue)) ? nil : "\(path): another type"
    case ("enum", .array(let values)): return values.contains(value) ? nil : "\(path): not listed"
    case ("anyOf", .array(let schemas)):
      return schemas.contains { problem(value, $0, path) == nil } ? nil : "\(path): no form fits"
    case ("minimum", _), ("maximum", _):
      guard let number = value.doubleValue, let bound = rule.value.doubleValue else { return nil }
      let isKept = rule.key == "minimum" ? number >= bound : number <= bound
      return isKept ? nil : "\(path): beyond its bound"
    case ("minLength", _): return value.stringValue == "" ? "\(path): empty" : nil
    case ("minItems", _): return value == .array([]) ? "\(path): empty" : nil
    case ("items", let items):
      guard case .array(let values) = value else { return nil }
      return values.enumerated().lazy.compactMap { problem($1, items, "\(path)[\($0)]") }.first
    case ("required", .array(let keys)):
      guard case .object = value else { return nil }
      return keys.compactMap(\.stringValue).first { value[$0] == nil }.map {
        "\(path).\($0) misses"
      }
    case ("properties", let properties):
      guard case .object(let members) = value else { return nil }
      return members.lazy.compactMap { member in
        properties[member.key].flatMap { problem(member.value, $0, "\(path).\(member.key)") }
      }.first
    case ("additionalProperties", .bool(false)):
      guard case .object(let members) = value else { return nil }
      let known = schema["properties"]
      return members.first { known?[$0.key] == nil }.map { "\(path).\($0.key) is not known" }
    case ("additionalProperties", let form):
      guard case .object(let members) = value else { return nil }
      return members.lazy.compactMap { problem($0.value, form, "\(path).\($0.key)") }.first
    default: return "\(path): the rule \(rule.key) is not checked"
    }
  }

  private func has(_ value: JSONValue, _ types: [String]) -> Bool {
    types.contains { type in
      switch (type, value) {
      case ("object", .object), ("array", .array), ("string", .string), ("number", .number),
        ("boolean", .bool), ("null", .null):
        true
      case ("integer", .number): value.integerValue(as: Int64.self) != nil
      default: false
      }
    }
  }
}
