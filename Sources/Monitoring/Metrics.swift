package import Model

/// Everything that is counted while the coordinator decides. Pools are named by their index.
///
/// Recording is a few additions in flat arrays: no allocation, no clock, no lock. What can be read off the state
/// when somebody asks (capacities, depths, ages) is not counted here but arrives as ``MetricGauges``.
package struct Metrics: Sendable {
  package let poolCount: Int
  /// By pool, priority and outcome.
  private var requests: [UInt64]
  /// By pool and reason.
  private var leaseEnds: [UInt64]
  /// By method and status code.
  private var failedCalls: [UInt64]
  /// By method.
  private(set) var calls: HistogramFamily
  /// By pool and priority.
  private(set) var waits: HistogramFamily
  private(set) var forecastErrors: HistogramFamily
  private(set) var preemptions: UInt64 = 0
  private(set) var streamsDropped: UInt64 = 0

  private static let priorityCount = Priority.allCases.count
  private static let outcomeCount = RequestStatus.allCases.count
  private static let endCount = LeaseEnd.allCases.count
  private static let codeCount = StatusCode.allCases.count
  private static let methodCount = Method.allCases.count

  /// - Parameter poolCount: how many pools there are; their indexes run from 0.
  package init(poolCount: Int) {
    precondition(poolCount >= 0, "a negative number of pools")
    self.poolCount = poolCount
    requests = Array(
      repeating: 0, count: poolCount * Metrics.priorityCount * Metrics.outcomeCount)
    leaseEnds = Array(repeating: 0, count: poolCount * Metrics.endCount)
    failedCalls = Array(repeating: 0, count: Metrics.methodCount * Metrics.codeCount)
    calls = HistogramFamily(series: Metrics.methodCount, bounds: HistogramFamily.callBounds)
    waits = HistogramFamily(
      series: poolCount * Metrics.priorityCount, bounds: HistogramFamily.waitBounds)
    forecastErrors = HistogramFamily(series: 1, bounds: HistogramFamily.waitBounds)
  }

  // MARK: Recording

  /// Counts a request when it is decided, and again when a queued one comes to its end.
  package mutating func countRequest(pool: Int, priority: Priority, outcome: RequestStatus) {
    requests[Metrics.requestIndex(pool, priority, outcome)] &+= 1
  }

  package mutating func countLeaseEnd(pool: Int, reason: LeaseEnd) {
    leaseEnds[Metrics.endIndex(pool, reason)] &+= 1
  }

  /// Counts a call that was not decided.
  package mutating func countFailedCall(method: Method, code: StatusCode) {
    failedCalls[Metrics.failureIndex(method, code)] &+= 1
  }

  package mutating func countPreemption() { preemptions &+= 1 }

  /// Counts a stream that was ended because its reader was too slow.
  package mutating func countStreamDropped() { streamsDropped &+= 1 }

  /// Notes how long the server took over calls; those of one batch took the same time.
  package mutating func observeCalls(method: Method, _ duration: TimeSpan, count: UInt64) {
    calls.observe(duration, series: Metrics.methodIndex(method), count: count)
  }

  /// Notes how long a granted request was queued; zero for one granted at once.
  package mutating func observeWait(pool: Int, priority: Priority, _ wait: TimeSpan) {
    waits.observe(wait, series: Metrics.waitIndex(pool, priority))
  }

  /// Notes how far the expected start of a queued request was from the real one; the sign does not matter.
  package mutating func observeForecastError(_ error: TimeSpan) {
    forecastErrors.observe(error < .zero ? TimeSpan.zero - error : error, series: 0)
  }

  // MARK: Reading

  package func requestCount(pool: Int, priority: Priority, outcome: RequestStatus) -> UInt64 {
    requests[Metrics.requestIndex(pool, priority, outcome)]
  }

  package func leaseEndCount(pool: Int, reason: LeaseEnd) -> UInt64 {
    leaseEnds[Metrics.endIndex(pool, reason)]
  }

  package func failedCallCount(method: Method, code: StatusCode) -> UInt64 {
    failedCalls[Metrics.failureIndex(method, code)]
  }

  // MARK: Indexes

  private static func requestIndex(
    _ pool: Int, _ priority: Priority, _ outcome: RequestStatus
  ) -> Int {
    waitIndex(pool, priority) * outcomeCount + Int(outcome.rawValue) - 1
  }

  static func waitIndex(_ pool: Int, _ priority: Priority) -> Int {
    pool * priorityCount + Int(priority.rawValue) - 1
  }

  private static func endIndex(_ pool: Int, _ reason: LeaseEnd) -> Int {
    pool * endCount + Int(reason.rawValue)
  }

  private static func failureIndex(_ method: Method, _ code: StatusCode) -> Int {
    methodIndex(method) * codeCount + Int(code.rawValue)
  }

  static func methodIndex(_ method: Method) -> Int { Int(method.rawValue) - 1 }
}
