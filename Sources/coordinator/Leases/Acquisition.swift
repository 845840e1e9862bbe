import Foundation
import Model
import ResourceCoordinatorClient
import Session
import UnixSignals

/// Asks for a lease and, if the request is queued, waits for the outcome.
///
/// A wait goes on over as many connections as it takes: the request's id keeps its place, and where the coordinator has
/// forgotten it, it is queued anew.
actor Acquisition {
  /// The present connection.
  private(set) var link: Link
  /// Since when the lease runs at the earliest, by this machine's clock, so that the time on the way counts against it.
  private(set) var since = ContinuousClock.now
  private let request: ResourceRequest
  private let output: Output
  /// When the wait is over, by ``now``; nil if nobody waits.
  private let deadline: Instant?
  /// What was told last of the place in the queue.
  private var told = ""

  /// So long one stream of the wait may last, so that a connection that died without a word is noticed.
  private static let slice = TimeSpan.seconds(30)
  /// So long after the deadline the coordinator may have the last word.
  private static let grace = TimeSpan.seconds(1)

  /// - Parameter patience: how long to wait for the outcome of a queued request; nil = not at all.
  init(link: Link, request: ResourceRequest, patience: TimeSpan?, output: Output) {
    self.link = link
    self.request = request
    self.output = output
    deadline = patience.map { Acquisition.now + $0 }
  }

  /// Monotonic; only differences count.
  private static var now: Instant { .epoch + TimeSpan(ClientClock.continuous.now()) }
  private var now: Instant { Acquisition.now }

  /// The outcome of the request: granted, denied or expired, or queued if nobody waits. SIGINT and SIGTERM cancel a request
  /// that waits. Throws a failure for people.
  func outcome() async throws -> ResourceResponse {
    let first: ResourceResponse
    do throws(CallError) {
      first = try await ask()
    } catch {
      first = try await askAgain(after: error)
      await noteAge(of: first)
    }
    guard deadline != nil, first.isWaiting else { return first }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: ResourceResponse?.self) { group in
      group.addTask { try await self.follow(first) }
      group.addTask {
        for await signal in signals {
          await self.cancel()
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

  // MARK: Asking

  private func ask() async throws(CallError) -> ResourceResponse {
    since = .now
    guard case .resource(let response) = try await link.call(.request(request)) else {
      throw CallError(.internal, Failure.wrongAnswer.message)
    }
    return response
  }

  /// Connects and asks again, until the coordinator answers or the wait is over.
  private func askAgain(after error: CallError) async throws -> ResourceResponse {
    guard let deadline else { throw Failure.call(error, address: link.address) }
    var failure = error
    let rules = RetryRules.untilDeadline
    var budget = RetryBudget(rules: rules)
    var random = SeededRandom(seed: .random(in: .min ... .max))
    var attempts = Attempts(
      rules: rules, mayRunTwice: RequestMessage.request(request).mayRunTwice, deadline: deadline)
    while let pause = attempts.pause(
      after: failure, at: now, budget: &budget, random: &random)
    {
      if attempts.failures == 1 { tellOfLoss(failure, deadline) }
      try await Task.sleep(for: pause.duration)
      do throws(CallError) {
        link = try await link.again(within: max(.milliseconds(1), deadline - now))
        let response = try await ask()
        output.hint("connected again")
        return response
      } catch {
        failure = error
      }
    }
    let last = Failure.call(failure, address: link.address)
    guard AttemptEffect(failure) != .refused, failure.code != .cancelled else { throw last }
    // Whoever takes connections and says nothing is as good as away; whoever says that it drains is not.
    let isSilent = failure.code == .deadlineExceeded
    throw Failure(
      code: isSilent ? ExitReason.cannotConnect.rawValue : last.code,
      "\(last.message); the wait is over")
  }

  private func tellOfLoss(_ error: CallError, _ deadline: Instant) {
    let end = output.moments.clock(output.moments.now + (deadline - now))
    output.hint(
      "\(Failure.call(error, address: link.address).message); asking again until \(end)")
  }

  /// A grant that was made while nobody could be told runs already: counts its age by the coordinator's clock.
  private func noteAge(of response: ResourceResponse) async {
    guard response.status == .granted, let granted = response.grantedAt else { return }
    let asked = ContinuousClock.now
    let hello = HelloRequest(protocolVersion: 1, client: Text("cli/\(coordinatorVersion)"))
    guard case .hello(let answer)? = try? await link.call(.hello(hello)),
      let time = answer.serverTime
    else { return }
    since = min(since, asked - (time - granted).duration)
  }

  // MARK: Waiting

  private func follow(_ queued: ResourceResponse) async throws -> ResourceResponse {
    var response = queued
    while response.isWaiting {
      tell(response.queue)
      do throws(CallError) {
        return try await decision()
      } catch {
        response = try await standing(after: error)
        await noteAge(of: response)
      }
    }
    return response
  }

  /// The outcome by one stream.
  private func decision() async throws(CallError) -> ResourceResponse {
    let left = (deadline ?? now) + Acquisition.grace - now
    let timeout = min(Acquisition.slice, max(.milliseconds(1), left))
    do {
      for try await answer in link.stream(.awaitGrant(key), timeout: timeout) {
        guard case .grantUpdate(let update) = answer.response else {
          throw CallError(.internal, Failure.wrongAnswer.message)
        }
        if let response = update.response {
          since = .now
          return response
        }
        tell(update.queue)
      }
    } catch let error as CallError {
      throw error
    } catch {
      throw CallError(.internal, "the wait failed: \(error)")
    }
    guard !Task.isCancelled else { throw CallError(.callCancelled, "the wait was given up") }
    throw CallError(.connectionLost, "the wait ended without an outcome")
  }

  /// Where the request stands after its stream has ended without an outcome.
  private func standing(after error: CallError) async throws -> ResourceResponse {
    guard error.code == .deadlineExceeded else { return try await askAgain(after: error) }
    guard let deadline, now < deadline + Acquisition.grace else {
      await cancel()
      throw Failure(.stillQueued, "still queued at the deadline; the request was cancelled")
    }
    do throws(CallError) {
      return try await ask()
    } catch {
      return try await askAgain(after: error)
    }
  }

  /// Tells of the place in the queue, if that is news.
  private func tell(_ place: Model.QueuePlace?) {
    guard let place else { return }
    let moments = output.moments
    var line = "queued: position \(place.position) of \(place.length)"
    if let expected = place.forecast?.expected {
      line += ", expected \(moments.text(expected))"
    }
    if let deadline = place.deadline { line += ", waits until \(moments.clock(deadline))" }
    if line != told { output.hint(line) }
    told = line
  }

  private var key: RequestKey {
    RequestKey(
      requestID: request.requestID, component: request.component,
      clientSecret: request.clientSecret)
  }

  /// Leaves the queue, or gives back what was granted meanwhile. Failures count for nothing: the caller goes anyway.
  private func cancel() async {
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
  /// Whether it is not decided yet.
  var isWaiting: Bool { status == .queued || status == .pending }

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
