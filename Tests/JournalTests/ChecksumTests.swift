import Journal
import Model
import TestSupport
import Testing

@Suite struct ChecksumTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  private static let published: [(bytes: [UInt8], checksum: UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283),
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ([UInt8](0..<32), 0x46DD_794E),
    ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
    ([], 0),
  ]

  @Test func `the published values come out`() {
    for (bytes, expected) in Self.published {
      #expect(Checksum.of(bytes) == expected)
      #expect(Checksum.portable(bytes, 0..<bytes.count) == expected)
    }
  }

  @Test(arguments: TestSeed.all(20))
  func `the processor and the tables agree, in one go and in parts`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let bytes = (0..<random.below(5000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    for _ in 0..<50 {
      let ends = [random.below(bytes.count + 1), random.below(bytes.count + 1)].sorted()
      let range = ends[0]..<ends[1]
      let start = UInt32(truncatingIfNeeded: random.next())
      let whole = Checksum.of(bytes, range, seed: start)
      #expect(whole == Checksum.portable(bytes, range, seed: start), "seed \(seed)")
      let middle = range.lowerBound + random.below(range.count + 1)
      let first = Checksum.of(bytes, range.lowerBound..<middle, seed: start)
      #expect(whole == Checksum.of(bytes, middle..<range.upperBound, seed: first), "seed \(seed)")
    }
  }

  @Test func `a place is the checksum of both of its numbers`() {
    let bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]
    #expect(Checksum.place(1, 258) == Checksum.of(bytes))
    #expect(Checksum.place(258, 1) != Checksum.place(1, 258))
  }
}
