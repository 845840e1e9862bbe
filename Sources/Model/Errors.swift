/// gRPC's canonical status codes, with gRPC's numbers.
package enum StatusCode: UInt32, Sendable, CaseIterable {
  case ok = 0
  case cancelled = 1
  case unknown = 2
  case invalidArgument = 3
  case deadlineExceeded = 4
  case notFound = 5
  case alreadyExists = 6
  case permissionDenied = 7
  case resourceExhausted = 8
  case failedPrecondition = 9
  case aborted = 10
  case outOfRange = 11
  case unimplemented = 12
  case `internal` = 13
  case unavailable = 14
  case dataLoss = 15
  case unauthenticated = 16

  /// The canonical upper-case name.
  package var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}

/// One reason behind a refusal, a denial or a wait.
package struct Detail: Hashable, Sendable {
  /// A stable code: ``Reason``'s name. A later server may know more.
  package var reason: Text
  /// One sentence for people.
  package var message: String
  package var field: Text = .empty
  package var pool: Text = .empty
  package var requested: Int64 = 0
  package var available: Int64 = 0
  package var missing: Int64 = 0
  package var limit: Int64 = 0
  package var unit: Text = .empty
  package var requestID: Text = .empty
  package var component: Text = .empty
  package var until: Instant?
  package var retryAfter: TimeSpan?
  /// Every request in the way, at most ``Limits/othersNamed``: leases that must end, the earliest end first, or
  /// waiters that come first, in their order.
  package var others: [OtherRequest] = []
  /// How many there are, named or not.
  package var othersTotal: Int64 = 0

  package init(_ reason: Reason, _ message: String) {
    self.reason = Text(reason.rawValue)
    self.message = message
  }

  package init(reasonName: Text, message: String) {
    reason = reasonName
    self.message = message
  }
}

/// A request that is in another's way in one pool.
package struct OtherRequest: Hashable, Sendable {
  package var requestID: Text
  package var component: Text
  /// Held, or reserved for it, in the pool's unit.
  package var quantity: Int64
  /// When the lease ends at the latest; nil for a waiter.
  package var until: Instant?

  package init(requestID: Text, component: Text, quantity: Int64, until: Instant? = nil) {
    self.requestID = requestID
    self.component = component
    self.quantity = quantity
    self.until = until
  }
}

/// A call that was not decided: the code, a sentence and the reasons.
package struct CallError: Error, Hashable, Sendable {
  package var code: StatusCode
  package var message: String
  package var details: [Detail]

  package init(_ code: StatusCode, _ message: String, details: [Detail] = []) {
    self.code = code
    self.message = message
    self.details = details
  }

  /// An error of one reason of the catalogue, with the reason's own code.
  package init(_ reason: Reason, _ message: String, field: Text = .empty, limit: Int64 = 0) {
    var detail = Detail(reason, message)
    detail.field = field
    detail.limit = limit
    self.init(reason.code, message, details: [detail])
  }
}
