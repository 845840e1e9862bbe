package import Model

extension JobBook {
  /// What a command leads to, or why it leads to nothing. Nothing is changed.
  ///
  /// No decisions are an answer too: what was asked for is so already.
  ///
  /// - Precondition: nothing is ``due(by:)`` this time.
  package func decide(
    _ command: JobCommand, at now: Instant, entropy: inout Entropy
  ) throws(JobRefusal) -> [JobDecision] {
    precondition(now >= decidedAt, "commands come in the order of their times")
    switch command {
    case .submit(let submission):
      return try decideSubmission(submission, at: now, entropy: &entropy)
    case .submitWorkflow(let submissions):
      return try decideWorkflow(submissions, at: now, entropy: &entropy)
    case .cancel(let key, let reason): return try decideCancel(key, reason, at: now)
    case .suspend(let key): return try decideSuspend(key, at: now)
    case .resume(let key): return try decideResume(key, at: now)
    case .retry(let key): return try decideRetry(key, at: now)
    case .migrate(let key): return try decideMigrate(key, at: now)
    case .preempt(let key, let grace, let isForced):
      return try decidePreempt(key, grace, isForced: isForced, at: now)
    case .place(let proposal): return try decidePlacement(proposal, at: now)
    case .start(let id): return try decideStart(id)
    case .attemptStarted(let id, let rank, let identity):
      return try decideStarted(id, rank, identity, at: now)
    case .attemptProgress(let id, let usage): return try decideProgress(id, usage, at: now)
    case .checkpointBegun(let id): return try decideCheckpointBegun(id)
    case .checkpointEnded(let id, let kept): return try decideCheckpointEnded(id, kept)
    case .attemptEnded(let id, let result):
      return try decideEnd(id, .exited(result), at: now)
    case .attemptLost(let id): return try decideLost(id, at: now)
    case .attemptAlive(let id): return try decideAlive(id)
    case .attemptGone(let id): return try decideGone(id, at: now)
    case .recovered: return decideRecovered()
    case .queue(let command): return try decideQueue(command)
    case .node(let command): return try decideNode(command, at: now)
    case .archive(let key): return try decideArchive(key)
    }
  }

  /// Whatever may run is in doubt; one decision for each attempt that was started. Those that are in doubt stay so.
  private func decideRecovered() -> [JobDecision] {
    jobs.values.filter { record in
      guard let attempt = record.phase.attempt, attempt.inDoubtSince == nil else { return false }
      if case .scheduled = record.phase { return false }
      return true
    }.map(\.key).sorted().map { .attemptChanged($0, .doubted) }
  }

