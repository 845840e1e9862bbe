import Model
import Scheduling
import TestSupport
import Testing

@Suite struct ActiveHoursTests {
  private static let minutesOfWeek = 7 * 1440

  @Test(arguments: TestSeed.all(60))
  func `the earliest start is the first minute from which all minutes are active`(
    seed: UInt64
  ) {
    var random = SeededRandom(seed: seed)
    let first = Self.windows(&random)
    let second = Self.windows(&random)
    let one = ActiveHours(first)
    let both = one.intersection(ActiveHours(second))
    let active = Self.minutes(first)
    let activeInBoth = zip(active, Self.minutes(second)).map { $0 && $1 }
    for _ in 0..<20 {
      let from = Int(random.within(-20_000...30_000))
      let length = Int(random.within(1...1800))
      #expect(
        Self.found(one, from, length) == Self.expected(active, from, length),
        "seed \(seed): \(length) minutes from \(from)")
      #expect(
        Self.found(both, from, length) == Self.expected(activeInBoth, from, length),
        "seed \(seed): \(length) minutes from \(from)")
    }
  }

  @Test func `hours without an end begin at once`() {
    let always = ActiveHours([.init(startSecond: 0, endSecond: 86_400)])
    let now = Instant(nanoseconds: 12_345)
    #expect(always.earliestStart(of: .seconds(100 * 7 * 86_400), from: now) == now)
    let never = ActiveHours([.init(days: [], startSecond: 0, endSecond: 10)])
    #expect(never.earliestStart(of: .nanoseconds(1), from: now) == nil)
  }

  @Test func `a start lies on the nanosecond, and so does an end`() {
    let hours = ActiveHours([.init(startSecond: 10, endSecond: 20)])
    let start = Instant(nanoseconds: 10_000_000_001)
    let left = TimeSpan.nanoseconds(9_999_999_999)
    #expect(hours.contain(left, from: start))
    #expect(!hours.contain(left + .nanoseconds(1), from: start))
  }

  private static func windows(_ random: inout SeededRandom) -> [ActiveHours.Window] {
    (0..<Int(random.within(0...3))).map { _ in
      ActiveHours.Window(
        days: Set((0..<7).filter { _ in random.chance(60) }),
        startSecond: random.below(1441) * 60, endSecond: random.below(1441) * 60)
    }
  }

  /// By minute of a week that begins on Monday.
  private static func minutes(_ windows: [ActiveHours.Window]) -> [Bool] {
    var minutes = Array(repeating: false, count: minutesOfWeek)
    for window in windows {
      for day in window.days {
        let start = window.startSecond / 60
        var end = window.endSecond / 60
        if end % 1440 == start % 1440 { end = start + 1440 } else if end < start { end += 1440 }
        // A start at 24:00 is one at the next midnight.
        if start == 1440, end - start > 1440 { end -= 1440 }
        for minute in start..<max(start, end) {
          minutes[(day * 1440 + minute) % minutesOfWeek] = true
        }
      }
    }
    return minutes
  }

  private static func found(_ hours: ActiveHours, _ from: Int, _ length: Int) -> Int? {
    let instant = Instant(nanoseconds: Int64(from) * 60_000_000_000)
    return hours.earliestStart(of: .seconds(Int64(length) * 60), from: instant).map {
      Int($0.nanoseconds / 60_000_000_000)
    }
  }

  private static func expected(_ active: [Bool], _ from: Int, _ length: Int) -> Int? {
    func isActive(_ minute: Int) -> Bool {
      // The epoch's Thursday is the fourth day.
      let place = (minute + 3 * 1440) % minutesOfWeek
      return active[place < 0 ? place + minutesOfWeek : place]
    }
    var run = 0
    for minute in from..<from + 2 * minutesOfWeek + length {
      run = isActive(minute) ? run + 1 : 0
      if run == length { return minute - length + 1 }
    }
    return nil
  }
}
