package import Model

extension JobBook {
  /// Whether a decision that was read can be applied to this state. What the book decides itself always can; bytes that say
  /// something else must be refused before `evolve` meets them.
  package func accepts(_ decision: JobDecision, at now: Instant) -> Bool {
    guard now >= decidedAt else { return false }
    switch decision {
    case .submitted(let identity, _, let dependencies):
      return identity.key.number == nextJob && nextJob < .max && keysByID[identity.id] == nil
        && !isTaken(identity) && dependencies.allSatisfy { jobs[$0.job] != nil }
        && dependencies.allSatisfy { $0.satisfiedAt == nil }
    case .moved(let key, _, let phase):
      guard let record = jobs[key] else { return false }
      return accepts(record, phase)
    case .gated(let key, _):
      return jobs[key]?.status == .queued
    case .dependencySatisfied(let key, let index):
      guard let record = jobs[key], record.dependencies.indices.contains(index) else {
        return false
      }
      return record.status == .pending && record.dependencies[index].satisfiedAt == nil
    case .attemptChanged(let key, let change):
      guard let attempt = jobs[key]?.phase.attempt else { return false }
      return accepts(attempt, change)
    case .checkpointKept(let key, _): return jobs[key] != nil
    case .archived(let key):
      return jobs[key].map { $0.status.isEnded && !isWaitedFor(key) } ?? false
    case .queueSet, .nodeSet: return true
    case .queueRemoved(let name):
      return queues[name] != nil && liveJobs(inQueue: name) == 0 && name != JobQueue.standardName
    case .booked(let booking):
      return booking.number == nextBooking && nextBooking < .max && booking.start < booking.end
    case .bookingEnded(let number): return bookings[number] != nil
    }
  }

  private func isTaken(_ identity: JobIdentity) -> Bool {
    identity.idempotencyKey.map { key in
      job(submittedBy: identity.owner, idempotencyKey: key) != nil
    } ?? false
  }

  /// The table of transitions, and attempts that never overlap: the same one, or none before and the next.
  private func accepts(_ record: JobRecord, _ next: JobPhase) -> Bool {
    guard record.status.mayBecome(next.status) || record.phase.isStep(of: next) else {
      return false
    }
    guard let attempt = next.attempt else { return true }
    guard !attempt.ranks.isEmpty else { return false }
    if let before = record.phase.attempt { return before.number == attempt.number }
    return attempt.number == record.attempts + 1
  }

  private func accepts(_ attempt: Attempt, _ change: AttemptChange) -> Bool {
    switch change {
    case .rankStarted(let rank, _): attempt.ranks.indices.contains(rank)
    case .stopForced: attempt.stop != nil
    case .progressed, .stopOrdered, .doubted, .confirmed: true
    }
  }
}
