/// Elements in numbered slots that are reused, in chunks, so that growth never copies what is there.
struct SlotTable<Element> {
  private static var chunkBits: Int { 10 }
  private static var chunkMask: Int { (1 << chunkBits) - 1 }

  private var chunks: ContiguousArray<ContiguousArray<Element>> = []
  /// Slots that hold nothing, the one to be used next last.
  private(set) var free: ContiguousArray<Int32> = []
  private var used: Int32 = 0
  private let vacant: Element

  /// `vacant` fills slots that hold nothing.
  init(vacant: Element) {
    self.vacant = vacant
  }

  /// The number of elements.
  var count: Int { Int(used) - free.count }

  /// One more than the highest slot in use so far.
  var end: Int32 { used }

  // MARK: Restoring: first the free slots in their order, then the elements in the order of their slots, then the end

  mutating func restoreFree(_ slot: Int32) {
    free.append(slot)
  }

  /// Fills a slot behind those filled so far. False where that cannot be: `filled` elements and the free slots must
  /// account for every slot before it, so that no number can ask for more memory than there are entries.
  mutating func restore(_ element: consuming Element, at slot: Int32, filled: Int) -> Bool {
    guard slot >= used, Int(slot) <= filled + free.count else { return false }
    while used < slot { append(vacant) }
    append(element)
    return true
  }

  /// Ends restoring. False unless each slot up to the end is either free, once, or filled.
  mutating func finishRestoring(
    end: Int32, filled: Int, isVacant: (borrowing Element) -> Bool
  ) -> Bool {
    guard Int(end) == filled + free.count, used <= end else { return false }
    while used < end { append(vacant) }
    var seen = SlotSet()
    for slot in free {
      guard slot >= 0, slot < end, isVacant(self[slot]), !seen.contains(slot) else { return false }
      seen.insert(slot)
    }
    return true
  }

  /// Stores an element.
  mutating func insert(_ element: consuming Element) -> Int32 {
    let slot = take()
    self[slot] = element
    return slot
  }

  /// The slot freed last, or a new one, for an element that is written where it lies.
  mutating func take() -> Int32 {
    if let slot = free.popLast() { return slot }
    append(vacant)
    return used - 1
  }

  private mutating func append(_ element: consuming Element) {
    if Int(used) >> Self.chunkBits == chunks.count {
      var chunk = ContiguousArray<Element>()
      chunk.reserveCapacity(1 << Self.chunkBits)
      chunks.append(chunk)
    }
    chunks[Int(used) >> Self.chunkBits].append(element)
    used += 1
  }

  mutating func remove(_ slot: Int32) {
    self[slot] = vacant
    release(slot)
  }

  /// Frees a slot whose element was emptied where it lies.
  mutating func release(_ slot: Int32) {
    free.append(slot)
  }

  subscript(slot: Int32) -> Element {
    @inline(__always) _read {
      yield chunks[Int(slot) >> Self.chunkBits][Int(slot) & Self.chunkMask]
    }
    @inline(__always) _modify {
      yield &chunks[Int(slot) >> Self.chunkBits][Int(slot) & Self.chunkMask]
    }
  }
}
