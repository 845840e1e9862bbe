import ArgumentParser
import Foundation
import Model
import Simulation

/// Failures of nodes in a simulation.
struct FailureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Each node fails once in so many hours on average. Default: never.", valueName: "hours"))
  var nodeMtbfHours: Double?

  @Option(help: ArgumentHelp("How long a failed node is away on average.", valueName: "hours"))
  var nodeRepairHours = 4.0

  @Option(
    help: ArgumentHelp(
      "Nodes fail as this table says: at_seconds, repair_seconds and, with --nodes, node.",
      valueName: "csv"))
  var nodeFailures: String?

  @Option(
    help: ArgumentHelp("How many processors fail together, without --nodes.", valueName: "n"))
  var processorsPerNode = 1

  @Option(
    help: ArgumentHelp("Seed of the failures and of random placement.", valueName: "n"))
  var seed: UInt64 = 1

  func validate() throws {
    for (flag, hours) in [
      ("--node-mtbf-hours", nodeMtbfHours), ("--node-repair-hours", nodeRepairHours),
    ] {
      guard let hours else { continue }
      guard hours > 0, hours <= 1e6 else {
        throw ValidationError("\(flag): expected hours above 0, at most 1000000")
      }
    }
    guard processorsPerNode >= 1 else {
      throw ValidationError("--processors-per-node: expected a number above 0")
    }
    guard nodeFailures == nil || nodeMtbfHours == nil else {
      throw ValidationError("--node-failures says when nodes fail, and so does --node-mtbf-hours")
    }
  }

  func failures() async throws -> NodeFailures? {
    if let nodeFailures {
      let text = try await InputFile.text(nodeFailures, flag: "--node-failures")
      do {
        let outages = try NodeFailures.outages(text, file: printable(nodeFailures))
        return NodeFailures(.trace(outages), processorsPerNode: processorsPerNode, seed: seed)
      } catch {
        throw Failure(.usage, "\(error)")
      }
    }
    return nodeMtbfHours.map {
      NodeFailures(
        .random(meanSecondsBetween: $0 * 3600, meanRepairSeconds: nodeRepairHours * 3600),
        processorsPerNode: processorsPerNode, seed: seed)
    }
  }
}
