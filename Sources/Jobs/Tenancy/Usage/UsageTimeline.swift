package import Model

/// Use over time, in points of one length.
package struct UsageTimeline: Hashable, Sendable {
  /// The length of a point. Points begin on the hour, at midnight, on Mondays, all UTC.
  package enum Resolution: String, CaseIterable, Hashable, Sendable {
    case hour, day, week

    var nanoseconds: Int64 {
      switch self {
      case .hour: UTCWindow.nanosecondsPerHour
      case .day: UTCWindow.nanosecondsPerDay
      case .week: 7 * UTCWindow.nanosecondsPerDay
      }
    }

    /// When the point that holds an instant begins. 1970 began on a Thursday.
    func start(of instant: Instant) -> Instant {
      let offset: Int64 = self == .week ? 3 * UTCWindow.nanosecondsPerDay : 0
      return UTCWindow.floor(instant + .nanoseconds(offset), nanoseconds) - .nanoseconds(offset)
    }
  }

  /// Use from its beginning, or that of the time asked for, to that of the next.
  package struct Point: Hashable, Sendable {
    package let start: Instant
    package internal(set) var usage = Usage.zero
  }

  package let start: Instant
  package let end: Instant
  package let resolution: Resolution
  package private(set) var points: [Point]
  package private(set) var total = Usage.zero
  /// How long a point is, and where the first of them would begin if it were whole.
  private let firstStart: Instant

  /// An empty timeline from `start` to `end`, or a refusal: of a time that ends before it begins, and of more than
  /// ``TenancyLimits/timelinePointsMax`` points.
  package init(from start: Instant, to end: Instant, by resolution: Resolution)
    throws(TenancyRefusal)
  {
    guard start < end else {
      throw .invalid("end_time", "the end is not after the start; swap them or take a later end")
    }
    self.start = start
    self.end = end
    self.resolution = resolution
    firstStart = resolution.start(of: start)
    let length = Int128(end.nanoseconds) - Int128(firstStart.nanoseconds)
    let step = Int128(resolution.nanoseconds)
    let count = (length + step - 1) / step
    let limit = TenancyLimits.timelinePointsMax
    guard count <= Int128(limit) else {
      throw .limit(
        "resolution",
        "\(count) points of one \(resolution.rawValue) are more than \(limit); take a shorter time or a longer "
          + "resolution")
    }
    let firstStart = firstStart
    points = (0..<Int64(count)).map { number in
      let point = firstStart + .nanoseconds(number * resolution.nanoseconds)
      return Point(start: max(start, point))
    }
  }

  /// Adds what an attempt used, split exactly over the points. Takes time in proportion to the points that it meets.
  package mutating func add(_ record: UsageRecord) {
    let from = max(start, record.start)
    let to = min(end, record.end)
    guard from < to else { return }
    total += record.usage(from: from, to: to)
    for place in place(of: from)...place(of: to - .nanoseconds(1)) {
      let next = place + 1 < points.count ? points[place + 1].start : end
      points[place].usage += record.usage(from: points[place].start, to: next)
    }
  }

  private func place(of instant: Instant) -> Int {
    Int(
      (Int128(instant.nanoseconds) - Int128(firstStart.nanoseconds))
        / Int128(resolution.nanoseconds))
  }
}
