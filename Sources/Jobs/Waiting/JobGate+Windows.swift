import Model

extension JobConstraints {
  /// Whether the time windows let a job start at an instant.
  func allowsStart(at instant: Instant) -> Bool {
    !blackoutWindows.contains { $0.contains(instant) }
      && (preferredTimeWindows.isEmpty || preferredTimeWindows.contains { $0.contains(instant) })
  }

  /// The next instant after one at which ``allowsStart(at:)`` may say something else; nil if it never does.
  ///
  /// Looks at two days of daily windows at most, and at every window that comes once: as often as there are windows.
  func nextChange(after instant: Instant) -> Instant? {
    let windows = blackoutWindows + preferredTimeWindows
    let isAllowed = allowsStart(at: instant)
    var time = instant
    for _ in 0...4 * windows.count {
      guard let next = windows.compactMap({ $0.boundary(after: time) }).min() else { return nil }
      if allowsStart(at: next) != isAllowed { return next }
      time = next
    }
    return windows.isEmpty ? nil : time
  }

  /// Whether a queued job may be placed; nil = it never may again.
  func gate(at now: Instant, notBefore: Instant) -> JobGate? {
    if notBefore > now { return .closed(until: notBefore) }
    let next = nextChange(after: now)
    if allowsStart(at: now) { return .open(until: next) }
    return next.map { .closed(until: $0) }
  }
}
