import Model

/// The rules of a plan.
package struct PlanPolicy: Hashable, Sendable {
  /// Which job comes first.
  package enum Order: String, Hashable, Sendable, CaseIterable {
    case fifo
    case priority
    case fairShare = "fair_share"
    case deadline
    /// The user, or the queue where no job names a user, with the smallest dominant share.
    case drf
    case shortest
    case wfp3
    case unicep
    case f1
    /// The queue whose borrowed share would be smallest with its first job.
    case queueShare = "queue_share"
  }

  /// How fair share ranks users.
  package enum FairShare: String, Hashable, Sendable, CaseIterable {
    case fairTree = "fair_tree"
    case classic
  }

  /// How nodes are scored.
  package enum Placement: String, Hashable, Sendable, CaseIterable {
    case bestFit = "best_fit"
    case pack
    case spread
    case fragmentationGradient = "fgd"
    case dotProduct = "dot_product"
    case gpuPacking = "gpu_packing"
    case gpuClustering = "gpu_clustering"
    case random
  }

  package var order: Order = .priority
  /// Breaks the ties of the order; then the earlier created, then the name.
  package var secondary: Order?
  /// How a priority grows with the wait.
  package var ageing = JobOrder.Ageing(pointsPerHour: 0, ceiling: Double(Int32.max))
  package var fairShare: FairShare = .fairTree
  package var decay: UsageDecay = .standard
  package var backfill = BackfillSettings(depth: .first(1))
  /// How many waiting units a plan looks at, the first in the order. The others wait.
  package var candidatesPerPass = Int.max
  package var preemption: PreemptionLimits = .rulesOnly
  package var isPreemptionEnabled = true
  /// Whether the one queue of a snapshot without queues lets jobs preempt those of lower priority.
  package var preemptsWithoutQueues = false
  package var placement: Placement = .bestFit
  /// When jobs that failed are tried again.
  package var retry: RetryBackoff = .standard
  /// Whether the plan proposes to move running jobs; nil = it does not.
  package var migration: MigrationPolicy?
  /// Whether the members of a gang start together. Where it is off, they are jobs like others.
  package var isGangEnabled = true
  /// For the random placement.
  package var seed: UInt64 = 1
  /// How long a job without a time limit is expected to run.
  package var defaultTimeLimit: TimeSpan = .seconds(3600)
  package var defaultGPUTimeLimit: TimeSpan = .seconds(4 * 3600)

  /// The thousandths of its time limit that a job runs at least, as far as anybody knows: what the earliest starts of waiting
  /// jobs are worked out from, in 0...1000. Nil = they are not.
  package var runShareMilli: Int64?

  package init() {}
}

/// Which moves of running jobs a plan proposes.
package struct MigrationPolicy: Hashable, Sendable {
  /// Moves at most, in 1...``MigrationLimits/moves``.
  package var limit: Int
  /// The waiting job that room is made for before anything else; nil = none.
  package var job: String?
  /// The dearest move that is proposed; nil = any.
  package var costMax: TimeSpan?

  package init(limit: Int = 8, job: String? = nil, costMax: TimeSpan? = nil) {
    self.limit = limit
    self.job = job
    self.costMax = costMax
  }
}
