package import Model

/// One pod of a trace: what it asks for, when, and how long it holds it.
package struct TracePod: Hashable, Sendable {
  package var name: String
  /// Its class of service, by which waiting pods take turns.
  package var service: String
  /// How it ended in the original cluster.
  package var phase: String
  /// Milli-CPU, MiB and milli-GPU, in the order of ``TracePools/names``; all devices of the pod together.
  package var amounts: [Int64]
  /// From the trace's own time 0.
  package var creation: Instant
  package var hold: TimeSpan
}

/// The pools that a trace is replayed over.
package enum TracePools {
  package static let names = ["cpu_milli", "memory_mib", "gpu_milli"]
  package static let units = ["milli-CPU", "MiB", "milli-GPU"]

  /// The pools with these capacities, respecting limits as far as the mode says.
  package static func definitions(_ capacities: [Int64]) -> [PoolDefinition] {
    names.indices.map { index in
      PoolDefinition(
        name: Text(names[index]), unit: Text(units[index]), capacity: capacities[index])
    }
  }
}

/// A trace of pods, and the cluster that they are replayed on.
package struct Trace: Sendable {
  /// By creation; those of one second in the file's order.
  package let pods: [TracePod]
  /// Of the chosen nodes, in the order of ``TracePools/names``.
  package let capacities: [Int64]
  package let nodes: Int

  /// Reads a list of pods and a list of nodes.
  ///
  /// - Parameters:
  ///   - nodes: how many nodes of the list's start to take; nil = all.
  ///   - podLimit: how many pods of the list's start to take; nil = all.
  package init(
    pods: (file: String, text: String), nodes nodeList: (file: String, text: String),
    nodes count: Int? = nil, podLimit: Int? = nil
  ) throws(TraceError) {
    let read = try Trace.readPods(TraceTable(pods.text, file: pods.file), limit: podLimit)
    self.pods = read.enumerated()
      .sorted { ($0.element.creation, $0.offset) < ($1.element.creation, $1.offset) }
      .map(\.element)
    (capacities, self.nodes) = try Trace.readNodes(
      TraceTable(nodeList.text, file: nodeList.file), count: count)
  }

  private static func readPods(_ table: TraceTable, limit: Int?) throws(TraceError) -> [TracePod] {
    try table.require(
      [
        "name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "creation_time",
        "deletion_time",
      ], of: "a list of pods with their times")
    var pods: [TracePod] = []
    var names: Set<String> = []
    for row in table.rows.prefix(limit ?? table.rows.count) {
      let name = table.text("name", row)
      guard !name.isEmpty, name.utf8.count <= 200, names.insert(name).inserted else {
        throw TraceError(
          file: table.file, line: row.number, "name: expected a name of its own, found \"\(name)\"")
      }
      let creation = try table.count("creation_time", row)
      let deletion = try table.count("deletion_time", row)
      guard deletion >= creation, VirtualTime.instant(String(deletion)) != nil else {
        throw TraceError(
          file: table.file, line: row.number,
          "deletion_time: expected seconds from creation_time on, found \(deletion)")
      }
      let devices = try table.count("num_gpu", row)
      let share = try table.count("gpu_milli", row)
      pods.append(
        TracePod(
          name: name, service: table.has("qos") ? table.text("qos", row) : "pods",
          phase: table.has("pod_phase") ? table.text("pod_phase", row) : "pods",
          amounts: [
            try table.count("cpu_milli", row), try table.count("memory_mib", row),
            share.multipliedSaturated(by: devices),
          ],
          creation: .epoch + .seconds(creation), hold: .seconds(deletion - creation)))
    }
    guard !pods.isEmpty else { throw TraceError(file: table.file, "there are no pods in the list") }
    return pods
  }

  private static func readNodes(
    _ table: TraceTable, count: Int?
  ) throws(TraceError) -> (capacities: [Int64], nodes: Int) {
    try table.require(["cpu_milli", "memory_mib", "gpu"], of: "a list of nodes")
    guard !table.rows.isEmpty else {
      throw TraceError(file: table.file, "there are no nodes in the list")
    }
    if let count, !(1...table.rows.count).contains(count) {
      throw TraceError(
        file: table.file,
        "the list has \(table.rows.count) nodes; take from 1 to \(table.rows.count) of them, not \(count)"
      )
    }
    var sums: [Int64] = [0, 0, 0]
    for row in table.rows.prefix(count ?? table.rows.count) {
      sums[0] = sums[0].addingSaturated(try table.count("cpu_milli", row))
      sums[1] = sums[1].addingSaturated(try table.count("memory_mib", row))
      sums[2] = sums[2].addingSaturated(try table.count("gpu", row).multipliedSaturated(by: 1000))
    }
    return (sums, count ?? table.rows.count)
  }
}
