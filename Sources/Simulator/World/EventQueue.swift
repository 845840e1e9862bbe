import Model

/// What happens later, in order: by instant, and at one instant in the order in which it was planned.
struct EventQueue {
  private struct Entry {
    let at: Instant
    let sequence: UInt64
    let action: () -> Void

    func comes(before other: Entry) -> Bool {
      (at.nanoseconds, sequence) < (other.at.nanoseconds, other.sequence)
    }
  }

  private var heap: [Entry] = []
  private var planned: UInt64 = 0

  var earliest: Instant? { heap.first?.at }
  var count: Int { heap.count }

  mutating func add(at instant: Instant, _ action: @escaping () -> Void) {
    planned += 1
    heap.append(Entry(at: instant, sequence: planned, action: action))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].comes(before: heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes what happens next.
  mutating func next() -> (at: Instant, action: () -> Void)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && heap[child].comes(before: heap[least]) { least = child }
        guard least != parent else { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return (first.at, first.action)
  }
}
