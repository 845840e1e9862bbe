// The response messages of the protocol as values.

/// Why a request waits or was denied, until when, and what would change it.
package struct Explanation: Hashable, Sendable {
  package var requestID: Text = .empty
  package var status: RequestStatus
  package var summary: String = ""
  /// Every reason, most important first.
  package var blockers: [Detail] = []
  /// The pools that would fit.
  package var notBlockers: [Detail] = []
  package var queue: QueuePlace?
  package var forecast: Forecast?
  /// Each one alone would let it start now, smallest first.
  package var changes: [Change] = []
  package var revision: UInt64 = 0

  package init(status: RequestStatus) {
    self.status = status
  }
}

/// A smallest change that would let a request start now.
package struct Change: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case reduceQuantity = "REDUCE_QUANTITY"
    case releaseLease = "RELEASE_LEASE"
    case raiseCapacity = "RAISE_CAPACITY"
    case raisePriority = "RAISE_PRIORITY"
    case wait = "WAIT"
  }

  /// One of ``Kind``'s names; a later server may know more.
  package var kind: Text
  package var message: String
  package var pool: Text
  /// The largest quantity that fits, or the capacity needed, in the pool's unit.
  package var quantity: Int64
  /// The lease whose end would do.
  package var requestID: Text
  package var component: Text

  package init(
    kind: Text, message: String, pool: Text = .empty, quantity: Int64 = 0, requestID: Text = .empty,
    component: Text = .empty
  ) {
    self.kind = kind
    self.message = message
    self.pool = pool
    self.quantity = quantity
    self.requestID = requestID
    self.component = component
  }
}

/// When a waiting request is expected to be granted.
package struct Forecast: Hashable, Sendable {
  package var earliest: Instant?
  package var expected: Instant?
  /// If every holder keeps its lease to the end; nil = not known.
  package var latest: Instant?

  package init(earliest: Instant? = nil, expected: Instant? = nil, latest: Instant? = nil) {
    self.earliest = earliest
    self.expected = expected
    self.latest = latest
  }
}

/// Where a queued request stands.
package struct QueuePlace: Hashable, Sendable {
  /// 1 = next.
  package var position: Int64
  /// Requests waiting, this one counted.
  package var length: Int64
  package var deadline: Instant?
  package var queuedAt: Instant?
  package var forecast: Forecast?

  package init(
    position: Int64, length: Int64, deadline: Instant? = nil, queuedAt: Instant? = nil,
    forecast: Forecast? = nil
  ) {
    self.position = position
    self.length = length
    self.deadline = deadline
    self.queuedAt = queuedAt
    self.forecast = forecast
  }
}

/// The state of a rate pool for the caller.
package struct RateStatus: Hashable, Sendable {
  /// Units per period.
  package var limit: Int64
  /// Units that could be spent at once now.
  package var remaining: Int64
  package var resetAfter: TimeSpan?
  /// Until the refused quantity fits; nil if it was not refused or never fits.
  package var retryAfter: TimeSpan?

  package init(
    limit: Int64, remaining: Int64, resetAfter: TimeSpan? = nil, retryAfter: TimeSpan? = nil
  ) {
    self.limit = limit
    self.remaining = remaining
    self.resetAfter = resetAfter
    self.retryAfter = retryAfter
  }
}

/// The answer to RequestResource and RequestResources.
package struct ResourceResponse: Hashable, Sendable {
  package var requestID: Text
  /// Nil only where a later server sent a number that this version does not know.
  package var status: RequestStatus?
  package var message: String
  package var grantedAt: Instant?
  package var expiresAt: Instant?
  /// Empty unless granted to this caller.
  package var token: Text = .empty
  package var grantedQuantity: Int64 = 0
  package var pool: Text = .empty
  package var fencing: FencingToken?
  package var queue: QueuePlace?
  package var rate: RateStatus?
  package var explanation: Explanation?
  /// Every pool of a lease over several, in the request's order.
  package var granted: [PoolQuantity] = []
  package var safeCapacity: Int64 = 0

  package init(requestID: Text, status: RequestStatus?, message: String) {
    self.requestID = requestID
    self.status = status
    self.message = message
  }
}

extension ResourceResponse {
  /// The seed's text of every grant.
  package static let grantedMessage = "Resource allocated successfully"
}

