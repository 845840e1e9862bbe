import ArgumentParser
import Foundation
import Model
import Scheduling

/// `coordinator plan`: one decision on a described cluster.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Decide once on a described cluster: who starts where, who makes room, who waits and why.",
    discussion: """
      Examples:
        coordinator plan Docs/examples/plan/backfill.json
        coordinator plan - < snapshot.json

      Docs/PLAN.md describes the snapshot and the plan. The same snapshot prints the same bytes, however its lists are ordered.
      """)

  @Argument(help: "The snapshot as JSON; - reads standard input, .gz is unpacked.")
  var snapshot: String

  /// A plan has one form; it is named so that scripts may name it as everywhere else.
  enum Format: String, CaseIterable {
    case json
  }

  @Option(
    name: [.customShort("F"), .long], help: "json.",
    transform: { try Choice.read($0, Format.self) })
  var format: Format = .json

  func run() async throws {
    let source = snapshot == "-" ? "standard input" : printable(snapshot)
    let bytes =
      snapshot == "-"
      ? try Self.standardInput() : try await InputFile.bytes(snapshot, flag: "plan")
    let plan: Plan
    do {
      let (snapshot, now) = try Snapshot.parse(bytes)
      plan = try Scheduling.plan(snapshot, at: now)
    } catch {
      throw Failure(.usage, "\(source):\(error.line > 0 ? "" : " ")\(printable("\(error)"))")
    }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((plan.json.indentedText + "\n").utf8))
    } catch {
      throw Failure(.failed, "the plan cannot be written: \(Failure.reason(error))")
    }
  }

  private static func standardInput() throws -> [UInt8] {
    guard let data = try FileHandle.standardInput.readToEnd() else { return [] }
    guard data.count <= InputFile.bytesMax else {
      throw Failure(.usage, "standard input: larger than \(InputFile.bytesMax) bytes")
    }
    return [UInt8](data)
  }
}
