import Model
import Scheduling
import TestSupport
import Testing

@Suite struct WaitingQueueTests {
  static func entry(_ random: inout SeededRandom, number: Int) -> WaitingEntry {
    WaitingEntry(
      key: OrderKey(
        score: Double(random.below(20)), submitNanoseconds: Int64(random.below(10)),
        number: number),
      bulk: 1 + random.below(30), estimateNanoseconds: Int64(1 + random.below(30)), slot: number)
  }

  static func admits(_ filter: CandidateFilter, _ entry: WaitingEntry) -> Bool {
    entry.bulk <= filter.room
      && (entry.estimateNanoseconds <= filter.windowNanoseconds || entry.bulk <= filter.roomForLong)
  }

  @Test(arguments: TestSeed.all(20))
  func `a queue is a sorted list, whatever is added and taken out`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var queue = WaitingQueue()
    var list: [WaitingEntry] = []
    for number in 0..<1500 {
      if random.chance(60) {
        let entry = Self.entry(&random, number: number)
        queue.insert(entry)
        list.append(entry)
        list.sort { $0.key < $1.key }
      } else if let victim = list.indices.randomElement(using: &random) {
        #expect(queue.remove(list[victim].key)?.slot == list[victim].slot)
        #expect(queue.remove(list[victim].key) == nil)
        list.remove(at: victim)
      }
      #expect(queue.count == list.count && queue.first?.slot == list.first?.slot)
      #expect(queue.leastBulk == list.map(\.bulk).min() ?? .max)
    }
    #expect(queue.entries.map(\.slot) == list.map(\.slot))
  }

  @Test(arguments: TestSeed.all(20))
  func `a search finds all that the filter admits, in order, while some are taken out`(
    seed: UInt64
  ) {
    var random = SeededRandom(seed: seed)
    var queue = WaitingQueue()
    var list = (0..<400).map { Self.entry(&random, number: $0) }
    for entry in list { queue.insert(entry) }
    list.sort { $0.key < $1.key }
    for _ in 0..<20 {
      let filter = CandidateFilter(
        room: random.below(32), windowNanoseconds: Int64(random.below(32)),
        roomForLong: random.below(32))
      var found: [Int] = []
      var taken: Set<Int> = []
      var cursor = queue.start
      while let entry = queue.find(filter, from: &cursor) {
        found.append(entry.slot)
        if random.chance(20) {
          queue.remove(at: &cursor)
          taken.insert(entry.slot)
        } else {
          queue.advance(&cursor)
        }
      }
      #expect(found == list.filter { Self.admits(filter, $0) }.map(\.slot), "seed \(seed)")
      list.removeAll { taken.contains($0.slot) }
    }
    #expect(queue.entries.map(\.slot) == list.map(\.slot))
  }

  @Test func `ranking gives every entry its new key and place`() {
    var random = SeededRandom(seed: 1)
    var queue = WaitingQueue()
    for number in 0..<300 { queue.insert(Self.entry(&random, number: number)) }
    queue.rank { entry in
      OrderKey(
        score: -Double(entry.slot), submitNanoseconds: entry.key.submitNanoseconds,
        number: entry.key.number)
    }
    #expect(queue.entries.map(\.slot) == Array((0..<300).reversed()))
    #expect(queue.entries.allSatisfy { $0.key.score == -Double($0.slot) })
  }
}
