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
    do {
      let read = try Trace.readPods(CommaTable(pods.text, file: pods.file), limit: podLimit)
      self.pods = read.enumerated()
        .sorted { ($0.element.creation, $0.offset) < ($1.element.creation, $1.offset) }
        .map(\.element)
      (capacities, self.nodes) = try Trace.readNodes(
        CommaTable(nodeList.text, file: nodeList.file), count: count)
    } catch {
      throw TraceError(error)
    }
  }

  private static func readPods(
    _ table: CommaTable, limit: Int?
  ) throws(CommaTableError) -> [TracePod] {
    let what = "a list of pods with their times"
    let name = try table.requiredColumn("name", of: what)
    let cpu = try table.requiredColumn("cpu_milli", of: what)
    let memory = try table.requiredColumn("memory_mib", of: what)
    let devices = try table.requiredColumn("num_gpu", of: what)
    let share = try table.requiredColumn("gpu_milli", of: what)
    let creation = try table.requiredColumn("creation_time", of: what)
    let deletion = try table.requiredColumn("deletion_time", of: what)
    let service = table.column("qos")
    let phase = table.column("pod_phase")
    var pods: [TracePod] = []
    var names: Set<String> = []
    for row in table.rows.prefix(limit ?? table.rows.count) {
      let podName = table.text(name, row)
      guard !podName.isEmpty, podName.utf8.count <= 200, names.insert(podName).inserted else {
        throw table.error(name, row, "expected a name of its own, found \"\(podName)\"")
      }
      let created = try table.count(creation, row)
      let deleted = try table.count(deletion, row)
      guard deleted >= created, VirtualTime.instant(String(deleted)) != nil else {
        throw table.error(
          deletion, row, "expected seconds from creation_time on, found \(deleted)")
      }
      let count = try table.count(devices, row)
      pods.append(
        TracePod(
          name: podName, service: service.map { table.text($0, row) } ?? "pods",
          phase: phase.map { table.text($0, row) } ?? "pods",
          amounts: [
            try table.count(cpu, row), try table.count(memory, row),
            try table.count(share, row).multipliedSaturated(by: count),
          ],
          creation: .epoch + .seconds(created), hold: .seconds(deleted - created)))
    }
    guard !pods.isEmpty else {
      throw CommaTableError(file: table.file, "there are no pods in the list")
    }
    return pods
  }

  private static func readNodes(
    _ table: CommaTable, count: Int?
  ) throws(CommaTableError) -> (capacities: [Int64], nodes: Int) {
    let what = "a list of nodes"
    let cpu = try table.requiredColumn("cpu_milli", of: what)
    let memory = try table.requiredColumn("memory_mib", of: what)
    let gpu = try table.requiredColumn("gpu", of: what)
    guard !table.rows.isEmpty else {
      throw CommaTableError(file: table.file, "there are no nodes in the list")
    }
    if let count, !(1...table.rows.count).contains(count) {
      throw CommaTableError(
        file: table.file,
        "the list has \(table.rows.count) nodes; take from 1 to \(table.rows.count) of them, not \(count)"
      )
    }
    var sums: [Int64] = [0, 0, 0]
    for row in table.rows.prefix(count ?? table.rows.count) {
      sums[0] = sums[0].addingSaturated(try table.count(cpu, row))
      sums[1] = sums[1].addingSaturated(try table.count(memory, row))
      sums[2] = sums[2].addingSaturated(try table.count(gpu, row).multipliedSaturated(by: 1000))
    }
    return (sums, count ?? table.rows.count)
  }
}
