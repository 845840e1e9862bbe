package import Model

/// The events of a simulation that are still to come: the earliest first, those of one instant in
/// the order in which they were added.
///
/// A heap with four children for each place: adding and taking cost O(log n) comparisons of two
/// integers, and the order is total, so that two runs of one simulation are equal to the bit.
/// `Event` is best a small structure or enum without references.
package struct EventQueue<Event> {
  @usableFromInline
  struct Entry {
    @usableFromInline let at: Int64
    @usableFromInline let sequence: UInt64
    @usableFromInline let event: Event

    @usableFromInline
    init(at: Int64, sequence: UInt64, event: Event) {
      self.at = at
      self.sequence = sequence
      self.event = event
    }

    @inlinable
    func isBefore(_ other: Entry) -> Bool {
      at != other.at ? at < other.at : sequence < other.sequence
    }
  }

  @usableFromInline var entries = ContiguousArray<Entry>()
  @usableFromInline var sequence: UInt64 = 0
  /// The first entry was taken out and its place is still open: an event that is added next, as one
  /// often is, goes there.
  @usableFromInline var isFirstTaken = false

  package init() {}

  @inlinable
  package var count: Int { entries.count - (isFirstTaken ? 1 : 0) }
  @inlinable
  package var isEmpty: Bool { count == 0 }

  /// When the next event is due; nil where none is left.
  @inlinable
  package var nextInstant: Instant? {
    guard isFirstTaken else { return entries.first.map { Instant(nanoseconds: $0.at) } }
    guard entries.count > 1 else { return nil }
    var at = entries[1].at
    var child = 2
    while child < min(5, entries.count) {
      at = min(at, entries[child].at)
      child += 1
    }
    return Instant(nanoseconds: at)
  }

  /// Adds an event; of two at one instant the one added first comes first.
  @inlinable
  package mutating func add(_ event: Event, at instant: Instant) {
    let entry = Entry(at: instant.nanoseconds, sequence: sequence, event: event)
    sequence += 1
    guard !isFirstTaken else {
      isFirstTaken = false
      sink(entry)
      return
    }
    var hole = entries.count
    entries.append(entry)
    while hole > 0 {
      let parent = (hole - 1) / 4
      guard entry.isBefore(entries[parent]) else { break }
      entries[hole] = entries[parent]
      hole = parent
    }
    entries[hole] = entry
  }

  /// Takes the earliest event out, with its instant; nil where none is left.
  @inlinable
  package mutating func next() -> (at: Instant, event: Event)? {
    if isFirstTaken { closeFirst() }
    guard let first = entries.first else { return nil }
    isFirstTaken = true
    return (Instant(nanoseconds: first.at), first.event)
  }

  /// Fills the first place with the last entry.
  @inlinable
  mutating func closeFirst() {
    isFirstTaken = false
    guard let last = entries.popLast(), !entries.isEmpty else { return }
    sink(last)
  }

  /// Puts an entry in the place of the first, which is taken out.
  @inlinable
  mutating func sink(_ entry: Entry) {
    let count = entries.count
    var hole = 0
    while true {
      var child = hole * 4 + 1
      guard child < count else { break }
      let end = min(child + 4, count)
      var least = child
      child += 1
      while child < end {
        if entries[child].isBefore(entries[least]) { least = child }
        child += 1
      }
      guard entries[least].isBefore(entry) else { break }
      entries[hole] = entries[least]
      hole = least
    }
    entries[hole] = entry
  }
}
