import Model

// The entries of a snapshot's tables as bytes. Each writer stands beside its reader.

extension ByteSink {
  mutating func append(_ pool: PoolState) {
    append(pool.definition)
    append(pool.isRetired)
    append(pool.capacity)
    append(optional: pool.rate) { sink, rate in
      switch rate {
      case .gcra(let arrival):
        sink.append(byte: 0)
        sink.append(word: UInt64(truncatingIfNeeded: arrival))
        sink.append(word: UInt64(truncatingIfNeeded: arrival >> 64))
      case .calendar(let window, let spent):
        sink.append(byte: 1)
        sink.append(window)
        sink.append(spent)
      }
    }
    for count in pool.holdRatios.all { append(UInt64(count)) }
  }

  mutating func append(_ number: Int32, _ component: Components.Entry) {
    append(number)
    append(component.name)
    for lane in component.lastRound.indices { append(component.lastRound[lane]) }
    for lane in component.servedRound.indices { append(component.servedRound[lane]) }
  }

  mutating func append(_ record: borrowing RequestRecord) {
    append(record.requestID)
    append(record.clientSecret)
    append(record.metadata)
    append(record.claims)
    append(record.component)
    append(byte: record.priority.rawValue)
    append(byte: record.options.union(record.owner.isEmpty ? [] : .owned).rawValue)
    append(record.sequence)
    append(optional: record.timeout) { $0.append($1) }
    append(optional: record.duration) { $0.append($1) }
    append(record.connection)
    append(record.phase)
    if !record.owner.isEmpty { append(record.owner) }
  }

  private mutating func append(_ phase: RequestRecord.Phase) {
    switch phase {
    case .vacant:
      preconditionFailure("vacant slots are not written")
    case .waiting(let waiting):
      append(byte: 1)
      append(waiting)
    case .held(let grant):
      append(byte: 2)
      append(grant)
    case .closing(let grant, let end, let until):
      append(byte: 3)
      append(grant)
      append(byte: end.rawValue)
      append(until)
    case .leaseEnded(let grant, let end, let at):
      append(byte: 4)
      append(grant)
      append(byte: end.rawValue)
      append(at)
    case .waitEnded(let end, let at):
      append(byte: 5)
      append(byte: end.rawValue)
      append(at)
    case .denied(let denial, let at):
      append(byte: 6)
      append(denial)
      append(at)
    }
  }

  private mutating func append(_ waiting: Waiting) {
    append(waiting.queuedAt)
    append(waiting.deadline, since: waiting.queuedAt)
    append(waiting.place)
    for instant in [waiting.disconnectAt, waiting.drawnGrantAt, waiting.expectedAt] {
      append(optional: instant) { $0.append($1, since: waiting.queuedAt) }
    }
  }

  private mutating func append(_ grant: Grant) {
    append(grant.token)
    append(grant.fencingCounter)
    append(grant.grantedAt)
    append(grant.expiresAt, since: grant.grantedAt)
    append(grant.quantity)
    for instant in [grant.claimBy, grant.preemptAt] {
      append(optional: instant) { $0.append($1, since: grant.grantedAt) }
    }
  }

  mutating func append(_ event: EventLog.Entry) {
    append(event.revision)
    append(event.at)
    append(byte: event.kind.rawValue)
    append(event.requestID)
    append(event.component)
    append(optional: event.claims) { $0.append($1) }
    append(optional: event.priority) { $0.append(byte: $1.rawValue) }
    append(optional: event.status) { $0.append(byte: $1.rawValue) }
    append(event.metadata)
    append(optional: event.reason) { $0.append($1) }
    append(optional: event.until) { $0.append($1, since: event.at) }
    append(optional: event.fencing) { $0.append($1) }
    append(optional: event.waited) { $0.append($1) }
  }
}

extension ByteSource {
  mutating func pool() throws(Malformed) -> PoolState {
    let definition = try poolDefinition()
    let isRetired = try flag()
    let capacity = try signed()
    let rate = try optional { source throws(Malformed) in try source.rate() }
    guard rate?.algorithm == definition.rate?.algorithm else {
      throw malformed("the state of the pool's own algorithm before this")
    }
    var ratios: [16 of UInt32] = .init(repeating: 0)
    for index in ratios.indices {
      guard let count = UInt32(exactly: try number()), count <= HoldRatios.fadeAt else {
        throw malformed("a count of leases before this")
      }
      ratios[index] = count
    }
    return PoolState(
      definition, isRetired: isRetired, capacity: capacity, rate: rate,
      holdRatios: HoldRatios(ratios))
  }

