import Model

/// The time that a client goes by: monotonic, so that no jump of the wall clock ends or stretches a lease.
///
/// The default counts suspended time too. Tests bring a clock that is moved by hand.
public struct ClientClock: Sendable {
  /// The time since some fixed instant; never goes back.
  public var now: @Sendable () -> Duration
  /// Sleeps until ``now`` has reached the time; throws `CancellationError` if the task is cancelled.
  public var sleepUntil: @Sendable (Duration) async throws -> Void

  /// A clock from its two functions.
  public init(
    now: @escaping @Sendable () -> Duration,
    sleepUntil: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.sleepUntil = sleepUntil
  }

  /// The machine's continuous clock.
  public static let continuous: ClientClock = {
    let clock = ContinuousClock()
    let start = clock.now
    return ClientClock(
      now: { start.duration(to: clock.now) },
      sleepUntil: { try await clock.sleep(until: start.advanced(by: $0)) })
  }()

  var instant: Instant { .epoch + TimeSpan(now()) }

  func sleep(until instant: Instant) async throws {
    try await sleepUntil((instant - .epoch).duration)
  }

  func sleep(for span: TimeSpan) async throws {
    try await sleep(until: instant + span)
  }
}
