/// The known instants at which scores of waiting jobs change, the earliest first: a binary heap.
///
/// A job that leaves stays in here until its instant; whoever takes a change out checks whether the
/// job still waits.
struct ChangeQueue: Sendable {
  struct Change: Sendable {
    let atNanoseconds: Int64
    let slot: Int
    let number: Int

    func isBefore(_ other: Change) -> Bool {
      atNanoseconds != other.atNanoseconds
        ? atNanoseconds < other.atNanoseconds : number < other.number
    }
  }

  private var heap = ContiguousArray<Change>()

  mutating func add(_ change: Change) {
    var hole = heap.count
    heap.append(change)
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard change.isBefore(heap[parent]) else { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    heap[hole] = change
  }

  /// Takes out the earliest change, if it is due.
  mutating func takeDue(atNanoseconds now: Int64) -> Change? {
    guard let first = heap.first, first.atNanoseconds <= now, let last = heap.popLast() else {
      return nil
    }
    guard !heap.isEmpty else { return first }
    var hole = 0
    while true {
      var child = hole * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
      guard heap[child].isBefore(last) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = last
    return first
  }
}
