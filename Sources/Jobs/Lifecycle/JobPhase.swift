package import Model

/// Where a job is in its life, with exactly what is valid there.
package enum JobPhase: Hashable, Sendable {
  case pending(since: Instant)
  case queued(since: Instant, JobGate)
  case scheduled(Attempt)
  case provisioning(Attempt)
  case running(Attempt)
  case checkpointing(Attempt)
  case completed(JobEnding)
  case failed(JobEnding)
  case cancelled(JobEnding)
  case suspended(since: Instant)
  case preempted(since: Instant)
  case migrating(JobMigration)

  package var status: JobStatus {
    switch self {
    case .pending: .pending
    case .queued: .queued
    case .scheduled: .scheduled
    case .provisioning: .provisioning
    case .running: .running
    case .checkpointing: .checkpointing
    case .completed: .completed
    case .failed: .failed
    case .cancelled: .cancelled
    case .suspended: .suspended
    case .preempted: .preempted
    case .migrating: .migrating
    }
  }

  /// The attempt that holds a place, if there is one. There is never a second.
  package var attempt: Attempt? {
    switch self {
    case .scheduled(let attempt), .provisioning(let attempt), .running(let attempt),
      .checkpointing(let attempt), .migrating(.leaving(let attempt)),
      .migrating(.arriving(let attempt)):
      attempt
    case .pending, .queued, .completed, .failed, .cancelled, .suspended, .preempted,
      .migrating(.placeless):
      nil
    }
  }

  package var ending: JobEnding? {
    switch self {
    case .completed(let ending), .failed(let ending), .cancelled(let ending): ending
    case .pending, .queued, .scheduled, .provisioning, .running, .checkpointing, .suspended,
      .preempted, .migrating:
      nil
    }
  }

  /// The same phase with its attempt changed.
  ///
  /// - Precondition: there is one.
  func with(_ attempt: Attempt) -> JobPhase {
    switch self {
    case .scheduled: .scheduled(attempt)
    case .provisioning: .provisioning(attempt)
    case .running: .running(attempt)
    case .checkpointing: .checkpointing(attempt)
    case .migrating(.leaving): .migrating(.leaving(attempt))
    case .migrating(.arriving): .migrating(.arriving(attempt))
    case .pending, .queued, .completed, .failed, .cancelled, .suspended, .preempted,
      .migrating(.placeless):
      preconditionFailure("\(status.rawValue) has no attempt")
    }
  }
}

/// Whether a queued job may be placed.
package enum JobGate: Hashable, Sendable {
  /// It may; nil = no window ends.
  case open(until: Instant?)
  /// It waits for the end of a backoff or for its time windows.
  case closed(until: Instant)

  /// When it must be looked at again.
  package var until: Instant? {
    switch self {
    case .open(let until): until
    case .closed(let until): until
    }
  }
}

/// The three parts of a migration.
package enum JobMigration: Hashable, Sendable {
  /// The processes at the old place are being stopped.
  case leaving(Attempt)
  case placeless(since: Instant)
  /// A lease holds the new place, and the processes there are being started.
  case arriving(Attempt)
}

/// How a job ended.
package struct JobEnding: Hashable, Sendable {
  package var at: Instant
  package var cause: JobCause
  /// Of the last attempt; nil where none ran.
  package var exitCode: Int32?
  /// For people, such as `CUDA out of memory`; empty where the cause says all.
  package var reason: Text

  package init(at: Instant, cause: JobCause, exitCode: Int32? = nil, reason: Text = .empty) {
    self.at = at
    self.cause = cause
    self.exitCode = exitCode
    self.reason = reason
  }
}

/// Why a job changed. Numbers stand in the journal and are never used again for something else.
package enum JobCause: UInt8, CaseIterable, Hashable, Sendable {
  case submitted = 1
  case dependenciesSatisfied = 2
  case placed = 3
  case starting = 4
  case started = 5
  case checkpointBegun = 6
  case checkpointEnded = 7
  case exited = 8
  case processFailed = 9
  case nodeLost = 10
  case cancelRequested = 11
  case suspendRequested = 12
  case resumeRequested = 13
  case retryRequested = 14
  case automaticRetry = 15
  case preempted = 16
  case migrationRequested = 17
  case runtimeExceeded = 18
  case deadlinePassed = 19
  case holdExpired = 20
  case dependencyFailed = 21
  case windowNeverOpens = 22
}

/// Who changed something.
package enum JobActor: Hashable, Sendable {
  /// Time alone.
  case time
  case planner
  case executor
  /// A principal by its name.
  case principal(Text)
}