  private mutating func rate() throws(Malformed) -> RateState {
    switch try byte() {
    case 0:
      let low = Int128(try word())
      let high = Int128(Int64(bitPattern: try word()))
      return .gcra(arrival: high << 64 | low)
    case 1: return .calendar(window: try signed(), spent: try signed())
    default: throw malformed("the state of a rate before this")
    }
  }

  mutating func component() throws(Malformed) -> Components.Entry {
    var entry = Components.Entry(name: try text(), limits: .none)
    for lane in entry.lastRound.indices { entry.lastRound[lane] = try number() }
    for lane in entry.servedRound.indices { entry.servedRound[lane] = try number() }
    return entry
  }

  /// - Parameter prove: the proof of an owner and a secret.
  mutating func record(
    _ prove: (_ owner: Text, _ secret: Text) -> RequestRecord.Proof?
  ) throws(Malformed) -> RequestRecord {
    let requestID = try text()
    let secret = try text()
    let metadata = try metadata()
    let claims = try claims()
    let component = try int32()
    let priority = try value(Priority.self)
    var options = RequestOptions(rawValue: try byte())
    let isOwned = options.remove(.owned) != nil
    let sequence = try number()
    let timeout = try optional { source throws(Malformed) in try source.span() }
    let duration = try optional { source throws(Malformed) in try source.span() }
    let connection = try number()
    let phase = try phase()
    let owner = isOwned ? try text() : .empty
    guard isOwned != owner.isEmpty else { throw malformed("the name of an owner before this") }
    return RequestRecord(
      requestID: requestID, proof: prove(owner, secret), metadata: metadata, claims: claims,
      component: component, priority: priority, options: options, sequence: sequence,
      timeout: timeout, duration: duration, connection: connection, phase: phase)
  }

  private mutating func phase() throws(Malformed) -> RequestRecord.Phase {
    switch try byte() {
    case 1: .waiting(try waiting())
    case 2: .held(try grant())
    case 3: .closing(try grant(), try value(LeaseEnd.self), until: try instant())
    case 4: .leaseEnded(try grant(), try value(LeaseEnd.self), at: try instant())
    case 5: .waitEnded(try value(WaitEnd.self), at: try instant())
    case 6: .denied(try denial(), at: try instant())
    default: throw malformed("the phase of a record before this")
    }
  }

  private mutating func waiting() throws(Malformed) -> Waiting {
    let queuedAt = try instant()
    func distance(_ source: inout ByteSource) throws(Malformed) -> Instant {
      try source.instant(since: queuedAt)
    }
    return Waiting(
      queuedAt: queuedAt, deadline: try distance(&self), place: try queueKey(),
      disconnectAt: try optional(distance), drawnGrantAt: try optional(distance),
      expectedAt: try optional(distance))
  }

  private mutating func grant() throws(Malformed) -> Grant {
    let token = try token()
    let fencingCounter = try number()
    let grantedAt = try instant()
    func distance(_ source: inout ByteSource) throws(Malformed) -> Instant {
      try source.instant(since: grantedAt)
    }
    let expiresAt = try distance(&self)
    var grant = Grant(
      token: token, fencingCounter: fencingCounter, grantedAt: grantedAt, expiresAt: expiresAt,
      quantity: try signed(), claimBy: try optional(distance))
    grant.preemptAt = try optional(distance)
    return grant
  }

  mutating func event(pools: Int) throws(Malformed) -> EventLog.Entry {
    let revision = try number()
    let at = try instant()
    let event = EventLog.Entry(
      revision: revision, at: at, kind: try value(EventKind.self), requestID: try text(),
      component: try text(),
      claims: try optional { source throws(Malformed) in try source.claims() },
      priority: try optional { source throws(Malformed) in try source.value(Priority.self) },
      status: try optional { source throws(Malformed) in try source.value(RequestStatus.self) },
      metadata: try metadata(),
      reason: try optional { source throws(Malformed) in try source.reason() },
      until: try optional { source throws(Malformed) in try source.instant(since: at) },
      fencing: try optional { source throws(Malformed) in try source.number() },
      waited: try optional { source throws(Malformed) in try source.span() })
    guard event.claims?.areOf(poolCount: pools) ?? true else {
      throw malformed("pools that there are before this")
    }
    return event
  }
}
