/// Amounts of what a node has and a task takes, its GPUs aside. Each is at least 0.
package struct Resources: Hashable, Sendable {
  /// Thousandths of a core.
  package var cpuMilli: Int64
  package var memoryMB: Int64
  package var storageMB: Int64
  /// Storage that is gone with the task.
  package var ephemeralStorageMB: Int64
  package var networkMbps: Int64

  package static let zero = Resources()
  /// The largest amount of one kind; sums over a cluster of ``ClusterLimits/nodes`` stay far below 64 bits.
  package static let amountMax: Int64 = 1_000_000_000_000

  package init(
    cpuMilli: Int64 = 0, memoryMB: Int64 = 0, storageMB: Int64 = 0, ephemeralStorageMB: Int64 = 0,
    networkMbps: Int64 = 0
  ) {
    self.cpuMilli = cpuMilli
    self.memoryMB = memoryMB
    self.storageMB = storageMB
    self.ephemeralStorageMB = ephemeralStorageMB
    self.networkMbps = networkMbps
  }

  /// Whether every amount is in 0...``amountMax``.
  package var isValid: Bool {
    let range = 0...Resources.amountMax
    return range.contains(cpuMilli) && range.contains(memoryMB) && range.contains(storageMB)
      && range.contains(ephemeralStorageMB) && range.contains(networkMbps)
  }

  /// Whether no kind asks for more than `other` has of it.
  package func fits(in other: Resources) -> Bool {
    cpuMilli <= other.cpuMilli && memoryMB <= other.memoryMB && storageMB <= other.storageMB
      && ephemeralStorageMB <= other.ephemeralStorageMB && networkMbps <= other.networkMbps
  }

  package static func + (left: Resources, right: Resources) -> Resources {
    Resources(
      cpuMilli: left.cpuMilli + right.cpuMilli, memoryMB: left.memoryMB + right.memoryMB,
      storageMB: left.storageMB + right.storageMB,
      ephemeralStorageMB: left.ephemeralStorageMB + right.ephemeralStorageMB,
      networkMbps: left.networkMbps + right.networkMbps)
  }

  package static func - (left: Resources, right: Resources) -> Resources {
    Resources(
      cpuMilli: left.cpuMilli - right.cpuMilli, memoryMB: left.memoryMB - right.memoryMB,
      storageMB: left.storageMB - right.storageMB,
      ephemeralStorageMB: left.ephemeralStorageMB - right.ephemeralStorageMB,
      networkMbps: left.networkMbps - right.networkMbps)
  }
}
