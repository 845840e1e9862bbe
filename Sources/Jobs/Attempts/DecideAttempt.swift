import Model

extension JobBook {
  /// With the last of its ranks the job runs. Told again, it changes nothing; another identity for a rank is refused.
  func decideStarted(
    _ id: AttemptID, _ rank: Int, _ identity: Text, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    guard attempt.ranks.indices.contains(rank),
      (1...JobLimits.nameBytes).contains(identity.utf8Count)
    else { throw JobRefusal(.invalid, "must name a rank and its processes", field: "rank") }
    if let known = attempt.ranks[rank].identity {
      guard known == identity else {
        throw JobRefusal(.conflict, "Rank \(rank) was started as \(known)")
      }
      return []
    }
    switch record.phase {
    case .provisioning, .migrating(.arriving): break
    default: throw .cannot("report the start of", record.status)
    }
    let change = JobDecision.attemptChanged(id.job, .rankStarted(rank: rank, identity: identity))
    var started = attempt
    started.ranks[rank].identity = identity
    guard started.ranks.allSatisfy({ $0.identity != nil }) else { return [change] }
    started.startedAt = now
    return [change, .moved(id.job, .started, .running(started))]
  }

  /// Reports that follow each other too fast are left out; the next one has their sums.
  func decideProgress(
    _ id: AttemptID, _ usage: AttemptUsage, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    guard attempt.hasStarted else { throw .cannot("report the use of", record.status) }
    guard usage.continues(attempt.usage) else {
      throw JobRefusal(.invalid, "is below what was reported before", field: "usage")
    }
    guard now >= attempt.usageAt + JobLimits.progressInterval, usage != attempt.usage else {
      return []
    }
    return [.attemptChanged(id.job, .progressed(usage))]
  }

  func decideCheckpointBegun(_ id: AttemptID) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    guard case .running = record.phase else { throw .cannot("checkpoint", record.status) }
    return [.moved(id.job, .checkpointBegun, .checkpointing(attempt))]
  }

  /// A checkpoint may also be told of while the job leaves its place: the last one before it goes.
  func decideCheckpointEnded(
    _ id: AttemptID, _ kept: Text?
  ) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    if let kept, !(1...JobLimits.nameBytes).contains(kept.utf8Count) {
      throw JobRefusal(.invalid, "has 1 to \(JobLimits.nameBytes) bytes", field: "checkpoint")
    }
    let keeping = kept.map { [JobDecision.checkpointKept(id.job, $0)] } ?? []
    switch record.phase {
    case .checkpointing: return keeping + [.moved(id.job, .checkpointEnded, .running(attempt))]
    case .migrating(.leaving): return keeping
    default: throw .cannot("end a checkpoint of", record.status)
    }
  }

  // MARK: Doubt

  func decideLost(_ id: AttemptID, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    if case .scheduled = record.phase {
      // Nothing was started, so nothing is in doubt.
      return [.moved(id.job, .nodeLost, .preempted(since: now))]
        + queue(record, .nodeLost, at: now)
    }
    return attempt.inDoubtSince == nil ? [.attemptChanged(id.job, .doubted)] : []
  }

  func decideAlive(_ id: AttemptID) throws(JobRefusal) -> [JobDecision] {
    let (_, attempt) = try current(id)
    return attempt.inDoubtSince == nil ? [] : [.attemptChanged(id.job, .confirmed)]
  }

  func decideGone(_ id: AttemptID, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    guard attempt.inDoubtSince != nil else {
      throw JobRefusal(
        .conflict, "Attempt \(id.attempt) of job \(record.identity.id) is not in doubt")
    }
    return try decideEnd(id, .gone, at: now)
  }

  // MARK: The end

  /// What is known of how an attempt ended.
  enum End {
    case exited(AttemptResult)
    case gone
  }

  /// What was ordered wins over how the processes ended: one that was told to stop may end well without being done, and a job
  /// that was cancelled is never completed afterwards.
  func decideEnd(
    _ id: AttemptID, _ end: End, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    if case .scheduled = record.phase { throw .cannot("end an attempt of", record.status) }
    var ending = JobEnding(at: now, cause: .nodeLost, reason: "its processes are gone")
    var isSuccess = false
    if case .exited(let result) = end {
      guard result.reason.utf8Count <= JobLimits.textBytes else {
        throw .limit("reason", "has \(result.reason.utf8Count) bytes; shorten it")
      }
      // What ends before it was seen to start did nothing.
      isSuccess = result.isSuccess && attempt.hasStarted
      ending = JobEnding(
        at: now, cause: isSuccess ? .exited : .processFailed, exitCode: result.exitCode,
        reason: result.reason)
    }
    switch attempt.stop?.purpose {
    case nil where isSuccess:
      return steps(record, attempt, .exited, .completed(ending))
    case nil: return fail(record, attempt, ending, at: now)
    case .cancel:
      ending.cause = .cancelRequested
      ending.reason = "Job was cancelled by user"
      return steps(record, attempt, .cancelRequested, .cancelled(ending))
    case .suspend: return steps(record, attempt, .suspendRequested, .suspended(since: now))
    case .preempt:
      return steps(record, attempt, .preempted, .preempted(since: now))
        + queue(record, .preempted, at: now)
    case .migrate: return [.moved(id.job, .migrationRequested, .migrating(.placeless(since: now)))]
    case .runtimeExceeded: ending.cause = .runtimeExceeded
    case .deadlinePassed: ending.cause = .deadlinePassed
    case .holdExpired: ending.cause = .holdExpired
    }
    return fail(record, attempt, ending, at: now)
  }

  /// The way to a phase that the table has: through running, where there is none at once.
  private func steps(
    _ record: JobRecord, _ attempt: Attempt, _ cause: JobCause, _ phase: JobPhase
  ) -> [JobDecision] {
    let end = JobDecision.moved(record.key, cause, phase)
    guard !record.status.mayBecome(phase.status) else { return [end] }
    return [.moved(record.key, cause, .running(attempt)), end]
  }

  /// A failure, and the way back into the queue where it is tried again.
  func fail(
    _ record: JobRecord, _ attempt: Attempt?, _ ending: JobEnding, at now: Instant
  ) -> [JobDecision] {
    var decisions: [JobDecision] = []
    if let attempt {
      decisions = steps(record, attempt, ending.cause, .failed(ending))
    } else {
      decisions = [.moved(record.key, ending.cause, .failed(ending))]
    }
    if let delay = record.restartDelay(after: ending.cause) {
      decisions += queue(record, .automaticRetry, at: now, notBefore: now + delay)
    }
    return decisions
  }
}

extension JobRecord {
  /// How long a failed job waits for its next attempt: twice as long after each failure, up to an hour; nil = there is none.
  func restartDelay(after cause: JobCause) -> TimeSpan? {
    let constraints = specification.constraints
    switch (constraints.restartPolicy, cause) {
    case (.never, _), (_, .deadlinePassed), (.onFailure, .runtimeExceeded): return nil
    case (.onFailure, _), (.always, _): break
    }
    guard restarts < constraints.maxRestartCount else { return nil }
    guard constraints.backoffSeconds > 0 else { return .zero }
    let initial = TimeSpan.seconds(constraints.backoffSeconds)
    let backoff = RetryBackoff(
      initial: initial, ceiling: max(initial, JobLimits.backoffMaximum), jitterPercent: 0,
      attempts: .max)
    return backoff.delay(
      afterFailures: Int(restarts) + 1, random: SeededRandom(seed: UInt64(key.number)))
  }
}
