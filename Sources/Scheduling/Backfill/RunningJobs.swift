/// The running jobs in the order of their expected ends.
package struct RunningJobs<Placement: Sendable>: Sendable {
  package struct Entry: Sendable {
    package let expectedEndNanoseconds: Int64
    package let slot: Int
    package let placement: Placement
  }

  package private(set) var entries = ContiguousArray<Entry>()

  package init() {}

  package mutating func insert(_ entry: Entry) {
    entries.insert(entry, at: place(entry.expectedEndNanoseconds, entry.slot))
  }

  /// Takes out the job in `slot`, which is expected to end then.
  package mutating func remove(expectedEndNanoseconds: Int64, slot: Int) -> Entry {
    let index = place(expectedEndNanoseconds, slot)
    precondition(
      index < entries.count && entries[index].slot == slot, "a job that ends was running")
    return entries.remove(at: index)
  }

  /// What the job in `slot` holds, which is expected to end then.
  package func placement(expectedEndNanoseconds: Int64, slot: Int) -> Placement {
    let index = place(expectedEndNanoseconds, slot)
    precondition(index < entries.count && entries[index].slot == slot, "the job is running")
    return entries[index].placement
  }

  private func place(_ endNanoseconds: Int64, _ slot: Int) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      let entry = entries[middle]
      if entry.expectedEndNanoseconds < endNanoseconds
        || (entry.expectedEndNanoseconds == endNanoseconds && entry.slot < slot)
      {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
