import Coordination
import Journal
import Model
import Simulator
import TestSupport
import Testing

@testable import Durability

private let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

@Suite struct `A coordinator with a journal` {
  @Test func `goes on after a crash with all that was acknowledged, whenever the disk stops`()
    throws
  {
    for seed in TestSeed.all(30) {
      var random = SeededRandom(seed: seed).child("crashes")
      let disk = VirtualDisk()
      var now = start
      /// The state at each revision that was handed to the disk.
      var images: [UInt64: [UInt8]] = [:]
      var acknowledged: UInt64 = 0
      for round in 0..<6 {
        disk.arm(
          random.pick([.stopBefore, .stopAfter, .fail, .full]),
          at: disk.operations + 1 + random.below(60))
        do {
          var life = try Life(disk, seed: seed + UInt64(round), now: now, limits: smallLimits)
          for _ in 0..<20 {
            life.work(random.below(8))
            images[life.coordinator.revision] = image(life.coordinator)
            now = life.now
            try life.commit()
            acknowledged = life.coordinator.revision
            if random.chance(30), life.writer.sealed.count > 0 {
              let end = try #require(JournalFiles(disk).segments.last)
              _ = try Folding.fold(
                disk, before: end, settings: Life<VirtualDisk>.settings, limits: smallLimits)
              let gone = try JournalCleaning.removeCovered(disk, limits: smallLimits)
              life.writer.forget(sealed: gone)
            }
          }
        } catch is JournalError {
        } catch is RecoveryError {}
        disk.crash(random.pick(VirtualDisk.Loss.allCases), &random)
        let coordinator = Coordinator(
          recovering: Life<VirtualDisk>.settings, hashSeed: 1, entropy: Entropy(seed: 1),
          startedAt: now)
        let reader = try JournalReader(disk, limits: smallLimits)
        _ = try Recovery.rebuild(coordinator, from: reader)
        #expect(coordinator.revision >= acknowledged, "seed \(seed), round \(round)")
        if let image = images[coordinator.revision] {
          #expect(DurabilityTests.image(coordinator) == image, "seed \(seed), round \(round)")
        }
      }
    }
  }

  @Test func `is the same whether it is made of records or of a snapshot of them`() throws {
    for seed in TestSeed.all(10) {
      let disk = VirtualDisk()
      var life = try Life(disk, seed: seed, now: start, limits: smallLimits)
      for _ in 0..<60 {
        life.work(6)
        try life.commit()
      }
      let end = try #require(JournalFiles(disk).segments.last)
      func rebuilt() throws -> (Coordinator, RecoveryReport) {
        let coordinator = Coordinator(
          recovering: Life<VirtualDisk>.settings, hashSeed: 2, entropy: Entropy(seed: 2),
          startedAt: start)
        let reader = try JournalReader(disk, limits: smallLimits)
        return (coordinator, try Recovery.rebuild(coordinator, from: reader).report)
      }
      let (before, whole) = try rebuilt()
      let position = try Folding.fold(
        disk, before: end, settings: Life<VirtualDisk>.settings, limits: smallLimits)
      #expect(try JournalCleaning.removeCovered(disk, limits: smallLimits).count > 2)
      let (after, short) = try rebuilt()
      #expect(short.snapshot == position && short.records < whole.records)
      #expect(image(before) == image(after) && image(after) == image(life.coordinator))
    }
  }

  @Test func `takes a new epoch only where there is no journal`() throws {
    let disk = VirtualDisk()
    var first = try Life(disk, seed: 1, now: start, limits: smallLimits)
    #expect(first.report.isNew && first.coordinator.epoch == UInt64(start.nanoseconds))
    try first.commit()
    let second = try Life(disk, seed: 2, now: start + .seconds(9), limits: smallLimits)
    #expect(!second.report.isNew && second.coordinator.epoch == first.coordinator.epoch)
  }

  @Test func `says how far a clock that was set back is behind, or no lease would end for so long`()
    throws
  {
    let disk = VirtualDisk()
    var life = try Life(disk, seed: 1, now: start, limits: smallLimits)
    life.work(5)
    try life.commit()
    let last = life.coordinator.now
    for (now, lag) in [
      (last - .seconds(3600), TimeSpan.seconds(3600)), (last + .seconds(1), .zero),
    ] {
      let recovered = try Recovery.open(
        disk, settings: Life<VirtualDisk>.settings, given: GivenSettings(),
        entropy: Entropy(seed: 2),
        circumstances: StartCircumstances(now: now, hashSeed: 2, lineage: 2, newEpoch: 2),
        limits: smallLimits)
      #expect(recovered.clockLag == lag)
    }
  }

