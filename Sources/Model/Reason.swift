/// The one catalogue of reasons: every refusal, denial and wait names one.
///
/// `Docs/ERRORS.md` is generated from this table, and the command line, HTTP and the clients take their codes from it.
package enum Reason: String, Sendable, CaseIterable {
  // Denied or waiting (code OK, ResourceResponse.status tells which).
  case insufficientCapacity = "INSUFFICIENT_CAPACITY"
  case aheadInQueue = "AHEAD_IN_QUEUE"
  case canNeverFit = "CAN_NEVER_FIT"
  case overCommitted = "OVER_COMMITTED"
  case rateLimited = "RATE_LIMITED"
  case simulatedContention = "SIMULATED_CONTENTION"
  case queueFull = "QUEUE_FULL"
  case componentLeaseLimit = "COMPONENT_LEASE_LIMIT"
  case componentQueueLimit = "COMPONENT_QUEUE_LIMIT"
  case componentShareLimit = "COMPONENT_SHARE_LIMIT"
  case lockDelay = "LOCK_DELAY"
  case preemptionPending = "PREEMPTION_PENDING"
  case fits = "FITS"
  // How an earlier answer ended.
  case leaseReleased = "LEASE_RELEASED"
  case leaseExpired = "LEASE_EXPIRED"
  case leasePreempted = "LEASE_PREEMPTED"
  case claimLapsed = "CLAIM_LAPSED"
  case queueTimeout = "QUEUE_TIMEOUT"
  case requestCancelled = "REQUEST_CANCELLED"
  case ownerDisconnected = "OWNER_DISCONNECTED"
  // Not decided.
  case invalidField = "INVALID_FIELD"
  case unknownPool = "UNKNOWN_POOL"
  case malformedMessage = "MALFORMED_MESSAGE"
  case unknownMethod = "UNKNOWN_METHOD"
  case requestIDReused = "REQUEST_ID_REUSED"
  case requestNotFound = "REQUEST_NOT_FOUND"
  case invalidToken = "INVALID_TOKEN"
  case notTheOwner = "NOT_THE_OWNER"
  case unauthenticated = "UNAUTHENTICATED"
  case roleNotAllowed = "ROLE_NOT_ALLOWED"
  case componentNotAllowed = "COMPONENT_NOT_ALLOWED"
  case leaseEnded = "LEASE_ENDED"
  case leaseNotAdopted = "LEASE_NOT_ADOPTED"
  case priorityNotAllowed = "PRIORITY_NOT_ALLOWED"
  case callRateExceeded = "CALL_RATE_EXCEEDED"
  case tooManyCalls = "TOO_MANY_CALLS"
  case tooManyStreams = "TOO_MANY_STREAMS"
  case tooManyRecords = "TOO_MANY_RECORDS"
  case quantityOverflow = "QUANTITY_OVERFLOW"
  case callIDInUse = "CALL_ID_IN_USE"
  case callCancelled = "CALL_CANCELLED"
  case deadlineExceeded = "DEADLINE_EXCEEDED"
  case draining = "DRAINING"
  case recovering = "RECOVERING"
  case learning = "LEARNING"
  case revisionCompacted = "REVISION_COMPACTED"
  case slowReader = "SLOW_READER"
  case frameTooLarge = "FRAME_TOO_LARGE"
  case idleConnection = "IDLE_CONNECTION"
  case notThisProtocol = "NOT_THIS_PROTOCOL"
  case tooManyConnections = "TOO_MANY_CONNECTIONS"
  // The client's own.
  case cannotConnect = "CANNOT_CONNECT"
  case connectionLost = "CONNECTION_LOST"
  case leaseLost = "LEASE_LOST"
  case clientClosed = "CLIENT_CLOSED"

  /// What the reason means, what to do about it, and which code a call that fails for it has.
  package struct Entry: Sendable {
    package let code: StatusCode
    package let meaning: String
    package let remedy: String
  }

  package var code: StatusCode { entry.code }
}
