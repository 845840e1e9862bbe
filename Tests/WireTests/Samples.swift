import Model

/// One message of every kind, each field set, with texts on both sides of the inline limit.
enum Samples {
  static let long = Text(String(repeating: "ä", count: 30))
  static let id: Text = "3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a5b"
  static let metadata = Metadata([("team", "vision"), ("run", ""), ("", "empty key")])

  static let single = ResourceRequest(
    requestID: id, component: long,
    claims: Claims(PoolQuantity(pool: PoolReference(number: 1, name: "gpu"), quantity: 8000)),
    priority: 3, timeout: .milliseconds(1500), duration: .seconds(60), metadata: metadata,
    wait: true, allowPartial: true, clientSecret: "s\0s", cancelOnDisconnect: true)

  static let multiple = ResourceRequest(
    requestID: "r-2", component: "trainer",
    claims: Claims(
      PoolQuantity(pool: PoolReference(number: 1), quantity: 1),
      rest: [
        PoolQuantity(pool: PoolReference(name: "disk"), quantity: Int64.max),
        PoolQuantity(pool: PoolReference(number: -1), quantity: Int64.min),
      ]),
    metadata: metadata, isMultiple: true)

  static let requests: [RequestMessage] = [
    .request(single), .request(multiple),
    .request(
      ResourceRequest(
        requestID: .empty, component: .empty,
        claims: Claims(PoolQuantity(pool: PoolReference(), quantity: 0)))),
    .release(
      ReleaseRequest(requestID: id, token: id, component: "trainer", used: multiple.claims.rest)),
    .status(StatusRequest(pool: PoolReference(number: 2), pageSize: 10, pageToken: "next")),
    .streamStatus(StatusRequest()), .healthCheck, .getMode,
    .hello(HelloRequest(protocolVersion: 1, client: "test/1", features: ["a", "", "b"])),
    .renew(RenewRequest(requestID: id, token: id, component: "c", duration: .seconds(-3))),
    .cancel(RequestKey(requestID: id, component: "c", clientSecret: "s")),
    .awaitGrant(RequestKey(requestID: id, component: "c")),
    .explain(.existing(id)), .explain(.hypothetical(single)), .explain(.hypothetical(multiple)),
    .history(
      HistoryRequest(
        pageSize: 5, pageToken: "p", component: "c", requestID: id,
        pool: PoolReference(number: 3, name: "memory"), kind: 7, after: Instant(nanoseconds: -1),
        before: .distantFuture, oldestFirst: true)),
    .watch(
      WatchRequest(
        afterRevision: .max, fromStart: true, component: "c", requestID: id, pool: "gpu")),
    .setMode(
      SetModeRequest(
        mode: 2,
        contention: ContentionSettings(denyProbability: 0.1, queueProbability: 0.2, seed: 42))),
    .setCapacity(SetCapacityRequest(pool: PoolReference(name: "gpu"), capacity: 24000)),
    .drain(DrainRequest(deadline: .milliseconds(2500), resume: true, stop: true)),
  ]

  static let detail: Detail = {
    var detail = Detail(.insufficientCapacity, "gpu has 1000 MB free; 8000 MB were asked.")
    detail.field = "quantity"
    detail.pool = "gpu"
    detail.requested = 8000
    detail.available = 1000
    detail.missing = 7000
    detail.limit = 24000
    detail.unit = "MB"
    detail.requestID = id
    detail.component = long
    detail.until = Instant(nanoseconds: 3_100_000_000)
    detail.retryAfter = .milliseconds(700)
    return detail
  }()

  /// A later detail: with those in the way.
  static let detailWithOthers: Detail = {
    var detail = Samples.detail
    detail.others = [
      OtherRequest(requestID: id, component: long, quantity: 5000, until: Instant(nanoseconds: 7)),
      OtherRequest(requestID: "r2", component: "b", quantity: 2000),
    ]
    detail.othersTotal = 9
    return detail
  }()

  static let forecast = Forecast(
    earliest: Instant(nanoseconds: 1), expected: Instant(nanoseconds: 2),
    latest: Instant(nanoseconds: 3))
  static let queue = QueuePlace(
    position: 2, length: 9, deadline: Instant(nanoseconds: 5_000_000_000),
    queuedAt: Instant(nanoseconds: 1_999_999_999), forecast: forecast)
  static let rate = RateStatus(
    limit: 100, remaining: 3, resetAfter: .seconds(36), retryAfter: .milliseconds(1))

