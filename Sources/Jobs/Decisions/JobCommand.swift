package import Model

/// A job that somebody submits.
package struct JobSubmission: Hashable, Sendable {
  /// Made by whoever reads the submission, outside the loop that owns the book: writing it down costs more than the decision.
  package let description: JobDescription
  /// Who pays for it: known by who asks, not by what the specification says.
  package var owner: Text
  package var project: Text
  /// A repeated submission with the same key and content makes no second job.
  package var idempotencyKey: Text?
  /// In a workflow: what the others call it.
  package var localName: String?

  package init(
    _ specification: JobSpecification, owner: Text, project: Text, idempotencyKey: Text? = nil,
    localName: String? = nil
  ) {
    description = JobDescription(specification)
    self.owner = owner
    self.project = project
    self.idempotencyKey = idempotencyKey
    self.localName = localName
  }

  package var specification: JobSpecification { description.specification }
}

/// The planner's wish for one job.
package struct PlacementProposal: Hashable, Sendable {
  package var job: JobKey
  /// The revision of the book that the planner looked at.
  package var revision: UInt64
  /// The granted lease over all pools of the place.
  package var lease: Text
  package var ranks: [Rank]

  package init(job: JobKey, revision: UInt64, lease: Text, ranks: [Rank]) {
    self.job = job
    self.revision = revision
    self.lease = lease
    self.ranks = ranks
  }
}

/// An attempt by its job and number, so that what is late about an earlier one is known as such.
package struct AttemptID: Hashable, Sendable {
  package var job: JobKey
  package var attempt: Int

  package init(_ job: JobKey, _ attempt: Int) {
    self.job = job
    self.attempt = attempt
  }
}

/// What is asked of the book, or told to it.
///
/// A dry run is `decide` without `evolve`; the decisions say what would happen.
package enum JobCommand: Hashable, Sendable {
  case submit(JobSubmission)
  /// Jobs that may name each other by their local names: all or none.
  case submitWorkflow([JobSubmission])
  case cancel(JobKey, reason: Text)
  case suspend(JobKey)
  case resume(JobKey)
  case retry(JobKey)
  case migrate(JobKey)
  /// - Parameter isForced: an administrator's drain, which also moves jobs that the planner must leave alone.
  case preempt(JobKey, grace: TimeSpan, isForced: Bool)
  case place(PlacementProposal)
  /// Recorded before the executor is told: from here on processes may exist.
  case start(AttemptID)
  case attemptStarted(AttemptID, rank: Int, identity: Text)
  case attemptProgress(AttemptID, AttemptUsage)
  case checkpointBegun(AttemptID)
  /// - Parameter kept: the checkpoint's name; nil = it failed.
  case checkpointEnded(AttemptID, kept: Text?)
  /// None of its processes is left, and this is how they ended.
  case attemptEnded(AttemptID, AttemptResult)
  /// Nobody knows whether its processes live.
  case attemptLost(AttemptID)
  /// The processes of an attempt in doubt live.
  case attemptAlive(AttemptID)
  /// It is proven that the processes of an attempt in doubt are gone, and not known how they ended.
  case attemptGone(AttemptID)
  /// The book was read back after a stop: whatever may run is in doubt.
  case recovered
  case queue(QueueCommand)
  case node(NodeCommand)
  /// A finished job is forgotten: it is durably kept elsewhere.
  case archive(JobKey)
}

/// One change of the book.
package enum JobDecision: Hashable, Sendable {
  case submitted(JobIdentity, JobDescription, [KnownDependency])
  case moved(JobKey, JobCause, JobPhase)
  case gated(JobKey, JobGate)
  case dependencySatisfied(JobKey, index: Int)
  case attemptChanged(JobKey, AttemptChange)
  case checkpointKept(JobKey, Text)
  case archived(JobKey)
  case queueSet(JobQueue)
  case queueRemoved(Text)
  case nodeSet(NodeOrders)
  case booked(NodeBooking)
  case bookingEnded(Int64)

  /// The job that changes; nil where none does.
  package var job: JobKey? {
    switch self {
    case .submitted(let identity, _, _): identity.key
    case .moved(let key, _, _), .gated(let key, _), .dependencySatisfied(let key, _),
      .attemptChanged(let key, _), .checkpointKept(let key, _), .archived(let key):
      key
    case .queueSet, .queueRemoved, .nodeSet, .booked, .bookingEnded: nil
    }
  }
}

/// A change of an attempt within its phase.
package enum AttemptChange: Hashable, Sendable {
  case rankStarted(rank: Int, identity: Text)
  case progressed(AttemptUsage)
  case stopOrdered(StopOrder)
  case stopForced
  case doubted
  case confirmed
}

/// One change with all that is known of it: what is recorded, and what those who follow the book are told.
package struct JobEvent: Hashable, Sendable {
  /// The position of the change, from 1, without gaps.
  package var sequence: UInt64
  package var at: Instant
  package var actor: JobActor
  package var decision: JobDecision

  package init(sequence: UInt64, at: Instant, actor: JobActor, decision: JobDecision) {
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.decision = decision
  }
}
