/// A set of table slots as a bitmap: adding, removing and asking cost O(1), and a page of it can be read from any slot
/// on, so that listing a pool's leases costs by the page and not by the pool.
struct SlotSet {
  private var words: ContiguousArray<UInt64> = []

  mutating func insert(_ slot: Int32) {
    let word = Int(slot) >> 6
    if word >= words.count {
      words.append(contentsOf: repeatElement(0, count: word - words.count + 1))
    }
    words[word] |= 1 << UInt64(slot & 63)
  }

  mutating func remove(_ slot: Int32) {
    words[Int(slot) >> 6] &= ~(1 << UInt64(slot & 63))
  }

  func contains(_ slot: Int32) -> Bool {
    let word = Int(slot) >> 6
    return word < words.count && words[word] & 1 << UInt64(slot & 63) != 0
  }

  /// The first member at or after the slot.
  func first(from slot: Int32) -> Int32? {
    var word = Int(slot) >> 6
    guard word < words.count else { return nil }
    var bits = words[word] & (~0 << UInt64(slot & 63))
    while bits == 0 {
      word += 1
      guard word < words.count else { return nil }
      bits = words[word]
    }
    return Int32(word << 6 | bits.trailingZeroBitCount)
  }
}
