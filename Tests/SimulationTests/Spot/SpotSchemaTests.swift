import Foundation
import Model
import TestSupport
import Testing

@testable import Simulation

/// The schemas of results in `Docs/schema`, and the page of policies.
@Suite struct SpotSchemaTests {
  private static let docs = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Docs")

  private static func schema(_ name: String) throws -> SchemaCheck {
    let file = docs.appending(path: "schema/\(name).schema.json")
    return SchemaCheck(root: try JSONParser.parse([UInt8](Data(contentsOf: file))))
  }

  @Test(arguments: [1, 3])
  func `the schema describes what runs of every policy write`(repeats: Int) throws {
    var experiment = SpotExperiment(
      source: .model(
        MarketModel(preemptions: PreemptionModel(ratePerHour: 0.5), zones: 2)),
      settings: SpotSettings(overheadHours: 0.1, graceSeconds: 0.5), hours: 30, repeats: repeats)
    experiment.tasks = TaskModel(count: 12, deadlineFactor: 2)
    let comparison = try experiment.run(SpotPolicyName.allCases.map { $0.policy() })
    let value = try JSONParser.parse(Array(comparison.jsonText.utf8))
    #expect(try Self.schema("spot-results").problem(value) == nil)
    let ledger = comparison.repeats[0].metrics.flatMap { $0.record.ledger.entries }
    #expect(
      ledger.contains { if case .egress = $0.subject { true } else { false } },
      "moves between regions are among what is described")
  }

  @Test func `the schema describes runs in which nothing ends`() throws {
    let metrics = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, hours: 500)], market: SpotScenario.market())
    let comparison = SpotComparison(repeats: [
      .init(number: 0, seed: 1, metrics: [metrics], onDemandCost: .zero)
    ])
    let value = try JSONParser.parse(Array(comparison.jsonText.utf8))
    #expect(try Self.schema("spot-results").problem(value) == nil)
  }

  @Test func `the schema names every figure, and the margins and runs too`() throws {
    let schema = try Self.schema("spot-results").root
    let names = Set(SpotComparison.figures.map(\.name))
    func keys(_ value: JSONValue?) -> Set<String> {
      guard case .object(let members)? = value else { return [] }
      return Set(members.map(\.key))
    }
    let result = schema["$defs"]?["result"]?["properties"]
    #expect(names.isSubset(of: keys(result)))
    #expect(keys(result?["margins_95"]?["properties"]) == names.union(["savings_percent"]))
    #expect(keys(schema["$defs"]?["run"]?["properties"]) == names.union(["seed"]))
  }

  @Test func `the schema of jobs with a deadline has the columns in their order`() throws {
    let schema = try Self.schema("cant-be-late")
    #expect(schema.problem(DeadlineReport(try DeadlineReportTests.results()).json) == nil)
    guard
      case .object(let properties)? = schema.root["properties"]?["results"]?["items"]?["properties"],
      case .array(let policies)? = schema.root["properties"]?["results"]?["items"]?["properties"]?[
        "policy"]?["enum"]
    else {
      Issue.record("the schema has no columns")
      return
    }
    #expect(properties.map(\.key) == DeadlineReport.columns)
    #expect(policies.compactMap(\.stringValue) == DeadlinePolicyName.allCases.map(\.rawValue))
  }

  @Test(arguments: [
    #"{"results": [], "repeats": 1, "seeds": [1]}"#, #"{"results": 1, "repeats": 1, "seeds": [1]}"#,
    #"{"repeats": 1, "seeds": [1]}"#, "[]",
  ])
  func `what is no result the schema refuses`(text: String) throws {
    #expect(try Self.schema("spot-results").problem(try JSONParser.parse(text)) != nil)
  }

  @Test func `the pages name every policy and every figure`() throws {
    func page(_ name: String) throws -> String {
      try String(contentsOf: Self.docs.appending(path: name), encoding: .utf8)
    }
    let policies = try page("SPOT_POLICIES.md")
    for name in SpotPolicyName.allCases.map(\.rawValue)
      + DeadlinePolicyName.allCases.map(\.rawValue)
    {
      #expect(policies.contains("`\(name)`"), "\(name)")
    }
    for name in DeadlineReport.columns { #expect(policies.contains("`\(name)`"), "\(name)") }
    let figures = try page("SPOT_SIMULATION.md")
    for name in SpotComparison.figures.map(\.name) {
      let isOneOfThree = name == "p50_completion_time" || name == "p99_completion_time"
      #expect(figures.contains(isOneOfThree ? "`\(name.prefix(4))…`" : "`\(name)`"), "\(name)")
    }
  }
}
