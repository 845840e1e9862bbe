import Model

/// What is known of each component that has leases, waits or remembered requests, by a small number.
struct Components {
  struct Entry {
    var name: Text
    var limits: ComponentLimits
    /// Records that name the component; at zero the entry goes.
    var records = 0
    var leases = 0
    var waiting = 0
    /// Held quantities by pool index, sorted by it; pools without any are left out.
    var held: [PoolClaim] = []
    /// Per lane of the queue: the round of the component's last waiter.
    var lastRound: [5 of UInt64] = .init(repeating: 0)
    /// Per lane: the highest round in which the component was served.
    var servedRound: [5 of UInt64] = .init(repeating: 0)
    /// The theoretical arrival time of the next call under the limit on calls per second.
    var nextCall = Instant.epoch

    static let vacant = Entry(name: .empty, limits: ComponentLimits())

    func held(of pool: Int32) -> Int64 {
      let position = held.partitionPoint { $0.pool < pool }
      return position < held.count && held[position].pool == pool ? held[position].quantity : 0
    }

    /// Notes that a waiter left its place. A component that no longer waits owes no turns for what it was not given.
    mutating func noteLeft(_ place: QueueKey, served: Bool) {
      let lane = Int(place.lane.rawValue)
      if served { servedRound[lane] = max(servedRound[lane], place.round) }
      if waiting == 0 { lastRound = servedRound }
    }

    mutating func changeHeld(of pool: Int32, by difference: Int64) {
      let position = held.partitionPoint { $0.pool < pool }
      guard position < held.count, held[position].pool == pool else {
        held.insert(PoolClaim(pool: pool, quantity: difference), at: position)
        return
      }
      held[position].quantity += difference
      if held[position].quantity == 0 { held.remove(at: position) }
    }
  }

  private var table = SlotTable<Entry>(vacant: .vacant)
  private var index = SlotIndex()
  private let hashSeed: UInt64
  let defaults: ComponentLimits
  let named: [Text: ComponentLimits]

  init(defaults: ComponentLimits, named: [Text: ComponentLimits], hashSeed: UInt64) {
    self.defaults = defaults
    self.named = named
    self.hashSeed = hashSeed
  }

  var count: Int { table.count }

  func find(_ name: Text) -> Int32? {
    index.find(hash: name.hashValue(seed: hashSeed)) { table[$0].name == name }
  }

  func limits(of name: Text) -> ComponentLimits {
    if let found = find(name) { return table[found].limits }
    return named.isEmpty ? defaults : named[name] ?? defaults
  }

  /// The component's number, new if it has none.
  mutating func intern(_ name: Text) -> Int32 {
    let hash = name.hashValue(seed: hashSeed)
    if let found = index.find(hash: hash, where: { table[$0].name == name }) { return found }
    let limits = named.isEmpty ? defaults : named[name] ?? defaults
    let component = table.insert(Entry(name: name, limits: limits))
    index.insert(component, hash: hash)
    return component
  }

  // MARK: Restoring, as in ``SlotTable``

  var free: ContiguousArray<Int32> { table.free }
  var end: Int32 { table.end }

  mutating func restoreFree(_ component: Int32) { table.restoreFree(component) }

  /// Fills a component's number. False where that cannot be.
  mutating func restore(_ component: Int32, _ entry: Entry) -> Bool {
    guard find(entry.name) == nil, !entry.name.isEmpty else { return false }
    var entry = entry
    entry.limits = limits(of: entry.name)
    guard table.restore(entry, at: component, filled: index.count) else { return false }
    index.insert(component, hash: entry.name.hashValue(seed: hashSeed))
    return true
  }

  func isKnown(_ component: Int32) -> Bool {
    component >= 0 && component < table.end && !table[component].name.isEmpty
  }

  /// Ends restoring. False unless every number is free or names a component that a record names.
  mutating func finishRestoring(end: Int32) -> Bool {
    guard
      table.finishRestoring(end: end, filled: index.count, isVacant: { $0.name.isEmpty })
    else { return false }
    return (0..<end).allSatisfy { table[$0].name.isEmpty || table[$0].records > 0 }
  }

  /// Takes back one record's reference.
  mutating func dropRecord(_ component: Int32) {
    table[component].records -= 1
    guard table[component].records == 0 else { return }
    precondition(table[component].leases == 0 && table[component].waiting == 0)
    index.remove(component, hash: table[component].name.hashValue(seed: hashSeed))
    table.remove(component)
  }

  subscript(component: Int32) -> Entry {
    @inline(__always) _read { yield table[component] }
    @inline(__always) _modify { yield &table[component] }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first position whose element does not satisfy the predicate; those that do must come first.
  func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
