import CResourceCoordinator
package import Model
package import NIOCore

extension Codec {
  /// Decodes RequestResource's message into an empty request; the variant for the hot path. Allocates the metadata's one
  /// array at most, but for texts above 39 bytes.
  @inline(__always)
  package func decode(
    _ request: inout ResourceRequest, in buffer: ByteBuffer, payload: Range<Int>
  ) throws(WireError) {
    try buffer.withBytes(at: payload) { (bytes) throws(WireError) in
      if readHot(bytes, into: &request) { return }
      request = try resourceRequest(try unpack(CResourceRequest.self, bytes))
    }
  }

  /// Decodes ReleaseResource's message into an empty request; the variant for the hot path.
  @inline(__always)
  package func decode(
    _ request: inout ReleaseRequest, in buffer: ByteBuffer, payload: Range<Int>
  ) throws(WireError) {
    try buffer.withBytes(at: payload) { (bytes) throws(WireError) in
      if readHot(bytes, into: &request) { return }
      request = try releaseRequest(bytes)
    }
  }

  func releaseRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ReleaseRequest {
    let message = try unpack(CReleaseRequest.self, bytes).pointee
    return ReleaseRequest(
      requestID: Text(message.request_id), token: Text(message.token),
      component: Text(message.component),
      used: map(message.n_used, message.used, PoolQuantity.init))
  }

  /// Decodes the request message of any method.
  package func decodeRequest(
    method: Method, in buffer: ByteBuffer, payload: Range<Int>
  ) throws(WireError) -> RequestMessage {
    switch method {
    case .requestResource:
      var request = ResourceRequest.empty
      try decode(&request, in: buffer, payload: payload)
      return .request(request)
    case .releaseResource:
      var request = ReleaseRequest.empty
      try decode(&request, in: buffer, payload: payload)
      return .release(request)
    default:
      return try buffer.withBytes(at: payload) { (bytes) throws(WireError) in
        try request(method, bytes)
      }
    }
  }

