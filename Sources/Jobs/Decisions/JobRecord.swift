package import Model

/// The number of a job in the order of submission; never used again.
package struct JobKey: Hashable, Comparable, Sendable {
  package let number: Int64

  package init(_ number: Int64) {
    self.number = number
  }

  package static func < (left: JobKey, right: JobKey) -> Bool { left.number < right.number }
}

/// What a job asks for, shared by all copies of its record.
package final class JobDescription: Hashable, Sendable {
  package let specification: JobSpecification
  /// ``JobSpecification/compactJSON`` as text: the recorded form.
  package let text: Text

  package init(_ specification: JobSpecification) {
    self.specification = specification
    text = Text(specification.compactJSON.text)
  }

  /// As it was recorded; an older version may have written it in another form.
  init(_ specification: JobSpecification, recorded text: Text) {
    self.specification = specification
    self.text = text
  }

  package static func == (left: JobDescription, right: JobDescription) -> Bool {
    left === right || left.specification == right.specification
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(specification) }
}

/// A dependency whose job is known.
package struct KnownDependency: Hashable, Sendable {
  package var job: JobKey
  package var kind: DependencyKind
  package var satisfiedAt: Instant?

  package init(job: JobKey, kind: DependencyKind, satisfiedAt: Instant? = nil) {
    self.job = job
    self.kind = kind
    self.satisfiedAt = satisfiedAt
  }
}

/// What is the same for all of a job's life.
package struct JobIdentity: Hashable, Sendable {
  package var key: JobKey
  /// The id outside: a UUID of version 4.
  package var id: Text
  package var owner: Text
  package var project: Text
  /// By which a repeated submission of the owner is known.
  package var idempotencyKey: Text?
}

/// A job of the book.
package struct JobRecord: Hashable, Sendable {
  package let identity: JobIdentity
  package let description: JobDescription
  package var dependencies: [KnownDependency]
  package let submittedAt: Instant
  package var phase: JobPhase
  /// The number of the newest attempt; 0 = there was none.
  package var attempts = 0
  /// Attempts that followed a failure, since people last tried the job again.
  package var restarts: Int64 = 0
  package var preemptions: Int64 = 0
  package var manualRetries = 0
  /// Of all attempts that ended.
  package var pastUsage = AttemptUsage()
  package var checkpoints = 0
  /// The newest checkpoint.
  package var checkpoint: Text?
  package var firstStartedAt: Instant?
  /// When it last changed.
  package var changedAt: Instant
  /// The position of that change.
  package var revision: UInt64 = 0

  package init(
    identity: JobIdentity, description: JobDescription, dependencies: [KnownDependency],
    submittedAt: Instant
  ) {
    self.identity = identity
    self.description = description
    self.dependencies = dependencies
    self.submittedAt = submittedAt
    phase = .pending(since: submittedAt)
    changedAt = submittedAt
  }

  package var key: JobKey { identity.key }
  package var specification: JobSpecification { description.specification }
  package var status: JobStatus { phase.status }
  package var usage: AttemptUsage { pastUsage + (phase.attempt?.usage ?? AttemptUsage()) }

  /// Whether the planner may give it a place now.
  package var isPlaceable: Bool {
    switch phase {
    case .queued(_, .open), .migrating(.placeless): true
    case .pending, .queued, .scheduled, .provisioning, .running, .checkpointing, .completed,
      .failed, .cancelled, .suspended, .preempted, .migrating:
      false
    }
  }
}
