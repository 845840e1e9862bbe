import Model

/// Which jobs of its own queue a job may preempt.
package enum WithinRule: String, Hashable, Sendable, CaseIterable {
  case never
  /// Those with lower priority.
  case lower
  /// Those with lower priority, and those with the same that were created later.
  case lowerOrNewerEqual = "lower_or_newer_equal"
}

/// Which jobs of other queues a job may preempt while those queues hold more than their quota.
package enum ReclaimRule: String, Hashable, Sendable, CaseIterable {
  case never
  /// Those with lower priority.
  case lower
  /// All.
  case any
}

/// When a job may preempt one of another queue although its own queue then borrows: by the shares
/// of what both borrow.
package enum FairShareRule: String, Hashable, Sendable, CaseIterable {
  /// The preemptor's share with the job is at most the victim's without its job.
  case lessThanOrEqualToFinalShare = "less_than_or_equal_to_final_share"
  /// The preemptor's share with the job is below the victim's with its job. It lets small jobs
  /// through where one huge job took everything that there is to borrow.
  case lessThanInitialShare = "less_than_initial_share"
}

/// One quantity that quotas speak of: a resource, or one flavour of it, such as one model of GPU.
package struct QuotaColumn: Hashable, Sendable {
  /// What people call it, such as "cpu_milli" or "gpu_milli A100".
  package var name: String
  /// Flavours of one resource have the same number; their borrowed amounts are added up for shares.
  package var resource: Int
  /// What a whole one is, above 0: fair shares over the quota are whole units where they can be.
  /// 1000 for GPUs counted in milli.
  package var unit: Int64

  package init(name: String, resource: Int, unit: Int64 = 1) {
    self.name = name
    self.resource = resource
    self.unit = unit
  }
}

/// A queue, or a group of queues: what it owns, borrows and lends. Amounts are by column.
package struct QueueSettings: Hashable, Sendable {
  /// Not empty, unique.
  package var name: String
  /// The group that it belongs to. A name that no queue has stands for a group that owns nothing
  /// itself.
  package var parent: String?
  /// What it owns, in 0…``QuotaTree/quantityLimit``.
  package var nominal: [Int64]
  /// The most that it may hold above what it and its members own; nil is no limit.
  package var borrowingLimit: [Int64?]
  /// The most of what it and its members own that others may borrow; nil is no limit.
  package var lendingLimit: [Int64?]
  /// Its claim on what is borrowed, against its siblings, in 0…``QuotaTree/weightLimit``; 1000 is
  /// the ordinary one. With 0 it deserves nothing above its quota, borrows only what no one else
  /// wants, and gives back first.
  package var weightMilli: Int64
  package var within: WithinRule
  package var reclaim: ReclaimRule
  /// Tried in this order; none is the classic way, in which a queue that borrows preempts no
  /// other's jobs.
  package var fairShareRules: [FairShareRule]
  /// The older comes first where nothing else decides; then the earlier in the list.
  package var created: Instant

  /// - Parameter nominal: limits that are left out are none.
  package init(
    name: String, parent: String? = nil, nominal: [Int64], borrowingLimit: [Int64?]? = nil,
    lendingLimit: [Int64?]? = nil, weightMilli: Int64 = 1000, within: WithinRule = .never,
    reclaim: ReclaimRule = .never, fairShareRules: [FairShareRule] = [],
    created: Instant = .epoch
  ) {
    self.name = name
    self.parent = parent
    self.nominal = nominal
    self.borrowingLimit = borrowingLimit ?? nominal.map { _ in nil }
    self.lendingLimit = lendingLimit ?? nominal.map { _ in nil }
    self.weightMilli = weightMilli
    self.within = within
    self.reclaim = reclaim
    self.fairShareRules = fairShareRules
    self.created = created
  }
}

/// Why settings of queues make no tree of quotas.
package enum QuotaTreeError: Error, Hashable, Sendable, CustomStringConvertible {
  case tooManyQueues(count: Int)
  case tooDeep(queue: String)
  case emptyName(index: Int)
  case duplicate(queue: String)
  case cycle(queue: String)
  case wrongCount(queue: String)
  case amountOutOfRange(queue: String, column: String)
  case weightOutOfRange(queue: String)
  case unitOutOfRange(column: String)

  package var description: String {
    switch self {
    case .tooManyQueues(let count):
      "\(count) queues and groups, of which there may be \(QuotaTree.queueLimit)"
    case .tooDeep(let queue):
      "queue \(queue) lies deeper than \(QuotaTree.depthLimit) levels; flatten the groups"
    case .emptyName(let index): "queue \(index) has no name"
    case .duplicate(let queue): "queue \(queue) is there twice; give each its own name"
    case .cycle(let queue): "queue \(queue) is its own ancestor; remove a parent"
    case .wrongCount(let queue):
      "queue \(queue) names another number of amounts than there are resources"
    case .amountOutOfRange(let queue, let column):
      "queue \(queue) has an amount of \(column) outside 0...\(QuotaTree.quantityLimit)"
    case .weightOutOfRange(let queue):
      "queue \(queue) has a weight outside 0...\(QuotaTree.weightLimit) milli"
    case .unitOutOfRange(let column):
      "the unit of \(column) is outside 1...\(QuotaTree.quantityLimit)"
    }
  }
}
