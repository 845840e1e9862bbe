/// Walks over the keys of an index scan and gives the numbers of its documents, each once, in the order of the scan.
struct IndexCursor {
  private let scan: IndexScan
  /// Those that are left, the next one last.
  private var ranges: [KeyRange]
  /// Numbers that are ready, the next one last; and those of the group that is being read.
  private var ready: [Int64] = []
  private var group: [Int64] = []
  private var groupKey: ArraySlice<UInt8> = []
  private var isDone = false
  private(set) var keysExamined = 0

  init(_ scan: IndexScan) {
    self.scan = scan
    let ranges = scan.ranges.filter { !$0.isEmpty }
    self.ranges = scan.isReversed ? ranges : ranges.reversed()
  }

  /// The next documents, at most a page; nil at the end.
  mutating func next(_ reader: any DocumentReader) throws(DocumentError) -> [Int64]? {
    while ready.isEmpty {
      guard !isDone else { return nil }
      try readPage(reader)
    }
    let page = Array(ready.suffix(DocumentLimits.pageItems).reversed())
    ready.removeLast(page.count)
    return page
  }

  private mutating func readPage(_ reader: any DocumentReader) throws(DocumentError) {
    guard let range = ranges.popLast() else {
      isDone = true
      finishGroup()
      ready.reverse()
      return
    }
    let page = try reader.keys(
      in: range, isReversed: scan.isReversed, limit: DocumentLimits.pageItems)
    keysExamined += page.count
    if page.count == DocumentLimits.pageItems, let last = page.last {
      // The least bytes behind a key are the key and a zero.
      ranges.append(
        scan.isReversed
          ? KeyRange(lower: range.lower, upper: last)
          : KeyRange(lower: last + [0], upper: range.upper))
    }
    if scan.isStreaming {
      ready = page.reversed().map(IndexKey.lastNumber)
      return
    }
    for key in page { try add(key) }
    ready.reverse()
  }

  /// Adds a key to its group: all keys for the order of numbers, else those with equal values at the first paths.
  private mutating func add(_ key: [UInt8]) throws(DocumentError) {
    if case .byKeys(let paths) = scan.delivery {
      var reader = IndexKeyReader(key, at: scan.index.prefix.count)
      for own in scan.index.keys.prefix(paths) { reader.skip(isDescending: own.isDescending) }
      let start = key[..<reader.position]
      if start != groupKey {
        finishGroup()
        groupKey = start
      }
    }
    guard group.count < DocumentLimits.keysHeldMax else {
      throw DocumentError(
        .tooLarge, "the index `\(scan.index.name)` has too many equal keys; give a narrower filter")
    }
    group.append(IndexKey.lastNumber(key))
  }

  private mutating func finishGroup() {
    group.sort()
    for (place, number) in group.enumerated() where place == 0 || group[place - 1] != number {
      ready.append(number)
    }
    group = []
  }
}
