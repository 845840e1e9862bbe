import Model
import Simulation
import TestSupport
import Testing

@Suite struct EventQueueTests {
  @Test(arguments: TestSeed.all(3))
  func `events come by instant and those of one instant in the order of adding`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var queue = EventQueue<Int>()
    var expected: [(at: Int64, number: Int)] = []
    var taken: [(at: Int64, number: Int)] = []
    func takeBoth() {
      guard let least = expected.indices.min(by: { expected[$0] < expected[$1] }) else { return }
      let mine = expected.remove(at: least)
      #expect(queue.nextInstant?.nanoseconds == mine.at)
      guard let theirs = queue.next() else {
        Issue.record("an event is missing")
        return
      }
      #expect(theirs.at.nanoseconds == mine.at && theirs.event == mine.number)
      taken.append(mine)
    }
    for number in 0..<2_000 {
      let at = random.within(0...50)
      queue.add(number, at: Instant(nanoseconds: at))
      expected.append((at, number))
      #expect(queue.count == expected.count)
      if random.chance(40) { takeBoth() }
    }
    while !expected.isEmpty { takeBoth() }
    #expect(queue.isEmpty && queue.next() == nil)
    #expect(taken.count == 2_000)
  }
}
