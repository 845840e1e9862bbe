/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Valid for years 1678 to 2262; sums saturate at the ends.
package struct Instant: Hashable, Comparable, Sendable {
  package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  package static let epoch = Instant(nanoseconds: 0)
  package static let distantFuture = Instant(nanoseconds: .max)

  @inlinable
  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  // The standard library's `max` and `min` ask for these, which the protocol's defaults answer less directly.
  @inlinable
  package static func >= (left: Instant, right: Instant) -> Bool {
    left.nanoseconds >= right.nanoseconds
  }

  /// Saturating.
  @inlinable
  package static func + (left: Instant, right: TimeSpan) -> Instant {
    Instant(nanoseconds: left.nanoseconds.addingSaturated(right.nanoseconds))
  }

  /// Saturating.
  @inlinable
  package static func - (left: Instant, right: TimeSpan) -> Instant {
    Instant(nanoseconds: left.nanoseconds.subtractingSaturated(right.nanoseconds))
  }

  /// Saturating.
  @inlinable
  package static func - (left: Instant, right: Instant) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds.subtractingSaturated(right.nanoseconds))
  }
}

/// A length of time in nanoseconds; sums saturate.
package struct TimeSpan: Hashable, Comparable, Sendable {
  package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  package static let zero = TimeSpan(nanoseconds: 0)

  package static func nanoseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count) }
  package static func milliseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count.multipliedSaturated(by: 1_000_000))
  }
  package static func seconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count.multipliedSaturated(by: 1_000_000_000))
  }

  /// Seconds as a floating-point number, for people and gauges.
  package var seconds: Double { Double(nanoseconds) / 1e9 }

  @inlinable
  package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Saturating.
  package static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds.addingSaturated(right.nanoseconds))
  }

  /// Saturating.
  package static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds.subtractingSaturated(right.nanoseconds))
  }
}

extension Int64 {
  @inlinable
  package func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }

  @inlinable
  package func subtractingSaturated(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }

  @inlinable
  package func multipliedSaturated(by other: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self > 0) == (other > 0) ? .max : .min) : product
  }
}
