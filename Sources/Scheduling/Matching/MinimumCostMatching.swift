/// Pairs of rows and columns: as many as possible, and of all ways to have so many one of the least cost.
///
/// Rows come in one after the other. Each takes the cheapest alternating path to a column that is free, or to staying without one,
/// which costs a penalty larger than any difference between two matchings; potentials keep the reduced costs of all pairs
/// nonnegative, so that the path is found as Dijkstra finds it. Source: Crouse, "On implementing 2D rectangular
/// assignment algorithms", IEEE Trans. Aerospace and Electronic Systems 2016, doi:10.1109/TAES.2016.140952, after Jonker and
/// Volgenant, Computing 1987, doi:10.1007/BF02278710.
///
/// Exact for all costs: sums are kept in 128 bits. Among paths of equal cost the search prefers the column with the smaller
/// number, and having a column to having none, so that the same costs always give the same pairs.
///
/// Cost: each row scans at most min(rows, columns) + 1 rows, so O(rows · min(rows, columns) · columns) in all, and a copy of the matrix.
package struct MinimumCostMatching: Sendable {
  /// By row: its column, nil where it has none.
  package private(set) var columnOfRow: [Int?]
  /// By row: what it may pay at most. With ``columnPotentials`` a proof that nothing is cheaper: the two of a pair never add up
  /// to more than its cost, to exactly its cost where it is matched, and the column's is 0 where it is free, else at most 0.
  package private(set) var rowPotentials: [Int128]
  package private(set) var columnPotentials: [Int128]
  /// What a row pays that stays without a column: more than two matchings can differ by.
  package let penalty: Int128
  private var rowOfColumn: [Int?]
  /// Row by row; nil where a pair is forbidden.
  private let costs: [Int64?]
  private let columns: Int

  /// Matches rows and columns.
  ///
  /// - Parameter cost: of a row and a column, nil where they must not be paired. Asked once for each pair.
  package init(rows: Int, columns: Int, cost: (Int, Int) -> Int64?) {
    var costs: [Int64?] = []
    costs.reserveCapacity(rows * columns)
    var largest: UInt64 = 0
    for row in 0..<rows {
      for column in 0..<columns {
        let cost = cost(row, column)
        costs.append(cost)
        if let cost { largest = max(largest, cost.magnitude) }
      }
    }
    self.costs = costs
    self.columns = columns
    penalty = 2 * Int128(min(rows, columns)) * Int128(largest) + 1
    columnOfRow = Array(repeating: nil, count: rows)
    rowOfColumn = Array(repeating: nil, count: columns)
    rowPotentials = Array(repeating: 0, count: rows)
    columnPotentials = Array(repeating: 0, count: columns)
    for row in 0..<rows { insert(row) }
  }

  /// By row the column that it gets: as many rows as possible get one, at the least cost.
  ///
  /// - Parameter cost: of a row and a column, nil where they must not be paired.
  package static func assign(
    rows: Int, columns: Int, cost: (Int, Int) -> Int64?
  ) -> [Int?] {
    MinimumCostMatching(rows: rows, columns: columns, cost: cost).columnOfRow
  }

  /// What the pairs cost together.
  package var totalCost: Int128 {
    columnOfRow.enumerated().reduce(0) { sum, pair in
      guard let column = pair.element else { return sum }
      return sum + Int128(costs[pair.offset * columns + column] ?? 0)
    }
  }

  // MARK: Augmenting

  /// The tree of cheapest paths from one row.
  private struct Search {
    /// By column: the cost of the cheapest path known to it, and the row before it there.
    var distances: [Int128]
    var rowBefore: [Int]
    var isScanned: [Bool]
    /// Rows of the tree, with the cost of the path to each.
    var rows: [(row: Int, distance: Int128)] = []
    /// The cheapest way to stay without a column: which row of the tree then has none.
    var unmatched: (row: Int, distance: Int128)?
  }

  /// Matches one more row, which may take the column of another that moves on.
  private mutating func insert(_ row: Int) {
    var search = Search(
      distances: Array(repeating: .max, count: columns),
      rowBefore: Array(repeating: row, count: columns),
      isScanned: Array(repeating: false, count: columns))
    scan(row, at: 0, &search)
    while true {
      var next: Int?
      for column in 0..<columns where !search.isScanned[column] {
        if search.distances[column] < (next.map { search.distances[$0] } ?? .max) { next = column }
      }
      guard let column = next, search.distances[column] <= (search.unmatched?.distance ?? .max)
      else { return finish(search, at: search.unmatched?.distance ?? 0, endingAt: nil) }
      let distance = search.distances[column]
      guard let owner = rowOfColumn[column] else {
        return finish(search, at: distance, endingAt: column)
      }
      search.isScanned[column] = true
      scan(owner, at: distance, &search)
    }
  }

  /// Looks at all pairs of a row that the tree has reached.
  private func scan(_ row: Int, at distance: Int128, _ search: inout Search) {
    search.rows.append((row, distance))
    let base = distance - rowPotentials[row]
    if base + penalty < (search.unmatched?.distance ?? .max) {
      search.unmatched = (row, base + penalty)
    }
    for column in 0..<columns where !search.isScanned[column] {
      guard let cost = costs[row * columns + column] else { continue }
      let through = base + Int128(cost) - columnPotentials[column]
      if through < search.distances[column] {
        search.distances[column] = through
        search.rowBefore[column] = row
      }
    }
  }

  /// Corrects the potentials by the cheapest path's cost, and moves the pairs along it.
  ///
  /// - Parameter column: the free one where the path ends; nil where it ends at a row that stays without one.
  private mutating func finish(_ search: Search, at length: Int128, endingAt column: Int?) {
    for (row, distance) in search.rows { rowPotentials[row] += length - distance }
    for column in 0..<columns where search.isScanned[column] {
      columnPotentials[column] -= length - search.distances[column]
    }
    guard let start = search.rows.first?.row else { return }
    var given = column
    if column == nil {
      guard let last = search.unmatched?.row else { return }
      // The row that goes without passes its column on; the row inserted last has none to pass.
      given = columnOfRow[last]
      columnOfRow[last] = nil
      if last == start { return }
    }
    while let taken = given {
      let row = search.rowBefore[taken]
      given = columnOfRow[row]
      columnOfRow[row] = taken
      rowOfColumn[taken] = row
      if row == start { return }
    }
  }
}
