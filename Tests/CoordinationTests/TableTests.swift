import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Timing wheel` {
  /// Timers as a plain list, searched from end to end.
  struct NaiveTimers {
    var entries: [(timer: Int32, deadline: Int64, order: Int)] = []
    var time: Int64
    var order = 0

    mutating func set(_ timer: Int32, at deadline: Int64) {
      clear(timer)
      order += 1
      entries.append((timer, max(deadline, time), order))
    }

    mutating func clear(_ timer: Int32) { entries.removeAll { $0.timer == timer } }

    mutating func popDue(by limit: Int64) -> (timer: Int32, deadline: Int64)? {
      let first = entries.min { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
      guard let first, first.deadline <= limit else {
        time = max(time, limit)
        return nil
      }
      clear(first.timer)
      time = max(time, first.deadline)
      return (first.timer, first.deadline)
    }
  }

  @Test func `fires like a sorted list, to the nanosecond, ties in the order of setting`() {
    for seed in TestSeed.all(40) {
      var random = SeededRandom(seed: seed)
      let start = random.within(0...(1 << Int64(random.below(61))))
      var wheel = TimingWheel(time: Instant(nanoseconds: start))
      var naive = NaiveTimers(time: start)
      var now = start
      for _ in 0..<600 {
        let timer = Int32(random.below(40))
        switch random.below(10) {
        case 0...5:
          let spread = Int64(1) << Int64(random.below(50))
          // Few distinct deadlines, so that ties are frequent; some have passed; some are as far as can be.
          var deadline =
            (now + random.within(-3...spread)) / max(1, spread / 4) * max(1, spread / 4)
          if random.chance(5) { deadline = .max - Int64(random.below(3)) }
          deadline = max(0, deadline)
          wheel.set(timer, at: Instant(nanoseconds: deadline))
          naive.set(timer, at: deadline)
        case 6:
          wheel.clear(timer)
          naive.clear(timer)
        default:
          now = now.addingSaturated(random.within(0...(1 << Int64(random.below(48)))))
          while true {
            let earliest = wheel.earliest
            let expected = naive.popDue(by: now)
            if let expected, let earliest {
              #expect(earliest.nanoseconds <= expected.deadline, "seed \(seed)")
            }
            let fired = wheel.popDue(by: Instant(nanoseconds: now))
            #expect(fired?.timer == expected?.timer, "seed \(seed)")
            #expect(fired?.deadline.nanoseconds == expected?.deadline, "seed \(seed)")
            guard fired != nil, expected != nil else { break }
          }
        }
      }
      while let expected = naive.popDue(by: .max) {
        #expect(wheel.popDue(by: .distantFuture)?.timer == expected.timer, "seed \(seed)")
      }
      #expect(wheel.earliest == nil)
    }
  }

  @Test func `a deadline that has passed fires at once, after those set before it`() {
    var wheel = TimingWheel(time: Instant(nanoseconds: 100))
    wheel.set(1, at: Instant(nanoseconds: 100))
    wheel.set(2, at: Instant(nanoseconds: 5))
    let fired = (0..<3).map { _ in wheel.popDue(by: Instant(nanoseconds: 100)) }
    #expect(fired.map { $0?.timer } == [1, 2, nil])
    #expect(fired[1]?.deadline.nanoseconds == 100)
  }

  @Test func `clearing what is not set does nothing`() {
    var wheel = TimingWheel(time: .epoch)
    wheel.clear(1000)
    wheel.set(3, at: Instant(nanoseconds: 7))
    wheel.clear(3)
    wheel.clear(3)
    #expect(wheel.popDue(by: .distantFuture) == nil)
  }
}

@Suite struct `Slot tables` {
  @Test func `a queue of slots gives what an array gives, through every size of its ring`() {
    for seed in TestSeed.all(20) {
      var random = SeededRandom(seed: seed)
      var queue = SlotQueue()
      var oracle: [Int32] = []
      for step in 0..<2000 {
        // Longer and longer at first, then shorter, so that the ring turns at every size.
        if random.chance(step < 1000 ? 60 : 45) {
          let slot = Int32(random.below(1_000_000))
          queue.append(slot)
          oracle.append(slot)
        } else if !oracle.isEmpty {
          queue.removeFirst()
          oracle.removeFirst()
        }
        #expect(queue.first == oracle.first, "seed \(seed)")
        #expect(queue.count == oracle.count, "seed \(seed)")
      }
      #expect(Array(queue) == oracle, "seed \(seed)")
    }
  }

  @Test func `the index finds what a dictionary finds, with colliding hashes too`() {
    for seed in TestSeed.all(20) {
      var random = SeededRandom(seed: seed)
      var index = SlotIndex()
      var keys: [Int32: UInt64] = [:]
      var slots: [UInt64: Int32] = [:]
      // A narrow hash: most entries share their home with others, some all of their hash bits.
      let bits = UInt64(random.below(10))
      func hash(_ key: UInt64) -> UInt64 { (Mixing.spread(key) & ((1 << bits) - 1)) << 32 }
      for _ in 0..<3000 {
        let key = UInt64(random.below(400))
        if let slot = slots[key] {
          if random.chance(60) {
            index.remove(slot, hash: hash(key))
            slots[key] = nil
            keys[slot] = nil
          }
        } else {
          let slot = Int32(random.below(100_000))
          guard keys[slot] == nil else { continue }
          index.insert(slot, hash: hash(key))
          slots[key] = slot
          keys[slot] = key
        }
        let other = UInt64(random.below(400))
        let found = index.find(hash: hash(other)) { keys[$0] == other }
        #expect(found == slots[other], "seed \(seed)")
      }
      for key in UInt64(0)..<400 {
        #expect(index.find(hash: hash(key)) { keys[$0] == key } == slots[key], "seed \(seed)")
      }
    }
  }

  @Test func `the slot set is a set that is read from any member on`() {
    for seed in TestSeed.all(10) {
      var random = SeededRandom(seed: seed)
      var set = SlotSet()
      var naive: Set<Int32> = []
      #expect(set.first(from: 0) == nil)
      for _ in 0..<2000 {
        let slot = Int32(random.below(random.chance(10) ? 5000 : 200))
        if naive.contains(slot) {
          set.remove(slot)
          naive.remove(slot)
        } else {
          set.insert(slot)
          naive.insert(slot)
        }
        let from = Int32(random.below(5200))
        #expect(set.first(from: from) == naive.filter { $0 >= from }.min(), "seed \(seed)")
      }
      #expect(set.first(from: .max) == nil)
    }
  }

  @Test func `the slot table keeps elements in place and reuses slots`() {
    var table = SlotTable<Int>(vacant: -1)
    let slots = (0..<2500).map { table.insert($0) }
    #expect(Set(slots).count == 2500)
    #expect(slots.map { table[$0] } == Array(0..<2500))
    table.remove(slots[7])
    table.remove(slots[2000])
    #expect(table.count == 2498)
    #expect(table[slots[7]] == -1)
    #expect(table.insert(70) == slots[2000])
    #expect(table.insert(71) == slots[7])
    #expect(table.insert(72) == 2500)
    table[slots[1]] += 10
    #expect(table[slots[1]] == 11)
    #expect(table.count == 2501)
  }

  @Test func `the waiting queue is a sorted list of keys`() {
    for seed in TestSeed.all(10) {
      var random = SeededRandom(seed: seed)
      var queue = WaitingQueue()
      var naive: [(key: QueueKey, slot: Int32)] = []
      for step in 0..<800 {
        if random.chance(60) || naive.isEmpty {
          let key = queue.key(
            lane: random.pick(QueueLane.allCases), lastRound: UInt64(random.below(5)),
            sequence: UInt64(step), at: Instant(nanoseconds: Int64(random.below(50))))
          queue.insert(Int32(step), key: key)
          naive.append((key, Int32(step)))
        } else {
          let entry = random.pick(naive)
          queue.remove(key: entry.key)
          naive.removeAll { $0.slot == entry.slot }
          if random.chance(50) { queue.served(entry.key) }
        }
        let sorted = naive.sorted {
          ($0.key.lane.rawValue, $0.key.round, $0.key.sequence)
            < ($1.key.lane.rawValue, $1.key.round, $1.key.sequence)
        }
        var seen: [Int32] = []
        queue.forEach {
          seen.append($0)
          return true
        }
        #expect(seen == sorted.map(\.slot), "seed \(seed)")
        #expect(queue.count == naive.count)
        if let entry = sorted.last {
          #expect(queue.countAhead(of: entry.key) == sorted.count - 1)
          var before: [Int32] = []
          queue.forEach(before: entry.key) {
            before.append($0)
            return before.count < 5
          }
          #expect(before == Array(sorted.dropLast().prefix(5).map(\.slot)), "seed \(seed)")
        }
      }
    }
  }

  @Test func `the event ring keeps the last events and counts all`() {
    let trial = Trial { $0.limits.historyEvents = 7 }
    for round in 1...30 {
      trial.drain(resume: round % 2 == 0)
      let page = trial.history(HistoryRequest(oldestFirst: true))
      #expect(page.eventsTotal == Int64(round))
      #expect(page.eventsKept == Int64(min(7, round)))
      #expect(page.events.count == min(7, round))
      let revisions = page.events.map(\.revision)
      #expect(revisions == revisions.sorted())
      #expect(page.counts.map(\.count) == [Int64(round)])
    }
  }
}
