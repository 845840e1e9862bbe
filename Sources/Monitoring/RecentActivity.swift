package import Model

/// How busy the coordinator was lately: read off its counters when somebody asks, so that nothing is counted for it.
///
/// The window reaches back to an earlier question, at least ``windowMinimum`` ago; where nobody asked for longer, so far
/// back, and before that to the start. The answer names its length.
package struct RecentActivity: Sendable {
  package static let windowMinimum = TimeSpan.seconds(10)
  /// Asked again sooner, it repeats its answer, which costs the same then with one pool and with thousands.
  package static let freshness = TimeSpan.seconds(1)

  private struct Mark {
    var at: Instant
    var grants: UInt64
    /// By bucket, over all pools and priorities.
    var waits: [UInt64]
  }

  private var older: Mark
  private var newer: Mark
  private var answer: (at: Instant, text: Metadata)?

  package init(since start: Instant) {
    older = Mark(
      at: start, grants: 0, waits: HistogramFamily.waitBounds.map { _ in 0 } + [0])
    newer = older
  }

  /// The entries `grants_per_second`, `wait_p99_seconds` (where a request was granted after a wait) and
  /// `rate_window_seconds`, behind other ones. O(number of pools), at most once in ``freshness``.
  package mutating func append(to other: Metadata, _ metrics: Metrics, at now: Instant) -> Metadata
  {
    if let answer, now - answer.at < RecentActivity.freshness {
      return RecentActivity.join(other, answer.text)
    }
    let present = Mark(at: now, grants: metrics.grantsTotal, waits: metrics.waitBuckets)
    if now - newer.at >= RecentActivity.windowMinimum {
      older = newer
      newer = present
    }
    let text = Metadata(entries(present))
    answer = (now, text)
    return RecentActivity.join(other, text)
  }

  /// The keys of both are different ones.
  private static func join(_ first: Metadata, _ second: Metadata) -> Metadata {
    Metadata(packed: first.packed + second.packed, count: first.count + second.count)
  }

  private func entries(_ present: Mark) -> [(key: String, value: String)] {
    let window = max(.milliseconds(1), present.at - older.at)
    let grants = Double(present.grants &- older.grants) / window.seconds
    var entries = [("grants_per_second", RecentActivity.tenths(grants))]
    let waits = zip(present.waits, older.waits).map { $0 &- $1 }
    if let bound = RecentActivity.bound(of: waits) {
      entries.append(("wait_p99_seconds", "\(bound.seconds)"))
    }
    entries.append(("rate_window_seconds", RecentActivity.tenths(window.seconds)))
    return entries
  }

  /// What at least 99 of 100 waits were not longer than; nil without waits.
  private static func bound(of waits: [UInt64]) -> TimeSpan? {
    let total = waits.reduce(0, &+)
    guard total > 0 else { return nil }
    var seen: UInt64 = 0
    for (bucket, bound) in HistogramFamily.waitBounds.enumerated() {
      seen &+= waits[bucket]
      if seen >= total - total / 100 { return bound }
    }
    return Limits().waitMaximum
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int64(min(1e15, (value * 10).rounded()))
    return "\(tenths / 10).\(tenths % 10)"
  }
}

extension Metrics {
  /// Requests granted, at once and out of the queue.
  fileprivate var grantsTotal: UInt64 {
    (0..<poolCount).reduce(0) { sum, pool in
      Priority.allCases.reduce(sum) {
        $0 &+ requestCount(pool: pool, priority: $1, outcome: .granted)
      }
    }
  }

  /// Waits that ended with a grant, by bucket, over all pools and priorities.
  fileprivate var waitBuckets: [UInt64] {
    var sums: [UInt64] = HistogramFamily.waitBounds.map { _ in 0 } + [0]
    for series in 0..<poolCount * Priority.allCases.count {
      for (bucket, count) in waits.buckets(series: series).enumerated() { sums[bucket] &+= count }
    }
    return sums
  }
}
