import CResourceCoordinator
import Model

// Every message returned here belongs to the arena and is valid until its next reset.
extension Arena {
  func message(_ response: ResponseMessage) -> UnsafeMutablePointer<ProtobufCMessage> {
    switch response {
    case .resource(let response): return message(response).base
    case .release(let response): return message(response).base
    case .status(let response):
      let message = make(CResourceStatusResponse.self)
      (message.pointee.n_statuses, message.pointee.statuses) = list(response.statuses, self.message)
      message.pointee.timestamp = timestamp(response.timestamp)
      return message.base
    case .poolStatus(let status): return message(status).base
    case .health(let response):
      let message = make(CHealthCheckResponse.self)
      message.pointee.healthy = response.healthy ? 1 : 0
      message.pointee.version = copy(response.version)
      message.pointee.uptime_seconds = response.uptimeSeconds
      (message.pointee.n_metadata, message.pointee.metadata) = list(response.metadata)
      return message.base
    case .hello(let response): return message(response).base
    case .renew(let response):
      let message = make(CRenewResponse.self)
      message.pointee.expires_at = timestamp(response.expiresAt)
      message.pointee.at_maximum = response.atMaximum ? 1 : 0
      message.pointee.preempt_at = timestamp(response.preemptAt)
      message.pointee.fencing = self.message(response.fencing)
      message.pointee.adopted = response.isAdopted ? 1 : 0
      return message.base
    case .cancel(let response):
      let message = make(CCancelResponse.self)
      message.pointee.cancelled = response.cancelled ? 1 : 0
      message.pointee.status = .init(response.status)
      message.pointee.message = copy(response.message)
      return message.base
    case .grantUpdate(let update):
      let message = make(CGrantUpdate.self)
      message.pointee.status = .init(update.status)
      message.pointee.queue = self.message(update.queue)
      message.pointee.response = update.response.map { self.message($0) }
      return message.base
    case .explanation(let explanation): return message(explanation).base
    case .history(let response): return message(response).base
    case .event(let event): return message(event).base
    case .mode(let status):
      let message = make(CModeStatus.self)
      message.pointee.mode = .init(status.mode)
      message.pointee.contention = self.message(status.contention)
      message.pointee.draws = status.draws
      message.pointee.revision = status.revision
      message.pointee.draining = status.draining ? 1 : 0
      message.pointee.learning_until = timestamp(status.learningUntil)
      return message.base
    case .drain(let response):
      let message = make(CDrainResponse.self)
      message.pointee.draining = response.draining ? 1 : 0
      message.pointee.leases = response.leases
      message.pointee.queued = response.queued
      return message.base
    }
  }

  @inline(__always)
  func message(_ response: ResourceResponse) -> UnsafeMutablePointer<CResourceResponse> {
    let message = make(CResourceResponse.self)
    message.pointee.request_id = copy(response.requestID)
    message.pointee.status = .init(response.status)
    message.pointee.message = copy(response.message)
    message.pointee.granted_at = timestamp(response.grantedAt)
    message.pointee.expires_at = timestamp(response.expiresAt)
    message.pointee.token = copy(response.token)
    message.pointee.granted_quantity = response.grantedQuantity
    message.pointee.pool = copy(response.pool)
    message.pointee.fencing = self.message(response.fencing)
    message.pointee.queue = self.message(response.queue)
    message.pointee.rate = self.message(response.rate)
    message.pointee.explanation = response.explanation.map { self.message($0) }
    (message.pointee.n_granted, message.pointee.granted) = list(response.granted, self.message)
    message.pointee.safe_capacity = response.safeCapacity
    return message
  }

  @inline(__always)
  func message(_ response: ReleaseResponse) -> UnsafeMutablePointer<CReleaseResponse> {
    let message = make(CReleaseResponse.self)
    message.pointee.success = response.success ? 1 : 0
    message.pointee.message = copy(response.message)
    return message
  }

  private func message(_ place: QueuePlace?) -> UnsafeMutablePointer<CQueuePlace>? {
    guard let place else { return nil }
    let message = make(CQueuePlace.self)
    message.pointee.position = place.position
    message.pointee.length = place.length
    message.pointee.deadline = timestamp(place.deadline)
    message.pointee.queued_at = timestamp(place.queuedAt)
    message.pointee.forecast = self.message(place.forecast)
    return message
  }

  private func message(_ forecast: Forecast?) -> UnsafeMutablePointer<CForecast>? {
    guard let forecast else { return nil }
    let message = make(CForecast.self)
    message.pointee.earliest = timestamp(forecast.earliest)
    message.pointee.expected = timestamp(forecast.expected)
    message.pointee.latest = timestamp(forecast.latest)
    return message
  }

