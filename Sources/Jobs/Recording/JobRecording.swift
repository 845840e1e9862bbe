package import Model

/// The events of the book as bytes, one record for each.
///
/// A record begins with the number of its decision, which is 128 or more, so that it is told from a record of the
/// coordinator in the same journal. Its time follows as the distance from the decision before, then who made it, then what
/// ``JobBook/evolve(_:at:)`` needs. The sequence is the record's place in the journal.
package enum JobRecording {
  /// The numbers of decisions. Numbers are never used again for something else.
  enum Kind: UInt8 {
    case submitted = 128
    case moved = 129
    case gated = 130
    case dependencySatisfied = 131
    case rankStarted = 132
    case progressed = 133
    case stopOrdered = 134
    case stopForced = 135
    case doubted = 136
    case confirmed = 137
    case checkpointKept = 138
    case archived = 139
    case queueSet = 140
    case queueRemoved = 141
    case nodeSet = 142
    case booked = 143
    case bookingEnded = 144
  }

  /// Writes a decision that is not applied yet.
  package static func write(
    _ decision: JobDecision, by actor: JobActor, at now: Instant, after before: Instant,
    to sink: inout ByteSink
  ) {
    sink.append(byte: kind(of: decision).rawValue)
    sink.append(now, since: before)
    sink.append(actor)
    switch decision {
    case .submitted(let identity, let description, let dependencies):
      sink.append(identity)
      sink.append(description)
      sink.append(dependencies)
    case .moved(let key, let cause, let phase):
      sink.append(key)
      sink.append(byte: cause.rawValue)
      sink.append(phase)
    case .gated(let key, let gate):
      sink.append(key)
      sink.append(gate)
    case .dependencySatisfied(let key, let index):
      sink.append(key)
      sink.append(index)
    case .attemptChanged(let key, let change):
      sink.append(key)
      append(change, to: &sink)
    case .checkpointKept(let key, let name):
      sink.append(key)
      sink.append(name)
    case .archived(let key): sink.append(key)
    case .queueSet(let queue): sink.append(queue)
    case .queueRemoved(let name): sink.append(name)
    case .nodeSet(let orders): sink.append(orders)
    case .booked(let booking): sink.append(booking)
    case .bookingEnded(let number): sink.append(number)
    }
  }

  private static func append(_ change: AttemptChange, to sink: inout ByteSink) {
    switch change {
    case .rankStarted(let rank, let identity):
      sink.append(rank)
      sink.append(identity)
    case .progressed(let usage): sink.append(usage)
    case .stopOrdered(let stop): sink.append(stop)
    case .stopForced, .doubted, .confirmed: break
    }
  }

  private static func kind(of decision: JobDecision) -> Kind {
    switch decision {
    case .submitted: .submitted
    case .moved: .moved
    case .gated: .gated
    case .dependencySatisfied: .dependencySatisfied
    case .attemptChanged(_, .rankStarted): .rankStarted
    case .attemptChanged(_, .progressed): .progressed
    case .attemptChanged(_, .stopOrdered): .stopOrdered
    case .attemptChanged(_, .stopForced): .stopForced
    case .attemptChanged(_, .doubted): .doubted
    case .attemptChanged(_, .confirmed): .confirmed
    case .checkpointKept: .checkpointKept
    case .archived: .archived
    case .queueSet: .queueSet
    case .queueRemoved: .queueRemoved
    case .nodeSet: .nodeSet
    case .booked: .booked
    case .bookingEnded: .bookingEnded
    }
  }

  /// Reads a record.
  ///
  /// - Parameters:
  ///   - sequence: its place.
  ///   - before: the time of the decision before it.
  package static func read(
    _ record: ArraySlice<UInt8>, sequence: UInt64, after before: Instant
  ) throws(ByteSource.Malformed) -> JobEvent {
    var source = ByteSource(record)
    let kind = try source.value(Kind.self)
    let now = try source.instant(since: before)
    guard now >= before else { throw source.malformed("a time that is not earlier") }
    let actor = try source.actor()
    let decision = try decision(kind, &source)
    try source.finish()
    return JobEvent(sequence: sequence, at: now, actor: actor, decision: decision)
  }

  private static func decision(
    _ kind: Kind, _ source: inout ByteSource
  ) throws(ByteSource.Malformed) -> JobDecision {
    switch kind {
    case .submitted:
      .submitted(try source.identity(), try source.description(), try source.dependencies())
    case .moved:
      .moved(try source.key(), try source.value(JobCause.self), try source.phase())
    case .gated: .gated(try source.key(), try source.gate())
    case .dependencySatisfied:
      .dependencySatisfied(try source.key(), index: try source.count())
    case .rankStarted:
      .attemptChanged(
        try source.key(), .rankStarted(rank: try source.count(), identity: try source.text()))
    case .progressed: .attemptChanged(try source.key(), .progressed(try source.usage()))
    case .stopOrdered: .attemptChanged(try source.key(), .stopOrdered(try source.stop()))
    case .stopForced: .attemptChanged(try source.key(), .stopForced)
    case .doubted: .attemptChanged(try source.key(), .doubted)
    case .confirmed: .attemptChanged(try source.key(), .confirmed)
    case .checkpointKept: .checkpointKept(try source.key(), try source.text())
    case .archived: .archived(try source.key())
    case .queueSet: .queueSet(try source.queue())
    case .queueRemoved: .queueRemoved(try source.text())
    case .nodeSet: .nodeSet(try source.nodeOrders())
    case .booked: .booked(try source.booking())
    case .bookingEnded: .bookingEnded(try source.signed())
    }
  }
}
