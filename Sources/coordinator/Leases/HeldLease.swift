import Model
import ResourceCoordinatorClient

/// A lease that is kept alive and given back.
actor HeldLease {
  private let connection: ConnectionOptions
  private var link: Link
  private let request: ResourceRequest
  private let response: ResourceResponse
  /// The lease's length by the coordinator's clock.
  private let length: TimeSpan
  /// Until when it surely lives, by this machine's clock.
  private var safeUntil: ContinuousClock.Instant
  /// The end that the coordinator told of last, by its clock.
  private var lastEnd: Instant?

  /// - Parameter since: when the grant was asked for at the latest, so that the time on the way counts against it.
  init(
    connection: ConnectionOptions, link: Link, request: ResourceRequest,
    response: ResourceResponse, since: ContinuousClock.Instant
  ) {
    self.connection = connection
    self.link = link
    self.request = request
    self.response = response
    if let granted = response.grantedAt, let expires = response.expiresAt {
      length = expires - granted
    } else {
      length = request.duration ?? Limits().leaseDefault
    }
    safeUntil = since + length.duration
    lastEnd = response.expiresAt
  }

  nonisolated var requestID: Text { request.requestID }
  nonisolated var component: Text { request.component }
  nonisolated var fencing: Model.FencingToken? { response.fencing }

  /// Renews at a third of the length until the lease is lost, and says how; or until the task is cancelled.
  ///
  /// A coordinator that cannot be reached is asked again and again until the lease is over by this machine's clock.
  func keepAlive(_ output: Output) async -> String {
    var isWarned = false
    while !Task.isCancelled {
      let pause =
        isWarned ? min(length.duration / 10, .seconds(1)) : length.duration / 3
      let wake = min(ContinuousClock.now + pause, safeUntil)
      try? await Task.sleep(until: wake, clock: .continuous)
      guard !Task.isCancelled else { break }
      guard ContinuousClock.now < safeUntil else {
        return "it could not be renewed before its end"
      }
      switch await renew() {
      case .renewed(let warning):
        if let warning { output.hint(warning) }
        isWarned = false
      case .failed(let message):
        if !isWarned { output.hint("cannot renew the lease (\(printable(message))); trying on") }
        isWarned = true
      case .lost(let message):
        return message
      }
    }
    return "cancelled"
  }

  private enum Renewal {
    case renewed(String?)
    case failed(String)
    case lost(String)
  }

  private func renew() async -> Renewal {
    let began = ContinuousClock.now
    let left = began.duration(to: safeUntil)
    let message = RequestMessage.renew(
      RenewRequest(
        requestID: request.requestID, token: response.token, component: request.component,
        duration: length, held: Model.HeldLease(request, response)))
    do throws(CallError) {
      let timeout = TimeSpan(min(left, link.timeout.duration))
      guard case .renew(let renewed) = try await link.call(message, timeout: timeout) else {
        return .failed("wrong answer")
      }
      safeUntil = began + granted(renewed, before: began).duration
      return .renewed(
        renewed.preemptAt == nil
          ? nil : "the lease will be taken soon for a request of higher priority")
    } catch {
      switch error.code {
      case .failedPrecondition, .notFound, .permissionDenied, .unauthenticated, .invalidArgument:
        return .lost(error.message)
      default:
        await reconnect()
        return .failed(error.message)
      }
    }
  }

  /// How long the renewed lease lives: shorter than asked where it comes to its maximum. Ends are told in the
  /// coordinator's time, so only their difference counts.
  private func granted(_ renewed: RenewResponse, before: ContinuousClock.Instant) -> TimeSpan {
    guard renewed.atMaximum, let end = renewed.expiresAt, let last = lastEnd else {
      lastEnd = renewed.expiresAt
      return length
    }
    lastEnd = end
    let left = TimeSpan(before.duration(to: safeUntil))
    return min(length, left + (end - last))
  }

  private func reconnect() async {
    guard let fresh = try? await connection.connect() else { return }
    await link.close()
    link = fresh
  }

  /// Gives the lease back. What cannot be given back ends by itself, within the lease's length.
  func release(_ output: Output) async {
    let message = RequestMessage.release(
      ReleaseRequest(
        requestID: request.requestID, token: response.token, component: request.component))
    for attempt in 0..<2 {
      if attempt > 0 { await reconnect() }
      if (try? await link.call(message, timeout: .seconds(3))) != nil {
        await link.close()
        return
      }
    }
    output.hint(
      "the lease could not be given back; it ends by itself within \(DurationText.short(length))")
  }
}
