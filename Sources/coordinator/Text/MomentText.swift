import Foundation
import Model

/// Points in time for people: relative on a terminal, RFC 3339 in UTC elsewhere.
struct MomentText {
  let now: Instant
  let isRelative: Bool

  static var wallClock: Instant {
    Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e6) * 1000)
  }

  /// `in 12m`, `3s ago`, or the time itself.
  func text(_ instant: Instant?) -> String {
    guard let instant else { return "-" }
    guard isRelative else { return MomentText.rfc3339(instant) }
    return instant >= now
      ? "in \(DurationText.short(instant - now))" : "\(DurationText.short(now - instant)) ago"
  }

  /// The time of the day on a terminal, the whole time elsewhere.
  func clock(_ instant: Instant?) -> String {
    guard let instant else { return "-" }
    let text = MomentText.rfc3339(instant)
    return isRelative ? String(text.dropFirst(11).prefix(8)) : text
  }

  /// `2026-11-21T14:03:22.123Z`: milliseconds, UTC.
  static func rfc3339(_ instant: Instant) -> String {
    let date = Date(timeIntervalSince1970: Double(instant.nanoseconds / 1_000_000) / 1000)
    return date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
      + "Z"
  }
}
