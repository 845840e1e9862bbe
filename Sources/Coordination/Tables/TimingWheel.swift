package import Model

/// Deadlines of numbered timers, to the nanosecond: setting and clearing one costs O(1), however many there are.
///
/// Eleven levels of 64 buckets each cover 64-bit nanoseconds. A timer lies at the level of the highest six-bit digit
/// in which its deadline differs from the wheel's time; when the wheel's time reaches a bucket of a higher level, its
/// timers move down. Timers of one instant fire in the order in which they were set.
///
/// Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, doi:10.1145/37499.37504, scheme 7.
package struct TimingWheel {
  private struct Node {
    var deadline: Int64 = 0
    var previous: Int32 = -1
    var next: Int32 = -1
    /// The bucket that holds the timer; -1 while it is not set.
    var bucket: Int32 = -1
  }

  private static let levels = 11
  private static let digitBits = 6
  private static let bucketsPerLevel = 64

  private var nodes: ContiguousArray<Node> = []
  private var heads: ContiguousArray<Int32>
  private var tails: ContiguousArray<Int32>
  /// One bit for each bucket of a level that is not empty.
  private var occupied: ContiguousArray<UInt64>
  /// Everything before this instant has fired.
  private var time: Int64

  package init(time: Instant) {
    precondition(time.nanoseconds >= 0, "times before 1970 are not used")
    self.time = time.nanoseconds
    let buckets = TimingWheel.levels * TimingWheel.bucketsPerLevel
    heads = ContiguousArray(repeating: -1, count: buckets)
    tails = ContiguousArray(repeating: -1, count: buckets)
    occupied = ContiguousArray(repeating: 0, count: TimingWheel.levels)
  }

  /// Sets or moves a timer. A deadline that has passed fires at the wheel's time.
  package mutating func set(_ timer: Int32, at deadline: Instant) {
    if Int(timer) >= nodes.count {
      nodes.append(contentsOf: repeatElement(Node(), count: Int(timer) - nodes.count + 1))
    }
    clear(timer)
    nodes[Int(timer)].deadline = max(deadline.nanoseconds, time)
    insert(timer)
  }

  package mutating func clear(_ timer: Int32) {
    guard Int(timer) < nodes.count, nodes[Int(timer)].bucket >= 0 else { return }
    let node = nodes[Int(timer)]
    if node.previous >= 0 {
      nodes[Int(node.previous)].next = node.next
    } else {
      heads[Int(node.bucket)] = node.next
    }
    if node.next >= 0 {
      nodes[Int(node.next)].previous = node.previous
    } else {
      tails[Int(node.bucket)] = node.previous
    }
    if heads[Int(node.bucket)] < 0 {
      occupied[Int(node.bucket) >> 6] &= ~(1 << UInt64(node.bucket & 63))
    }
    nodes[Int(timer)].bucket = -1
  }

  /// No timer fires before this instant; nil without timers. Exact when the next timer is within 64 ns of its bucket,
  /// earlier than the timer otherwise.
  package var earliest: Instant? {
    guard let level = occupied.firstIndex(where: { $0 != 0 }) else { return nil }
    return Instant(nanoseconds: start(ofFirstBucketAt: level))
  }

  /// Takes out the next timer due at or before the limit, with its deadline.
  package mutating func popDue(by limit: Instant) -> (timer: Int32, deadline: Instant)? {
    while let level = occupied.firstIndex(where: { $0 != 0 }) {
      let start = start(ofFirstBucketAt: level)
      guard start <= limit.nanoseconds else { break }
      time = max(time, start)
      let bucket = level << 6 | occupied[level].trailingZeroBitCount
      if level == 0 {
        let timer = heads[bucket]
        clear(timer)
        return (timer, Instant(nanoseconds: nodes[Int(timer)].deadline))
      }
      moveDown(bucket)
    }
    time = max(time, limit.nanoseconds)
    return nil
  }

  private func start(ofFirstBucketAt level: Int) -> Int64 {
    let digit = Int64(occupied[level].trailingZeroBitCount)
    let shift = level * TimingWheel.digitBits
    let above = shift + TimingWheel.digitBits
    let prefix = above >= 63 ? 0 : (time >> Int64(above)) << Int64(above)
    return prefix | digit << Int64(shift)
  }

  private mutating func moveDown(_ bucket: Int) {
    var timer = heads[bucket]
    heads[bucket] = -1
    tails[bucket] = -1
    occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
    while timer >= 0 {
      let next = nodes[Int(timer)].next
      nodes[Int(timer)].bucket = -1
      insert(timer)
      timer = next
    }
  }

  private mutating func insert(_ timer: Int32) {
    let deadline = nodes[Int(timer)].deadline
    let difference = UInt64(bitPattern: deadline ^ time)
    let level =
      difference == 0 ? 0 : (63 - difference.leadingZeroBitCount) / TimingWheel.digitBits
    let digit = Int(deadline >> Int64(level * TimingWheel.digitBits)) & 63
    let bucket = level << 6 | digit
    let last = tails[bucket]
    nodes[Int(timer)].previous = last
    nodes[Int(timer)].next = -1
    nodes[Int(timer)].bucket = Int32(bucket)
    if last >= 0 {
      nodes[Int(last)].next = timer
    } else {
      heads[bucket] = timer
      occupied[level] |= 1 << UInt64(digit)
    }
    tails[bucket] = timer
  }
}
