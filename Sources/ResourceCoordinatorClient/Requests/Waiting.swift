import Model
import Session

extension CoordinatorClient {
  /// How long one stream of a wait may last: then the request is asked for again, so that a connection that died without a
  /// word is noticed.
  private static let waitSlice = Duration.seconds(30)

  /// Waits until a queued request is decided. However it ends without a lease, nothing is left behind.
  func awaitGrant(
    _ request: ResourceRequest, onPlace: @escaping @Sendable (QueuePlace) -> Void
  ) async throws(CoordinatorError) -> Lease {
    let id = request.requestID.string
    var failures = 0
    while true {
      try checkOpen(requestID: id)
      let decided: Decided
      do throws(CallError) {
        decided = try await waitOnce(request, failures: &failures, onPlace: onPlace)
      } catch {
        await abandon(request)
        throw CoordinatorError(error, requestID: id)
      }
      switch decided {
      case .granted(let lease): return lease
      case .denied(let error): throw error
      case .queued: continue
      }
    }
  }

  /// Follows the wait until it is decided or its stream ends, and in that case asks where it stands now.
  private func waitOnce(
    _ request: ResourceRequest, failures: inout Int,
    onPlace: @Sendable (QueuePlace) -> Void
  ) async throws(CallError) -> Decided {
    let failure: CallError
    do throws(CallError) {
      return try await follow(request, failures: &failures, onPlace: onPlace)
    } catch {
      failure = error
    }
    guard !Task.isCancelled else { throw CallError(.callCancelled, "the task was cancelled") }
    if failure.code != .deadlineExceeded {
      failures += 1
      guard AttemptEffect(failure) != .refused || failure.code == .notFound,
        failures <= caller.attempts
      else { throw failure }
      try await caller.sleep(caller.pause(afterFailures: failures))
    }
    // A coordinator that has forgotten the request queues it anew.
    return try await decide(request)
  }

  private func follow(
    _ request: ResourceRequest, failures: inout Int,
    onPlace: @Sendable (QueuePlace) -> Void
  ) async throws(CallError) -> Decided {
    let link = try await caller.links.link(
      before: options.clock.instant + TimeSpan(options.deadline))
    let sentAt = options.clock.instant
    let key = RequestKey(
      requestID: request.requestID, component: request.component, clientSecret: secret)
    var answers = link.channel.stream(.awaitGrant(key), timeout: CoordinatorClient.waitSlice)
      .makeAsyncIterator()
    while true {
      let answer: CallAnswer?
      do {
        answer = try await answers.next()
      } catch let error as CallError {
        throw error
      } catch {
        throw CallError(.internal, "the wait failed: \(error)")
      }
      guard let answer else {
        throw CallError(.connectionLost, "the wait's stream ended before its answer")
      }
      guard case .grantUpdate(let update) = answer.response else {
        throw CallError(.internal, "the coordinator answered a wait with something else")
      }
      failures = 0
      if let response = update.response {
        return decided(response, request, answer.details, link, sentAt: sentAt)
      }
      if let place = update.queue { onPlace(QueuePlace(place)) }
    }
  }
}
