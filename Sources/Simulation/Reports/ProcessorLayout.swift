import Model

/// Which processors each run of a schedule had, for pictures: a schedule says only how many.
///
/// Runs are laid out in the order of their starts, each on the smallest gap that takes it whole, else over the lowest gaps.
/// Costs O(n (log n + g)) for n runs and g gaps at a time.
struct ProcessorLayout {
  struct Piece: Hashable {
    /// The run's index in the schedule.
    let run: Int
    /// Processors, from 0.
    let processors: Range<Int>
  }

  /// Each run in one or more pieces, in the order of their starts.
  private(set) var pieces: [Piece] = []
  private var gaps: [Range<Int>]

  /// A layout of the runs on so many processors. Where more run at a time than there are, which a validator finds, the rest is
  /// left out.
  init(_ schedule: [ScheduleRecord], processors: Int) {
    gaps = processors > 0 ? [0..<processors] : []
    var ends = EventQueue<[Range<Int>]>()
    let order = schedule.indices.sorted {
      (schedule[$0].start, schedule[$0].end, schedule[$0].job)
        < (schedule[$1].start, schedule[$1].end, schedule[$1].job)
    }
    for run in order {
      while let due = ends.nextInstant, due <= schedule[run].start, let (_, ranges) = ends.next() {
        for range in ranges { free(range) }
      }
      let ranges = take(schedule[run].processors)
      for range in ranges { pieces.append(Piece(run: run, processors: range)) }
      ends.add(ranges, at: schedule[run].end)
    }
  }

  private mutating func take(_ count: Int) -> [Range<Int>] {
    let fitting = gaps.indices.filter { gaps[$0].count >= count }
    if let best = fitting.min(by: { gaps[$0].count < gaps[$1].count }) {
      return [cut(best, count)]
    }
    var ranges: [Range<Int>] = []
    var left = count
    while left > 0, let first = gaps.first {
      let range = cut(0, min(left, first.count))
      left -= range.count
      ranges.append(range)
    }
    return ranges
  }

  private mutating func cut(_ gap: Int, _ count: Int) -> Range<Int> {
    let range = gaps[gap].lowerBound..<(gaps[gap].lowerBound + count)
    if count == gaps[gap].count {
      gaps.remove(at: gap)
    } else {
      gaps[gap] = range.upperBound..<gaps[gap].upperBound
    }
    return range
  }

  private mutating func free(_ range: Range<Int>) {
    var place = gaps.firstIndex { $0.lowerBound >= range.upperBound } ?? gaps.count
    var merged = range
    if place < gaps.count, gaps[place].lowerBound == merged.upperBound {
      merged = merged.lowerBound..<gaps.remove(at: place).upperBound
    }
    if place > 0, gaps[place - 1].upperBound == merged.lowerBound {
      place -= 1
      merged = gaps.remove(at: place).lowerBound..<merged.upperBound
    }
    gaps.insert(merged, at: place)
  }
}
