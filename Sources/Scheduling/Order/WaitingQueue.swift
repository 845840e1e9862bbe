/// A waiting job as its queue sees it.
package struct WaitingEntry: Sendable {
  package var key: OrderKey
  /// How much the job asks for at least, in the machine's own measure.
  package var bulk: Int
  package var estimateNanoseconds: Int64
  /// Where the job lies in the planner's table.
  package var slot: Int

  package init(key: OrderKey, bulk: Int, estimateNanoseconds: Int64, slot: Int) {
    self.key = key
    self.bulk = bulk
    self.estimateNanoseconds = estimateNanoseconds
    self.slot = slot
  }
}

/// Which waiting jobs are worth a closer look.
package struct CandidateFilter: Sendable {
  /// The largest bulk that can start now.
  package var room: Int
  /// The longest estimate with which a job of that bulk may start.
  package var windowNanoseconds: Int64
  /// The largest bulk that may start however long its estimate is.
  package var roomForLong: Int

  package init(room: Int, windowNanoseconds: Int64 = .max, roomForLong: Int = .max) {
    self.room = room
    self.windowNanoseconds = windowNanoseconds
    self.roomForLong = roomForLong
  }

  @inline(__always)
  func admits(bulk: Int, estimateNanoseconds: Int64) -> Bool {
    bulk <= room && (estimateNanoseconds <= windowNanoseconds || bulk <= roomForLong)
  }
}

