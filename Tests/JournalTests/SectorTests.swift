import Model
import TestSupport
import Testing

@testable import Journal

/// The proof behind dropping a torn tail: no valid batch has a sector of zeros, nor is one flipped bit away from it.
@Suite struct SectorTests {
  /// The set bits of each sector behind the header's, as far as a batch at `offset` reaches into it. Not counted on
  /// where there are enough.
  private static func bits(of batch: Batch, at offset: Int) -> [Int] {
    let end = offset + batch.bytes.count
    let sector = JournalLimits.sectorBytes
    let firstSector = (offset + BatchHeader.bytes + sector - 1) / sector * sector
    return stride(from: firstSector, to: end, by: sector).map { start in
      var bits = 0
      for index in start - offset..<min(start + sector, end) - offset where bits < 2 {
        bits += batch.bytes[index].nonzeroBitCount
      }
      return bits
    }
  }

  @Test(arguments: TestSeed.all(200))
  func `no sector has fewer than two bits, wherever a batch stands`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var builder = BatchBuilder(after: 0)
    for record in records(1 + random.below(30), after: 0, &random) {
      // The worst payload of each length.
      let zeros = [UInt8](repeating: 0, count: record.payload.count)
      try builder.append(position: record.position, payload: zeros)
    }
    let batch = builder.finish()
    for offset in stride(from: 0, to: 512, by: JournalLimits.alignmentBytes) {
      let least = Self.bits(of: batch, at: offset).min() ?? 2
      #expect(least >= 2, "seed \(seed), offset \(offset)")
    }
  }

  @Test func `every length of a payload up to some sectors keeps the rule`() throws {
    for length in 0..<1500 {
      var builder = BatchBuilder(after: 0)
      // Lengths before it shift where the payload begins.
      try builder.append(position: 1, payload: [UInt8](repeating: 0, count: length / 7 % 61))
      try builder.append(position: 2, payload: [UInt8](repeating: 0, count: length))
      try builder.append(position: 3, payload: [])
      let batch = builder.finish()
      for offset in stride(from: 0, to: 512, by: JournalLimits.alignmentBytes) {
        #expect((Self.bits(of: batch, at: offset).min() ?? 2) >= 2, "\(length) at \(offset)")
      }
    }
  }

  @Test func `the rule can fail`() throws {
    var builder = BatchBuilder(after: 0)
    try builder.append(position: 1, payload: [UInt8](repeating: 0, count: 2000))
    var batch = builder.finish()
    for index in batch.bytes.indices where batch.bytes[index] == BatchBuilder.filler {
      batch.bytes[index] = 0
    }
    #expect(Self.bits(of: batch, at: 0).min() == 0)
  }

  @Test func `batches begin at multiples of 64 and so their headers lie in one sector`() throws {
    var random = SeededRandom(seed: 1)
    var builder = BatchBuilder(after: 0)
    for record in records(100, after: 0, &random) {
      try builder.append(position: record.position, payload: record.payload)
      let batch = builder.finish()
      #expect(batch.bytes.count % JournalLimits.alignmentBytes == 0)
      builder.recycle(batch)
    }
    #expect(JournalLimits.sectorBytes % BatchHeader.bytes == 0)
    #expect(FileHeader.bytes % JournalLimits.alignmentBytes == 0)
  }

  @Test func `varints above zero have no zero byte, and only the shortest form is read`() {
    var random = SeededRandom(seed: 7)
    for shift in 0..<64 {
      let number = max(1, random.next() >> UInt64(shift))
      var bytes: [UInt8] = []
      bytes.appendVarint(number)
      #expect(!bytes.contains(0))
      var place = 0
      #expect(bytes.varint(at: &place, before: bytes.count) == number)
      #expect(place == bytes.count)
      place = 0
      #expect(bytes.varint(at: &place, before: bytes.count - 1) == nil)
    }
    var place = 0
    #expect(([0x81, 0x00] as [UInt8]).varint(at: &place, before: 2) == nil)
    place = 0
    #expect([UInt8](repeating: 0xFF, count: 10).varint(at: &place, before: 10) == nil)
  }
}
