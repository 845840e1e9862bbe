package import Model

extension Coordinator {
  /// The answer that a record stands for now. Tokens are shown to owners only.
  ///
  /// A request that was granted at once keeps that answer for as long as it is remembered, so that a repeated call never
  /// has two outcomes; one that waited is answered with where it stands.
  package func answer(_ slot: Int32, showsToken: Bool) -> ResourceResponse {
    switch state.records[slot].phase {
    case .held(let grant):
      return granted(slot, grant, showsToken: showsToken)
    case .closing(let grant, let end, _), .leaseEnded(let grant, let end, _):
      guard state.records[slot].options.contains(.queued) else {
        return granted(slot, grant, showsToken: showsToken)
      }
      return ended(slot, end == .released ? .released : .expired, end.sentence)
    case .waiting(let waiting):
      return waitingAnswer(slot, state.records[slot], waiting)
    case .waitEnded(let end, _):
      return ended(slot, .expired, end.sentence)
    case .denied(let denial, _):
      return deniedAnswer(slot, state.records[slot], denial)
    case .vacant:
      preconditionFailure("the slot holds no record")
    }
  }

  /// Whether the record is a live lease over one capacity pool whose texts are short, so that its answer is a
  /// ``PlainGrant``, as nearly every one is.
  package func isPlainGrant(_ slot: Int32) -> Bool {
    guard case .held = state.records[slot].phase,
      !state.records[slot].options.contains(.multiple),
      !state.records[slot].requestID.words.isNone
    else { return false }
    let pool = Int(state.records[slot].claims.first.pool)
    return !state.pools[pool].isRate && !state.pools[pool].definition.name.words.isNone
  }

  /// The answer of a plain grant in its few parts, the same as ``answer(_:showsToken:)`` makes.
  package func plainGrant(_ slot: Int32, showsToken: Bool) -> PlainGrant {
    guard case .held(let grant) = state.records[slot].phase else {
      preconditionFailure("a plain grant is a live lease")
    }
    let pool = state.records[slot].claims.first.pool
    return PlainGrant(
      requestID: state.records[slot].requestID.words,
      pool: state.pools[Int(pool)].definition.name.words, token: showsToken ? grant.token : nil,
      grantedAt: grant.grantedAt, expiresAt: grant.expiresAt, quantity: grant.quantity,
      fencing: FencingToken(epoch: state.fencing.epoch, counter: grant.fencingCounter),
      safeCapacity: safeCapacity(pool))
  }

  private func granted(_ slot: Int32, _ grant: Grant, showsToken: Bool) -> ResourceResponse {
    var response = ResourceResponse(
      requestID: state.records[slot].requestID, status: .granted,
      message: ResourceResponse.grantedMessage)
    response.grantedAt = grant.grantedAt
    response.expiresAt = grant.expiresAt
    if showsToken { response.token = grant.token.text }
    response.grantedQuantity = grant.quantity
    response.fencing = FencingToken(epoch: state.fencing.epoch, counter: grant.fencingCounter)
    let pool = state.records[slot].claims.first.pool
    response.pool = state.pools[Int(pool)].definition.name
    response.safeCapacity = safeCapacity(pool)
    if state.pools[Int(pool)].isRate {
      response.rate = rateStatus(pool, refused: nil, at: state.now)
    }
    if state.records[slot].options.contains(.multiple) {
      let record = state.records[slot]
      for position in 0..<record.claims.count {
        response.granted.append(
          PoolQuantity(
            pool: reference(record.claims[position].pool),
            quantity: state.quantity(grant, record.claims, position)))
      }
    }
    return response
  }

  /// The answer of a request that waited and is over, with why.
  private func ended(
    _ slot: Int32, _ status: RequestStatus, _ sentence: String
  ) -> ResourceResponse {
    var response = ResourceResponse(
      requestID: state.records[slot].requestID, status: status, message: sentence)
    response.explanation = explanation(of: slot)
    return response
  }

  private func waitingAnswer(
    _ slot: Int32, _ record: borrowing RequestRecord, _ waiting: Waiting
  ) -> ResourceResponse {
    var response = ResourceResponse(
      requestID: record.requestID, status: .queued,
      message: "Request queued, will be processed when resources are available")
    let pool = record.claims.first.pool
    response.pool = state.pools[Int(pool)].definition.name
    response.safeCapacity = safeCapacity(pool)
    let explanation = explanation(of: slot)
    response.queue = explanation.queue
    response.explanation = explanation
    if state.pools[Int(pool)].isRate {
      response.rate = rateStatus(pool, refused: record.claims.first.quantity, at: state.now)
    }
    return response
  }

