import Model

/// What is to be done with the jobs of a snapshot, and why.
package struct Plan: Hashable, Sendable {
  /// A task that starts now. Without nodes only that its job is admitted.
  package struct Start: Hashable, Sendable {
    package var job: String
    package var task: Int
    /// Nil where places are not described.
    package var node: String?
    package var gpu: GPUGrant
    /// Whether it overtook a job that waits.
    package var isBackfilled: Bool
  }

  /// A running job that must stop.
  package struct Eviction: Hashable, Sendable {
    package var job: String
    package var preemptor: String
    package var reason: String
    /// When it has stopped at the latest.
    package var deadline: Instant
  }

  /// When and where a waiting job is expected to start; nobody behind it delays that.
  package struct Reservation: Hashable, Sendable {
    package var job: String
    package var start: Instant
    /// Ascending, each once; empty where places are not described.
    package var nodes: [String]
  }

  /// A job that does not start now.
  package struct Waiting: Hashable, Sendable {
    package var job: String
    package var reasons: [String]
    /// Jobs before it in the order that wait too: the first of them, and how many there are.
    package var ahead: [String]
    package var aheadCount: Int
    /// Where the running jobs use up their time limits; nil where it is not known.
    package var expectedStart: Instant?
    /// Where all jobs run for a share of their limits only; nil where that was not asked, or the expected start is not known.
    package var earliestStart: Instant?
    /// What would let it start now.
    package var remedies: [String]
  }

  /// What became of a booking.
  package struct Booking: Hashable, Sendable {
    package var name: String
    /// Ascending; empty where it is refused.
    package var nodes: [String]
    package var start: Instant
    package var end: Instant
    /// Why it does not hold; nil where it does.
    package var refusal: String?
    /// Jobs of others that run on its nodes and are expected to go on in its time.
    package var inTheWay: [String]
  }

  /// A running task that should run elsewhere.
  package struct Move: Hashable, Sendable {
    package var job: String
    package var task: Int
    package var from: String
    package var to: String
    package var gpu: GPUGrant
    /// By how many thousandths of GPUs less is fragmented after it; below 0 where more is.
    package var gainMilli: Int64
    package var cost: TimeSpan
    /// The waiting job that gets room by it; nil = none.
    package var beneficiary: String?
  }

  /// What a queue or group deserves and holds, by column.
  package struct QueueShare: Hashable, Sendable {
    package var queue: String
    package var parent: String?
    package var nominal: [Int64]
    /// If everyone wanted all that it may hold.
    package var fair: [Int64]
    /// Of what everyone wants.
    package var capped: [Int64]
    /// What it holds after this plan.
    package var held: [Int64]
    /// Its weighted dominant share of what is borrowed; nil where it borrows with weight 0.
    package var borrowedShare: Double?
  }

  /// Where a user stands.
  package struct UserShare: Hashable, Sendable {
    package var user: String
    package var account: String?
    /// Decayed, in unit-seconds.
    package var usage: Double
    /// 0...1, higher is better.
    package var factor: Double
  }

  /// All pending jobs, in the order in which they were decided on.
  package var order: [String] = []
  package var starts: [Start] = []
  package var evictions: [Eviction] = []
  package var reservations: [Reservation] = []
  /// Made one after the other, in this order; nil where the policy asks for none.
  package var moves: [Move]?
  /// In the order in which they were decided on; nil where there are none.
  package var bookings: [Booking]?
  package var queueShares: [QueueShare] = []
  package var userShares: [UserShare] = []
  package var waiting: [Waiting] = []
  /// What quantities of shares are.
  package var columns: [SnapshotColumn] = []
}

/// Bounds of a plan.
package enum PlanLimits {
  package static let jobs = 1_000_000
  /// Tasks of one job.
  package static let tasksPerJob = 100_000
  /// Tasks of all jobs together.
  package static let tasks = 4_000_000
  /// Names that a waiting job lists of those ahead of it.
  package static let namesAhead = 5
  /// Waiting jobs without a reservation for which an expected start is worked out, the first in order.
  package static let forecasts = 64
  /// Nodes times running jobs up to which starts are forecast: each end of a running job is one more state of the cluster.
  package static let forecastCells = 200_000
  /// Waiting jobs for which every node is looked at to say what is missing, the first in order.
  package static let explanations = 2048
  /// Names of lists of other things: reservations, users, charges.
  package static let entries = 1_000_000
}
