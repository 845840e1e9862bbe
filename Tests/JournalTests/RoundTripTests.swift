import Journal
import Model
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test func `an empty directory is an empty journal`() throws {
    let recovered = try Recovered(MemoryDisk())
    #expect(recovered.records == [])
    #expect(recovered.end == JournalEnd(lastPosition: 0))
  }

  @Test(arguments: TestSeed.all(20))
  func `what was written is read, in order, over several runs and segments`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var limits = JournalLimits()
    limits.segmentBytes = 20_000
    let disk = MemoryDisk()
    var expected: [Record] = []
    for run in 1...3 {
      var trial = try Trial(disk, epoch: UInt64(run / 2 + 1), limits: limits)
      for _ in 0..<10 {
        let more = records(
          1 + random.below(10), after: expected.last?.position ?? 0, &random)
        try trial.write(more)
        expected += more
        if random.chance(30), trial.writer.needsMark { try trial.writer.mark() }
        #expect(trial.writer.syncedPosition == expected.last?.position)
      }
      let recovered = try Recovered(disk, limits: limits)
      #expect(recovered.records == expected, "seed \(seed)")
      #expect(recovered.end.droppedTail == nil)
      #expect(recovered.end.sealed == trial.writer.sealed)
      #expect(recovered.end.lineage == Trial.lineage)
      #expect(recovered.end.epoch == UInt64(run / 2 + 1))
    }
    #expect(try JournalFiles(disk).segments.count > 2)
  }
}