  @Test func `starts with a clock that was set back, also where a drawn wait was over before`()
    throws
  {
    let disk = VirtualDisk()
    var settings = Life<VirtualDisk>.settings
    settings.mode = .simulateContention
    settings.contention = ContentionSettings(queueProbability: 1, seed: 1)
    var first = try Life(disk, seed: 1, now: start, settings: settings, limits: smallLimits)
    for (id, priority) in [("held", Priority.critical), ("waits", .normal)] as [(Text, Priority)] {
      let request = ResourceRequest(
        requestID: id, component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)),
        priority: Int32(priority.rawValue), duration: .seconds(50))
      _ = try first.coordinator.request(request, connection: 1, at: start)
    }
    try first.commit()
    // The lease ends at 50 s; the wait, over since 5 s at most, is granted only after this start.
    var second = try Life(
      disk, seed: 2, now: start + .seconds(100), settings: settings, limits: smallLimits)
    #expect(second.coordinator.leases == 0 && second.coordinator.waiting == 1)
    try second.commit()
    let third = try Life(
      disk, seed: 3, now: start + .seconds(10), settings: settings, limits: smallLimits)
    #expect(third.coordinator.waiting == 1)
    let now = third.coordinator.now + .nanoseconds(1)
    while third.coordinator.step(dueBy: now) { third.coordinator.effects.removeAll() }
    #expect(third.coordinator.waiting == 0 && third.coordinator.leases == 1)
  }

  @Test func `says which record means nothing`() throws {
    let disk = VirtualDisk()
    var first = try Life(disk, seed: 1, now: start, limits: smallLimits)
    first.work(3)
    try first.commit()
    var builder = BatchBuilder(after: first.writer.lastPosition, limits: smallLimits)
    try builder.append(position: first.writer.lastPosition + 1, payload: [0, 200])
    var batch = builder.finish()
    try first.writer.write(&batch)
    try first.writer.sync()
    do {
      _ = try Life(disk, seed: 2, now: start, limits: smallLimits)
      Issue.record("it was taken")
    } catch let error as RecoveryError {
      #expect("\(error)".contains("journal-0000000000000001.log, byte "))
      #expect("\(error)".contains("the record means nothing (expected a Kind before this"))
    }
  }

  @Test func `backs up while it works; a restored one has what was durable, in a later epoch`()
    throws
  {
    let disk = VirtualDisk()
    var life = try Life(disk, seed: 4, now: start, limits: smallLimits)
    life.work(30)
    try life.commit()
    // All of it, and that a learning period is due.
    let durable = life.coordinator.copy()
    durable.markRestored()
    life.work(10)
    let (folder, other) = (VirtualDisk(), VirtualDisk())
    let settings = Life<VirtualDisk>.settings
    let summary = try Backup.make(of: disk, on: folder, settings: settings, limits: smallLimits)
    #expect(summary.position == life.writer.syncedPosition)
    let restored = try Backup.restore(
      folder, to: other, settings: settings, lineage: 77, epoch: 5, limits: smallLimits)
    #expect(restored.position == summary.position && restored.epoch == summary.epoch + 1)
    let coordinator = Coordinator(
      recovering: settings, hashSeed: 2, entropy: Entropy(seed: 2), startedAt: start)
    let reader = try JournalReader(other, limits: smallLimits)
    _ = try Recovery.rebuild(coordinator, from: reader)
    #expect(image(coordinator) == image(durable))
    var next = try Life(other, seed: 5, now: life.now, limits: smallLimits)
    #expect(next.coordinator.epoch == summary.epoch + 1)
    #expect(next.coordinator.learningEnd == life.now + .seconds(60))
    next.work(10)
    try next.commit()
    let error = #expect(throws: JournalError.self) {
      _ = try Backup.restore(
        folder, to: other, settings: settings, lineage: 78, epoch: 5, limits: smallLimits)
    }
    #expect(error?.kind == .alreadyThere)
  }
}
