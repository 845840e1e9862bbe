import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct DamagedRecordTests {
  @Test func `damaged records are refused or applied, and never reach a precondition`() throws {
    var applied = 0
    for seed in TestSeed.all(10) {
      var harness = BookHarness(seed: seed)
      var commands = RandomCommands(random: SeededRandom(seed: seed))
      var random = SeededRandom(seed: seed).child("damage")
      for _ in 0..<200 { _ = try? harness.run(commands.next(harness)) }
      for record in harness.records {
        var damaged = record
        damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
        let event = try? JobRecording.read(
          damaged[...], sequence: 1, after: harness.book.decidedAt)
        guard let event, harness.book.accepts(event.decision, at: event.at) else { continue }
        var book = harness.book
        book.evolve(event.decision, at: event.at)
        for _ in 0..<100 {
          guard let (at, decisions) = book.due(by: event.at) else { break }
          for decision in decisions { book.evolve(decision, at: at) }
        }
        applied += 1
      }
    }
    #expect(applied > 100)
  }

  @Test func `a damaged state is refused or read, and never ends the process`() throws {
    var harness = BookHarness(seed: 3)
    var commands = RandomCommands(random: SeededRandom(seed: 3))
    for _ in 0..<300 { _ = try? harness.run(commands.next(harness)) }
    let chunks = BookHarness.bytes(harness.book)
    var random = SeededRandom(seed: 3).child("damage")
    var refused = 0
    for _ in 0..<500 {
      var damaged = chunks
      let chunk = random.below(chunks.count)
      damaged[chunk][random.below(damaged[chunk].count)] ^= UInt8(1 << random.below(8))
      if (try? JobSnapshot.read(damaged)) == nil { refused += 1 }
    }
    #expect(refused > 50)
    #expect(throws: ByteSource.Malformed.self) { try JobSnapshot.read(Array(chunks.dropLast())) }
  }
}
