import Model

/// What may become due.
enum AlarmKey: Hashable, Comparable, Sendable {
  case job(JobKey)
  case booking(Int64)
}

/// When each of many things is next due, earliest first; at one instant in the order of the keys.
///
/// A binary heap that knows where each key lies, so that setting, moving and clearing cost the logarithm of how many
/// there are. Source: Williams, "Algorithm 232: Heapsort", CACM 1964, doi:10.1145/512274.512284.
struct AlarmQueue: Sendable {
  private struct Entry {
    var at: Instant
    var key: AlarmKey

    func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : key < other.key }
  }

  private var heap: [Entry] = []
  private var places: [AlarmKey: Int] = [:]

  var count: Int { heap.count }

  var first: (at: Instant, key: AlarmKey)? { heap.first.map { ($0.at, $0.key) } }

  /// Nil clears the key's alarm.
  mutating func set(_ key: AlarmKey, to instant: Instant?) {
    switch (places[key], instant) {
    case (nil, nil): break
    case (nil, let instant?):
      heap.append(Entry(at: instant, key: key))
      places[key] = heap.count - 1
      rise(heap.count - 1)
    case (let place?, let instant?):
      guard heap[place].at != instant else { return }
      heap[place].at = instant
      rise(place)
      sink(places[key] ?? place)
    case (let place?, nil): remove(at: place, key)
    }
  }

  private mutating func remove(at place: Int, _ key: AlarmKey) {
    exchange(place, heap.count - 1)
    heap.removeLast()
    places[key] = nil
    guard place < heap.count else { return }
    let moved = heap[place].key
    rise(place)
    sink(places[moved] ?? place)
  }

  private mutating func rise(_ start: Int) {
    var place = start
    while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
      guard least != place else { return }
      exchange(place, least)
      place = least
    }
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    guard left != right else { return }
    heap.swapAt(left, right)
    places[heap[left].key] = left
    places[heap[right].key] = right
  }
}
