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

  /// The first and the last timer of a bucket; -1 while it is empty.
  private struct Bucket {
    var head: Int32 = -1
    var tail: Int32 = -1
  }

  private static let levels = 11
  private static let digitBits = 6
  private static let bucketsPerLevel = 64

  private var nodes: ContiguousArray<Node> = []
  private var buckets: ContiguousArray<Bucket>
  /// One bit for each bucket of a level that is not empty.
  private var occupied: [11 of UInt64] = .init(repeating: 0)
  /// Everything before this instant has fired.
  private var time: Int64

  package init(time: Instant) {
    precondition(time.nanoseconds >= 0, "times before 1970 are not used")
    self.time = time.nanoseconds
    buckets = ContiguousArray(
      repeating: Bucket(), count: TimingWheel.levels * TimingWheel.bucketsPerLevel)
  }

  /// Sets or moves a timer. A deadline that has passed fires at the wheel's time.
  package mutating func set(_ timer: Int32, at deadline: Instant) {
    if Int(timer) >= nodes.count {
      nodes.append(contentsOf: repeatElement(Node(), count: Int(timer) - nodes.count + 1))
    }
    clear(timer)
    insert(timer, at: max(deadline.nanoseconds, time))
  }

  package mutating func clear(_ timer: Int32) {
    guard Int(timer) < nodes.count, nodes[Int(timer)].bucket >= 0 else { return }
    let node = nodes[Int(timer)]
    unlink(timer, node)
    guard node.previous < 0 || node.next < 0 else { return }
    let position = Int(node.bucket)
    if node.previous < 0 { buckets[position].head = node.next }
    if node.next < 0 { buckets[position].tail = node.previous }
    if node.previous < 0, node.next < 0 {
      occupied[position >> 6] &= ~(1 << UInt64(position & 63))
    }
  }

  private mutating func unlink(_ timer: Int32, _ node: Node) {
    // One look at who owns the memory, not one for each change.
    var nodes = self.nodes.mutableSpan
    nodes[Int(timer)].bucket = -1
    if node.previous >= 0 { nodes[Int(node.previous)].next = node.next }
    if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
  }

  /// No timer fires before this instant; nil without timers. Exact when the next timer is within 64 ns of its bucket,
  /// earlier than the timer otherwise.
  package var earliest: Instant? {
    guard let level = lowestLevel else { return nil }
    return Instant(nanoseconds: start(ofFirstBucketAt: level))
  }

  /// Takes out the next timer due at or before the limit, with its deadline.
  package mutating func popDue(by limit: Instant) -> (timer: Int32, deadline: Instant)? {
    while let level = lowestLevel {
      let start = start(ofFirstBucketAt: level)
      guard start <= limit.nanoseconds else { break }
      time = max(time, start)
      let bucket = level << 6 | occupied[level].trailingZeroBitCount
      if level == 0 {
        let timer = buckets[bucket].head
        clear(timer)
        return (timer, Instant(nanoseconds: nodes[Int(timer)].deadline))
      }
      moveDown(bucket)
    }
    time = max(time, limit.nanoseconds)
    return nil
  }

  /// The lowest level that has timers; they come before those of every higher one.
  private var lowestLevel: Int? {
    occupied.indices.first { occupied[$0] != 0 }
  }

  private func start(ofFirstBucketAt level: Int) -> Int64 {
    let digit = Int64(occupied[level].trailingZeroBitCount)
    let shift = level * TimingWheel.digitBits
    let above = shift + TimingWheel.digitBits
    let prefix = above >= 63 ? 0 : (time >> Int64(above)) << Int64(above)
    return prefix | digit << Int64(shift)
  }

  private mutating func moveDown(_ bucket: Int) {
    var timer = buckets[bucket].head
    buckets[bucket] = Bucket()
    occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
    while timer >= 0 {
      let node = nodes[Int(timer)]
      insert(timer, at: node.deadline)
      timer = node.next
    }
  }

  /// Sets a timer that is in no bucket.
  private mutating func insert(_ timer: Int32, at deadline: Int64) {
    let difference = UInt64(bitPattern: deadline ^ time)
    let level =
      difference == 0 ? 0 : (63 - difference.leadingZeroBitCount) / TimingWheel.digitBits
    let digit = Int(deadline >> Int64(level * TimingWheel.digitBits)) & 63
    let bucket = level << 6 | digit
    let last = buckets[bucket].tail
    nodes[Int(timer)] = Node(deadline: deadline, previous: last, next: -1, bucket: Int32(bucket))
    if last >= 0 {
      nodes[Int(last)].next = timer
      buckets[bucket].tail = timer
    } else {
      buckets[bucket] = Bucket(head: timer, tail: timer)
      occupied[level] |= 1 << UInt64(digit)
    }
  }
}
