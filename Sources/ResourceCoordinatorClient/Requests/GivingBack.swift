import Logging
import Model
import NIOConcurrencyHelpers
import Session

extension CoordinatorClient {
  /// Gives a lease back within a time of its own, if one is given.
  func release(
    _ lease: Lease, used: [Amount], within limit: Duration?
  ) async throws(CoordinatorError) {
    let wasReleased = lease.state.update { snapshot in
      defer { snapshot.isReleased = true }
      return snapshot.isReleased
    }
    guard !wasReleased else { return }
    try checkOpen(requestID: lease.id)
    guard lease.isConfirmed else {
      end(lease)
      return
    }
    let request = ReleaseRequest(
      requestID: Text(lease.id), token: Text(lease.token), component: Text(lease.component),
      used: used.map(\.claim))
    let response: ResponseMessage
    do throws(CallError) {
      response = try await caller.call(.release(request), within: limit).answer.response
    } catch {
      // Not known to be back: releasing may be tried again.
      lease.state.update { $0.isReleased = false }
      throw CoordinatorError(error, requestID: lease.id)
    }
    end(lease)
    guard case .release(let released) = response else {
      throw CoordinatorError(
        CallError(.internal, "the coordinator answered a release with something else"),
        requestID: lease.id)
    }
    guard released.success else {
      throw CoordinatorError(
        .leaseLost, .leaseEnded, "the lease was over before it was given back: \(released.message)",
        requestID: lease.id)
    }
  }

  private func end(_ lease: Lease) {
    lease.state.update { $0.isOver = true }
    book.withLockedValue { $0.drop(Text(lease.id)) }
  }

  /// Marks a lease as lost, for this reason.
  func lose(_ lease: Lease, _ reason: Reason) {
    lease.state.update { snapshot in
      guard !snapshot.isOver else { return }
      snapshot.isOver = true
      snapshot.lossReason = reason
    }
    book.withLockedValue { $0.drop(Text(lease.id)) }
  }

  /// Renews a lease now.
  func renewOnce(
    _ lease: Lease, duration: Duration?, within limit: Duration?
  ) async throws(CoordinatorError) {
    let request = RenewRequest(
      requestID: Text(lease.id), token: Text(lease.token), component: Text(lease.component),
      duration: duration.map { TimeSpan($0) }, held: lease.held)
    let answer: Caller.Answer
    do throws(CallError) {
      answer = try await caller.call(.renew(request), within: limit)
    } catch {
      let now = options.clock.instant
      let lost = lease.state.update { snapshot -> Reason? in
        snapshot.keeping.renewFailed(error, at: now)
        guard case .lost(let reason) = snapshot.keeping.next(at: now) else { return nil }
        return reason
      }
      guard let lost else { throw CoordinatorError(error, requestID: lease.id) }
      lose(lease, lost)
      throw CoordinatorError(
        .leaseLost, lost, "the lease was lost: \(error.message)", requestID: lease.id)
    }
    guard case .renew(let renewed) = answer.answer.response, let expiresAt = renewed.expiresAt
    else {
      throw CoordinatorError(
        CallError(.internal, "the coordinator answered a renewal without an end"),
        requestID: lease.id)
    }
    let length =
      duration.map { TimeSpan($0) } ?? (lease.state.snapshot.keeping.expiresAt - answer.sentAt)
    let local = answer.link.local(expiresAt) ?? answer.sentAt + length
    if renewed.isAdopted {
      options.logger.notice(
        "the coordinator lost its state and has taken the lease over again",
        metadata: ["request": "\(lease.id)"])
    }
    lease.state.update { snapshot in
      guard !snapshot.isOver else { return }
      snapshot.keeping.renewed(
        sentAt: answer.sentAt, expiresAt: local, isAtMaximum: renewed.atMaximum,
        preemptAt: renewed.preemptAt.map { answer.link.local($0) ?? local })
      snapshot.expiresAtWall = expiresAt
      if let fencing = renewed.fencing { snapshot.fencing = FencingToken(fencing) }
      snapshot.preemptAtWall = renewed.preemptAt
    }
  }

  /// Makes sure that a request whose answer was lost, or is no longer wanted, holds nothing: out of the queue, and released
  /// if it was granted. Within ``ClientOptions/releaseTimeout``, whether or not the task is cancelled; what does not get
  /// through ends by the lease's own time.
  func abandon(_ request: ResourceRequest) async {
    // A task of its own: the caller's is often cancelled, which is why this is called.
    await Task { await giveUp(request) }.value
  }

  private func giveUp(_ request: ResourceRequest) async {
    let limit = options.releaseTimeout
    let key = RequestKey(
      requestID: request.requestID, component: request.component, clientSecret: secret)
    do throws(CallError) {
      let answer = try await caller.call(.cancel(key), within: limit)
      guard case .cancel(let cancel) = answer.answer.response, cancel.status == .granted else {
        return
      }
      // Granted meanwhile: the secret brings the token, and the token gives it back.
      guard case .granted(let lease) = try await decide(request) else { return }
      try? await release(lease, used: [], within: limit)
    } catch {
      guard error.code != .notFound else { return }
      options.logger.warning(
        "could not give up request \(request.requestID); it ends by itself",
        metadata: ["error": "\(error.message)"])
    }
  }
}
