import Model

/// Finds the pools that are not retired by their names and numbers; expected O(1).
struct PoolDirectory {
  private let names: ContiguousArray<Text>
  private var byName = SlotIndex()
  /// Indexes by number, for the small numbers that enums have; -1 = none.
  private var bySmallNumber: ContiguousArray<Int32>
  private var byNumber: [Int32: Int32] = [:]
  private let hashSeed: UInt64

  private static let smallNumbersEnd: Int32 = 64

  /// Names and numbers are distinct; 0 is no number.
  init(_ pools: ContiguousArray<PoolState>, hashSeed: UInt64) {
    self.hashSeed = hashSeed
    names = ContiguousArray(pools.map(\.definition.name))
    bySmallNumber = ContiguousArray(repeating: -1, count: Int(PoolDirectory.smallNumbersEnd))
    for (position, state) in pools.enumerated() where !state.isRetired {
      let pool = state.definition
      let index = Int32(position)
      precondition(find(name: pool.name) == nil, "two pools of one name")
      byName.insert(index, hash: pool.name.hashValue(seed: hashSeed))
      guard pool.number != 0 else { continue }
      precondition(find(number: pool.number) == nil, "two pools of one number")
      if (0..<PoolDirectory.smallNumbersEnd).contains(pool.number) {
        bySmallNumber[Int(pool.number)] = index
      } else {
        byNumber[pool.number] = index
      }
    }
  }

  func find(name: Text) -> Int32? {
    return byName.find(hash: name.hashValue(seed: hashSeed)) { names[Int($0)] == name }
  }

  func find(number: Int32) -> Int32? {
    guard (0..<PoolDirectory.smallNumbersEnd).contains(number) else { return byNumber[number] }
    let index = bySmallNumber[Int(number)]
    return index < 0 ? nil : index
  }
}
