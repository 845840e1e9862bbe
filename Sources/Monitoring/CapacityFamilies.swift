import Model

/// Capacity and use of the pools: the built-in ones under names of their own and in base units, all others under
/// one name with the unit as a label.
struct CapacityFamilies {
  let pools: [PoolStatus]

  /// One of the built-in pools as the metrics tell it.
  private struct BuiltIn {
    let number: Int32
    let capacityName: String
    let usedName: String
    let title: String
    /// Base units per unit of the pool; nil where the pool's unit does not fit the name.
    let scale: @Sendable (_ unit: String) -> Double?
  }

  private static let builtIns = [
    BuiltIn(
      number: 1, capacityName: "coordinator_gpu_memory_capacity_bytes",
      usedName: "coordinator_gpu_memory_allocated_bytes", title: "GPU memory",
      scale: bytesPerUnit),
    BuiltIn(
      number: 2, capacityName: "coordinator_api_quota_capacity_requests",
      usedName: "coordinator_api_quota_used_requests", title: "API quota of the period",
      scale: { $0.hasPrefix("req") ? 1 : nil }),
    BuiltIn(
      number: 3, capacityName: "coordinator_memory_capacity_bytes",
      usedName: "coordinator_memory_allocated_bytes", title: "System memory", scale: bytesPerUnit),
    BuiltIn(
      number: 4, capacityName: "coordinator_cpu_capacity_cores",
      usedName: "coordinator_cpu_allocated_cores", title: "CPU",
      scale: { $0 == "cores" ? 1 : $0 == "millicores" ? 0.001 : nil }),
  ]

  /// Sizes are powers of two here, as the capacities of memory are: 1 MB is 1,048,576 bytes.
  private static func bytesPerUnit(_ unit: String) -> Double? {
    switch unit {
    case "B": 1
    case "KB", "KiB": 1024
    case "MB", "MiB": 1_048_576
    case "GB", "GiB": 1_073_741_824
    default: nil
    }
  }

  func write(to writer: inout ExpositionWriter) {
    var others = pools
    for builtIn in CapacityFamilies.builtIns {
      guard
        let index = others.firstIndex(where: { $0.number == builtIn.number }),
        let scale = builtIn.scale(others[index].unit.string)
      else { continue }
      let pool = others.remove(at: index)
      writer.family(builtIn.capacityName, .gauge, "\(builtIn.title): what there is.")
      writer.sample(builtIn.capacityName, Double(pool.totalCapacity) * scale)
      writer.family(builtIn.usedName, .gauge, "\(builtIn.title): what is held or spent.")
      writer.sample(builtIn.usedName, Double(pool.allocated) * scale)
    }
    guard !others.isEmpty else { return }
    writeOthers(
      "coordinator_pool_capacity", "What a pool has", others, \.totalCapacity, to: &writer)
    writeOthers(
      "coordinator_pool_allocated", "What is held or spent of a pool", others, \.allocated,
      to: &writer)
  }

  private func writeOthers(
    _ name: String, _ help: String, _ others: [PoolStatus], _ value: KeyPath<PoolStatus, Int64>,
    to writer: inout ExpositionWriter
  ) {
    writer.family(name, .gauge, "\(help), in its unit.")
    for pool in others {
      writer.sample(
        name, [("pool", pool.name.string), ("unit", pool.unit.string)], pool[keyPath: value])
    }
  }
}
