package import Model

extension JobBook {
  /// What time alone brings, earliest first: the decisions of one job or booking, at their own instant; nil where nothing is
  /// due. They are applied before it is asked again.
  package func due(by now: Instant) -> (at: Instant, decisions: [JobDecision])? {
    guard let (time, key) = alarms.first, time <= now else { return nil }
    let at = max(time, decidedAt)
    switch key {
    case .booking(let number): return (at, [.bookingEnded(number)])
    case .job(let key):
      guard let record = jobs[key] else { preconditionFailure("a forgotten job has no alarm") }
      let decisions = due(record, at: at)
      precondition(!decisions.isEmpty, "what is due moves on")
      return (at, decisions)
    }
  }

  private func due(_ record: JobRecord, at now: Instant) -> [JobDecision] {
    if let deadline = record.specification.constraints.deadline, deadline <= now,
      let decisions = passDeadline(record, at: now)
    {
      return decisions
    }
    switch record.phase {
    case .pending: return dueDependencies(of: record, at: now)
    case .queued(_, let gate): return dueGate(of: record, gate, at: now)
    case .scheduled:
      return [.moved(record.key, .holdExpired, .preempted(since: now))]
        + queue(record, .holdExpired, at: now)
    case .provisioning(let attempt), .migrating(.arriving(let attempt)):
      return dueStop(of: record, attempt, .holdExpired, at: now)
    case .running(let attempt), .checkpointing(let attempt), .migrating(.leaving(let attempt)):
      return dueStop(of: record, attempt, .runtimeExceeded, at: now)
    case .preempted: return queue(record, .preempted, at: now)
    case .migrating(.placeless):
      let ending = JobEnding(at: now, cause: .holdExpired, reason: "no place was found for it")
      return fail(record, nil, ending, at: now)
    case .completed, .failed, .cancelled, .suspended: return []
    }
  }

  private func dueStop(
    of record: JobRecord, _ attempt: Attempt, _ purpose: StopOrder.Purpose, at now: Instant
  ) -> [JobDecision] {
    guard attempt.stop == nil else { return [.attemptChanged(record.key, .stopForced)] }
    return order(purpose, for: record, attempt, grace: JobLimits.grace, at: now)
  }

  /// A job that is not done by its deadline is ended, as `sbatch --deadline` of Slurm has it. Nil where an attempt is being
  /// stopped already.
  private func passDeadline(_ record: JobRecord, at now: Instant) -> [JobDecision]? {
    guard let attempt = record.phase.attempt, record.status != .scheduled else {
      return abandon(
        record, JobEnding(at: now, cause: .deadlinePassed, reason: "its deadline passed"))
    }
    guard attempt.stop == nil else { return nil }
    return order(.deadlinePassed, for: record, attempt, grace: JobLimits.grace, at: now)
  }

  private func dueGate(of record: JobRecord, _ gate: JobGate, at now: Instant) -> [JobDecision] {
    guard let next = record.specification.constraints.gate(at: now, notBefore: now) else {
      let ending = JobEnding(
        at: now, cause: .windowNeverOpens, reason: "none of its time windows comes again")
      return [.moved(record.key, .windowNeverOpens, .cancelled(ending))]
    }
    return [.gated(record.key, next)]
  }

  /// One dependency that came true, or the end of the job because one never will. With the last of them it is queued.
  private func dueDependencies(of record: JobRecord, at now: Instant) -> [JobDecision] {
    let verdicts = openVerdicts(of: record)
    if let broken = verdicts.first(where: { $0.1 == .broken }) {
      let id = jobs[record.dependencies[broken.index].job]?.identity.id ?? .empty
      let ending = JobEnding(
        at: now, cause: .dependencyFailed, reason: Text("job \(id), which it waits for, failed"))
      return [.moved(record.key, .dependencyFailed, .cancelled(ending))]
    }
    let satisfied = verdicts.filter { $0.1 == .satisfied }
    let decisions = satisfied.map { JobDecision.dependencySatisfied(record.key, index: $0.index) }
    guard satisfied.count == verdicts.count else { return decisions }
    return decisions + queue(record, .dependenciesSatisfied, at: now)
  }
}
