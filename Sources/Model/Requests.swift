// The request messages of the protocol as values. Absent times are nil; an enum number or a name that the
// coordinator must still check (an unknown pool, an unknown priority) is kept as it came.

/// How a client names a pool: by number, by name, or by both.
package struct PoolReference: Hashable, Sendable {
  /// The `ResourceType` number; 0 when only the name is given.
  package var number: Int32
  /// The pool's name; empty when only the number is given.
  package var name: Text

  package init(number: Int32 = 0, name: Text = .empty) {
    self.number = number
    self.name = name
  }

  package var isEmpty: Bool { number == 0 && name.isEmpty }
}

/// An amount of one pool, in the pool's unit.
package struct PoolQuantity: Hashable, Sendable {
  package var pool: PoolReference
  package var quantity: Int64

  package init(pool: PoolReference, quantity: Int64) {
    self.pool = pool
    self.quantity = quantity
  }
}

/// What a request asks for: at least one amount. The usual single amount costs no array.
package struct Claims: Hashable, Sendable {
  package var first: PoolQuantity
  package var rest: [PoolQuantity]

  package init(_ first: PoolQuantity, rest: [PoolQuantity] = []) {
    self.first = first
    self.rest = rest
  }

  package var all: [PoolQuantity] { [first] + rest }
}

/// RequestResource and RequestResources.
package struct ResourceRequest: Hashable, Sendable {
  package var requestID: Text
  package var component: Text
  package var claims: Claims
  /// The protocol's number; 0 counts as normal.
  package var priority: Int32
  /// The longest wait in the queue.
  package var timeout: TimeSpan?
  /// The length of the lease.
  package var duration: TimeSpan?
  package var metadata: Metadata
  /// Queue instead of being denied for lack of capacity.
  package var wait: Bool
  package var allowPartial: Bool
  /// Whoever repeats it is shown the token again; empty for none.
  package var clientSecret: Text
  package var cancelOnDisconnect: Bool
  /// Whether it came as RequestResources, whose answer lists every pool.
  package var isMultiple: Bool
  /// Whether the last entry of the metadata is not the client's own but the trace of its call.
  package var isTraced = false

  package init(
    requestID: Text, component: Text, claims: Claims, priority: Int32 = 0, timeout: TimeSpan? = nil,
    duration: TimeSpan? = nil, metadata: Metadata = .empty, wait: Bool = false,
    allowPartial: Bool = false, clientSecret: Text = .empty, cancelOnDisconnect: Bool = false,
    isMultiple: Bool = false
  ) {
    self.requestID = requestID
    self.component = component
    self.claims = claims
    self.priority = priority
    self.timeout = timeout
    self.duration = duration
    self.metadata = metadata
    self.wait = wait
    self.allowPartial = allowPartial
    self.clientSecret = clientSecret
    self.cancelOnDisconnect = cancelOnDisconnect
    self.isMultiple = isMultiple
  }

  /// What a message without fields says.
  package static var empty: ResourceRequest {
    ResourceRequest(
      requestID: .empty, component: .empty,
      claims: Claims(PoolQuantity(pool: PoolReference(), quantity: 0)))
  }
}

package struct ReleaseRequest: Hashable, Sendable {
  package var requestID: Text
  package var token: Text
  package var component: Text
  /// Rate pools: what was really spent.
  package var used: [PoolQuantity]

  package init(requestID: Text, token: Text, component: Text, used: [PoolQuantity] = []) {
    self.requestID = requestID
    self.token = token
    self.component = component
    self.used = used
  }

  /// What a message without fields says.
  package static var empty: ReleaseRequest {
    ReleaseRequest(requestID: .empty, token: .empty, component: .empty)
  }
}

package struct RenewRequest: Hashable, Sendable {
  package var requestID: Text
  package var token: Text
  package var component: Text
  /// From now; the lease's own length if nil or zero.
  package var duration: TimeSpan?
  /// What the lease holds, for a coordinator that may have lost it.
  package var held: HeldLease?

  package init(
    requestID: Text, token: Text, component: Text, duration: TimeSpan? = nil,
    held: HeldLease? = nil
  ) {
    self.requestID = requestID
    self.token = token
    self.component = component
    self.duration = duration
    self.held = held
  }
}

/// A lease as its holder knows it: what a coordinator needs to take it over again after a loss of state.
package struct HeldLease: Hashable, Sendable {
  /// As granted.
  package var claims: Claims
  /// The protocol's number; 0 = normal.
  package var priority: Int32
  /// The length of the lease; the default one if nil or zero.
  package var duration: TimeSpan?
  package var metadata: Metadata
  package var clientSecret: Text

  /// The lease that a response grants to a request.
  package init(_ request: ResourceRequest, _ response: ResourceResponse) {
    var granted = request.claims
    if let first = response.granted.first {
      granted = Claims(first, rest: Array(response.granted.dropFirst()))
    } else {
      granted.first.quantity = response.grantedQuantity
    }
    self.init(
      claims: granted, priority: request.priority, duration: request.duration,
      metadata: request.metadata, clientSecret: request.clientSecret)
  }

  package init(
    claims: Claims, priority: Int32 = 0, duration: TimeSpan? = nil, metadata: Metadata = .empty,
    clientSecret: Text = .empty
  ) {
    self.claims = claims
    self.priority = priority
    self.duration = duration
    self.metadata = metadata
    self.clientSecret = clientSecret
  }
}

