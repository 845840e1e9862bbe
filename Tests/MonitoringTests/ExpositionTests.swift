import Model
import Monitoring
import Testing

@Suite struct ExpositionTests {
  @Test func `built-in pools are told in base units under names of their own`() {
    let text = Samples.metrics().exposition(gauges: Samples.gauges())
    #expect(text.contains("\ncoordinator_gpu_memory_capacity_bytes 25165824000\n"))
    #expect(text.contains("\ncoordinator_gpu_memory_allocated_bytes 8388608000\n"))
    #expect(text.contains("\ncoordinator_memory_capacity_bytes 34359738368\n"))
    #expect(text.contains("\ncoordinator_cpu_capacity_cores 16\n"))
    #expect(text.contains("\ncoordinator_api_quota_capacity_requests 100\n"))
    #expect(text.contains("\ncoordinator_api_quota_used_requests 7\n"))
  }

  @Test func `other pools are told by name and unit`() {
    let text = Samples.metrics().exposition(gauges: Samples.gauges())
    #expect(text.contains(#"coordinator_pool_capacity{pool="disk \"fast\"",unit="MB"} 1000000"#))
    #expect(text.contains(#"coordinator_pool_allocated{pool="disk \"fast\"",unit="MB"} 12"#))
    #expect(!text.contains(#"coordinator_pool_capacity{pool="gpu""#))
  }

  @Test func `a built-in pool with a foreign unit keeps its unit as a label`() {
    var gauges = Samples.gauges()
    gauges.pools[0].status.unit = "tiles"
    let text = Samples.metrics().exposition(gauges: gauges)
    #expect(!text.contains("coordinator_gpu_memory_capacity_bytes"))
    #expect(text.contains(#"coordinator_pool_capacity{pool="gpu",unit="tiles"} 24000"#))
  }

  @Test func `label values keep quotes, backslashes and line ends inside the quotes`() {
    var writer = ExpositionWriter()
    writer.sample("x", [("l", "a\"b\\c\nd\r\ne")], 1)
    #expect(writer.text == "x{l=\"a\\\"b\\\\c\\nd\r\\ne\"} 1\n")
  }

  @Test func `a histogram's buckets cumulate up to its count`() {
    let text = Samples.metrics().exposition(gauges: Samples.gauges())
    let name = "coordinator_request_duration_seconds"
    #expect(text.contains("\(name)_bucket{method=\"request_resource\",le=\"1e-06\"} 1\n"))
    #expect(text.contains("\(name)_bucket{method=\"request_resource\",le=\"+Inf\"} 2\n"))
    #expect(text.contains("\(name)_count{method=\"request_resource\"} 2\n"))
    #expect(!text.contains("method=\"drain\""))
  }

  @Test func `usual outcomes begin at zero`() {
    let text = Metrics(poolCount: 5).exposition(gauges: Samples.gauges())
    #expect(
      text.contains(
        #"coordinator_requests_total{resource="gpu",priority="low",outcome="granted"} 0"#))
    #expect(!text.contains(#"outcome="expired""#))
  }

  @Test func `each metric stands once, with its help and type before its samples`() {
    let text = Samples.metrics().exposition(gauges: Samples.gauges())
    var families: Set<Substring> = []
    var current: Substring = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# TYPE ") {
        current = line.split(separator: " ")[2]
        #expect(families.insert(current).inserted, "\(current) stands twice")
      } else if !line.hasPrefix("#") {
        #expect(line.hasPrefix(current), "\(line) is outside its family")
      }
    }
    #expect(families.contains("process_resident_memory_bytes"))
  }
}

/// One of everything.
enum Samples {
  static func metrics() -> Metrics {
    var metrics = Metrics(poolCount: 5)
    metrics.countRequest(pool: 0, priority: .high, outcome: .granted)
    metrics.countRequest(pool: 4, priority: .low, outcome: .expired)
    metrics.countLeaseEnd(pool: 0, reason: .claimLapsed)
    metrics.countFailedCall(method: .requestResource, code: .invalidArgument)
    metrics.countPreemption()
    metrics.countStreamDropped()
    metrics.observeCalls(method: .requestResource, .nanoseconds(900), count: 1)
    metrics.observeCalls(method: .requestResource, .seconds(60), count: 1)
    metrics.observeWait(pool: 0, priority: .high, .milliseconds(30))
    metrics.observeForecastError(.seconds(3))
    return metrics
  }

  static func gauges() -> MetricGauges {
    let pools: [(Int32, Text, Text, Int64, Int64)] = [
      (1, "gpu", "MB", 24_000, 8000), (2, "claude_api", "req/hr", 100, 7),
      (3, "memory", "MB", 32_768, 0), (4, "cpu", "cores", 16, 20),
      (0, "disk \"fast\"", "MB", 1_000_000, 12),
    ]
    var gauges = MetricGauges(
      pools: pools.map { number, name, unit, capacity, allocated in
        PoolGauge(
          status: PoolStatus(
            number: number, name: name, unit: unit, kind: .capacity, totalCapacity: capacity,
            available: max(0, capacity - allocated), allocated: allocated,
            overCommitted: max(0, allocated - capacity), queued: 0, allocationsTotal: 1))
      }, version: "0.1.0", mode: .respectLimits)
    gauges.pools[0].queueDepths = [1, 2, 3, 4]
    gauges.pools[0].oldestWait = .milliseconds(1500)
    gauges.components = [
      ComponentUse(component: "trainer\n\"one\"", pool: 0, allocated: 8000),
      ComponentUse(component: "trainer\n\"one\"", pool: 3, allocated: 20),
    ]
    gauges.process = ProcessNumbers(
      cpuSeconds: 1.25, residentMemoryBytes: 1 << 24, virtualMemoryBytes: 1 << 30, openFiles: 12,
      openFilesMax: 1024, startTimeSeconds: 1_700_000_000.5)
    return gauges
  }
}