  static let explanation: Explanation = {
    var explanation = Explanation(status: .queued)
    explanation.requestID = id
    explanation.summary = "Waits for gpu."
    explanation.blockers = [detail, Detail(.aheadInQueue, "r-1 comes first.")]
    explanation.notBlockers = [Detail(.fits, "cpu fits.")]
    explanation.queue = queue
    explanation.forecast = forecast
    explanation.changes = [
      Change(
        kind: "REDUCE_QUANTITY", message: "Ask for 1000.", pool: "gpu", quantity: 1000,
        requestID: id, component: "c")
    ]
    explanation.revision = 77
    return explanation
  }()

  static let granted: ResourceResponse = {
    var response = ResourceResponse(
      requestID: id, status: .granted, message: "Resource granted successfully")
    response.grantedAt = Instant(nanoseconds: 1_700_000_000_123_456_789)
    response.expiresAt = Instant(nanoseconds: 1_700_003_600_123_456_789)
    response.token = id
    response.grantedQuantity = 8000
    response.pool = "gpu"
    response.fencing = FencingToken(epoch: .max, counter: 1)
    response.safeCapacity = 100
    return response
  }()

  static let queued: ResourceResponse = {
    var response = ResourceResponse(requestID: long, status: .queued, message: "Request queued")
    response.queue = queue
    response.rate = rate
    response.explanation = explanation
    response.granted = multiple.claims.all
    return response
  }()

  static let poolStatus: PoolStatus = {
    var status = PoolStatus(
      number: 1, name: "gpu", unit: "MB", kind: .capacity, totalCapacity: 24000, available: 16000,
      allocated: 8000, overCommitted: 1, queued: 2, allocationsTotal: 1, rate: rate,
      safeCapacity: 5)
    status.allocations = [
      Allocation(
        requestID: id, component: "trainer", quantity: 8000,
        allocatedAt: Instant(nanoseconds: 1_000_000_000), expiresAt: Instant(nanoseconds: 0),
        priority: .high, fencing: FencingToken(epoch: 1, counter: 2), metadata: metadata)
    ]
    status.nextPageToken = "n"
    return status
  }()

  static let event: Event = {
    var event = Event(revision: 12, at: Instant(nanoseconds: -1_500_000_000), kind: .granted)
    event.requestID = id
    event.component = "trainer"
    event.pools = multiple.claims.all
    event.priority = .critical
    event.status = .granted
    event.metadata = metadata
    event.reason = "FITS"
    event.until = Instant(nanoseconds: 9)
    event.fencing = FencingToken(epoch: 3, counter: 4)
    event.waited = .milliseconds(20)
    return event
  }()

  static let responses: [(Method, ResponseMessage)] = [
    (.requestResource, .resource(granted)), (.requestResources, .resource(queued)),
    (
      .requestResource,
      .resource(ResourceResponse(requestID: .empty, status: nil, message: ""))
    ),
    (.releaseResource, .release(ReleaseResponse(success: true, message: "Resource released"))),
    (.releaseResource, .release(ReleaseResponse(success: false, message: ""))),
    (
      .getResourceStatus,
      .status(
        StatusResponse(statuses: [poolStatus, poolStatus], timestamp: Instant(nanoseconds: 42)))
    ),
    (.streamResourceStatus, .poolStatus(poolStatus)), (.setCapacity, .poolStatus(poolStatus)),
    (
      .healthCheck,
      .health(
        HealthResponse(healthy: true, version: "0.1.0", uptimeSeconds: 3, metadata: metadata))
    ),
    (
      .hello,
      .hello(
        HelloResponse(
          protocolVersion: 1, serverVersion: "0.1.0", features: ["wait"], epoch: 9,
          frameBytesMax: 1 << 20, serverTime: Instant(nanoseconds: 8)))
    ),
    (
      .renewLease,
      .renew(
        RenewResponse(
          expiresAt: Instant(nanoseconds: 1), atMaximum: true, preemptAt: Instant(nanoseconds: 2),
          fencing: FencingToken(epoch: 1, counter: 1)))
    ),
    (
      .cancelRequest,
      .cancel(CancelResponse(cancelled: true, status: .expired, message: "Request cancelled"))
    ),
    (
      .awaitGrant,
      .grantUpdate(GrantUpdate(status: .granted, queue: queue, response: granted))
    ),
    (.explain, .explanation(explanation)),
    (
      .listHistory,
      .history(
        HistoryResponse(
          events: [event, Event(revision: 1, at: nil, kind: nil)], nextPageToken: "t",
          eventsTotal: 5, eventsKept: 2, counts: [EventCount(kind: .granted, count: 3)]))
    ),
    (.watchEvents, .event(event)),
    (
      .getMode,
      .mode(
        ModeStatus(
          mode: .respectLimits,
          contention: ContentionSettings(denyProbability: 0.5, queueProbability: 0.25, seed: 1),
          draws: 4, revision: 5, draining: true))
    ),
    (.drain, .drain(DrainResponse(draining: true, leases: 1, queued: 2))),
  ]
}
