/// How the documents that a filter matches are found, and in which order they come.
enum QueryPlan {
  /// All documents of the collection, in the order of their numbers.
  case collection
  case index(IndexScan)
}

/// A look into an index.
struct IndexScan {
  /// In which order the documents come.
  enum Delivery: Equatable {
    /// That of their numbers, which is that of insertion.
    case byNumber
    /// That of the values at the first paths of the index, equal ones by number.
    case byKeys(Int)
  }

  let index: IndexDescription
  /// Ascending, without any two that meet.
  let ranges: [KeyRange]
  let isReversed: Bool
  let delivery: Delivery
  /// Whether the entries come in the order of the delivery as they stand.
  let isStreaming: Bool
}

/// Chooses an index by the form of the question alone, so that the same question is always answered in the same way.
///
/// Best is the index whose first paths the filter sets equal to something, the more the better; then one that has the order
/// that is asked for; then one with a range. Of equal ones the first by its slot.
struct QueryPlanner {
  let filter: Filter
  let sort: SortOrder?

  func plan(_ indexes: [IndexDescription]) -> QueryPlan {
    var best: (scan: IndexScan, rank: [Int])?
    for index in indexes {
      guard let (scan, rank) = candidate(index) else { continue }
      if let best, !best.rank.lexicographicallyPrecedes(rank) { continue }
      best = (scan, rank)
    }
    return best.map { .index($0.scan) } ?? .collection
  }

  /// A look into an index with its rank, greater is better; nil where the index is of no use.
  private func candidate(_ index: IndexDescription) -> (IndexScan, [Int])? {
    let bounds = index.keys.map { filter.bounds(for: $0.path, isMultikey: index.isMultikey) }
    let null = ValueRanges([ValueInterval(only: .null)])
    if index.isSparse {
      let excludesNull = bounds.contains {
        $0.map { $0.intersection(null).intervals.isEmpty } ?? false
      }
      guard excludesNull else { return nil }
    }
    let used = bounds.prefix { $0 != nil }.compactMap { $0 }
    let points = used.prefix(while: \.isPoints).count
    let (ranges, boundPaths) = keyRanges(index, used)
    let single = used.prefix { $0.isPoints && $0.intervals.count == 1 }.count
    let order = sort.flatMap { index.isMultikey ? nil : sorted(by: index, $0, behind: single) }
    guard !used.isEmpty || order != nil else { return nil }
    let scan: IndexScan
    if let order {
      scan = IndexScan(
        index: index, ranges: ranges, isReversed: order.isReversed, delivery: .byKeys(order.paths),
        isStreaming: order.paths == index.keys.count && !order.isReversed)
    } else {
      scan = IndexScan(
        index: index, ranges: ranges, isReversed: false, delivery: .byNumber,
        isStreaming: single == index.keys.count)
    }
    return (scan, [min(points, boundPaths), order == nil ? 0 : 1, boundPaths])
  }

  /// The ranges of whole keys, and how many paths they bound: the paths that are set equal, and the first behind them.
  private func keyRanges(_ index: IndexDescription, _ bounds: [ValueRanges]) -> ([KeyRange], Int) {
    var starts = [index.prefix]
    for (number, ranges) in bounds.enumerated() {
      guard starts.count * ranges.intervals.count <= DocumentLimits.indexRangesMax else {
        return (starts.map { KeyRange(lower: $0, upper: $0 + [IndexKey.afterAll]) }, number)
      }
      let isDescending = index.keys[number].isDescending
      let intervals = isDescending ? ranges.intervals.reversed() : ranges.intervals
      if !ranges.isPoints || number == bounds.count - 1 {
        let whole = starts.flatMap { start in
          intervals.map { interval in
            let (first, last) =
              isDescending ? (interval.upper, interval.lower) : (interval.lower, interval.upper)
            return KeyRange(
              lower: start + first.start(isDescending: isDescending),
              upper: start + last.start(isDescending: isDescending))
          }
        }
        return (whole, number + 1)
      }
      starts = starts.flatMap { start in
        intervals.map { start + $0.point(isDescending: isDescending) }
      }
    }
    return ([index.range], 0)
  }

  /// How many paths of the index the order takes, and in which direction; nil where it is another one.
  ///
  /// - Parameter single: the first paths, which have one value each, so that sorting by them changes nothing.
  private func sorted(by index: IndexDescription, _ sort: SortOrder, behind single: Int)
    -> (paths: Int, isReversed: Bool)?
  {
    let fixed = index.keys.prefix(single).map(\.name)
    var position = single
    var isReversed: Bool?
    for key in sort.keys {
      let name = key.path.parts.joined(separator: ".")
      if fixed.contains(name) { continue }
      guard position < index.keys.count, index.keys[position].name == name else { return nil }
      let differs = index.keys[position].isDescending != key.isDescending
      guard (isReversed ?? differs) == differs else { return nil }
      isReversed = differs
      position += 1
    }
    return (position, isReversed ?? false)
  }
}

extension ValueInterval {
  /// The bytes of the one value of a point, where values ascend or descend.
  func point(isDescending: Bool) -> [UInt8] {
    isDescending ? IndexKey.complement(lower.bytes) : lower.bytes
  }
}
