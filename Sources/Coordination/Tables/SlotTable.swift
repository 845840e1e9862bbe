/// Elements in numbered slots that are reused, in chunks, so that growth never copies what is there.
struct SlotTable<Element> {
  private static var chunkBits: Int { 10 }
  private static var chunkMask: Int { (1 << chunkBits) - 1 }

  private var chunks: ContiguousArray<ContiguousArray<Element>> = []
  private var free: ContiguousArray<Int32> = []
  private var used: Int32 = 0
  private let vacant: Element

  /// `vacant` fills slots that hold nothing.
  init(vacant: Element) {
    self.vacant = vacant
  }

  /// The number of elements.
  var count: Int { Int(used) - free.count }

  /// Stores an element in the slot freed last, or in a new one.
  mutating func insert(_ element: consuming Element) -> Int32 {
    if let slot = free.popLast() {
      self[slot] = element
      return slot
    }
    let slot = used
    used += 1
    if Int(slot) >> Self.chunkBits == chunks.count {
      var chunk = ContiguousArray<Element>()
      chunk.reserveCapacity(1 << Self.chunkBits)
      chunks.append(chunk)
    }
    chunks[Int(slot) >> Self.chunkBits].append(element)
    return slot
  }

  mutating func remove(_ slot: Int32) {
    self[slot] = vacant
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
