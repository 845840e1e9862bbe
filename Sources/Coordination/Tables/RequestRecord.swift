package import Model

/// An amount of one pool, the pool known by its index.
package struct PoolClaim: Hashable, Sendable {
  package var pool: Int32
  package var quantity: Int64
}

/// What a recorded request asks for: at least one claim, pools distinct.
package struct PoolClaims: Hashable, Sendable {
  package var first: PoolClaim
  /// Nil for none, which is usual: a reference that is null costs less to copy than that of an empty array.
  private var more: [PoolClaim]?

  package init(first: PoolClaim, rest: [PoolClaim] = []) {
    self.first = first
    self.rest = rest
  }

  package var rest: [PoolClaim] {
    get { more ?? [] }
    set { more = newValue.isEmpty ? nil : newValue }
  }

  package var isSingle: Bool { more == nil }
  package var count: Int { 1 + (more?.count ?? 0) }

  @inline(__always)
  package subscript(index: Int) -> PoolClaim {
    index == 0 ? first : rest[index - 1]
  }

  package func claim(of pool: Int32) -> PoolClaim? {
    first.pool == pool ? first : rest.first { $0.pool == pool }
  }
}

package struct RequestOptions: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let wait = RequestOptions(rawValue: 1)
  package static let allowPartial = RequestOptions(rawValue: 2)
  package static let cancelOnDisconnect = RequestOptions(rawValue: 4)
  package static let multiple = RequestOptions(rawValue: 8)
  /// It waited before its final answer.
  package static let queued = RequestOptions(rawValue: 16)
  /// The last entry of its metadata is the trace of the call that made it.
  package static let traced = RequestOptions(rawValue: 32)
  /// In snapshots alone: the owner stands behind the record.
  static let owned = RequestOptions(rawValue: 64)
}

extension RequestOptions {
  /// Those that a request asks for.
  init(_ request: borrowing ResourceRequest) {
    self = []
    if request.wait { insert(.wait) }
    if request.allowPartial { insert(.allowPartial) }
    if request.cancelOnDisconnect { insert(.cancelOnDisconnect) }
    if request.isMultiple { insert(.multiple) }
    if request.isTraced { insert(.traced) }
  }
}

/// A request as the coordinator remembers it, from its decision until it is forgotten.
package struct RequestRecord: Sendable {
  package var requestID: Text
  /// Few requests have one of their own, so that it lies outside the record.
  private var proof: Proof?
  package var metadata: Metadata
  package var component: Int32
  package var claims: PoolClaims
  /// The revision that recorded the request; never reused.
  package var sequence: UInt64
  private var givenTimeout: OptionalSpan
  private var givenDuration: OptionalSpan
  /// The connection that last asked for it.
  package var connection: UInt64
  package var phase: Phase
  // Behind the phase there is room for two bytes.
  package var priority: Priority
  package var options: RequestOptions

  package var clientSecret: Text { proof?.secret ?? .empty }
  /// The principal that made the request; empty where nobody was asked.
  package var owner: Text { proof?.owner ?? .empty }
  /// As asked, for telling a replay from another request; nil = not given.
  package var timeout: TimeSpan? { givenTimeout.value }
  package var duration: TimeSpan? { givenDuration.value }

  /// What a slot of the table holds that no request has.
  package static let vacant = RequestRecord()

  private init() {
    requestID = .empty
    metadata = .empty
    component = -1
    claims = PoolClaims(first: PoolClaim(pool: -1, quantity: 0))
    sequence = 0
    givenTimeout = OptionalSpan(nil)
    givenDuration = OptionalSpan(nil)
    connection = 0
    phase = .vacant
    priority = .normal
    options = []
  }

  /// A record as a snapshot describes it.
  init(
    requestID: Text, proof: Proof?, metadata: Metadata, claims: PoolClaims, component: Int32,
    priority: Priority, options: RequestOptions, sequence: UInt64, timeout: TimeSpan?,
    duration: TimeSpan?, connection: UInt64, phase: Phase
  ) {
    self.requestID = requestID
    self.proof = proof
    self.metadata = metadata
    self.claims = claims
    self.component = component
    self.priority = priority
    self.options = options
    self.sequence = sequence
    givenTimeout = OptionalSpan(timeout)
    givenDuration = OptionalSpan(duration)
    self.connection = connection
    self.phase = phase
  }

  /// Becomes the record of a request; its phase is still to come.
  mutating func begin(
    _ request: ResourceRequest, _ admission: Admission, component: Int32, sequence: UInt64,
    proof: Proof?
  ) {
    requestID = request.requestID
    self.proof = proof
    metadata = request.metadata
    self.component = component
    claims = admission.claims
    self.sequence = sequence
    givenTimeout = OptionalSpan(request.timeout)
    givenDuration = OptionalSpan(request.duration)
    connection = admission.connection
    priority = admission.priority
    options = RequestOptions(request)
  }

  /// Lets go of all that belongs to the request.
  mutating func end() {
    requestID = .empty
    proof = nil
    metadata = .empty
    claims.rest = []
    phase = .vacant
  }

  /// The life of a request. Each case carries what is valid in it.
  package enum Phase: Sendable {
    case vacant
    case waiting(Waiting)
    case held(Grant)
    /// The lease was lost and its capacity stays closed until the instant.
    case closing(Grant, LeaseEnd, until: Instant)
    case leaseEnded(Grant, LeaseEnd, at: Instant)
    case waitEnded(WaitEnd, at: Instant)
    case denied(Denial, at: Instant)
  }

  /// The lease that it has or had.
  package var grant: Grant? {
    switch phase {
    case .held(let grant), .closing(let grant, _, _), .leaseEnded(let grant, _, _): grant
    case .vacant, .waiting, .waitEnded, .denied: nil
    }
  }

  /// What was granted of the first claim; nil without a lease.
  var grantedQuantity: Int64? {
    switch phase {
    case .held(let grant), .closing(let grant, _, _), .leaseEnded(let grant, _, _): grant.quantity
    case .vacant, .waiting, .waitEnded, .denied: nil
    }
  }

  var fencingCounter: UInt64? {
    switch phase {
    case .held(let grant), .closing(let grant, _, _), .leaseEnded(let grant, _, _):
      grant.fencingCounter
    case .vacant, .waiting, .waitEnded, .denied: nil
    }
  }
}