/// Waiting jobs in the order of their keys.
///
/// Entries lie in blocks of at most 64, each of which knows its least bulk and its least estimate,
/// so that a search for jobs that fit passes over whole blocks. Adding, taking out and stepping
/// cost O(√n) in the worst case and a few hundred bytes moved in the usual one; a search costs O(n
/// / 64 + what fits).
package struct WaitingQueue: Sendable {
  /// A place in the queue; valid until the queue changes, but for removals at it (``remove(at:)``).
  package struct Cursor: Sendable {
    var block: Int
    var offset: Int
  }

  private struct Block: Sendable {
    var entries: ContiguousArray<WaitingEntry>
    var leastBulk: Int
    var leastEstimateNanoseconds: Int64

    init(_ entries: ContiguousArray<WaitingEntry>) {
      self.entries = entries
      leastBulk = .max
      leastEstimateNanoseconds = .max
      measure()
    }

    mutating func measure() {
      leastBulk = .max
      leastEstimateNanoseconds = .max
      for entry in entries { include(entry) }
    }

    mutating func include(_ entry: WaitingEntry) {
      leastBulk = min(leastBulk, entry.bulk)
      leastEstimateNanoseconds = min(leastEstimateNanoseconds, entry.estimateNanoseconds)
    }
  }

  private static let blockEntriesMax = 64

  /// None is empty.
  private var blocks = ContiguousArray<Block>()
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// The least bulk of all; `Int.max` in an empty queue.
  package var leastBulk: Int {
    var least = Int.max
    for index in blocks.indices { least = min(least, blocks[index].leastBulk) }
    return least
  }

  package var first: WaitingEntry? { blocks.first?.entries.first }

  // MARK: Changing

  package mutating func insert(_ entry: WaitingEntry) {
    count += 1
    guard !blocks.isEmpty else {
      blocks.append(Block([entry]))
      return
    }
    let block = blockIndex(of: entry.key)
    let offset = offset(of: entry.key, in: block)
    if blocks[block].entries.count < WaitingQueue.blockEntriesMax {
      blocks[block].entries.insert(entry, at: offset)
      blocks[block].include(entry)
    } else if offset == WaitingQueue.blockEntriesMax, block == blocks.count - 1 {
      blocks.append(Block([entry]))
    } else {
      split(block)
      let half = blocks[block].entries.count
      let target = offset <= half ? block : block + 1
      blocks[target].entries.insert(entry, at: offset <= half ? offset : offset - half)
      blocks[target].include(entry)
    }
  }

  /// Takes out the entry at the cursor, which then stands at the next one.
  @discardableResult
  package mutating func remove(at cursor: inout Cursor) -> WaitingEntry {
    let entry = blocks[cursor.block].entries.remove(at: cursor.offset)
    count -= 1
    if blocks[cursor.block].entries.isEmpty {
      blocks.remove(at: cursor.block)
      cursor.offset = 0
    } else {
      let block = blocks[cursor.block]
      if entry.bulk == block.leastBulk
        || entry.estimateNanoseconds == block.leastEstimateNanoseconds
      {
        blocks[cursor.block].measure()
      }
      if cursor.offset == blocks[cursor.block].entries.count {
        cursor = Cursor(block: cursor.block + 1, offset: 0)
      }
    }
    return entry
  }

  /// Takes out the entry with this key; nil where there is none.
  @discardableResult
  package mutating func remove(_ key: OrderKey) -> WaitingEntry? {
    guard var cursor = cursor(at: key) else { return nil }
    return remove(at: &cursor)
  }

  /// Gives every entry a new key and brings them into the new order; O(n) where that is the old
  /// one, O(n log n) otherwise.
  package mutating func rank(_ key: (WaitingEntry) -> OrderKey) {
    var isInOrder = true
    var last: OrderKey?
    for block in blocks.indices {
      for offset in blocks[block].entries.indices {
        let new = key(blocks[block].entries[offset])
        blocks[block].entries[offset].key = new
        if let last, new < last { isInOrder = false }
        last = new
      }
    }
    if !isInOrder { sort() }
  }

  /// The entry that would be first if all had the keys that `key` gives them; O(n), and nothing is
  /// moved.
  package func first(by key: (WaitingEntry) -> OrderKey) -> WaitingEntry? {
    var best: (entry: WaitingEntry, key: OrderKey)?
    for block in blocks {
      for entry in block.entries {
        let key = key(entry)
        if let best, best.key < key { continue }
        best = (entry, key)
      }
    }
    return best?.entry
  }

  private mutating func sort() {
    var all = ContiguousArray<WaitingEntry>()
    all.reserveCapacity(count)
    for block in blocks { all.append(contentsOf: block.entries) }
    all.sort { $0.key < $1.key }
    blocks.removeAll(keepingCapacity: true)
    var start = 0
    while start < all.count {
      let end = min(all.count, start + WaitingQueue.blockEntriesMax)
      blocks.append(Block(ContiguousArray(all[start..<end])))
      start = end
    }
  }

  // MARK: Looking

  package var start: Cursor { Cursor(block: 0, offset: 0) }

  package func entry(at cursor: Cursor) -> WaitingEntry? {
    guard cursor.block < blocks.count else { return nil }
    return blocks[cursor.block].entries[cursor.offset]
  }

  /// The entry with this key; nil where there is none.
  package func entry(with key: OrderKey) -> WaitingEntry? { cursor(at: key).flatMap(entry(at:)) }

  private func cursor(at key: OrderKey) -> Cursor? {
    guard !blocks.isEmpty else { return nil }
    let block = blockIndex(of: key)
    let offset = offset(of: key, in: block)
    guard offset < blocks[block].entries.count, blocks[block].entries[offset].key == key else {
      return nil
    }
    return Cursor(block: block, offset: offset)
  }

  package func advance(_ cursor: inout Cursor) {
    guard cursor.block < blocks.count else { return }
    cursor.offset += 1
    if cursor.offset == blocks[cursor.block].entries.count {
      cursor = Cursor(block: cursor.block + 1, offset: 0)
    }
  }

  /// Moves the cursor to the first entry from it on that the filter admits, and returns that; nil
  /// at the end.
  package func find(_ filter: CandidateFilter, from cursor: inout Cursor) -> WaitingEntry? {
    while cursor.block < blocks.count {
      let block = blocks[cursor.block]
      if filter.admits(
        bulk: block.leastBulk, estimateNanoseconds: block.leastEstimateNanoseconds)
      {
        for offset in cursor.offset..<block.entries.count
        where filter.admits(
          bulk: block.entries[offset].bulk,
          estimateNanoseconds: block.entries[offset].estimateNanoseconds)
        {
          cursor.offset = offset
          return block.entries[offset]
        }
      }
      cursor = Cursor(block: cursor.block + 1, offset: 0)
    }
    return nil
  }

  /// All entries in order.
  package var entries: [WaitingEntry] { blocks.flatMap(\.entries) }

  // MARK: Blocks

  /// The block that a key belongs to: the last one that begins at or before it, or else the first.
  private func blockIndex(of key: OrderKey) -> Int {
    var low = 0
    var high = blocks.count
    while low < high {
      let middle = (low + high) / 2
      if key < blocks[middle].entries[0].key { high = middle } else { low = middle + 1 }
    }
    return max(0, low - 1)
  }

  /// The first place in a block whose key is not before `key`.
  private func offset(of key: OrderKey, in block: Int) -> Int {
    var low = 0
    var high = blocks[block].entries.count
    while low < high {
      let middle = (low + high) / 2
      if blocks[block].entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func split(_ index: Int) {
    let entries = blocks[index].entries
    let half = entries.count / 2
    blocks[index] = Block(ContiguousArray(entries[..<half]))
    blocks.insert(Block(ContiguousArray(entries[half...])), at: index + 1)
  }
}
