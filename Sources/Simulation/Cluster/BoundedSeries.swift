/// A quantity over time in a bounded number of buckets of equal width, which doubles as often as
/// the time needs it.
///
/// Each bucket holds the quantity's mean over its width and its largest value. Adding costs O(1)
/// amortised.
public struct BoundedSeries: Hashable, Sendable {
  public struct Bucket: Hashable, Sendable {
    fileprivate(set) var integral = 0.0
    /// The largest value.
    public fileprivate(set) var largest = 0.0
  }

  /// Where the first bucket begins.
  public let startSeconds: Double
  /// How long a bucket is.
  public private(set) var widthSeconds = 1.0
  public private(set) var buckets: [Bucket] = []
  private let bucketsMax: Int

  /// At most `bucketsMax` buckets, at least 2.
  init(startSeconds: Double, bucketsMax: Int) {
    precondition(bucketsMax >= 2, "a series has at least two buckets")
    self.startSeconds = startSeconds
    self.bucketsMax = bucketsMax
  }

  /// The mean over each bucket's width, and when the bucket begins. The last bucket may be cut
  /// short by the end of what was added, and counts as 0 from there on.
  public var means: [(atSeconds: Double, value: Double)] {
    buckets.enumerated().map {
      (startSeconds + Double($0.offset) * widthSeconds, $0.element.integral / widthSeconds)
    }
  }

  /// The quantity had this value from one time to another; pieces come in the order of time.
  mutating func add(_ value: Double, fromSeconds: Double, toSeconds: Double) {
    var from = fromSeconds - startSeconds
    let to = toSeconds - startSeconds
    guard from >= 0, to > from else { return }
    while to > Double(bucketsMax) * widthSeconds { halve() }
    while from < to {
      let index = min(Int(from / widthSeconds), bucketsMax - 1)
      while buckets.count <= index { buckets.append(Bucket()) }
      let boundary = Double(index + 1) * widthSeconds
      let end = index == bucketsMax - 1 || boundary > to ? to : boundary
      buckets[index].integral += value * (end - from)
      buckets[index].largest = max(buckets[index].largest, value)
      from = max(end, from.nextUp)
    }
  }

  /// Twice the width, half the buckets.
  private mutating func halve() {
    widthSeconds *= 2
    var merged: [Bucket] = []
    merged.reserveCapacity(bucketsMax)
    var index = 0
    while index < buckets.count {
      var bucket = buckets[index]
      if index + 1 < buckets.count {
        bucket.integral += buckets[index + 1].integral
        bucket.largest = max(bucket.largest, buckets[index + 1].largest)
      }
      merged.append(bucket)
      index += 2
    }
    buckets = merged
  }
}