  private func request(
    _ method: Method, _ bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> RequestMessage {
    switch method {
    case .requestResource:
      return .request(try resourceRequest(try unpack(CResourceRequest.self, bytes)))
    case .releaseResource:
      preconditionFailure("decoded above")
    case .requestResources:
      return .request(try multiRequest(try unpack(CMultiResourceRequest.self, bytes)))
    case .getResourceStatus: return .status(try statusRequest(bytes))
    case .streamResourceStatus: return .streamStatus(try statusRequest(bytes))
    case .healthCheck:
      _ = try unpack(CHealthCheckRequest.self, bytes)
      return .healthCheck
    case .getMode:
      _ = try unpack(CGetModeRequest.self, bytes)
      return .getMode
    case .hello: return .hello(try helloRequest(bytes))
    case .renewLease:
      let message = try unpack(CRenewRequest.self, bytes).pointee
      return .renew(
        RenewRequest(
          requestID: Text(message.request_id), token: Text(message.token),
          component: Text(message.component), duration: TimeSpan(message.duration),
          held: try heldLease(message.held)))
    case .cancelRequest:
      let message = try unpack(CCancelRequest.self, bytes).pointee
      return .cancel(
        RequestKey(
          requestID: Text(message.request_id), component: Text(message.component),
          clientSecret: Text(message.client_secret)))
    case .awaitGrant:
      let message = try unpack(CAwaitGrantRequest.self, bytes).pointee
      return .awaitGrant(
        RequestKey(
          requestID: Text(message.request_id), component: Text(message.component),
          clientSecret: Text(message.client_secret)))
    case .explain: return .explain(try explainRequest(bytes))
    case .listHistory: return .history(try historyRequest(bytes))
    case .watchEvents: return .watch(try watchRequest(bytes))
    case .setMode:
      let message = try unpack(CSetModeRequest.self, bytes).pointee
      return .setMode(
        SetModeRequest(
          mode: Int32(bitPattern: message.mode.rawValue),
          contention: ContentionSettings(message.contention)))
    case .setCapacity:
      let message = try unpack(CSetCapacityRequest.self, bytes).pointee
      return .setCapacity(
        SetCapacityRequest(
          pool: PoolReference(number: message.resource, name: message.pool),
          capacity: message.capacity))
    case .drain:
      let message = try unpack(CDrainRequest.self, bytes).pointee
      return .drain(
        DrainRequest(
          deadline: TimeSpan(message.deadline), resume: message.resume != 0,
          stop: message.stop != 0))
    }
  }

  func resourceRequest(
    _ pointer: UnsafePointer<CResourceRequest>
  ) throws(WireError) -> ResourceRequest {
    ResourceRequest(
      requestID: Text(pointer.pointee.request_id), component: Text(pointer.pointee.component),
      claims: Claims(
        PoolQuantity(
          pool: PoolReference(number: pointer.pointee.resource, name: pointer.pointee.pool),
          quantity: pointer.pointee.quantity)),
      priority: Int32(bitPattern: pointer.pointee.priority.rawValue),
      timeout: TimeSpan(pointer.pointee.timeout), duration: TimeSpan(pointer.pointee.duration),
      metadata: try metadata(pointer.pointee.n_metadata, pointer.pointee.metadata),
      wait: pointer.pointee.wait != 0, allowPartial: pointer.pointee.allow_partial != 0,
      clientSecret: Text(pointer.pointee.client_secret),
      cancelOnDisconnect: pointer.pointee.cancel_on_disconnect != 0)
  }

  private func multiRequest(
    _ pointer: UnsafePointer<CMultiResourceRequest>
  ) throws(WireError) -> ResourceRequest {
    let message = pointer.pointee
    let pools = map(message.n_pools, message.pools, PoolQuantity.init)
    // A request without pools is refused by its content, not here: an empty pool reference names no pool.
    let first = pools.first ?? PoolQuantity(pool: PoolReference(), quantity: 0)
    return ResourceRequest(
      requestID: Text(message.request_id), component: Text(message.component),
      claims: Claims(first, rest: Array(pools.dropFirst())),
      priority: Int32(bitPattern: message.priority.rawValue), timeout: TimeSpan(message.timeout),
      duration: TimeSpan(message.duration),
      metadata: try metadata(message.n_metadata, message.metadata), wait: message.wait != 0,
      clientSecret: Text(message.client_secret),
      cancelOnDisconnect: message.cancel_on_disconnect != 0, isMultiple: true)
  }

  private func heldLease(
    _ pointer: UnsafePointer<CHeldLease>?
  ) throws(WireError) -> HeldLease? {
    guard let message = pointer?.pointee else { return nil }
    let pools = map(message.n_pools, message.pools, PoolQuantity.init)
    // As in a request, what names no pool is refused by its content.
    let first = pools.first ?? PoolQuantity(pool: PoolReference(), quantity: 0)
    return HeldLease(
      claims: Claims(first, rest: Array(pools.dropFirst())),
      priority: Int32(bitPattern: message.priority.rawValue), duration: TimeSpan(message.duration),
      metadata: try metadata(message.n_metadata, message.metadata),
      clientSecret: Text(message.client_secret))
  }

  private func statusRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> StatusRequest {
    let message = try unpack(CResourceStatusRequest.self, bytes).pointee
    return StatusRequest(
      pool: PoolReference(number: message.resource, name: message.pool),
      pageSize: message.page_size, pageToken: Text(message.page_token))
  }

  private func helloRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> HelloRequest {
    let message = try unpack(CHelloRequest.self, bytes).pointee
    return HelloRequest(
      protocolVersion: message.protocol_version, client: Text(message.client),
      features: strings(message.n_features, message.features))
  }

  /// The texts of a repeated field; `count` bounds them, the arena owns them.
  func strings(_ count: Int, _ texts: UnsafeMutablePointer<ProtobufCBinaryData>?) -> [String] {
    UnsafeBufferPointer(start: texts, count: count).map(String.init)
  }

  private func explainRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ExplainRequest {
    let message = try unpack(CExplainRequest.self, bytes).pointee
    if let request = message.request { return .hypothetical(try resourceRequest(request)) }
    if let request = message.multi_request { return .hypothetical(try multiRequest(request)) }
    return .existing(Text(message.request_id))
  }

  private func historyRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> HistoryRequest {
    let message = try unpack(CHistoryRequest.self, bytes).pointee
    return HistoryRequest(
      pageSize: message.page_size, pageToken: Text(message.page_token),
      component: Text(message.component), requestID: Text(message.request_id),
      pool: PoolReference(number: message.resource, name: message.pool),
      kind: Int32(bitPattern: message.kind.rawValue), after: Instant(message.after),
      before: Instant(message.before), oldestFirst: message.oldest_first != 0)
  }

  private func watchRequest(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> WatchRequest {
    let message = try unpack(CWatchEventsRequest.self, bytes).pointee
    return WatchRequest(
      afterRevision: message.after_revision, fromStart: message.from_start != 0,
      component: Text(message.component), requestID: Text(message.request_id),
      pool: Text(message.pool))
  }
}

extension ContentionSettings {
  init?(_ settings: UnsafePointer<CContentionSettings>?) {
    guard let settings = settings?.pointee else { return nil }
    self.init(
      denyProbability: settings.deny_probability, queueProbability: settings.queue_probability,
      seed: settings.seed)
  }
}
