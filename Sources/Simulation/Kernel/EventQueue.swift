package import Model

/// The events of a simulation that are still to come: the earliest first, those of one instant in the order in which
/// they were added.
///
/// A heap with four children for each place: adding and taking cost O(log n) comparisons of two integers, and the order is
/// total, so that two runs of one simulation are equal to the bit. `Event` is best a small structure or enum without
/// references.
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

  package init() {}

  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty }

  /// When the next event is due; nil where none is left.
  @inlinable
  package var nextInstant: Instant? {
    entries.first.map { Instant(nanoseconds: $0.at) }
  }

  /// Adds an event; of two at one instant the one added first comes first.
  @inlinable
  package mutating func add(_ event: Event, at instant: Instant) {
    let entry = Entry(at: instant.nanoseconds, sequence: sequence, event: event)
    sequence += 1
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
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    if !entries.isEmpty { sink(last) }
    return (Instant(nanoseconds: first.at), first.event)
  }

  /// Puts an entry in the place of the first, which is taken out.
  @inlinable
  mutating func sink(_ entry: Entry) {
    var hole = 0
    while true {
      let firstChild = hole * 4 + 1
      guard firstChild < entries.count else { break }
      var least = firstChild
      for child in (firstChild + 1)..<max(firstChild + 1, min(firstChild + 4, entries.count))
      where entries[child].isBefore(entries[least]) {
        least = child
      }
      guard entries[least].isBefore(entry) else { break }
      entries[hole] = entries[least]
      hole = least
    }
    entries[hole] = entry
  }
}
