/// A clock for arrivals that follow a daily cycle: it runs on points, of which busy times of the
/// day hold more.
///
/// A day has equal buckets with weights whose mean is 1; a second is worth 1 / bucket length of its
/// bucket's weight. An arrival process that is even in points is as uneven in time as the weights
/// are.
struct DailyClock {
  private let weights: [Double]
  private let bucketSeconds: Double
  private var bucket = 0
  private var usedShare = 0.0
  private(set) var seconds = 0.0

  static let secondsOfADay = 86_400.0

  /// Weights are more than 0, in any unit; the first is that of the bucket after midnight, when the
  /// clock begins.
  init(weights: [Double]) {
    precondition(!weights.isEmpty && weights.allSatisfy { $0 > 0 }, "every hour has some weight")
    let mean = weights.reduce(0, +) / Double(weights.count)
    self.weights = weights.map { $0 / mean }
    bucketSeconds = DailyClock.secondsOfADay / Double(weights.count)
  }

  /// Lets as much time pass as these seconds are worth on average.
  mutating func advance(averageSeconds: Double) {
    var points = averageSeconds / bucketSeconds
    while true {
      let left = weights[bucket] * (1 - usedShare)
      guard points > left else { break }
      points -= left
      seconds += bucketSeconds * (1 - usedShare)
      usedShare = 0
      bucket = (bucket + 1) % weights.count
    }
    seconds += bucketSeconds * points / weights[bucket]
    usedShare = min(1, usedShare + points / weights[bucket])
  }
}
