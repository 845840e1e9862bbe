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
      var book = JobBook()
      for record in harness.records {
        for _ in 0..<4 where applyDamaged(record, to: book, &random) { applied += 1 }
        let event = try JobRecording.read(record[...], sequence: 1, after: book.decidedAt)
        book.evolve(event.decision, at: event.at)
      }
    }
    #expect(applied > 100)
  }

  /// Flips one bit; where the record is taken, what it makes due is played on.
  private func applyDamaged(
    _ record: [UInt8], to book: JobBook, _ random: inout SeededRandom
  ) -> Bool {
    var damaged = record
    damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
    guard let event = try? JobRecording.read(damaged[...], sequence: 1, after: book.decidedAt),
      book.accepts(event.decision, at: event.at)
    else { return false }
    var book = book
    book.evolve(event.decision, at: event.at)
    for _ in 0..<20 {
      guard let (at, decisions) = book.due(by: .distantFuture) else { break }
      for decision in decisions { book.evolve(decision, at: at) }
    }
    return true
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
