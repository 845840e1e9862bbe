package import Model

/// What the metrics page tells about the present, gathered when it is asked for.
package struct MetricGauges: Sendable {
  /// In the order of the pools' indexes, as many as ``Metrics/poolCount``. Allocations need not be filled in.
  package var pools: [PoolGauge]
  /// What components hold; at most ``ComponentShares/componentsMax`` are told apart.
  package var components: [ComponentUse] = []
  /// The revision of the newest event.
  package var revision: UInt64 = 0
  /// Open streams over TCP.
  package var streamClients: Int = 0
  package var version: String
  package var mode: ResponseMode
  /// Whether nothing is granted until it is known who holds what.
  package var isLearning = false
  /// Nil where the shell could not read them.
  package var process: ProcessNumbers?

  package init(pools: [PoolGauge], version: String, mode: ResponseMode) {
    self.pools = pools
    self.version = version
    self.mode = mode
  }
}

/// The present of one pool.
package struct PoolGauge: Sendable {
  package var status: PoolStatus
  /// Requests waiting, by priority from low to critical.
  package var queueDepths: [4 of Int64] = [0, 0, 0, 0]
  /// How long the oldest waiting request has waited; zero if none waits.
  package var oldestWait: TimeSpan = .zero

  package init(status: PoolStatus) {
    self.status = status
  }
}

/// What one component holds of one pool, in the pool's unit.
package struct ComponentUse: Hashable, Sendable {
  package var component: Text
  package var pool: Int
  package var allocated: Int64

  package init(component: Text, pool: Int, allocated: Int64) {
    self.component = component
    self.pool = pool
    self.allocated = allocated
  }
}

/// The operating system's account of the process, in base units.
package struct ProcessNumbers: Hashable, Sendable {
  package var cpuSeconds: Double
  package var residentMemoryBytes: Int64
  package var virtualMemoryBytes: Int64
  package var openFiles: Int64
  package var openFilesMax: Int64
  /// Seconds since 1970.
  package var startTimeSeconds: Double

  package init(
    cpuSeconds: Double, residentMemoryBytes: Int64, virtualMemoryBytes: Int64, openFiles: Int64,
    openFilesMax: Int64, startTimeSeconds: Double
  ) {
    self.cpuSeconds = cpuSeconds
    self.residentMemoryBytes = residentMemoryBytes
    self.virtualMemoryBytes = virtualMemoryBytes
    self.openFiles = openFiles
    self.openFilesMax = openFilesMax
    self.startTimeSeconds = startTimeSeconds
  }
}
