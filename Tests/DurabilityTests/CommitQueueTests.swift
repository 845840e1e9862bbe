import Coordination
import Durability
import Journal
import Model
import TestSupport
import Testing

@Suite struct `What waits for the disk` {
  private static func coordinator() throws -> Coordinator {
    let settings = CoordinationSettings()
    let now = Instant(nanoseconds: 1_800_000_000_000_000_000)
    let coordinator = Coordinator(
      recovering: settings, hashSeed: 1, entropy: Entropy(seed: 1), startedAt: now)
    _ = try coordinator.resume(settings, given: GivenSettings(), epoch: 1, at: now)
    return coordinator
  }

  private static func decide(_ coordinator: Coordinator, _ count: Int) throws {
    for _ in 0..<count {
      _ = try coordinator.request(
        ResourceRequest(
          requestID: Text("r\(coordinator.revision)"), component: "trainer",
          claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1))),
        connection: 1, at: coordinator.now)
      coordinator.effects.removeAll()
    }
  }

  @Test func `is handed out when it is durable, in order, and not before`() throws {
    for seed in TestSeed.all(30) {
      var random = SeededRandom(seed: seed)
      let coordinator = try Self.coordinator()
      var limits = JournalLimits()
      limits.batchBytes = 600
      var queue = CommitQueue<(number: Int, revision: UInt64)>(after: 0, limits: limits)
      queue.collect(&coordinator.log)
      var batch: Batch?
      var durable: UInt64 = 0
      var held = 0
      var seen = 0
      for _ in 0..<300 {
        switch random.below(4) {
        case 0:
          try Self.decide(coordinator, random.below(12))
          queue.collect(&coordinator.log)
          #expect(coordinator.log.isEmpty)
        case 1:
          held += 1
          queue.hold((held, coordinator.revision), bytes: 10)
        case 2:
          if batch == nil { batch = queue.beginBatch() }
        default:
          guard let written = batch else { continue }
          let second = queue.beginBatch()
          #expect(second == nil)
          durable = written.lastPosition
          queue.endBatch(written)
          batch = nil
        }
        while let item = queue.nextDurable() {
          seen += 1
          #expect(item.number == seen && item.revision <= durable, "seed \(seed)")
        }
      }
      while let written = batch ?? queue.beginBatch() {
        queue.endBatch(written)
        batch = nil
      }
      while queue.nextDurable() != nil { seen += 1 }
      #expect(seen == held && queue.isIdle && queue.isDurable, "seed \(seed)")
    }
  }

  @Test func `is never handed out after an error, and nothing is written any more`() throws {
    let coordinator = try Self.coordinator()
    var queue = CommitQueue<Int>(after: 0)
    queue.collect(&coordinator.log)
    queue.hold(1, bytes: 1)
    let batch = queue.beginBatch()
    try Self.decide(coordinator, 1)
    queue.collect(&coordinator.log)
    let abandoned = queue.fail(JournalError(.stopped, FileName("journal"), "the disk failed"))
    // Whoever waits for it can be told.
    #expect(abandoned == [1])
    let (item, next, mayMark) = (queue.nextDurable(), queue.beginBatch(), queue.beginMark())
    #expect(item == nil && next == nil && !mayMark)
    #expect(queue.failure?.kind == .stopped && batch?.recordCount == 1)
  }

  @Test func `a mark is written only when nothing else is to be`() throws {
    let coordinator = try Self.coordinator()
    var queue = CommitQueue<Int>(after: 0)
    let mayMark = queue.beginMark()
    let batch = queue.beginBatch()
    #expect(mayMark && queue.isWriting && batch == nil)
    queue.endMark()
    queue.collect(&coordinator.log)
    let mayMarkAgain = queue.beginMark()
    #expect(!mayMarkAgain)
  }
}
