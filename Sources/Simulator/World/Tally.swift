package import Model

/// What went wrong on purpose, by kind.
package enum FaultKind: Int, CaseIterable, Sendable {
  case crash
  case crashInWrite
  case failedDisk
  case fullDisk
  case slowDisk
  case lostSectors
  case damage
  case lostState
  case pause
  case clockJump
  case drain
  case reset
  case halfOpen
  case partition
  case slowNetwork
  case clientCrash
  case lie
  case garbage
  case modeChange
  case capacityChange

  package var name: String {
    switch self {
    case .crash: "crashes"
    case .crashInWrite: "crashes in a write"
    case .failedDisk: "failed writes and syncs"
    case .fullDisk: "full disks"
    case .slowDisk: "slow disks"
    case .lostSectors: "lost caches"
    case .damage: "damaged files"
    case .lostState: "losses of all state"
    case .pause: "pauses"
    case .clockJump: "clock jumps"
    case .drain: "drains"
    case .reset: "resets"
    case .halfOpen: "half-open connections"
    case .partition: "partitions"
    case .slowNetwork: "slow networks"
    case .clientCrash: "client crashes"
    case .lie: "lies"
    case .garbage: "garbage"
    case .modeChange: "mode changes"
    case .capacityChange: "capacity changes"
    }
  }
}

/// What happened in a world, in numbers.
package struct Tally: Hashable, Sendable {
  package var simulated = TimeSpan.zero
  /// Calls that clients made.
  package var operations = 0
  /// Calls that were answered, with yes or no.
  package var answers = 0
  package var grants = 0
  /// Leases that were taken over after a loss of state.
  package var adoptions = 0
  /// Calls made again under the same request id.
  package var retries = 0
  package var starts = 0
  package var refusedStarts = 0
  package var snapshots = 0
  /// Times that a rebuilt state was compared with the one it should be.
  package var comparisons = 0
  package var events = 0
  private var counts = [Int](repeating: 0, count: FaultKind.allCases.count)

  package init() {}

  package mutating func count(_ kind: FaultKind) { counts[kind.rawValue] += 1 }
  package func count(of kind: FaultKind) -> Int { counts[kind.rawValue] }
  package var faults: Int { counts.reduce(0, +) }

  package mutating func add(_ other: Tally) {
    simulated = simulated + other.simulated
    operations += other.operations
    answers += other.answers
    grants += other.grants
    adoptions += other.adoptions
    retries += other.retries
    starts += other.starts
    refusedStarts += other.refusedStarts
    snapshots += other.snapshots
    comparisons += other.comparisons
    events += other.events
    for index in counts.indices { counts[index] += other.counts[index] }
  }
}