  private func deniedAnswer(
    _ slot: Int32, _ record: borrowing RequestRecord, _ denial: Denial
  ) -> ResourceResponse {
    let pool = denial.pool >= 0 ? denial.pool : record.claims.first.pool
    let definition = state.pools[Int(pool)].definition
    var response = ResourceResponse(
      requestID: record.requestID, status: .denied,
      message: "Insufficient \(definition.displayName) available\(denial.addition)")
    response.pool = definition.name
    response.safeCapacity = safeCapacity(pool)
    response.explanation = explanation(of: slot)
    if state.pools[Int(pool)].isRate {
      let asked = record.claims.claim(of: pool)?.quantity ?? record.claims.first.quantity
      response.rate = rateStatus(pool, refused: asked, at: state.now)
    }
    return response
  }

  package func status(of slot: Int32) -> RequestStatus {
    let record = state.records[slot]
    switch record.phase {
    case .waiting: return .queued
    case .held: return .granted
    case .closing(_, let end, _), .leaseEnded(_, let end, _):
      return end == .released ? .released : .expired
    case .waitEnded: return .expired
    case .denied: return .denied
    case .vacant: preconditionFailure("the slot holds no record")
    }
  }

  /// Where a waiting request stands; nil if it does not wait.
  package func place(_ slot: Int32) -> QueuePlace? {
    guard case .waiting(let waiting) = state.records[slot].phase else { return nil }
    let ahead: Int
    if let due = waiting.drawnGrantAt {
      ahead = state.drawnQueue.partitionPoint {
        ($0.due, $0.sequence) < (due, waiting.place.sequence)
      }
    } else {
      ahead = state.queue.countAhead(of: waiting.place)
    }
    return QueuePlace(
      position: Int64(ahead + 1), length: Int64(state.waitingCount), deadline: waiting.deadline,
      queuedAt: waiting.queuedAt, forecast: forecast(of: slot))
  }

  func reference(_ pool: Int32) -> PoolReference {
    let definition = state.pools[Int(pool)].definition
    return PoolReference(number: definition.number, name: definition.name)
  }

  /// What one client may use while the coordinator cannot be reached: the configured amount, or an equal share of the
  /// capacity among the components that are known.
  func safeCapacity(_ pool: Int32) -> Int64 {
    let capacity = state.pools[Int(pool)].capacity
    if let safe = state.pools[Int(pool)].definition.safeCapacity { return min(safe, capacity) }
    return capacity / Int64(max(1, state.components.count))
  }

  func rateStatus(_ pool: Int32, refused: Int64?, at now: Instant) -> RateStatus? {
    let state = state.pools[Int(pool)]
    guard let meter = state.meter, let rate = state.rate else { return nil }
    let retry = refused.flatMap { meter.fits($0, rate, at: now) }
    return RateStatus(
      limit: state.capacity, remaining: meter.remaining(rate, at: now),
      resetAfter: meter.reset(rate, at: now) - now, retryAfter: retry.map { $0 - now })
  }

  package var modeStatus: ModeStatus {
    ModeStatus(
      mode: state.mode, contention: state.contention, draws: state.draws,
      revision: state.revision, draining: state.isDraining, learningUntil: state.learningEnd)
  }

  /// The answer to HealthCheck.
  package func health(at now: Instant) -> HealthResponse {
    HealthResponse(
      healthy: !state.isDraining, version: coordinatorVersion,
      uptimeSeconds: (max(now, state.now) - startedAt).nanoseconds / 1_000_000_000,
      metadata: Metadata(
        [
          ("mode", state.mode.name), ("allocations", String(state.leases)),
          ("requests_processed", String(state.requestsProcessed)),
          ("queued", String(state.waitingCount)), ("state", stateName),
        ] + learningEntries(at: now)))
  }

  private var stateName: String {
    state.isDraining ? "draining" : state.isLearning ? "learning" : "serving"
  }

  private func learningEntries(at now: Instant) -> [(key: String, value: String)] {
    guard let end = state.learningEnd else { return [] }
    let left = max(.zero, end - max(now, state.now))
    return [("learning_seconds_left", String((left.nanoseconds + 999_999_999) / 1_000_000_000))]
  }
}

extension WaitEnd {
  var sentence: String {
    switch self {
    case .timeout: "the wait came to its deadline before there was room"
    case .cancelled: "the request was cancelled"
    case .disconnected: "the connection was lost and the request left the queue"
    }
  }
}

extension Denial {
  /// What follows the seed's text where the lack of capacity is not the reason.
  fileprivate var addition: String {
    switch reason {
    case .canNeverFit: ": more than the pool has in total"
    case .queueFull: ": the queue is full"
    case .componentLeaseLimit: ": the component holds as many leases as it may"
    case .componentQueueLimit: ": the component has as many requests waiting as it may"
    case .componentShareLimit: ": the component would hold more than its share"
    case .aheadInQueue: ": another request waits for it"
    case .rateLimited: ": the allowance is spent"
    default: ""
    }
  }
}
