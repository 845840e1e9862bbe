import Model
import Monitoring
import Testing

@Suite struct MetricsTests {
  @Test func `a request is counted under its pool, priority and outcome alone`() {
    var metrics = Metrics(poolCount: 3)
    metrics.countRequest(pool: 1, priority: .high, outcome: .granted)
    metrics.countRequest(pool: 1, priority: .high, outcome: .granted)
    metrics.countRequest(pool: 2, priority: .critical, outcome: .expired)
    var total: UInt64 = 0
    for pool in 0..<3 {
      for priority in Priority.allCases {
        for outcome in RequestStatus.allCases {
          total += metrics.requestCount(pool: pool, priority: priority, outcome: outcome)
        }
      }
    }
    #expect(metrics.requestCount(pool: 1, priority: .high, outcome: .granted) == 2)
    #expect(metrics.requestCount(pool: 2, priority: .critical, outcome: .expired) == 1)
    #expect(total == 3)
  }

  @Test func `an observation falls into the first bucket whose bound is not below it`() {
    var histogram = HistogramFamily(series: 2, bounds: [.milliseconds(1), .milliseconds(10)])
    histogram.observe(.milliseconds(1), series: 1)
    histogram.observe(.nanoseconds(1_000_001), series: 1)
    histogram.observe(.seconds(2), series: 1)
    histogram.observe(.nanoseconds(-5), series: 1)
    #expect(Array(histogram.buckets(series: 1)) == [2, 1, 1])
    #expect(Array(histogram.buckets(series: 0)) == [0, 0, 0])
    #expect(histogram.sum(series: 1) == 0.001 + 0.001_000_001 + 2)
  }

  @Test func `a forecast that was too late errs as far as one that was too early`() {
    var metrics = Metrics(poolCount: 0)
    metrics.observeForecastError(.seconds(-20))
    metrics.observeForecastError(.seconds(20))
    let text = metrics.exposition(
      gauges: MetricGauges(pools: [], version: "1", mode: .alwaysGrant))
    #expect(text.contains("coordinator_wait_forecast_error_seconds_sum 40\n"))
    #expect(text.contains(#"coordinator_wait_forecast_error_seconds_bucket{le="10"} 0"#))
    #expect(text.contains(#"coordinator_wait_forecast_error_seconds_bucket{le="30"} 2"#))
  }

  @Test func `components beyond the fiftieth count together as other`() {
    var uses = (0..<60).map { index in
      ComponentUse(component: Text("component-\(index)"), pool: 0, allocated: Int64(100 - index))
    }
    uses.append(ComponentUse(component: "other", pool: 0, allocated: 1000))
    let shares = ComponentShares(of: uses, capacities: [1000]).shares
    #expect(shares.count == 50)
    let other = shares.first { $0.component == ComponentShares.other }
    // The component of that name, and the eleven smallest ones: 41 to 51 of a thousand each.
    #expect(other.map { abs($0.ratio - (1 + 0.506)) < 1e-9 } == true)
    #expect(!shares.contains { $0.component == "component-59" })
    #expect(shares.contains { $0.component == "component-0" && $0.ratio == 0.1 })
  }

  @Test func `a pool without capacity has no shares`() {
    let uses = [ComponentUse(component: "a", pool: 0, allocated: 5)]
    #expect(ComponentShares(of: uses, capacities: [0]).shares.isEmpty)
  }
}