  private func decideArchive(_ key: JobKey) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard record.status.isEnded else { throw .cannot("archive", record.status) }
    guard !isWaitedFor(key) else {
      throw JobRefusal(.conflict, "Job \(record.identity.id) is waited for by others")
    }
    return [.archived(key)]
  }

  // MARK: What people ask of a job

  private func decideCancel(
    _ key: JobKey, _ reason: Text, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard reason.utf8Count <= JobLimits.textBytes else {
      throw .limit("reason", "has \(reason.utf8Count) bytes; shorten it")
    }
    let ending = JobEnding(
      at: now, cause: .cancelRequested, exitCode: nil,
      reason: reason.isEmpty ? "Job was cancelled by user" : reason)
    switch record.phase {
    case .completed, .failed, .cancelled: throw .cannot("cancel", record.status)
    case .pending, .queued, .suspended, .preempted, .scheduled, .migrating(.placeless):
      return abandon(record, ending)
    case .provisioning(let attempt), .running(let attempt), .checkpointing(let attempt),
      .migrating(.leaving(let attempt)), .migrating(.arriving(let attempt)):
      return order(.cancel, for: record, attempt, grace: JobLimits.grace, at: now)
    }
  }

  /// Ends a job of which nothing runs as cancelled, by the ways that the table has.
  func abandon(_ record: JobRecord, _ ending: JobEnding) -> [JobDecision] {
    let end = JobDecision.moved(record.key, ending.cause, .cancelled(ending))
    guard case .migrating = record.phase else { return [end] }
    return [
      .moved(record.key, ending.cause, .failed(ending)),
      .moved(record.key, ending.cause, .queued(since: ending.at, .open(until: nil))), end,
    ]
  }

  /// An order that says no more than the one that is there changes nothing.
  func order(
    _ purpose: StopOrder.Purpose, for record: JobRecord, _ attempt: Attempt, grace: TimeSpan,
    at now: Instant
  ) -> [JobDecision] {
    if let stop = attempt.stop, stop.purpose.weight >= purpose.weight { return [] }
    var order = StopOrder(purpose: purpose, graceEnd: now + grace)
    if let stop = attempt.stop {
      // What was promised to the processes is not made longer.
      order.graceEnd = min(stop.graceEnd, order.graceEnd)
      order.isForced = stop.isForced
    }
    return [.attemptChanged(record.key, .stopOrdered(order))]
  }

  private func decideSuspend(_ key: JobKey, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    switch record.phase {
    case .suspended: return []
    case .queued: return [.moved(key, .suspendRequested, .suspended(since: now))]
    case .running(let attempt), .checkpointing(let attempt):
      guard attempt.stop.map({ $0.purpose == .suspend }) ?? true else {
        throw JobRefusal(.conflict, "Cannot suspend job that is being stopped")
      }
      return order(.suspend, for: record, attempt, grace: JobLimits.grace, at: now)
    case .pending, .scheduled, .provisioning, .completed, .failed, .cancelled, .preempted,
      .migrating:
      throw .cannot("suspend", record.status)
    }
  }

  private func decideResume(_ key: JobKey, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard case .suspended = record.phase else { throw .cannot("resume", record.status) }
    return queue(record, .resumeRequested, at: now)
  }

  /// The same job with all that it asks for; a chain of copies would have no end.
  private func decideRetry(_ key: JobKey, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard case .failed = record.phase else { throw .cannot("retry", record.status) }
    guard record.manualRetries < JobLimits.manualRetries else {
      throw .limit(
        "retries", "the job was tried again \(record.manualRetries) times; submit it anew")
    }
    if let deadline = record.specification.constraints.deadline, deadline <= now {
      throw JobRefusal(.invalid, "Deadline cannot be in the past", field: "deadline")
    }
    try admit(
      record.specification, owner: record.identity.owner, project: record.identity.project)
    return queue(record, .retryRequested, at: now)
  }

  private func decideMigrate(_ key: JobKey, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard case .running(var attempt) = record.phase else {
      throw .cannot("migrate", record.status)
    }
    guard attempt.stop == nil else {
      throw JobRefusal(.conflict, "Cannot migrate job that is being stopped")
    }
    attempt.stop = StopOrder(purpose: .migrate, graceEnd: now + JobLimits.grace)
    return [.moved(key, .migrationRequested, .migrating(.leaving(attempt)))]
  }

  private func decidePreempt(
    _ key: JobKey, _ grace: TimeSpan, isForced: Bool, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let record = try record(key)
    guard (.zero...JobLimits.graceMaximum).contains(grace) else {
      throw JobRefusal(.invalid, "must be 0 to 3600 seconds", field: "grace")
    }
    if !isForced { try mayBePreempted(record, at: now) }
    switch record.phase {
    case .scheduled:
      return [.moved(key, .preempted, .preempted(since: now))]
        + queue(record, .preempted, at: now)
    case .running(let attempt), .checkpointing(let attempt):
      return order(.preempt, for: record, attempt, grace: grace, at: now)
    case .pending, .queued, .provisioning, .completed, .failed, .cancelled, .suspended,
      .preempted, .migrating:
      throw .cannot("preempt", record.status)
    }
  }

  private func mayBePreempted(_ record: JobRecord, at now: Instant) throws(JobRefusal) {
    let constraints = record.specification.constraints
    guard constraints.preemptible else {
      throw JobRefusal(.conflict, "Job \(record.identity.id) is not preemptible")
    }
    guard record.preemptions < settings.preemptionsMax else {
      throw .limit("max_preemptions", "the job was preempted \(record.preemptions) times, the most")
    }
    if let seconds = constraints.minRuntimeSeconds, let start = record.phase.attempt?.startedAt,
      start + .seconds(seconds) > now
    {
      throw JobRefusal(.conflict, "Job \(record.identity.id) ran less than \(seconds) seconds")
    }
  }

  // MARK: Into the queue

  /// The move of a job into its queue.
  ///
  /// - Parameter notBefore: the end of a backoff.
  func queue(
    _ record: JobRecord, _ cause: JobCause, at now: Instant, notBefore: Instant? = nil
  ) -> [JobDecision] {
    let gate = record.specification.constraints.gate(at: now, notBefore: notBefore ?? now)
    // A job whose windows are over is ended by what is due at once.
    return [.moved(record.key, cause, .queued(since: now, gate ?? .closed(until: now)))]
  }
}
