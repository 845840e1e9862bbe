import Foundation
package import Model

/// The time of day for the coordinator: the wall clock at the start plus the monotonic time since, suspended time
/// included, so that it never goes backwards and no jump of the wall clock moves it.
package struct SystemClock: Sendable {
  private let clock = ContinuousClock()
  private let startInstant: ContinuousClock.Instant
  private var startNanoseconds: Int64

  package init() {
    startInstant = clock.now
    startNanoseconds = Int64(Date().timeIntervalSince1970 * 1e9)
  }

  /// The same clock, so much later.
  package func ahead(by span: TimeSpan) -> SystemClock {
    var clock = self
    clock.startNanoseconds = startNanoseconds.addingSaturated(span.nanoseconds)
    return clock
  }

  package var now: Instant {
    let elapsed = startInstant.duration(to: clock.now).components
    return Instant(
      nanoseconds: startNanoseconds + elapsed.seconds * 1_000_000_000
        + elapsed.attoseconds / 1_000_000_000)
  }
}
