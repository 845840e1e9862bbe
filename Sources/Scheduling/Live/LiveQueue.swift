import Model

/// The waiting jobs of a ``LivePlanner`` in the order of its policy.
///
/// Changes are collected, and one walk merges them in before a pass. Scores that hang on users alone are looked up for each
/// user at a pass: the entries stay sorted by all else, and one stable distribution by user makes the order.
struct LiveQueue {
  struct Entry {
    var first: Double
    var second: Double
    /// The job's number, which grows with creation and name.
    var number: Int
    var unit: Int
    var kind: Int?
    var estimateNanoseconds: Int64
    var queue: Int
    var user: Int?

    static func < (left: Entry, right: Entry) -> Bool {
      if left.first != right.first { return left.first < right.first }
      if left.second != right.second { return left.second < right.second }
      return left.number < right.number
    }
  }

  private var sorted: ContiguousArray<Entry> = []
  private var added: ContiguousArray<Entry> = []
  private var removed: Set<Int> = []

  mutating func add(_ entry: Entry) { added.append(entry) }

  /// The job with this number waits no longer.
  mutating func remove(number: Int) { removed.insert(number) }

  var count: Int { sorted.count + added.count - removed.count }

  /// All entries, in order.
  mutating func entries() -> ContiguousArray<Entry> {
    guard !added.isEmpty || !removed.isEmpty else { return sorted }
    added.sort(by: <)
    var merged = ContiguousArray<Entry>()
    merged.reserveCapacity(count)
    var next = 0
    func take(_ entry: Entry) {
      if removed.isEmpty || !removed.contains(entry.number) { merged.append(entry) }
    }
    for entry in sorted {
      while next < added.count, added[next] < entry {
        take(added[next])
        next += 1
      }
      take(entry)
    }
    while next < added.count {
      take(added[next])
      next += 1
    }
    sorted = merged
    added = []
    removed = []
    return merged
  }

  /// All entries in the order of what each user's jobs score, lowest first; jobs without a user come last. Equal scores in
  /// the order of ``entries()``.
  ///
  /// - Parameter scores: by user.
  mutating func entries(byUser scores: [Double]) -> ContiguousArray<Entry> {
    let all = entries()
    let distinct = Set(scores).sorted()
    let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    let placeOfUser = scores.map { places[$0] ?? distinct.count }
    let placeOf = { (entry: Entry) in entry.user.map { placeOfUser[$0] } ?? distinct.count }
    var starts = Array(repeating: 0, count: distinct.count + 2)
    for entry in all { starts[placeOf(entry) + 1] += 1 }
    for place in 1..<starts.count { starts[place] += starts[place - 1] }
    var order = Array(repeating: 0, count: all.count)
    for index in all.indices {
      let place = placeOf(all[index])
      order[starts[place]] = index
      starts[place] += 1
    }
    return ContiguousArray(order.map { all[$0] })
  }

  /// Gives all entries new scores.
  mutating func rescore(_ scores: (Entry) -> (Double, Double)) {
    sorted = entries()
    for index in sorted.indices {
      (sorted[index].first, sorted[index].second) = scores(sorted[index])
    }
    sorted.sort(by: <)
  }
}
