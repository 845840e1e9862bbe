import Model
import Monitoring
import Testing

@Suite struct RecentActivityTests {
  private static func at(_ seconds: Int64) -> Instant { .epoch + .seconds(seconds) }

  private static func grant(_ count: Int, in metrics: inout Metrics) {
    for _ in 0..<count { metrics.countRequest(pool: 1, priority: .normal, outcome: .granted) }
  }

  @Test func `the rate is over a window that begins at an earlier question`() {
    var metrics = Metrics(poolCount: 2)
    var recent = RecentActivity(since: Self.at(0))
    Self.grant(600, in: &metrics)
    var answer = recent.append(to: .empty, metrics, at: Self.at(60))
    #expect(answer["grants_per_second"] == "10.0")
    #expect(answer["rate_window_seconds"] == "60.0")
    // Before ten seconds have passed the window only grows.
    Self.grant(60, in: &metrics)
    answer = recent.append(to: .empty, metrics, at: Self.at(66))
    #expect(answer["grants_per_second"] == "10.0")
    #expect(answer["rate_window_seconds"] == "66.0")
    answer = recent.append(to: .empty, metrics, at: Self.at(72))
    #expect(answer["grants_per_second"] == "5.0")
    #expect(answer["rate_window_seconds"] == "12.0")
  }

  @Test func `asked again at once it repeats its answer behind the new entries`() {
    var metrics = Metrics(poolCount: 2)
    var recent = RecentActivity(since: Self.at(0))
    _ = recent.append(to: .empty, metrics, at: Self.at(10))
    Self.grant(10, in: &metrics)
    let answer = recent.append(to: Metadata([("mode", "x")]), metrics, at: Self.at(10))
    #expect(answer.entries.map(\.key) == ["mode", "grants_per_second", "rate_window_seconds"])
    #expect(answer["grants_per_second"] == "0.0")
  }

  @Test func `the wait is the bound that 99 of 100 waits of the window keep`() {
    var metrics = Metrics(poolCount: 2)
    var recent = RecentActivity(since: Self.at(0))
    #expect(recent.append(to: .empty, metrics, at: Self.at(5))["wait_p99_seconds"] == nil)
    for wait in 1...200 {
      metrics.observeWait(
        pool: wait % 2, priority: .high, wait <= 198 ? .milliseconds(40) : .seconds(20))
    }
    #expect(recent.append(to: .empty, metrics, at: Self.at(10))["wait_p99_seconds"] == "0.05")
    metrics.observeWait(pool: 0, priority: .low, .seconds(20))
    #expect(recent.append(to: .empty, metrics, at: Self.at(12))["wait_p99_seconds"] == "30.0")
    metrics.observeWait(pool: 0, priority: .low, .seconds(100_000))
    // The earlier ones lie before the window by now.
    #expect(recent.append(to: .empty, metrics, at: Self.at(25))["wait_p99_seconds"] == "604800.0")
  }
}
