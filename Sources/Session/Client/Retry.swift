package import Model

/// How a client repeats calls that failed.
package struct RetryRules: Hashable, Sendable {
  /// Attempts of one call, the first one counted. 1 or more.
  package var attempts: Int
  /// The pause before the second attempt.
  package var initialPause: TimeSpan
  /// The longest pause.
  package var pauseMaximum: TimeSpan
  /// What is left of the budget's tokens after a success is this much more.
  package var tokenRatio: Double
  /// The most tokens; each failure costs one, and at half of them or fewer nothing is repeated.
  package var tokens: Double

  package init(
    attempts: Int = 4, initialPause: TimeSpan = .milliseconds(50),
    pauseMaximum: TimeSpan = .seconds(2), tokenRatio: Double = 0.1, tokens: Double = 20
  ) {
    precondition(attempts >= 1, "a call is attempted at least once")
    precondition(tokens > 0, "a budget begins with something")
    self.attempts = attempts
    self.initialPause = initialPause
    self.pauseMaximum = pauseMaximum
    self.tokenRatio = tokenRatio
    self.tokens = tokens
  }

  /// Until the deadline, however many attempts that takes: for who waits anyway.
  package static let untilDeadline = RetryRules(
    attempts: .max, pauseMaximum: .seconds(1), tokens: .greatestFiniteMagnitude)

  /// The pause after the `failures`-th failure in a row, 1 or more: it doubles from one to the next up to its maximum,
  /// times a random factor of 0.8 to 1.2 so that clients do not come back all at once.
  ///
  /// Source: gRPC proposal A6, client retries.
  package func pause(afterFailures failures: Int, random: inout SeededRandom) -> TimeSpan {
    precondition(failures >= 1, "a pause follows a failure")
    let doublings = min(failures - 1, 30)
    let base = min(
      initialPause.nanoseconds.multipliedSaturated(by: 1 << Int64(doublings)),
      pauseMaximum.nanoseconds)
    let factor = 0.8 + 0.4 * random.next().asUnitInterval
    return TimeSpan(nanoseconds: Int64(Double(base) * factor))
  }
}

/// What a client may still spend on repeating calls, over all its calls: when most of them fail, repeating only adds to
/// the trouble.
///
/// Source: gRPC proposal A6, retry throttling.
package struct RetryBudget: Hashable, Sendable {
  private let rules: RetryRules
  package private(set) var tokens: Double

  package init(rules: RetryRules) {
    self.rules = rules
    tokens = rules.tokens
  }

  package var allowsRetry: Bool { tokens > rules.tokens / 2 }

  package mutating func noteFailure() {
    tokens = max(0, tokens - 1)
  }

  package mutating func noteSuccess() {
    tokens = min(rules.tokens, tokens + rules.tokenRatio)
  }
}

/// What is known of a failed attempt's effect at the server.
package enum AttemptEffect: Hashable, Sendable {
  /// The server did not act: repeating is always safe.
  case none
  /// The server may have acted: only calls that may run twice are repeated.
  case unknown
  /// The server answered no: repeating brings the same answer.
  case refused

  package init(_ error: CallError) {
    let reasons = error.details.lazy.map { Reason(rawValue: $0.reason.string) }
    switch error.code {
    case .unavailable:
      if reasons.contains(.connectionLost) {
        self = .unknown
      } else {
        self = .none
      }
    case .deadlineExceeded: self = .unknown
    case .cancelled: self = .unknown
    case .ok, .unknown, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
      .resourceExhausted, .failedPrecondition, .aborted, .outOfRange, .unimplemented, .internal,
      .dataLoss, .unauthenticated:
      self = .refused
    }
  }
}

extension RequestMessage {
  /// Whether the server may do the call twice without harm: reads, and changes that name what they change.
  package var mayRunTwice: Bool {
    switch self {
    case .request(let request): !request.requestID.isEmpty && !request.clientSecret.isEmpty
    case .release, .status, .healthCheck, .streamStatus, .hello, .renew, .cancel, .awaitGrant,
      .explain, .history, .watch, .getMode, .setCapacity:
      true
    // A seed restarts the generator of outcomes each time.
    case .setMode(let request): request.contention?.seed ?? 0 == 0
    case .drain: false
    }
  }
}

/// The attempts of one call.
package struct Attempts: Hashable, Sendable {
  private let rules: RetryRules
  private let mayRunTwice: Bool
  /// When the caller gives up.
  package let deadline: Instant
  package private(set) var failures = 0

  package init(rules: RetryRules, mayRunTwice: Bool, deadline: Instant) {
    self.rules = rules
    self.mayRunTwice = mayRunTwice
    self.deadline = deadline
  }

  /// Notes a failed attempt, and tells how long to pause before the next one; nil = give up.
  package mutating func pause(
    after error: CallError, at now: Instant, budget: inout RetryBudget, random: inout SeededRandom
  ) -> TimeSpan? {
    failures += 1
    let effect = AttemptEffect(error)
    guard effect != .refused, error.code != .cancelled else { return nil }
    budget.noteFailure()
    guard failures < rules.attempts, effect == .none || mayRunTwice, budget.allowsRetry else {
      return nil
    }
    let advised = error.details.lazy.compactMap(\.retryAfter).first ?? .zero
    let pause = max(advised, rules.pause(afterFailures: failures, random: &random))
    guard now + pause < deadline else { return nil }
    return pause
  }
}
