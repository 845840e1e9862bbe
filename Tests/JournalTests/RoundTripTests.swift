import Journal
import Model
import Simulator
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test func `an empty directory is an empty journal`() throws {
    let recovered = try Recovered(VirtualDisk())
    #expect(recovered.records == [])
    #expect(recovered.end == JournalEnd(lastPosition: 0))
  }

  @Test(arguments: TestSeed.all(20))
  func `what was written is read, in order, over several runs and segments`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var limits = JournalLimits()
    limits.segmentBytes = 20_000
    let disk = VirtualDisk()
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

  @Test func `a snapshot in the middle of a batch leaves the rest of the batch`() throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk)
    let all = (UInt64(1)...4).map { Record(position: $0, payload: [UInt8($0)]) }
    try trial.write(all)
    var snapshot = try SnapshotWriter(disk, position: 2, lineage: Trial.lineage, epoch: 1)
    try snapshot.append([42])
    try snapshot.finish()
    let recovered = try Recovered(disk)
    #expect(recovered.chunks == [[42]])
    #expect(recovered.records == Array(all.suffix(2)))
  }

  @Test func `a journal goes on behind a snapshot that was brought from elsewhere`() throws {
    let disk = VirtualDisk()
    var snapshot = try SnapshotWriter(disk, position: 500, lineage: 7, epoch: 3)
    try snapshot.append([1, 2])
    try snapshot.finish()
    var writer = try JournalWriter(disk, restoredAt: 500, lineage: 7, epoch: 4)
    var builder = BatchBuilder(after: 500)
    try builder.append(position: 501, payload: [9])
    var batch = builder.finish()
    try writer.write(&batch)
    try writer.sync()
    let recovered = try Recovered(disk)
    #expect(recovered.chunks == [[1, 2]])
    #expect(recovered.records == [Record(position: 501, payload: [9])])
    #expect(recovered.end.epoch == 4)
    #expect(try JournalFiles(disk).segments == [501])
  }

  @Test func `a writer says what is not yet proven to be durable`() throws {
    var trial = try Trial(VirtualDisk())
    var needs = [trial.writer.needsMark]
    try trial.write([Record(position: 1, payload: [1])])
    needs.append(trial.writer.needsMark)
    try trial.writer.mark()
    needs.append(trial.writer.needsMark)
    try trial.write([Record(position: 2, payload: [1])])
    needs.append(trial.writer.needsMark)
    try trial.writer.roll()
    needs.append(trial.writer.needsMark)
    #expect(needs == [false, true, false, true, false])
  }

  @Test func `a batch says where it is, how long it is and what is in it`() throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk)
    try trial.write([Record(position: 3, payload: [1, 2]), Record(position: 9, payload: [])])
    try trial.writer.mark()
    var seen: [[UInt64]] = []
    let damage = try JournalInspection.forEachBatch(disk, segment: 1) { batch in
      seen.append([
        UInt64(batch.offset), UInt64(batch.byteCount), UInt64(batch.header.recordCount),
        batch.header.firstPosition, batch.header.lastPosition, batch.header.syncedThrough,
      ])
    }
    #expect(damage == nil)
    #expect(seen == [[64, 128, 2, 3, 9, 0], [192, 64, 0, 9, 9, 9]])
    let inspection = try JournalInspection(disk)
    let segment = try #require(inspection.segments.first)
    #expect(segment.batches == 2)
    #expect(segment.marks == 1)
    #expect(segment.records == 2)
    #expect(segment.validBytes == segment.bytes)
    #expect(inspection.refusal == nil)
    #expect(inspection.notes == [])
    #expect(inspection.end?.provenPosition == 9)
  }
}
