import Model

/// How far reclaiming may go into a queue that holds more than its quota.
package enum ReclaimBound: String, Hashable, Sendable, CaseIterable {
  /// A job may be taken while its queue borrows, though the queue falls below its quota with it:
  /// jobs cannot be cut. Otherwise one huge job would keep what others own for as long as it runs.
  case whileBorrowing = "while_borrowing"
  /// No queue ever holds less than its quota because of a reclaim.
  case neverBelowNominal = "never_below_nominal"
}

/// The limits of preemption, whatever the rules of the queues.
package struct PreemptionLimits: Hashable, Sendable {
  /// How much lower a priority must be to count as lower; at least 1.
  package var priorityThreshold: Int64
  /// A job is safe until it ran this long.
  package var minimumRunTime: TimeSpan
  /// A job that was preempted so often is safe.
  package var maximumPreemptions: Int
  /// How long a victim has to stop in order.
  package var grace: TimeSpan
  package var reclaimBound: ReclaimBound
  /// Jobs that are looked at for one preemptor, the first by order.
  package var candidateLimit = 4096

  package init(
    priorityThreshold: Int64, minimumRunTime: TimeSpan, maximumPreemptions: Int, grace: TimeSpan,
    reclaimBound: ReclaimBound
  ) {
    precondition(priorityThreshold >= 1, "a threshold is at least 1")
    precondition(maximumPreemptions >= 0, "a number of preemptions is at least 0")
    self.priorityThreshold = priorityThreshold
    self.minimumRunTime = minimumRunTime
    self.maximumPreemptions = maximumPreemptions
    self.grace = grace
    self.reclaimBound = reclaimBound
  }

  /// Those of the scheduler's configuration: one step of priority is 100, and a job is safe for its
  /// first 300 s and after three preemptions.
  package static let standard = PreemptionLimits(
    priorityThreshold: 100, minimumRunTime: .seconds(300), maximumPreemptions: 3,
    grace: .seconds(300), reclaimBound: .neverBelowNominal)

  /// Only the rules of the queues: any lower priority counts, no job is safe.
  package static let rulesOnly = PreemptionLimits(
    priorityThreshold: 1, minimumRunTime: .zero, maximumPreemptions: .max, grace: .zero,
    reclaimBound: .whileBorrowing)
}

/// A job that holds something.
package struct RunningJob: Hashable, Sendable {
  package var number: JobNumber
  /// The index of its queue.
  package var queue: Int
  package var priority: Int32
  /// When it was submitted.
  package var created: Instant
  /// When it got what it holds.
  package var admitted: Instant
  /// By column of the quotas, at least 0.
  package var amounts: [Int64]
  package var isPreemptible: Bool
  /// How often it was preempted before.
  package var preemptions: Int

  package init(
    number: JobNumber, queue: Int, priority: Int32, created: Instant, admitted: Instant,
    amounts: [Int64], isPreemptible: Bool = true, preemptions: Int = 0
  ) {
    self.number = number
    self.queue = queue
    self.priority = priority
    self.created = created
    self.admitted = admitted
    self.amounts = amounts
    self.isPreemptible = isPreemptible
    self.preemptions = preemptions
  }
}

/// A job that waits and may take others' place.
package struct Preemptor: Hashable, Sendable {
  package var number: JobNumber
  /// The index of its queue.
  package var queue: Int
  package var priority: Int32
  package var created: Instant
  /// By column of the quotas, at least 0.
  package var amounts: [Int64]

  package init(
    number: JobNumber, queue: Int, priority: Int32, created: Instant, amounts: [Int64]
  ) {
    self.number = number
    self.queue = queue
    self.priority = priority
    self.created = created
    self.amounts = amounts
  }
}

/// Why one job must make room for another.
package enum PreemptionReason: Hashable, Sendable {
  /// In the same queue its priority is lower.
  case lowerPriority
  /// In the same queue its priority is not higher and it was created later.
  case newer
  /// Its queue holds `borrowed` of the column above its quota; the preemptor's asks within its own.
  case reclaimed(column: Int, borrowed: Int64)
  /// Both borrow, and the rule finds the preemptor's share smaller. The victim's is the one that
  /// the rule speaks of.
  case fairShare(rule: FairShareRule, preemptor: DominantShare, victim: DominantShare)
}

/// Jobs that must make room for one that waits.
package struct Preemption: Hashable, Sendable {
  package struct Victim: Hashable, Sendable {
    /// Its index among the running jobs.
    package var index: Int
    package var number: JobNumber
    package var reason: PreemptionReason
  }

  package var preemptor: JobNumber
  /// In the order in which they were chosen; no one of them can be left out.
  package var victims: [Victim]
  /// When a victim that has not stopped is killed.
  package var deadline: Instant

  /// Counts the preemptor in its queue and its victims no longer, so that what the victims give
  /// back is the preemptor's and no one else's, already while they stop, and notes who preempted
  /// whom.
  package func apply(
    to tree: inout QuotaTree, _ memory: inout PreemptionMemory, _ preemptor: Preemptor,
    running: [RunningJob]
  ) {
    for victim in victims {
      tree.remove(running[victim.index].amounts, from: running[victim.index].queue)
      memory.record(preemptor.number, preempted: victim.number)
    }
    tree.add(preemptor.amounts, to: preemptor.queue)
  }
}

/// Why a running job cannot make room.
package enum PreemptionObstacle: Int, Hashable, Sendable, CaseIterable {
  case notPreemptible
  case runsTooShortly
  case preemptedTooOften
  /// It preempted the job that waits, or one that did.
  case preemptedThis
  /// It holds nothing of what is short.
  case holdsNothingNeeded
  /// The rule of the preemptor's queue is "never".
  case ruleForbids
  case priorityNotLower
  /// Its queue, or a group between, holds no more than its quota of what is short.
  case queueWithinQuota
  /// It shares no group with the preemptor's queue.
  case unrelated
}

/// What came of a search for victims.
package enum PreemptionOutcome: Hashable, Sendable {
  /// The job fits without.
  case notNeeded
  case victims(Preemption)
  /// More than the queue can ever hold.
  case neverFits(column: Int)
  /// No jobs that may be preempted make enough room.
  ///
  /// - obstacles: how many jobs each keeps from being candidates, by ``PreemptionObstacle``'s
  ///   number.
  /// - candidates: how many jobs there were that might have been.
  case impossible(obstacles: [Int], candidates: Int)
}
