import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct JobBookPropertyTests {
  @Test func `a book of random commands agrees with scans, and with the one made of its bytes`()
    throws
  {
    var taken = 0
    var refused = 0
    var reached: Set<JobStatus> = []
    for seed in TestSeed.all(30) {
      var harness = BookHarness(seed: seed)
      var commands = RandomCommands(random: SeededRandom(seed: seed))
      for step in 0..<400 {
        if commands.random.chance(30) { harness.wait(seconds: commands.random.within(1...40)) }
        harness.pass()
        let before = harness.book.revision
        do throws(JobRefusal) {
          try harness.run(commands.next(harness), by: .planner)
          taken += 1
        } catch {
          refused += 1
          #expect(harness.book.revision == before, "a refusal changes nothing")
        }
        reached.formUnion(harness.book.jobs.values.map(\.status))
        if step % 20 == 0 { NaiveJobs.check(harness.book) }
      }
      NaiveJobs.check(harness.book)
      NaiveJobs.check(harness.events)
      try compare(harness, seed)
    }
    #expect(taken > 1000)
    #expect(refused > 500)
    // Preempted is passed through within one command.
    #expect(reached == Set(JobStatus.allCases).subtracting([.preempted]))
  }

  private func compare(_ harness: BookHarness, _ seed: UInt64) throws {
    let bytes = BookHarness.bytes(harness.book)
    #expect(BookHarness.bytes(harness.mirror) == bytes, "seed \(seed)")
    let restored = try JobSnapshot.read(bytes)
    #expect(BookHarness.bytes(restored) == bytes, "seed \(seed)")
    #expect(restored.placeable == harness.book.placeable)
    #expect(restored.loads == harness.book.loads)
    #expect(restored.dependents == harness.book.dependents)
    #expect(restored.nextDeadline == harness.book.nextDeadline)
    NaiveJobs.check(restored)
    #expect(restored.changes(since: restored.revision) == [])
    #expect(restored.changes(since: restored.revision - 1) == nil)
  }

  @Test func `who follows the book sees every job that changed, once`() throws {
    var harness = BookHarness(seed: 5)
    var commands = RandomCommands(random: SeededRandom(seed: 5))
    for _ in 0..<300 { _ = try? harness.run(commands.next(harness)) }
    for revision in [0, harness.book.revision / 2, harness.book.revision] {
      let changed = harness.events.filter { $0.sequence > revision }.compactMap(\.decision.job)
      let seen = harness.book.changes(since: revision)
      #expect(seen.map(Set.init) == Set(changed))
      #expect(seen?.count == Set(changed).count)
    }
  }
}