/// The answer to a request that holds one amount of one capacity pool, as little as it takes: what
/// ``ResourceResponse`` tells of it, without the parts that only other answers have.
package struct PlainGrant: Sendable {
  package let requestID: Text.Words
  package let pool: Text.Words
  /// Nil = not shown to this caller.
  package let token: Token?
  package let grantedAt: Instant
  package let expiresAt: Instant
  package let quantity: Int64
  package let fencing: FencingToken
  package let safeCapacity: Int64

  package init(
    requestID: Text.Words, pool: Text.Words, token: Token?, grantedAt: Instant, expiresAt: Instant,
    quantity: Int64, fencing: FencingToken, safeCapacity: Int64
  ) {
    self.requestID = requestID
    self.pool = pool
    self.token = token
    self.grantedAt = grantedAt
    self.expiresAt = expiresAt
    self.quantity = quantity
    self.fencing = fencing
    self.safeCapacity = safeCapacity
  }

  /// The same answer in its general form.
  package var response: ResourceResponse {
    var response = ResourceResponse(
      requestID: Text(words: requestID), status: .granted,
      message: ResourceResponse.grantedMessage)
    response.grantedAt = grantedAt
    response.expiresAt = expiresAt
    response.token = token?.text ?? .empty
    response.grantedQuantity = quantity
    response.fencing = fencing
    response.pool = Text(words: pool)
    response.safeCapacity = safeCapacity
    return response
  }
}

package struct ReleaseResponse: Hashable, Sendable {
  package var success: Bool
  package var message: String

  package init(success: Bool, message: String) {
    self.success = success
    self.message = message
  }

  /// The answer to every release that did, or had done, its work; the text is the seed's.
  package static let released = ReleaseResponse(
    success: true, message: "Resource released successfully")
}

package struct RenewResponse: Hashable, Sendable {
  package var expiresAt: Instant?
  /// The maximum hold time is reached: the lease can be extended no further.
  package var atMaximum: Bool
  package var preemptAt: Instant?
  package var fencing: FencingToken?
  /// The lease was unknown and is taken over again.
  package var isAdopted: Bool

  package init(
    expiresAt: Instant?, atMaximum: Bool, preemptAt: Instant? = nil, fencing: FencingToken? = nil,
    isAdopted: Bool = false
  ) {
    self.expiresAt = expiresAt
    self.atMaximum = atMaximum
    self.preemptAt = preemptAt
    self.fencing = fencing
    self.isAdopted = isAdopted
  }
}

package struct CancelResponse: Hashable, Sendable {
  package var cancelled: Bool
  package var status: RequestStatus?
  package var message: String

  package init(cancelled: Bool, status: RequestStatus?, message: String) {
    self.cancelled = cancelled
    self.status = status
    self.message = message
  }
}

/// One step of a wait; the last one carries the response.
package struct GrantUpdate: Hashable, Sendable {
  package var status: RequestStatus?
  package var queue: QueuePlace?
  package var response: ResourceResponse?

  package init(
    status: RequestStatus?, queue: QueuePlace? = nil, response: ResourceResponse? = nil
  ) {
    self.status = status
    self.queue = queue
    self.response = response
  }
}

package struct Allocation: Hashable, Sendable {
  package var requestID: Text
  package var component: Text
  package var quantity: Int64
  package var allocatedAt: Instant?
  package var expiresAt: Instant?
  package var priority: Priority?
  package var fencing: FencingToken?
  package var metadata: Metadata

  package init(
    requestID: Text, component: Text, quantity: Int64, allocatedAt: Instant?, expiresAt: Instant?,
    priority: Priority? = nil, fencing: FencingToken? = nil, metadata: Metadata = .empty
  ) {
    self.requestID = requestID
    self.component = component
    self.quantity = quantity
    self.allocatedAt = allocatedAt
    self.expiresAt = expiresAt
    self.priority = priority
    self.fencing = fencing
    self.metadata = metadata
  }
}

package struct PoolStatus: Hashable, Sendable {
  /// The `ResourceType` number; 0 for a pool without one.
  package var number: Int32
  package var name: Text
  package var unit: Text
  package var kind: PoolKind?
  package var totalCapacity: Int64
  /// Never negative.
  package var available: Int64
  package var allocated: Int64
  /// Allocated beyond the capacity.
  package var overCommitted: Int64
  /// Requests waiting for this pool.
  package var queued: Int64
  package var allocations: [Allocation] = []
  package var allocationsTotal: Int64
  package var nextPageToken: Text = .empty
  package var rate: RateStatus?
  package var safeCapacity: Int64

  package init(
    number: Int32, name: Text, unit: Text, kind: PoolKind?, totalCapacity: Int64, available: Int64,
    allocated: Int64, overCommitted: Int64, queued: Int64, allocationsTotal: Int64,
    rate: RateStatus? = nil, safeCapacity: Int64 = 0
  ) {
    self.number = number
    self.name = name
    self.unit = unit
    self.kind = kind
    self.totalCapacity = totalCapacity
    self.available = available
    self.allocated = allocated
    self.overCommitted = overCommitted
    self.queued = queued
    self.allocationsTotal = allocationsTotal
    self.rate = rate
    self.safeCapacity = safeCapacity
  }
}

