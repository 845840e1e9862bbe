import CResourceCoordinator
package import Model
package import NIOCore

extension Codec {
  /// Decodes the response message of a method; of a stream, one of its messages.
  package func decodeResponse(
    method: Method, in buffer: ByteBuffer, payload: Range<Int>
  ) throws(WireError) -> ResponseMessage {
    try buffer.withBytes(at: payload) { (bytes) throws(WireError) in try response(method, bytes) }
  }

  private func response(
    _ method: Method, _ bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> ResponseMessage {
    switch method {
    case .requestResource, .requestResources:
      return .resource(resourceResponse(try unpack(CResourceResponse.self, bytes).pointee))
    case .releaseResource:
      let message = try unpack(CReleaseResponse.self, bytes).pointee
      return .release(
        ReleaseResponse(success: message.success != 0, message: String(message.message)))
    case .getResourceStatus:
      let message = try unpack(CResourceStatusResponse.self, bytes).pointee
      return .status(
        StatusResponse(
          statuses: try map(message.n_statuses, message.statuses, poolStatus),
          timestamp: Instant(message.timestamp)))
    case .streamResourceStatus, .setCapacity:
      return .poolStatus(try poolStatus(try unpack(CResourceStatus.self, bytes).pointee))
    case .healthCheck:
      let message = try unpack(CHealthCheckResponse.self, bytes).pointee
      return .health(
        HealthResponse(
          healthy: message.healthy != 0, version: String(message.version),
          uptimeSeconds: message.uptime_seconds,
          metadata: try metadata(message.n_metadata, message.metadata)))
    case .hello: return .hello(helloResponse(try unpack(CHelloResponse.self, bytes).pointee))
    case .renewLease:
      let message = try unpack(CRenewResponse.self, bytes).pointee
      return .renew(
        RenewResponse(
          expiresAt: Instant(message.expires_at), atMaximum: message.at_maximum != 0,
          preemptAt: Instant(message.preempt_at), fencing: FencingToken(message.fencing),
          isAdopted: message.adopted != 0))
    case .cancelRequest:
      let message = try unpack(CCancelResponse.self, bytes).pointee
      return .cancel(
        CancelResponse(
          cancelled: message.cancelled != 0, status: RequestStatus(number: message.status.rawValue),
          message: String(message.message)))
    case .awaitGrant:
      let message = try unpack(CGrantUpdate.self, bytes).pointee
      return .grantUpdate(
        GrantUpdate(
          status: RequestStatus(number: message.status.rawValue), queue: QueuePlace(message.queue),
          response: message.response.map { resourceResponse($0.pointee) }))
    case .explain:
      return .explanation(explanation(try unpack(CExplanation.self, bytes).pointee))
    case .listHistory: return .history(try historyResponse(bytes))
    case .watchEvents: return .event(try event(try unpack(CEvent.self, bytes).pointee))
    case .getMode, .setMode:
      let message = try unpack(CModeStatus.self, bytes).pointee
      return .mode(
        ModeStatus(
          mode: ResponseMode(number: message.mode.rawValue),
          contention: ContentionSettings(message.contention) ?? ContentionSettings(),
          draws: message.draws, revision: message.revision, draining: message.draining != 0,
          learningUntil: Instant(message.learning_until)))
    case .drain:
      let message = try unpack(CDrainResponse.self, bytes).pointee
      return .drain(
        DrainResponse(
          draining: message.draining != 0, leases: message.leases, queued: message.queued))
    }
  }

  private func resourceResponse(_ message: CResourceResponse) -> ResourceResponse {
    var response = ResourceResponse(
      requestID: Text(message.request_id), status: RequestStatus(number: message.status.rawValue),
      message: String(message.message))
    response.grantedAt = Instant(message.granted_at)
    response.expiresAt = Instant(message.expires_at)
    response.token = Text(message.token)
    response.grantedQuantity = message.granted_quantity
    response.pool = Text(message.pool)
    response.fencing = FencingToken(message.fencing)
    response.queue = QueuePlace(message.queue)
    response.rate = RateStatus(message.rate)
    response.explanation = message.explanation.map { explanation($0.pointee) }
    response.granted = map(message.n_granted, message.granted, PoolQuantity.init)
    response.safeCapacity = message.safe_capacity
    return response
  }

  private func explanation(_ message: CExplanation) -> Explanation {
    // A number that this version does not know counts as not final.
    var explanation = Explanation(
      status: RequestStatus(number: message.status.rawValue) ?? .pending)
    explanation.requestID = Text(message.request_id)
    explanation.summary = String(message.summary)
    explanation.blockers = details(message.n_blockers, message.blockers)
    explanation.notBlockers = details(message.n_not_blockers, message.not_blockers)
    explanation.queue = QueuePlace(message.queue)
    explanation.forecast = Forecast(message.forecast)
    explanation.changes = map(message.n_changes, message.changes) { change in
      Change(
        kind: Text(change.kind), message: String(change.message), pool: Text(change.pool),
        quantity: change.quantity, requestID: Text(change.request_id),
        component: Text(change.component))
    }
    explanation.revision = message.revision
    return explanation
  }

  private func poolStatus(_ message: CResourceStatus) throws(WireError) -> PoolStatus {
    var status = PoolStatus(
      number: Int32(bitPattern: message.resource.rawValue), name: Text(message.pool),
      unit: Text(message.unit), kind: PoolKind(number: message.kind.rawValue),
      totalCapacity: message.total_capacity, available: message.available,
      allocated: message.allocated, overCommitted: message.over_committed, queued: message.queued,
      allocationsTotal: message.allocations_total, rate: RateStatus(message.rate),
      safeCapacity: message.safe_capacity)
    status.allocations = try map(message.n_allocations, message.allocations, allocation)
    status.nextPageToken = Text(message.next_page_token)
    return status
  }

  private func allocation(_ message: CAllocationInfo) throws(WireError) -> Allocation {
    Allocation(
      requestID: Text(message.request_id), component: Text(message.component),
      quantity: message.quantity, allocatedAt: Instant(message.allocated_at),
      expiresAt: Instant(message.expires_at), priority: Priority(number: message.priority.rawValue),
      fencing: FencingToken(message.fencing),
      metadata: try metadata(message.n_metadata, message.metadata))
  }

  private func helloResponse(_ message: CHelloResponse) -> HelloResponse {
    HelloResponse(
      protocolVersion: message.protocol_version, serverVersion: String(message.server_version),
      features: strings(message.n_features, message.features), epoch: message.epoch,
      frameBytesMax: message.frame_bytes_max, serverTime: Instant(message.server_time))
  }

  private func historyResponse(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> HistoryResponse
  {
    let message = try unpack(CHistoryResponse.self, bytes).pointee
    return HistoryResponse(
      events: try map(message.n_events, message.events, event),
      nextPageToken: Text(message.next_page_token), eventsTotal: message.events_total,
      eventsKept: message.events_kept,
      counts: map(message.n_counts, message.counts) { count in
        EventCount(kind: EventKind(number: count.kind.rawValue), count: count.count)
      })
  }

  private func event(_ message: CEvent) throws(WireError) -> Event {
    var event = Event(
      revision: message.revision, at: Instant(message.at),
      kind: EventKind(number: message.kind.rawValue))
    event.requestID = Text(message.request_id)
    event.component = Text(message.component)
    event.pools = map(message.n_pools, message.pools, PoolQuantity.init)
    event.priority = Priority(number: message.priority.rawValue)
    event.status = RequestStatus(number: message.status.rawValue)
    event.metadata = try metadata(message.n_metadata, message.metadata)
    event.reason = Text(message.reason)
    event.until = Instant(message.until)
    event.fencing = FencingToken(message.fencing)
    event.waited = TimeSpan(message.waited)
    return event
  }
}

extension QueuePlace {
  init?(_ place: UnsafePointer<CQueuePlace>?) {
    guard let place = place?.pointee else { return nil }
    self.init(
      position: place.position, length: place.length, deadline: Instant(place.deadline),
      queuedAt: Instant(place.queued_at), forecast: Forecast(place.forecast))
  }
}

extension Forecast {
  init?(_ forecast: UnsafePointer<CForecast>?) {
    guard let forecast = forecast?.pointee else { return nil }
    self.init(
      earliest: Instant(forecast.earliest), expected: Instant(forecast.expected),
      latest: Instant(forecast.latest))
  }
}

extension RateStatus {
  init?(_ rate: UnsafePointer<CRateStatus>?) {
    guard let rate = rate?.pointee else { return nil }
    self.init(
      limit: rate.limit, remaining: rate.remaining, resetAfter: TimeSpan(rate.reset_after),
      retryAfter: TimeSpan(rate.retry_after))
  }
}
