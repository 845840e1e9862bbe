import Model

/// One request from its first sending to its end.
final class Job {
  let request: ResourceRequest
  /// When nobody cares for it any more.
  let deadline: Instant
  /// Whether it is the one after all faults, which must be served.
  let isLast: Bool
  var token = Text.empty
  /// What every renewal announces; nil for a client that knows nothing of that.
  var held: HeldLease?
  var failures = 0
  var isOver = false
  /// Renewals that were given up while they may have been on the way.
  var lostRenewals = 0
  /// Said at the release, and the same at each repetition.
  var used: [PoolQuantity] = []
  var releaseAt = Instant.distantFuture

  init(_ request: ResourceRequest, deadline: Instant, isLast: Bool) {
    self.request = request
    self.deadline = deadline
    self.isLast = isLast
  }

  var id: Text { request.requestID }
  var key: RequestKey {
    RequestKey(
      requestID: request.requestID, component: request.component,
      clientSecret: request.clientSecret)
  }
}
