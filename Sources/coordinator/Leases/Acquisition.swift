import Foundation
import Model
import Session
import UnixSignals

/// Asks for a lease and, if the request is queued, waits for the outcome.
struct Acquisition {
  let link: Link
  let request: ResourceRequest
  let output: Output

  /// The first answer. Throws a failure for people.
  func ask() async throws -> ResourceResponse {
    guard case .resource(let response) = try await link.ask(.request(request)) else {
      throw Failure.wrongAnswer
    }
    return response
  }

  /// The outcome of a queued request: granted, denied or expired. SIGINT and SIGTERM cancel the request.
  func outcome(of queued: ResourceResponse) async throws -> ResourceResponse {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: ResourceResponse?.self) { group in
      group.addTask { try await follow(queued) }
      group.addTask {
        for await signal in signals {
          await cancel()
          throw Failure(code: 128 + signal.number, "interrupted: the request was cancelled")
        }
        return nil
      }
      defer { group.cancelAll() }
      while let response = try await group.next() {
        if let response { return response }
      }
      throw Failure.wrongAnswer
    }
  }

  private func follow(_ queued: ResourceResponse) async throws -> ResourceResponse {
    var told = tell(queued.queue, after: "")
    let key = RequestKey(
      requestID: request.requestID, component: request.component,
      clientSecret: request.clientSecret)
    do {
      for try await answer in link.stream(.awaitGrant(key)) {
        guard case .grantUpdate(let update) = answer.response else { throw Failure.wrongAnswer }
        if let response = update.response { return response }
        told = tell(update.queue, after: told)
      }
    } catch let error as CallError {
      throw Failure.call(error, address: link.address)
    }
    throw Failure(.failed, "the coordinator ended the wait without an outcome")
  }

  /// Tells of the place in the queue, if that is news; what was told last.
  private func tell(_ place: QueuePlace?, after told: String) -> String {
    guard let place else { return told }
    let moments = output.moments
    var line = "queued: position \(place.position) of \(place.length)"
    if let expected = place.forecast?.expected {
      line += ", expected \(moments.text(expected))"
    }
    if let deadline = place.deadline { line += ", waits until \(moments.clock(deadline))" }
    if line != told { output.hint(line) }
    return line
  }

  /// Leaves the queue, or gives back what was granted meanwhile. Failures count for nothing: the caller goes anyway.
  func cancel() async {
    let key = RequestKey(
      requestID: request.requestID, component: request.component,
      clientSecret: request.clientSecret)
    guard case .cancel(let answer)? = try? await link.call(.cancel(key)), !answer.cancelled,
      case .resource(let now)? = try? await link.call(.request(request)), !now.token.isEmpty
    else { return }
    _ = try? await link.call(
      .release(
        ReleaseRequest(
          requestID: request.requestID, token: now.token, component: request.component)))
  }
}

extension UnixSignal {
  /// The system's number.
  var number: Int32 {
    switch self {
    case .sighup: SIGHUP
    case .sigint: SIGINT
    case .sigterm: SIGTERM
    case .sigquit: SIGQUIT
    default: SIGTERM
    }
  }
}

extension ResourceResponse {
  /// What the status means for the program's end; nil for a lease.
  var exitReason: ExitReason? {
    switch status {
    case .granted: nil
    case .denied: .denied
    case .queued, .pending: .stillQueued
    case .expired: .stillQueued
    case .released, nil: .failed
    }
  }
}
