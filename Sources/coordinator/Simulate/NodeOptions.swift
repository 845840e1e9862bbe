import ArgumentParser
import Foundation
import Model
import Scheduling
import Simulation

/// The nodes and queues of a simulated cluster, where it has some.
struct NodeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Place the jobs on these nodes: a table with sn, cpu_milli, memory_mib, gpu and model, or nodes as `plan` reads them.",
      valueName: "csv|json"))
  var nodes: String?

  @Option(
    help: ArgumentHelp(
      "How a node is chosen for a task: \(PlacementPolicyName.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"),
    completion: .list(PlacementPolicyName.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, PlacementPolicyName.self) })
  var placement: PlacementPolicyName = .bestFit

  @Option(
    help: ArgumentHelp(
      "Queues that own, lend and borrow, as `plan` reads them; jobs name theirs.",
      valueName: "json"))
  var queues: String?

  /// The queues that are asked for; nil where jobs have none.
  func clusterQueues() async throws -> ClusterQueues? {
    guard let queues else { return nil }
    let bytes = try await InputFile.bytes(queues, flag: "--queues")
    do {
      return try ClusterQueues(try Snapshot.parse(bytes).0)
    } catch {
      throw Failure(.usage, "\(printable(queues)):\(error)")
    }
  }

  /// The nodes that are asked for; nil for a machine of equal processors.
  func cluster(seed: UInt64) async throws -> NodeCluster? {
    guard let nodes else { return nil }
    let bytes = try await InputFile.bytes(nodes, flag: "--nodes")
    do {
      let isTable = nodes.hasSuffix(".csv") || nodes.hasSuffix(".csv.gz")
      let list =
        isTable
        ? try Openb.nodes(String(decoding: bytes, as: UTF8.self), file: printable(nodes))
        : try Snapshot.nodes(bytes)
      return try NodeCluster(nodes: list, placement: placement, seed: seed)
    } catch let error as CommaTableError {
      throw Failure(.usage, "\(error)")
    } catch let error as SnapshotError {
      throw Failure(.usage, "\(printable(nodes)):\(error)")
    } catch let error as ClusterError {
      throw Failure(.usage, "\(printable(nodes)): \(error)")
    }
  }
}
