import Model

/// The hours of a week in which something is done, in UTC.
///
/// Windows that touch or overlap are one stretch, also over midnight and from Sunday to Monday.
package struct ActiveHours: Hashable, Sendable {
  /// The same hours of some days. One that ends at or before its start ends on the next day.
  package struct Window: Hashable, Sendable {
    /// On which it starts: 0 = Monday ... 6 = Sunday.
    package var days: Set<Int>
    /// Seconds after midnight, 0...86400.
    package var startSecond: Int
    package var endSecond: Int

    package init(days: Set<Int> = Set(0..<7), startSecond: Int, endSecond: Int) {
      self.days = days
      self.startSecond = startSecond
      self.endSecond = endSecond
    }
  }

  private static let day: Int64 = 86_400_000_000_000
  private static let week: Int64 = 7 * day
  /// 1970 began on a Thursday.
  private static let firstWeekday: Int64 = 3

  /// Nanoseconds since the week began, within it; ascending, none touching the next.
  private let parts: [Range<Int64>]

  package init(_ windows: [Window]) {
    var parts: [Range<Int64>] = []
    for window in windows {
      let length = Int64((window.endSecond - window.startSecond + 86_400) % 86_400)
      for day in window.days {
        let start =
          (Int64(day) * Self.day + Int64(window.startSecond) * 1_000_000_000) % Self.week
        let end = start + (length == 0 ? Self.day : length * 1_000_000_000)
        parts.append(start..<min(end, Self.week))
        if end > Self.week { parts.append(0..<end - Self.week) }
      }
    }
    self.init(parts: parts)
  }

  private init(parts: [Range<Int64>]) {
    var merged: [Range<Int64>] = []
    for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) where !part.isEmpty {
      if let last = merged.last, part.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
      } else {
        merged.append(part)
      }
    }
    self.parts = merged
  }

  /// The hours that are in both.
  package func intersection(_ other: ActiveHours) -> ActiveHours {
    var both: [Range<Int64>] = []
    for part in parts {
      for other in other.parts where part.overlaps(other) {
        both.append(part.clamped(to: other))
      }
    }
    return ActiveHours(parts: both)
  }

  /// The earliest instant from which all of a span lies within one stretch; nil where no stretch is so long.
  package func earliestStart(of span: TimeSpan, from instant: Instant) -> Instant? {
    if parts == [0..<Self.week] { return instant }
    let sinceMonday = instant.nanoseconds.addingSaturated(Self.firstWeekday * Self.day)
    let passed = ((sinceMonday % Self.week) + Self.week) % Self.week
    // From the week before, of which a stretch may go on, to the one after, in which every stretch begins.
    for week in -1...1 as ClosedRange<Int64> {
      for stretch in stretches {
        let shift = week * Self.week - passed
        let start = max(instant, instant + .nanoseconds(stretch.lowerBound + shift))
        if start + span <= instant + .nanoseconds(stretch.upperBound + shift) { return start }
      }
    }
    return nil
  }

  /// Whether a span from an instant on lies within one stretch.
  package func contain(_ span: TimeSpan, from instant: Instant) -> Bool {
    earliestStart(of: span, from: instant) == instant
  }

  /// The parts, where one that goes on in the next week ends after the end of this one.
  private var stretches: [Range<Int64>] {
    guard parts.count > 1, let first = parts.first, let last = parts.last,
      first.lowerBound == 0, last.upperBound == Self.week
    else { return parts }
    return parts.dropFirst().dropLast()
      + [last.lowerBound..<Self.week + first.upperBound]
  }
}
