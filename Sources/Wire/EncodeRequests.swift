import CResourceCoordinator
import Model

extension UnsafeMutablePointer where Pointee: CMessage {
  /// The message as protobuf-c's functions take it: every generated struct begins with its `ProtobufCMessage`.
  @inline(__always)
  var base: UnsafeMutablePointer<ProtobufCMessage> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: ProtobufCMessage.self)
  }
}

// Every message returned here belongs to the arena and is valid until its next reset.
extension Arena {
  func message(_ request: RequestMessage) -> UnsafeMutablePointer<ProtobufCMessage> {
    switch request {
    case .request(let request):
      return request.isMultiple ? multiRequest(request).base : resourceRequest(request).base
    case .release(let request): return message(request).base
    case .status(let request), .streamStatus(let request): return message(request).base
    case .healthCheck: return make(CHealthCheckRequest.self).base
    case .hello(let request):
      let message = make(CHelloRequest.self)
      message.pointee.protocol_version = request.protocolVersion
      message.pointee.client = copy(request.client)
      (message.pointee.n_features, message.pointee.features) = list(request.features)
      return message.base
    case .renew(let request):
      let message = make(CRenewRequest.self)
      message.pointee.request_id = copy(request.requestID)
      message.pointee.token = copy(request.token)
      message.pointee.component = copy(request.component)
      message.pointee.duration = duration(request.duration)
      message.pointee.held = request.held.map { self.message($0) }
      return message.base
    case .cancel(let key):
      let message = make(CCancelRequest.self)
      message.pointee.request_id = copy(key.requestID)
      message.pointee.component = copy(key.component)
      message.pointee.client_secret = copy(key.clientSecret)
      return message.base
    case .awaitGrant(let key):
      let message = make(CAwaitGrantRequest.self)
      message.pointee.request_id = copy(key.requestID)
      message.pointee.component = copy(key.component)
      message.pointee.client_secret = copy(key.clientSecret)
      return message.base
    case .explain(let request): return message(request).base
    case .history(let request): return message(request).base
    case .watch(let request):
      let message = make(CWatchEventsRequest.self)
      message.pointee.after_revision = request.afterRevision
      message.pointee.from_start = request.fromStart ? 1 : 0
      message.pointee.component = copy(request.component)
      message.pointee.request_id = copy(request.requestID)
      message.pointee.pool = copy(request.pool)
      return message.base
    case .getMode: return make(CGetModeRequest.self).base
    case .setMode(let request):
      let message = make(CSetModeRequest.self)
      message.pointee.mode = .init(number: request.mode)
      message.pointee.contention = self.message(request.contention)
      return message.base
    case .setCapacity(let request):
      let message = make(CSetCapacityRequest.self)
      message.pointee.resource = .init(number: request.pool.number)
      message.pointee.pool = copy(request.pool.name)
      message.pointee.capacity = request.capacity
      return message.base
    case .drain(let request):
      let message = make(CDrainRequest.self)
      message.pointee.deadline = duration(request.deadline)
      message.pointee.resume = request.resume ? 1 : 0
      message.pointee.stop = request.stop ? 1 : 0
      return message.base
    }
  }

  private func resourceRequest(
    _ request: ResourceRequest
  ) -> UnsafeMutablePointer<CResourceRequest> {
    let message = make(CResourceRequest.self)
    message.pointee.request_id = copy(request.requestID)
    message.pointee.component = copy(request.component)
    message.pointee.resource = .init(number: request.claims.first.pool.number)
    message.pointee.pool = copy(request.claims.first.pool.name)
    message.pointee.quantity = request.claims.first.quantity
    message.pointee.priority = .init(number: request.priority)
    message.pointee.timeout = duration(request.timeout)
    message.pointee.duration = duration(request.duration)
    (message.pointee.n_metadata, message.pointee.metadata) = list(request.metadata)
    message.pointee.wait = request.wait ? 1 : 0
    message.pointee.allow_partial = request.allowPartial ? 1 : 0
    message.pointee.client_secret = copy(request.clientSecret)
    message.pointee.cancel_on_disconnect = request.cancelOnDisconnect ? 1 : 0
    return message
  }

  private func multiRequest(
    _ request: ResourceRequest
  ) -> UnsafeMutablePointer<CMultiResourceRequest> {
    let message = make(CMultiResourceRequest.self)
    message.pointee.request_id = copy(request.requestID)
    message.pointee.component = copy(request.component)
    message.pointee.priority = .init(number: request.priority)
    message.pointee.timeout = duration(request.timeout)
    message.pointee.duration = duration(request.duration)
    (message.pointee.n_metadata, message.pointee.metadata) = list(request.metadata)
    message.pointee.wait = request.wait ? 1 : 0
    message.pointee.client_secret = copy(request.clientSecret)
    message.pointee.cancel_on_disconnect = request.cancelOnDisconnect ? 1 : 0
    (message.pointee.n_pools, message.pointee.pools) = list(request.claims.all, self.message)
    return message
  }

  private func message(_ held: HeldLease) -> UnsafeMutablePointer<CHeldLease> {
    let message = make(CHeldLease.self)
    (message.pointee.n_pools, message.pointee.pools) = list(held.claims.all, self.message)
    message.pointee.priority = .init(number: held.priority)
    message.pointee.duration = duration(held.duration)
    (message.pointee.n_metadata, message.pointee.metadata) = list(held.metadata)
    message.pointee.client_secret = copy(held.clientSecret)
    return message
  }

  private func message(_ request: ReleaseRequest) -> UnsafeMutablePointer<CReleaseRequest> {
    let message = make(CReleaseRequest.self)
    message.pointee.request_id = copy(request.requestID)
    message.pointee.token = copy(request.token)
    message.pointee.component = copy(request.component)
    (message.pointee.n_used, message.pointee.used) = list(request.used, self.message)
    return message
  }

  private func message(_ request: StatusRequest) -> UnsafeMutablePointer<CResourceStatusRequest> {
    let message = make(CResourceStatusRequest.self)
    message.pointee.resource = .init(number: request.pool.number)
    message.pointee.pool = copy(request.pool.name)
    message.pointee.page_size = request.pageSize
    message.pointee.page_token = copy(request.pageToken)
    return message
  }

  private func message(_ request: ExplainRequest) -> UnsafeMutablePointer<CExplainRequest> {
    let message = make(CExplainRequest.self)
    switch request {
    case .existing(let requestID): message.pointee.request_id = copy(requestID)
    case .hypothetical(let request) where request.isMultiple:
      message.pointee.multi_request = multiRequest(request)
    case .hypothetical(let request): message.pointee.request = resourceRequest(request)
    }
    return message
  }

  private func message(_ request: HistoryRequest) -> UnsafeMutablePointer<CHistoryRequest> {
    let message = make(CHistoryRequest.self)
    message.pointee.page_size = request.pageSize
    message.pointee.page_token = copy(request.pageToken)
    message.pointee.component = copy(request.component)
    message.pointee.request_id = copy(request.requestID)
    message.pointee.resource = .init(number: request.pool.number)
    message.pointee.pool = copy(request.pool.name)
    message.pointee.kind = .init(number: request.kind)
    message.pointee.after = timestamp(request.after)
    message.pointee.before = timestamp(request.before)
    message.pointee.oldest_first = request.oldestFirst ? 1 : 0
    return message
  }
}
