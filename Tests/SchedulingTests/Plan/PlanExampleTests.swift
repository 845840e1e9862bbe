import Foundation
import Model
import Scheduling
import TestSupport
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
