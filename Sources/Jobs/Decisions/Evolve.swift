package import Model

extension JobBook {
  /// Applies a decision. It neither chooses nor looks at anything but the state.
  ///
  /// - Precondition: the decision was made for this state, or ``accepts(_:at:)`` says that it could have been.
  package mutating func evolve(_ decision: JobDecision, at now: Instant) {
    precondition(now >= decidedAt, "decisions are made in the order of their times")
    decidedAt = now
    revision += 1
    switch decision {
    case .submitted(let identity, let description, let dependencies):
      nextJob = identity.key.number + 1
      var record = JobRecord(
        identity: identity, description: description, dependencies: dependencies, submittedAt: now)
      record.revision = revision
      restore(record)
    case .moved(let key, let cause, let phase):
      update(key, at: now) { $0.move(to: phase, cause, at: now) }
    case .gated(let key, let gate):
      update(key, at: now) { $0.set(gate) }
    case .dependencySatisfied(let key, let index):
      let job = jobs[key]?.dependencies[index].job
      update(key, at: now) { $0.dependencies[index].satisfiedAt = now }
      if let job { stopWaiting(key, for: job) }
    case .attemptChanged(let key, let change):
      update(key, at: now) { $0.apply(change, at: now) }
    case .checkpointKept(let key, let name):
      update(key, at: now) { record in
        record.checkpoints += 1
        record.checkpoint = name
      }
    case .archived(let key): remove(key)
    case .queueSet(let queue): queues[queue.name] = queue
    case .queueRemoved(let name): queues[name] = nil
    case .nodeSet(let orders): nodes[orders.node] = orders.isUsual ? nil : orders
    case .booked(let booking):
      nextBooking = booking.number + 1
      insert(booking)
    case .bookingEnded(let number): removeBooking(number)
    }
  }

  // MARK: Jobs and what follows from them

  /// Puts a record in, with everything that follows from it.
  mutating func restore(_ record: JobRecord) {
    let identity = record.identity
    keysByID[identity.id] = identity.key
    if let key = identity.idempotencyKey {
      keysByIdempotency[IdempotencyKey(owner: identity.owner, key: key)] = identity.key
    }
    for dependency in record.dependencies where dependency.satisfiedAt == nil {
      if record.status == .pending { dependents[dependency.job, default: []].insert(identity.key) }
    }
    jobs[identity.key] = record
    follow(from: nil, to: record)
  }

  private mutating func remove(_ key: JobKey) {
    guard let record = jobs.removeValue(forKey: key) else {
      preconditionFailure("only a job that is there is forgotten")
    }
    keysByID[record.identity.id] = nil
    if let idempotency = record.identity.idempotencyKey {
      keysByIdempotency[IdempotencyKey(owner: record.identity.owner, key: idempotency)] = nil
    }
    alarms.set(.job(key), to: nil)
    changes.append(key, at: revision)
  }

  private mutating func update(
    _ key: JobKey, at now: Instant, _ change: (inout JobRecord) -> Void
  ) {
    guard let before = jobs[key] else { preconditionFailure("decisions name jobs that are there") }
    var record = before
    change(&record)
    record.changedAt = now
    record.revision = revision
    jobs[key] = record
    if before.status == .pending, record.status != .pending {
      for dependency in record.dependencies { stopWaiting(key, for: dependency.job) }
    }
    follow(from: before, to: record)
    if before.status != record.status || before.checkpoints != record.checkpoints {
      for other in dependents[key] ?? [] { setAlarm(other) }
    }
  }

  private mutating func follow(from before: JobRecord?, to record: JobRecord) {
    let key = record.key
    changes.append(key, at: revision)
    let wasLive = before.map { !$0.status.isEnded } ?? false
    let isLive = !record.status.isEnded
    if wasLive != isLive {
      let queue = Text(record.specification.queueName)
      loads[queue, default: QueueLoad()].add(
        isLive ? 1 : -1, owner: record.identity.owner, project: record.identity.project)
      if loads[queue]?.total == 0 { loads[queue] = nil }
    }
    if record.isPlaceable { placeable.insert(key) } else { placeable.remove(key) }
    if before?.phase.attempt?.number != record.phase.attempt?.number {
      for rank in before?.phase.attempt?.ranks ?? [] {
        jobsByNode[rank.node]?.remove(key)
        if jobsByNode[rank.node]?.isEmpty ?? false { jobsByNode[rank.node] = nil }
      }
      for rank in record.phase.attempt?.ranks ?? [] {
        jobsByNode[rank.node, default: []].insert(key)
      }
    }
    alarms.set(.job(key), to: alarm(of: record))
  }

  private mutating func setAlarm(_ key: JobKey) {
    guard let record = jobs[key] else { return }
    alarms.set(.job(key), to: alarm(of: record))
  }

  private mutating func stopWaiting(_ key: JobKey, for other: JobKey) {
    dependents[other]?.remove(key)
    if dependents[other]?.isEmpty ?? false { dependents[other] = nil }
  }

  // MARK: Bookings

  mutating func insert(_ booking: NodeBooking) {
    bookings[booking.number] = booking
    bookingsByNode[booking.node, default: []].append(booking.number)
    alarms.set(.booking(booking.number), to: booking.end)
  }

  private mutating func removeBooking(_ number: Int64) {
    guard let booking = bookings.removeValue(forKey: number) else { return }
    bookingsByNode[booking.node]?.removeAll { $0 == number }
    if bookingsByNode[booking.node]?.isEmpty ?? false { bookingsByNode[booking.node] = nil }
    alarms.set(.booking(number), to: nil)
  }
}

extension JobRecord {
  /// - Precondition: the table of transitions has the way.
  fileprivate mutating func move(to next: JobPhase, _ cause: JobCause, at now: Instant) {
    precondition(
      phase.status.mayBecome(next.status) || phase.isStep(of: next),
      "a job never goes from \(phase.status.rawValue) to \(next.status.rawValue)")
    let before = phase.attempt
    phase = next
    if let before, before.number != next.attempt?.number {
      pastUsage = pastUsage + before.usage
    }
    if let attempt = next.attempt {
      attempts = max(attempts, attempt.number)
      if firstStartedAt == nil { firstStartedAt = attempt.startedAt }
    }
    switch cause {
    case .automaticRetry: restarts += 1
    case .preempted where next.status == .preempted: preemptions += 1
    case .retryRequested:
      restarts = 0
      manualRetries += 1
    default: break
    }
  }

  fileprivate mutating func set(_ gate: JobGate) {
    guard case .queued(let since, _) = phase else {
      preconditionFailure("only queued jobs have a gate")
    }
    phase = .queued(since: since, gate)
  }

  fileprivate mutating func apply(_ change: AttemptChange, at now: Instant) {
    guard var attempt = phase.attempt else { preconditionFailure("the job has no attempt") }
    switch change {
    case .rankStarted(let rank, let identity): attempt.ranks[rank].identity = identity
    case .progressed(let usage):
      attempt.usage = usage
      attempt.usageAt = now
    case .stopOrdered(let stop): attempt.stop = stop
    case .stopForced: attempt.stop?.isForced = true
    case .doubted: attempt.inDoubtSince = now
    case .confirmed: attempt.inDoubtSince = nil
    }
    phase = phase.with(attempt)
  }
}

extension JobPhase {
  /// Whether the next phase is a later part of the same migration.
  func isStep(of next: JobPhase) -> Bool {
    switch (self, next) {
    case (.migrating(.leaving), .migrating(.placeless)),
      (.migrating(.placeless), .migrating(.arriving)):
      true
    default: false
    }
  }
}
