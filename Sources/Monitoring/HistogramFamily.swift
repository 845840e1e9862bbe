package import Model

/// Histograms that share their bucket bounds, one for each series of a metric, in flat arrays.
///
/// Observing costs a short scan of the bounds and two additions, and never allocates.
package struct HistogramFamily: Sendable {
  /// Upper bounds of the buckets, inclusive, rising; a last bucket without a bound follows.
  package let bounds: [TimeSpan]
  /// Observations by series, then by bucket; not cumulative.
  private var counts: [UInt64]
  /// Sums by series, in seconds.
  private var sums: [Double]

  package init(series: Int, bounds: [TimeSpan]) {
    precondition(series >= 0, "a negative number of series")
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds do not rise")
    self.bounds = bounds
    counts = Array(repeating: 0, count: series * (bounds.count + 1))
    sums = Array(repeating: 0, count: series)
  }

  private var bucketCount: Int { bounds.count + 1 }

  /// Counts observations of one value; a negative one counts as zero. O(number of bounds).
  package mutating func observe(_ value: TimeSpan, series: Int, count: UInt64 = 1) {
    let value = max(value, .zero)
    var bucket = 0
    while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
    counts[series * bucketCount + bucket] &+= count
    sums[series] += value.seconds * Double(count)
  }

  /// How many observations each bucket holds, bounds rising, not cumulative.
  package func buckets(series: Int) -> ArraySlice<UInt64> {
    counts[series * bucketCount..<(series + 1) * bucketCount]
  }

  package func count(series: Int) -> UInt64 { buckets(series: series).reduce(0, &+) }

  /// The sum of the observations, in seconds.
  package func sum(series: Int) -> Double { sums[series] }

  /// From one microsecond, which is what a call usually takes, to ten seconds.
  package static let callBounds: [TimeSpan] = [
    1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 25_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  ].map(TimeSpan.init(nanoseconds:))

  /// From a millisecond to a day.
  package static let waitBounds: [TimeSpan] = [
    1, 10, 50, 100, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
    14_400_000, 86_400_000,
  ].map(TimeSpan.milliseconds)
}