/// A request in the queue.
package struct Waiting: Sendable {
  package var queuedAt: Instant
  package var deadline: Instant
  package var place: QueueKey
  /// When a lost connection takes the request out of the queue.
  package var disconnectAt: Instant?
  /// Under simulate_contention: when the drawn delay is over.
  package var drawnGrantAt: Instant?
  /// When the forecast at queueing expected the grant.
  package var expectedAt: Instant?
}

/// A length of time that may be missing, in eight bytes: a million of them are held.
private struct OptionalSpan: Sendable {
  private let nanoseconds: Int64

  /// The shortest length there is counts as missing: no request can ask for it.
  init(_ span: TimeSpan?) {
    nanoseconds = span?.nanoseconds ?? .min
  }

  var value: TimeSpan? { nanoseconds == .min ? nil : TimeSpan(nanoseconds: nanoseconds) }
}

extension RequestRecord {
  /// By what the owner is told from others.
  final class Proof: Sendable {
    /// The principal; empty where nobody was asked.
    let owner: Text
    let secret: Text

    init(owner: Text, secret: Text) {
      self.owner = owner
      self.secret = secret
    }
  }
}

/// A lease.
package struct Grant: Sendable {
  package var token: Token
  package var fencingCounter: UInt64
  package var grantedAt: Instant
  package var expiresAt: Instant
  /// Of the first claim; less than asked in a partial grant.
  package var quantity: Int64
  /// Until when a granted waiter must fetch its grant; nil once it has.
  package var claimBy: Instant? {
    get { claimAt == .distantFuture ? nil : claimAt }
    set { claimAt = newValue ?? .distantFuture }
  }
  /// When it will be taken for a request of higher priority.
  package var preemptAt: Instant? {
    get { lossAt == .distantFuture ? nil : lossAt }
    set { lossAt = newValue ?? .distantFuture }
  }

  // The distant future stands for never: eight bytes each instead of sixteen.
  private var claimAt: Instant
  private var lossAt: Instant = .distantFuture

  init(
    token: Token, fencingCounter: UInt64, grantedAt: Instant, expiresAt: Instant, quantity: Int64,
    claimBy: Instant?
  ) {
    self.token = token
    self.fencingCounter = fencingCounter
    self.grantedAt = grantedAt
    self.expiresAt = expiresAt
    self.quantity = quantity
    claimAt = claimBy ?? .distantFuture
  }

  /// The next instant at which something happens to the lease by itself.
  var nextTimer: Instant { min(expiresAt, claimAt, lossAt) }
}

package enum WaitEnd: UInt8, Sendable {
  case timeout
  case cancelled
  case disconnected

  package var reason: Reason {
    switch self {
    case .timeout: .queueTimeout
    case .cancelled: .requestCancelled
    case .disconnected: .ownerDisconnected
    }
  }
}

/// Why a request was denied: the first reason, where and how much was free then.
package struct Denial: Sendable {
  package var reason: Reason
  /// The index of the pool in the way; -1 if it is about none.
  package var pool: Int32
  package var available: Int64
}
