package import Model

/// How well a live replay kept its plan, in real time.
package struct ReplayPace: Hashable, Sendable {
  /// How long it was to take.
  package var planned = TimeSpan.zero
  /// How long it took, up to the last step.
  package private(set) var took = TimeSpan.zero
  /// How much later than planned the last step came, and the latest one.
  package private(set) var behind = TimeSpan.zero
  package private(set) var behindMost = TimeSpan.zero

  /// Less than this is how computers are, and not told.
  private static let tolerance = TimeSpan.seconds(1)

  package init() {}

  package mutating func note(behind span: TimeSpan, at elapsed: TimeSpan) {
    behind = max(.zero, span)
    behindMost = max(behindMost, behind)
    took = elapsed
  }

  /// Whether the server, or this machine, does not keep up.
  package var isBehind: Bool { behind > ReplayPace.tolerance }
}
