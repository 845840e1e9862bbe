/// A hash index from keys to table slots. The keys stay in the table; an entry is a slot and half of its key's hash.
///
/// Open addressing with linear probing; removal shifts later entries back, so that lookups never meet graves.
/// Expected O(1) for every operation.
struct SlotIndex {
  /// Upper half: hash bits; lower half: slot + 1; 0 = free.
  private var entries: ContiguousArray<UInt64>
  private(set) var count = 0

  init() {
    entries = ContiguousArray(repeating: 0, count: 64)
  }

  private var mask: Int { entries.count - 1 }

  private static func tag(_ hash: UInt64) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 }

  @inline(__always)
  private func home(_ entry: UInt64) -> Int { Int(truncatingIfNeeded: entry >> 32) & mask }

  /// The slot whose key has this hash and satisfies the test.
  @inline(__always)
  func find(hash: UInt64, where isMatch: (Int32) -> Bool) -> Int32? {
    var probe = firstProbe(hash)
    while let slot = next(hash, &probe) {
      if isMatch(slot) { return slot }
    }
    return nil
  }

  /// Where a search for the hash begins.
  @inline(__always)
  func firstProbe(_ hash: UInt64) -> Int { home(SlotIndex.tag(hash)) }

  /// The next slot whose key has this hash, from the probe on; nil when there is none left.
  @inline(__always)
  func next(_ hash: UInt64, _ probe: inout Int) -> Int32? {
    let tag = SlotIndex.tag(hash)
    while entries[probe] != 0 {
      let entry = entries[probe]
      probe = (probe + 1) & mask
      if entry & 0xFFFF_FFFF_0000_0000 == tag {
        return Int32(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
      }
    }
    return nil
  }

  /// Adds a slot whose key is not in the index.
  mutating func insert(_ slot: Int32, hash: UInt64) {
    if (count + 1) * 4 > entries.count * 3 { grow() }
    place(SlotIndex.tag(hash) | UInt64(slot + 1))
    count += 1
  }

  /// Removes a slot that is in the index.
  mutating func remove(_ slot: Int32, hash: UInt64) {
    let entry = SlotIndex.tag(hash) | UInt64(slot + 1)
    var hole = home(hash)
    while entries[hole] != entry {
      precondition(entries[hole] != 0, "the slot is not in the index")
      hole = (hole + 1) & mask
    }
    var position = (hole + 1) & mask
    while entries[position] != 0 {
      // An entry may fill the hole unless its home lies cyclically after the hole.
      let distanceFromHome = (position - home(entries[position])) & mask
      if distanceFromHome >= (position - hole) & mask {
        entries[hole] = entries[position]
        hole = position
      }
      position = (position + 1) & mask
    }
    entries[hole] = 0
    count -= 1
  }

  private mutating func place(_ entry: UInt64) {
    var position = home(entry)
    while entries[position] != 0 { position = (position + 1) & mask }
    entries[position] = entry
  }

  private mutating func grow() {
    let old = entries
    entries = ContiguousArray(repeating: 0, count: old.count * 2)
    for entry in old where entry != 0 { place(entry) }
  }
}
