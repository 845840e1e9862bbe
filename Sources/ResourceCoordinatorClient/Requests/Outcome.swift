import Model

/// How a request was decided.
public enum Outcome: Sendable {
  /// It is held from now on, until it is released or its time runs out.
  case granted(Lease)
  /// It waits in the queue.
  case queued(Ticket)
  /// No, and why.
  case denied(Explanation)

  /// The lease; throws ``CoordinatorError/Code/denied`` or, for a request that waits, ``CoordinatorError/Code/queueTimeout``
  /// where there is none.
  public var lease: Lease {
    get throws(CoordinatorError) {
      switch self {
      case .granted(let lease): return lease
      case .queued(let ticket):
        throw CoordinatorError(
          .queueTimeout, .aheadInQueue, "the request waits in the queue", requestID: ticket.id)
      case .denied(let explanation):
        throw CoordinatorError(denied: explanation)
      }
    }
  }
}

/// A place in the queue.
public struct Ticket: Sendable, Identifiable {
  /// The id of the request that waits.
  public let id: String
  /// Where it stood when it was queued.
  public let place: QueuePlace?
  /// Why it waits.
  public let explanation: Explanation?

  let client: CoordinatorClient
  let request: ResourceRequest

  /// Waits for the grant. Lost connections are made good; the place in the queue is kept.
  ///
  /// Throws ``CoordinatorError/Code/queueTimeout`` if the wait ends without one. Cancelling the task gives up the place, and
  /// the grant if it was made just then.
  ///
  /// - Parameter onPlace: told of the place whenever it changes.
  public func granted(
    onPlace: @escaping @Sendable (QueuePlace) -> Void = { _ in }
  ) async throws(CoordinatorError) -> Lease {
    try await client.awaitGrant(request, onPlace: onPlace)
  }

  /// Gives up the place in the queue, and the grant if it was made just then. Best effort: an unclaimed grant is taken
  /// back by the coordinator after a few seconds anyway.
  public func cancel() async {
    await client.abandon(request)
  }
}

extension CoordinatorError {
  init(denied explanation: Explanation) {
    code = .denied
    message = explanation.summary
    self.explanation = explanation
    let reason = explanation.blockers.lazy.compactMap { Reason(rawValue: $0.reason) }.first
    isRetryable = reason != .canNeverFit
    retryAfter = explanation.blockers.lazy.compactMap(\.retryAfter).first
    requestID = ""
    hint = reason?.entry.remedy ?? ""
  }
}
