package import Model

/// When a held lease is to be renewed and when it is lost, by the holder's own monotonic clock.
///
/// A lease is renewed each third of its length, so that two renewals may fail before it ends. It counts as lost once
/// its end has passed without a renewal, whatever has become of it at the coordinator.
package struct LeaseKeeping: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case sleep(until: Instant)
    case renew
    case lost(Reason)
  }

  /// Since when the current term runs: never later than the coordinator counts it.
  package private(set) var termStart: Instant
  /// When the lease ends unless renewed: never later than at the coordinator.
  package private(set) var expiresAt: Instant
  private var renewAt: Instant
  /// The maximum hold time is reached: no renewal helps any more.
  package private(set) var isAtMaximum = false
  /// When the lease will be taken for a higher priority, if it was announced.
  package private(set) var preemptAt: Instant?
  private var lostReason: Reason?
  private var failures = 0

  /// The shortest pause between two attempts to renew.
  package static let retryPauseMinimum = TimeSpan.milliseconds(5)

  package init(termStart: Instant, expiresAt: Instant) {
    self.termStart = termStart
    self.expiresAt = expiresAt
    renewAt = Self.third(from: termStart, to: expiresAt)
  }

  private static func third(from start: Instant, to end: Instant) -> Instant {
    start + TimeSpan(nanoseconds: max(0, (end - start).nanoseconds) / 3)
  }

  /// What to do now. O(1).
  package func next(at now: Instant) -> Step {
    if let lostReason { return .lost(lostReason) }
    guard now < expiresAt else { return .lost(.leaseExpired) }
    guard !isAtMaximum else { return .sleep(until: expiresAt) }
    // A lease about to be taken is asked after at that instant, whether it was taken or not.
    let due = preemptAt.map { $0 > termStart ? min($0, renewAt) : renewAt } ?? renewAt
    return due <= now ? .renew : .sleep(until: min(due, expiresAt))
  }

  /// The coordinator has extended the lease.
  ///
  /// - Parameter sentAt: when the renewal was sent, so that time on the way is counted against the holder.
  package mutating func renewed(
    sentAt: Instant, expiresAt: Instant, isAtMaximum: Bool, preemptAt: Instant?
  ) {
    precondition(lostReason == nil, "a lost lease stays lost")
    termStart = max(termStart, sentAt)
    self.expiresAt = expiresAt
    self.isAtMaximum = isAtMaximum
    self.preemptAt = preemptAt
    failures = 0
    renewAt = Self.third(from: termStart, to: expiresAt)
  }

  /// A renewal failed. A refusal means that the lease is gone; anything else is tried again while time is left.
  package mutating func renewFailed(_ error: CallError, at now: Instant) {
    guard lostReason == nil else { return }
    guard AttemptEffect(error) != .refused || error.code == .resourceExhausted else {
      let reasons = error.details.lazy.compactMap { Reason(rawValue: $0.reason.string) }
      lostReason = reasons.first ?? .leaseEnded
      return
    }
    failures += 1
    let sixth = TimeSpan(nanoseconds: max(0, (expiresAt - termStart).nanoseconds) / 6)
    let pause = max(LeaseKeeping.retryPauseMinimum, sixth)
    renewAt = min(now + pause, max(now + LeaseKeeping.retryPauseMinimum, expiresAt))
  }
}
