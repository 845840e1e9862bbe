import Jobs
import Model
import TestSupport
import Testing

@Suite struct UTCWindowTests {
  @Test func `windows begin on the hour, at midnight and on the first`() {
    let noon = friday(12, 34, 56)
    #expect(UTCWindow.hour.start(of: noon) == friday(12))
    #expect(UTCWindow.hour.end(of: noon) == friday(13))
    #expect(UTCWindow.day.start(of: noon) == friday(0))
    #expect(UTCWindow.day.end(of: noon) == friday(24))
    #expect(UTCWindow.month.start(of: noon) == friday(-26 * 24))
    #expect(UTCWindow.month.end(of: noon) == friday(4 * 24))
  }

  @Test func `an instant on a border belongs to the window that begins`() {
    for window in UTCWindow.allCases {
      let end = window.end(of: friday(12))
      #expect(window.start(of: end) == end)
      #expect(window.start(of: end - .nanoseconds(1)) < end)
    }
  }

  /// Counts days one by one, with the calendar as children learn it.
  @Test func `months from 1900 to 2100 begin where a count of days says`() {
    var days: Int64 = -25_567
    for year in Int64(1900)...2100 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      for (place, length) in lengths.enumerated() {
        let month = UTCMonth(number: year * 12 + Int64(place))
        let start = Instant(nanoseconds: days * 86_400_000_000_000)
        #expect(month.start == start)
        #expect(UTCMonth(containing: start) == month)
        #expect(UTCMonth(containing: start - .nanoseconds(1)).next == month)
        days += length
      }
    }
  }

  @Test func `the ends of time have windows`() {
    for instant in [Instant(nanoseconds: .min), .epoch, .distantFuture] {
      for window in UTCWindow.allCases {
        #expect(window.start(of: instant) <= instant)
        #expect(window.end(of: instant) >= instant)
      }
    }
  }
}