/// CancelRequest, and AwaitGrant, which names a request in the same way.
package struct RequestKey: Hashable, Sendable {
  package var requestID: Text
  package var component: Text
  package var clientSecret: Text

  package init(requestID: Text, component: Text, clientSecret: Text = .empty) {
    self.requestID = requestID
    self.component = component
    self.clientSecret = clientSecret
  }
}

package struct StatusRequest: Hashable, Sendable {
  /// Empty = all pools.
  package var pool: PoolReference
  package var pageSize: Int64
  package var pageToken: Text

  package init(pool: PoolReference = PoolReference(), pageSize: Int64 = 0, pageToken: Text = .empty)
  {
    self.pool = pool
    self.pageSize = pageSize
    self.pageToken = pageToken
  }
}

package enum ExplainRequest: Hashable, Sendable {
  /// Why an existing request stands where it stands.
  case existing(Text)
  /// What would happen to a request that is not made.
  case hypothetical(ResourceRequest)
}

package struct HistoryRequest: Hashable, Sendable {
  package var pageSize: Int64
  package var pageToken: Text
  package var component: Text
  package var requestID: Text
  package var pool: PoolReference
  /// The protocol's number; 0 = any.
  package var kind: Int32
  package var after: Instant?
  package var before: Instant?
  package var oldestFirst: Bool

  package init(
    pageSize: Int64 = 0, pageToken: Text = .empty, component: Text = .empty,
    requestID: Text = .empty, pool: PoolReference = PoolReference(), kind: Int32 = 0,
    after: Instant? = nil, before: Instant? = nil, oldestFirst: Bool = false
  ) {
    self.pageSize = pageSize
    self.pageToken = pageToken
    self.component = component
    self.requestID = requestID
    self.pool = pool
    self.kind = kind
    self.after = after
    self.before = before
    self.oldestFirst = oldestFirst
  }
}

package struct WatchRequest: Hashable, Sendable {
  package var afterRevision: UInt64
  package var fromStart: Bool
  package var component: Text
  package var requestID: Text
  package var pool: Text

  package init(
    afterRevision: UInt64 = 0, fromStart: Bool = false, component: Text = .empty,
    requestID: Text = .empty, pool: Text = .empty
  ) {
    self.afterRevision = afterRevision
    self.fromStart = fromStart
    self.component = component
    self.requestID = requestID
    self.pool = pool
  }
}

package struct HelloRequest: Hashable, Sendable {
  package var protocolVersion: UInt32
  package var client: Text
  package var features: [String]

  package init(protocolVersion: UInt32, client: Text, features: [String] = []) {
    self.protocolVersion = protocolVersion
    self.client = client
    self.features = features
  }
}

/// What simulate_contention draws.
package struct ContentionSettings: Hashable, Sendable {
  /// 0 to 1.
  package var denyProbability: Double
  /// 0 to 1; the sum of both is at most 1.
  package var queueProbability: Double
  package var seed: UInt64

  package init(denyProbability: Double = 0, queueProbability: Double = 0, seed: UInt64 = 0) {
    self.denyProbability = denyProbability
    self.queueProbability = queueProbability
    self.seed = seed
  }
}

package struct SetModeRequest: Hashable, Sendable {
  /// The protocol's number; 0 = unchanged.
  package var mode: Int32
  package var contention: ContentionSettings?

  package init(mode: Int32, contention: ContentionSettings? = nil) {
    self.mode = mode
    self.contention = contention
  }
}

package struct SetCapacityRequest: Hashable, Sendable {
  package var pool: PoolReference
  package var capacity: Int64

  package init(pool: PoolReference, capacity: Int64) {
    self.pool = pool
    self.capacity = capacity
  }
}

package struct DrainRequest: Hashable, Sendable {
  package var deadline: TimeSpan?
  package var resume: Bool
  package var stop: Bool

  package init(deadline: TimeSpan? = nil, resume: Bool = false, stop: Bool = false) {
    self.deadline = deadline
    self.resume = resume
    self.stop = stop
  }
}

/// Any call's request message, decoded.
package enum RequestMessage: Sendable {
  case request(ResourceRequest)
  case release(ReleaseRequest)
  case status(StatusRequest)
  case healthCheck
  case streamStatus(StatusRequest)
  case hello(HelloRequest)
  case renew(RenewRequest)
  case cancel(RequestKey)
  case awaitGrant(RequestKey)
  case explain(ExplainRequest)
  case history(HistoryRequest)
  case watch(WatchRequest)
  case getMode
  case setMode(SetModeRequest)
  case setCapacity(SetCapacityRequest)
  case drain(DrainRequest)

  package var method: Method {
    switch self {
    case .request(let request): request.isMultiple ? .requestResources : .requestResource
    case .release: .releaseResource
    case .status: .getResourceStatus
    case .healthCheck: .healthCheck
    case .streamStatus: .streamResourceStatus
    case .hello: .hello
    case .renew: .renewLease
    case .cancel: .cancelRequest
    case .awaitGrant: .awaitGrant
    case .explain: .explain
    case .history: .listHistory
    case .watch: .watchEvents
    case .getMode: .getMode
    case .setMode: .setMode
    case .setCapacity: .setCapacity
    case .drain: .drain
    }
  }

  /// Whether replies come until somebody ends the call.
  package var isStream: Bool {
    switch self {
    case .streamStatus, .awaitGrant, .watch: true
    case .request, .release, .status, .healthCheck, .hello, .renew, .cancel, .explain, .history,
      .getMode, .setMode, .setCapacity, .drain:
      false
    }
  }
}