package struct StatusResponse: Hashable, Sendable {
  package var statuses: [PoolStatus]
  package var timestamp: Instant?

  package init(statuses: [PoolStatus], timestamp: Instant?) {
    self.statuses = statuses
    self.timestamp = timestamp
  }
}

package struct HealthResponse: Hashable, Sendable {
  package var healthy: Bool
  package var version: String
  package var uptimeSeconds: Int64
  package var metadata: Metadata

  package init(healthy: Bool, version: String, uptimeSeconds: Int64, metadata: Metadata) {
    self.healthy = healthy
    self.version = version
    self.uptimeSeconds = uptimeSeconds
    self.metadata = metadata
  }
}

package struct HelloResponse: Hashable, Sendable {
  package var protocolVersion: UInt32
  package var serverVersion: String
  package var features: [String]
  package var epoch: UInt64
  package var frameBytesMax: UInt64
  package var serverTime: Instant?

  package init(
    protocolVersion: UInt32, serverVersion: String, features: [String], epoch: UInt64,
    frameBytesMax: UInt64, serverTime: Instant?
  ) {
    self.protocolVersion = protocolVersion
    self.serverVersion = serverVersion
    self.features = features
    self.epoch = epoch
    self.frameBytesMax = frameBytesMax
    self.serverTime = serverTime
  }
}

/// One thing that happened. Tokens never appear here.
package struct Event: Hashable, Sendable {
  package var revision: UInt64
  package var at: Instant?
  /// Nil only where a later server sent a number that this version does not know.
  package var kind: EventKind?
  package var requestID: Text = .empty
  package var component: Text = .empty
  package var pools: [PoolQuantity] = []
  package var priority: Priority?
  package var status: RequestStatus?
  package var metadata: Metadata = .empty
  package var reason: Text = .empty
  package var until: Instant?
  package var fencing: FencingToken?
  package var waited: TimeSpan?

  package init(revision: UInt64, at: Instant?, kind: EventKind?) {
    self.revision = revision
    self.at = at
    self.kind = kind
  }
}

package struct HistoryResponse: Hashable, Sendable {
  package var events: [Event]
  package var nextPageToken: Text
  package var eventsTotal: Int64
  package var eventsKept: Int64
  package var counts: [EventCount]

  package init(
    events: [Event], nextPageToken: Text, eventsTotal: Int64, eventsKept: Int64,
    counts: [EventCount]
  ) {
    self.events = events
    self.nextPageToken = nextPageToken
    self.eventsTotal = eventsTotal
    self.eventsKept = eventsKept
    self.counts = counts
  }
}

package struct EventCount: Hashable, Sendable {
  package var kind: EventKind?
  package var count: Int64

  package init(kind: EventKind?, count: Int64) {
    self.kind = kind
    self.count = count
  }
}

package struct ModeStatus: Hashable, Sendable {
  package var mode: ResponseMode?
  package var contention: ContentionSettings
  package var draws: UInt64
  package var revision: UInt64
  package var draining: Bool
  /// In a learning period: its end.
  package var learningUntil: Instant?

  package init(
    mode: ResponseMode?, contention: ContentionSettings, draws: UInt64, revision: UInt64,
    draining: Bool, learningUntil: Instant? = nil
  ) {
    self.learningUntil = learningUntil
    self.mode = mode
    self.contention = contention
    self.draws = draws
    self.revision = revision
    self.draining = draining
  }
}

package struct DrainResponse: Hashable, Sendable {
  package var draining: Bool
  package var leases: Int64
  package var queued: Int64

  package init(draining: Bool, leases: Int64, queued: Int64) {
    self.draining = draining
    self.leases = leases
    self.queued = queued
  }
}

/// Any call's response message.
package enum ResponseMessage: Hashable, Sendable {
  case resource(ResourceResponse)
  case release(ReleaseResponse)
  case status(StatusResponse)
  case poolStatus(PoolStatus)
  case health(HealthResponse)
  case hello(HelloResponse)
  case renew(RenewResponse)
  case cancel(CancelResponse)
  case grantUpdate(GrantUpdate)
  case explanation(Explanation)
  case history(HistoryResponse)
  case event(Event)
  case mode(ModeStatus)
  case drain(DrainResponse)
}
