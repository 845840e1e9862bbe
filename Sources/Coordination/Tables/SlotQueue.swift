/// Table slots, first in first out: a ring that doubles when it is full. Adding and removing cost O(1).
///
/// Written here because every request adds one and removes one: a general deque looks three times at who owns it.
struct SlotQueue: RandomAccessCollection {
  /// As many places as a power of two.
  private var ring: ContiguousArray<Int32> = [0]
  private var head = 0
  private(set) var count = 0

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  /// The `position`-th slot, the oldest one first.
  subscript(position: Int) -> Int32 {
    precondition(position >= 0 && position < count, "the position is in the queue")
    return ring[(head + position) & (ring.count - 1)]
  }

  mutating func append(_ slot: Int32) {
    if count == ring.count { grow() }
    ring[(head + count) & (ring.count - 1)] = slot
    count += 1
  }

  /// Removes the oldest slot; the queue is not empty.
  mutating func removeFirst() {
    precondition(count > 0, "nothing is in the queue")
    head = (head + 1) & (ring.count - 1)
    count -= 1
  }

  private mutating func grow() {
    let slots = Array(self)
    ring = ContiguousArray(repeating: 0, count: 2 * ring.count)
    ring.replaceSubrange(0..<slots.count, with: slots)
    head = 0
  }
}