  private func message(_ rate: RateStatus?) -> UnsafeMutablePointer<CRateStatus>? {
    guard let rate else { return nil }
    let message = make(CRateStatus.self)
    message.pointee.limit = rate.limit
    message.pointee.remaining = rate.remaining
    message.pointee.reset_after = duration(rate.resetAfter)
    message.pointee.retry_after = duration(rate.retryAfter)
    return message
  }

  private func message(_ explanation: Explanation) -> UnsafeMutablePointer<CExplanation> {
    let message = make(CExplanation.self)
    message.pointee.request_id = copy(explanation.requestID)
    message.pointee.status = .init(explanation.status)
    message.pointee.summary = copy(explanation.summary)
    (message.pointee.n_blockers, message.pointee.blockers) = list(
      explanation.blockers, self.message)
    (message.pointee.n_not_blockers, message.pointee.not_blockers) = list(
      explanation.notBlockers, self.message)
    message.pointee.queue = self.message(explanation.queue)
    message.pointee.forecast = self.message(explanation.forecast)
    (message.pointee.n_changes, message.pointee.changes) = list(explanation.changes) { change in
      let message = make(CChange.self)
      message.pointee.kind = copy(change.kind)
      message.pointee.message = copy(change.message)
      message.pointee.pool = copy(change.pool)
      message.pointee.quantity = change.quantity
      message.pointee.request_id = copy(change.requestID)
      message.pointee.component = copy(change.component)
      return message
    }
    message.pointee.revision = explanation.revision
    return message
  }

  private func message(_ status: PoolStatus) -> UnsafeMutablePointer<CResourceStatus> {
    let message = make(CResourceStatus.self)
    message.pointee.resource = .init(number: status.number)
    message.pointee.total_capacity = status.totalCapacity
    message.pointee.available = status.available
    message.pointee.allocated = status.allocated
    (message.pointee.n_allocations, message.pointee.allocations) = list(
      status.allocations, self.message)
    message.pointee.pool = copy(status.name)
    message.pointee.unit = copy(status.unit)
    message.pointee.kind = .init(status.kind)
    message.pointee.over_committed = status.overCommitted
    message.pointee.queued = status.queued
    message.pointee.allocations_total = status.allocationsTotal
    message.pointee.next_page_token = copy(status.nextPageToken)
    message.pointee.rate = self.message(status.rate)
    message.pointee.safe_capacity = status.safeCapacity
    return message
  }

  private func message(_ allocation: Allocation) -> UnsafeMutablePointer<CAllocationInfo> {
    let message = make(CAllocationInfo.self)
    message.pointee.request_id = copy(allocation.requestID)
    message.pointee.component = copy(allocation.component)
    message.pointee.quantity = allocation.quantity
    message.pointee.allocated_at = timestamp(allocation.allocatedAt)
    message.pointee.expires_at = timestamp(allocation.expiresAt)
    message.pointee.priority = .init(allocation.priority)
    message.pointee.fencing = self.message(allocation.fencing)
    (message.pointee.n_metadata, message.pointee.metadata) = list(allocation.metadata)
    return message
  }

  private func message(_ response: HelloResponse) -> UnsafeMutablePointer<CHelloResponse> {
    let message = make(CHelloResponse.self)
    message.pointee.protocol_version = response.protocolVersion
    message.pointee.server_version = copy(response.serverVersion)
    (message.pointee.n_features, message.pointee.features) = list(response.features)
    message.pointee.epoch = response.epoch
    message.pointee.frame_bytes_max = response.frameBytesMax
    message.pointee.server_time = timestamp(response.serverTime)
    return message
  }

  private func message(_ response: HistoryResponse) -> UnsafeMutablePointer<CHistoryResponse> {
    let message = make(CHistoryResponse.self)
    (message.pointee.n_events, message.pointee.events) = list(response.events, self.message)
    message.pointee.next_page_token = copy(response.nextPageToken)
    message.pointee.events_total = response.eventsTotal
    message.pointee.events_kept = response.eventsKept
    (message.pointee.n_counts, message.pointee.counts) = list(response.counts) { count in
      let message = make(CEventCount.self)
      message.pointee.kind = .init(count.kind)
      message.pointee.count = count.count
      return message
    }
    return message
  }

  private func message(_ event: Event) -> UnsafeMutablePointer<CEvent> {
    let message = make(CEvent.self)
    message.pointee.revision = event.revision
    message.pointee.at = timestamp(event.at)
    message.pointee.kind = .init(event.kind)
    message.pointee.request_id = copy(event.requestID)
    message.pointee.component = copy(event.component)
    (message.pointee.n_pools, message.pointee.pools) = list(event.pools, self.message)
    message.pointee.priority = .init(event.priority)
    message.pointee.status = .init(event.status)
    (message.pointee.n_metadata, message.pointee.metadata) = list(event.metadata)
    message.pointee.reason = copy(event.reason)
    message.pointee.until = timestamp(event.until)
    message.pointee.fencing = self.message(event.fencing)
    message.pointee.waited = duration(event.waited)
    return message
  }
}
