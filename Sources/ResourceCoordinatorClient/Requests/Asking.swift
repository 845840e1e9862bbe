import Model
import NIOConcurrencyHelpers
import Session

/// A decided request, with what the caller needs to go on.
enum Decided: Sendable {
  case granted(Lease)
  case queued(Ticket)
  case denied(CoordinatorError)

  var outcome: Outcome {
    get throws(CoordinatorError) {
      switch self {
      case .granted(let lease): return .granted(lease)
      case .queued(let ticket): return .queued(ticket)
      case .denied(let error):
        guard error.code == .denied, let explanation = error.explanation else { throw error }
        return .denied(explanation)
      }
    }
  }
}

extension CoordinatorClient {
  /// Asks, with the same id and secret in every attempt. If the answer is lost for good, what may have been granted is
  /// given back.
  func ask(_ terms: Terms) async throws(CoordinatorError) -> Decided {
    let request = try terms.request(component: component, secret: secret)
    let id = request.requestID.string
    try checkOpen(requestID: id)
    do throws(CallError) {
      return try await decide(request)
    } catch {
      if let lease = offlineLease(terms, id: id, after: error) { return .granted(lease) }
      if AttemptEffect(error) == .unknown { await abandon(request) }
      throw CoordinatorError(error, requestID: id)
    }
  }

  func decide(_ request: ResourceRequest) async throws(CallError) -> Decided {
    let answer = try await caller.call(.request(request))
    guard case .resource(let response) = answer.answer.response else {
      throw CallError(.internal, "the coordinator answered a request with something else")
    }
    return decided(response, request, answer.answer.details, answer.link, sentAt: answer.sentAt)
  }

  /// What a response means, whether it came at once or at the end of a wait.
  func decided(
    _ response: ResourceResponse, _ request: ResourceRequest, _ details: [Detail], _ link: Link,
    sentAt: Instant
  ) -> Decided {
    learn(response)
    switch response.status {
    case .granted:
      // Looking at a rate pool holds nothing, and so has no token.
      let isPeek = request.claims.first.quantity == 0
      guard isPeek || !response.token.isEmpty else {
        return .denied(
          CoordinatorError(
            .permissionDenied, .notTheOwner, "the request was granted to another owner",
            requestID: request.requestID.string))
      }
      return .granted(makeLease(response, request, link, sentAt: sentAt))
    case .queued, .pending:
      return .queued(
        Ticket(
          id: request.requestID.string, place: response.queue.map { QueuePlace($0) },
          explanation: response.explanation.map { Explanation($0) }, client: self,
          request: request))
    case .denied:
      return .denied(CoordinatorError(.denied, response, details: details))
    case .expired, .released:
      return .denied(CoordinatorError(endCode(response, details), response, details: details))
    case nil:
      return .denied(
        CoordinatorError(
          CallError(.internal, "the coordinator answered with a status of a later version"),
          requestID: request.requestID.string))
    }
  }

  private func endCode(_ response: ResourceResponse, _ details: [Detail]) -> CoordinatorError.Code {
    let reasons = (response.explanation?.blockers ?? []) + details
    switch reasons.lazy.compactMap({ Reason(rawValue: $0.reason.string) }).first {
    case .requestCancelled, .ownerDisconnected: return .cancelled
    case .leaseReleased, .leaseExpired, .leasePreempted: return .failedPrecondition
    default: return response.status == .released ? .failedPrecondition : .queueTimeout
    }
  }

  private func makeLease(
    _ response: ResourceResponse, _ request: ResourceRequest, _ link: Link, sentAt: Instant
  ) -> Lease {
    var amounts = response.granted.map { Amount($0) }
    if amounts.isEmpty {
      var claim = request.claims.first
      claim.quantity = response.grantedQuantity
      amounts = [Amount(claim)]
    }
    let length = (response.expiresAt ?? .epoch) - (response.grantedAt ?? .epoch)
    let start = link.local(response.grantedAt) ?? sentAt
    let keeping = LeaseKeeping(
      termStart: start, expiresAt: link.local(response.expiresAt) ?? sentAt + length)
    let isPeek = response.token.isEmpty
    book.withLockedValue { book in
      guard !isPeek else { return }
      book.hold(
        response.requestID, amounts.map { (Text($0.resource.name), $0.quantity) })
    }
    return Lease(
      id: response.requestID.string, component: component, amounts: amounts,
      grantedAt: response.grantedAt.map { .init($0) },
      rate: response.rate.map { RateStatus($0) }, token: response.token.string, isConfirmed: true,
      state: LeaseState(
        LeaseState.Snapshot(
          keeping: keeping, expiresAtWall: response.expiresAt,
          fencing: response.fencing.map { FencingToken($0) }, isOver: isPeek, isReleased: isPeek),
        clock: options.clock), held: isPeek ? nil : HeldLease(request, response))
  }
}
