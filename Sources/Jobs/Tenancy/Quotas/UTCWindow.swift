package import Model

/// The windows in which use is counted: they begin on the hour, at midnight and on the first of a month, all UTC.
package enum UTCWindow: UInt8, CaseIterable, Hashable, Sendable {
  case hour = 0
  case day = 1
  case month = 2

  static let nanosecondsPerHour: Int64 = 3_600_000_000_000
  static let nanosecondsPerDay: Int64 = 24 * nanosecondsPerHour

  /// When the window that holds an instant began; the earliest instant there is where it began before that.
  package func start(of instant: Instant) -> Instant {
    switch self {
    case .hour: UTCWindow.floor(instant, UTCWindow.nanosecondsPerHour)
    case .day: UTCWindow.floor(instant, UTCWindow.nanosecondsPerDay)
    case .month: UTCMonth(containing: instant).start
    }
  }

  /// When the next window begins; saturating.
  package func end(of instant: Instant) -> Instant {
    switch self {
    case .hour: start(of: instant) + .nanoseconds(UTCWindow.nanosecondsPerHour)
    case .day: start(of: instant) + .nanoseconds(UTCWindow.nanosecondsPerDay)
    case .month: UTCMonth(containing: instant).next.start
    }
  }

  /// The length of the longest window of the sort.
  package var longest: TimeSpan {
    switch self {
    case .hour: .nanoseconds(UTCWindow.nanosecondsPerHour)
    case .day: .nanoseconds(UTCWindow.nanosecondsPerDay)
    case .month: .nanoseconds(31 * UTCWindow.nanosecondsPerDay)
    }
  }

  /// The last multiple of a step that is not after an instant; saturating.
  static func floor(_ instant: Instant, _ step: Int64) -> Instant {
    let remainder = instant.nanoseconds % step
    return instant - .nanoseconds(remainder < 0 ? remainder + step : remainder)
  }
}

/// A month of the Gregorian calendar, counted from January of the year 0.
package struct UTCMonth: Hashable, Comparable, Sendable {
  package var number: Int64

  package init(number: Int64) {
    self.number = number
  }

  /// Days are turned into months as in Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
  package init(containing instant: Instant) {
    let day = UTCWindow.floor(instant, UTCWindow.nanosecondsPerDay).nanoseconds
    // Years begin in March here, so that the day that leap years add is the last of a year; eras have 400 of them.
    let shifted = day / UTCWindow.nanosecondsPerDay + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    number = (era * 400 + yearOfEra) * 12 + monthFromMarch + 2
  }

  package static func < (left: UTCMonth, right: UTCMonth) -> Bool { left.number < right.number }

  package var next: UTCMonth { UTCMonth(number: number + 1) }

  /// Saturating. `days_from_civil` of the same source.
  package var start: Instant {
    let fromMarch = number - 2
    let year = fromMarch >= 0 ? fromMarch / 12 : (fromMarch - 11) / 12
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (fromMarch - year * 12) + 2) / 5
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Instant(nanoseconds: days.multipliedSaturated(by: UTCWindow.nanosecondsPerDay))
  }
}
