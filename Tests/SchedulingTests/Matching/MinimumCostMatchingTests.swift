import Model
import Scheduling
import TestSupport
import Testing

@Suite struct MinimumCostMatchingTests {
  @Test(arguments: TestSeed.all(400))
  func `on small matrices it matches as many rows as any matching and costs the least`(
    seed: UInt64
  ) {
    let matrix = Matrix(seed: seed, sides: 0...5, range: -9...9)
    let matching = matrix.matching()
    let best = matrix.bestByTrying(row: 0, used: [])
    #expect(matching.columnOfRow.compactMap(\.self).count == best.count, "seed \(seed)")
    #expect(matching.totalCost == Int128(best.cost), "seed \(seed)")
  }

  @Test(arguments: TestSeed.all(12))
  func `on large matrices its potentials prove that nothing is better`(seed: UInt64) {
    let matrix = Matrix(seed: seed, sides: 40...90, range: -1_000_000...1_000_000)
    let matching = matrix.matching()
    matrix.expectProof(matching, seed: seed)
  }

  @Test(arguments: TestSeed.all(12))
  func `costs of 63 bits are summed exactly`(seed: UInt64) {
    let matrix = Matrix(
      seed: seed, sides: 2...12, range: (-(.max / 2))...(.max / 2 - 1), offset: .max / 2)
    matrix.expectProof(matrix.matching(), seed: seed)
  }

  @Test func `of equal costs the first row gets the first column`() {
    let columns = MinimumCostMatching.assign(rows: 3, columns: 5) { _, _ in 7 }
    #expect(columns == [0, 1, 2])
  }

  @Test func `a pair that costs more is taken where it lets one more row be matched`() {
    let costs: [[Int64?]] = [[1, 100], [1, nil]]
    let columns = MinimumCostMatching.assign(rows: 2, columns: 2) { costs[$0][$1] }
    #expect(columns == [1, 0])
  }

  @Test func `of more rows than columns the dearest stay without`() {
    let costs: [Int64] = [5, 2, 9, 2, 7]
    let columns = MinimumCostMatching.assign(rows: 5, columns: 2) { row, _ in costs[row] }
    #expect(columns.map { $0 != nil } == [false, true, false, true, false])
  }

  @Test func `a row with forbidden pairs only stays without a column`() {
    let columns = MinimumCostMatching.assign(rows: 2, columns: 2) { row, _ in row == 0 ? nil : 1 }
    #expect(columns == [nil, 0])
    #expect(MinimumCostMatching.assign(rows: 2, columns: 0) { _, _ in 0 } == [nil, nil])
    #expect(MinimumCostMatching.assign(rows: 0, columns: 3) { _, _ in 0 }.isEmpty)
  }
}

/// Costs drawn from a seed, about a quarter of the pairs forbidden.
private struct Matrix {
  let rows: Int
  let columns: Int
  let costs: [Int64?]

  init(seed: UInt64, sides: ClosedRange<Int64>, range: ClosedRange<Int64>, offset: Int64 = 0) {
    var random = SeededRandom(seed: seed)
    rows = Int(random.within(sides))
    columns = Int(random.within(sides))
    costs = (0..<rows * columns).map { _ in
      random.chance(25)
        ? nil : random.within(range) + (random.chance(50) ? offset : -offset)
    }
  }

  func matching() -> MinimumCostMatching {
    MinimumCostMatching(rows: rows, columns: columns) { costs[$0 * columns + $1] }
  }

  /// All matchings of the rows from one on, by trying: the largest number of pairs, and its least cost.
  func bestByTrying(row: Int, used: Set<Int>) -> (count: Int, cost: Int64) {
    guard row < rows else { return (0, 0) }
    var best = bestByTrying(row: row + 1, used: used)
    for column in 0..<columns where !used.contains(column) {
      guard let cost = costs[row * columns + column] else { continue }
      let rest = bestByTrying(row: row + 1, used: used.union([column]))
      let found = (count: rest.count + 1, cost: rest.cost + cost)
      if found.count > best.count || (found.count == best.count && found.cost < best.cost) {
        best = found
      }
    }
    return best
  }

  /// The conditions of complementary slackness, staying without a column being a pair at the penalty's cost.
  func expectProof(_ matching: MinimumCostMatching, seed: UInt64) {
    let owned = matching.columnOfRow.compactMap(\.self)
    #expect(Set(owned).count == owned.count, "seed \(seed): a column has two rows")
    var broken: [String] = []
    for row in 0..<rows {
      let potential = matching.rowPotentials[row]
      if potential > matching.penalty { broken.append("row \(row) pays more than the penalty") }
      if matching.columnOfRow[row] == nil, potential != matching.penalty {
        broken.append("row \(row) has no column and does not pay the penalty")
      }
      for column in 0..<columns {
        let isPair = matching.columnOfRow[row] == column
        let sum = potential + matching.columnPotentials[column]
        guard let cost = costs[row * columns + column] else {
          if isPair { broken.append("\(row), \(column) is forbidden") }
          continue
        }
        if isPair ? sum != Int128(cost) : sum > Int128(cost) {
          broken.append("\(row), \(column)")
        }
      }
    }
    for column in 0..<columns {
      let potential = matching.columnPotentials[column]
      if owned.contains(column) ? potential > 0 : potential != 0 {
        broken.append("column \(column)")
      }
    }
    #expect(broken.isEmpty, "seed \(seed)")
  }
}
