import Model

/// Finds the pools that are not retired by their names and numbers; expected O(1).
///
/// A class, since it never changes: as a structure its four tables were held and let go of at each look.
final class PoolDirectory {
  private let names: ContiguousArray<Text>
  private let byName: SlotIndex
  /// Indexes by number, for the small numbers that enums have; -1 = none.
  private let bySmallNumber: ContiguousArray<Int32>
  private let byNumber: [Int32: Int32]
  private let hashSeed: UInt64

  private static let smallNumbersEnd: Int32 = 64

  /// Names and numbers are distinct; 0 is no number.
  init(_ pools: ContiguousArray<PoolState>, hashSeed: UInt64) {
    let names = ContiguousArray(pools.map(\.definition.name))
    var byName = SlotIndex()
    var bySmallNumber = ContiguousArray<Int32>(
      repeating: -1, count: Int(PoolDirectory.smallNumbersEnd))
    var byNumber: [Int32: Int32] = [:]
    for (position, state) in pools.enumerated() where !state.isRetired {
      let pool = state.definition
      let index = Int32(position)
      let hash = pool.name.hashValue(seed: hashSeed)
      precondition(
        byName.find(hash: hash) { names[Int($0)] == pool.name } == nil, "two pools of one name")
      byName.insert(index, hash: hash)
      guard pool.number != 0 else { continue }
      if (0..<PoolDirectory.smallNumbersEnd).contains(pool.number) {
        precondition(bySmallNumber[Int(pool.number)] < 0, "two pools of one number")
        bySmallNumber[Int(pool.number)] = index
      } else {
        precondition(byNumber.updateValue(index, forKey: pool.number) == nil, "as above")
      }
    }
    self.names = names
    self.byName = byName
    self.bySmallNumber = bySmallNumber
    self.byNumber = byNumber
    self.hashSeed = hashSeed
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
