import Model
import TestSupport
import Testing

@Suite struct `Tokens` {
  @Test func `is a version 4 UUID that reads back`() throws {
    for seed in TestSeed.all(3) {
      var entropy = Entropy(seed: seed)
      for _ in 0..<500 {
        let token = Token(entropy: &entropy)
        let text = token.text.string
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        #expect(parts.map(\.count) == [8, 4, 4, 4, 12], "seed \(seed): \(text)")
        #expect(parts[2].first == "4", "seed \(seed): \(text)")
        #expect("89ab".contains(parts[3].first ?? "x"), "seed \(seed): \(text)")
        #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
        let read = try #require(Token(token.text))
        #expect(read.high == token.high && read.low == token.low)
        #expect(Token(Text(text.uppercased()))?.matches(token) == true)
      }
    }
  }

  @Test func `has every other bit from entropy`() {
    let ones = Token(entropyHigh: .max, entropyLow: .max)
    let zeros = Token(entropyHigh: 0, entropyLow: 0)
    #expect(ones.text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    #expect(zeros.text == "00000000-0000-4000-8000-000000000000")
    #expect(
      (ones.high ^ zeros.high).nonzeroBitCount + (ones.low ^ zeros.low).nonzeroBitCount == 122)
  }

  @Test(arguments: [
    "", "x", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
    "0000000000000-4000-8000-000000000000", "00000000_0000-4000-8000-000000000000",
    "g0000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-00000000000é",
    "00000000-0000-4000-8000-00000000000 ", "00000000-0000-4000-8000-000000000000000000000000000",
  ])
  func `refuses any other form`(text: String) {
    #expect(Token(Text(text)) == nil)
  }

  @Test func `matches itself alone, whatever bit differs`() {
    let token = Token(high: 0x0123_4567_89AB_4DEF, low: 0x8123_4567_89AB_CDEF)
    #expect(token.matches(token))
    for bit in 0..<64 {
      #expect(!token.matches(Token(high: token.high ^ 1 << UInt64(bit), low: token.low)))
      #expect(!token.matches(Token(high: token.high, low: token.low ^ 1 << UInt64(bit))))
    }
  }

  @Test func `fencing tokens are ordered by epoch, then counter`() {
    let ordered = [(1, 1), (1, 2), (1, 9), (2, 1), (3, 0)].map {
      FencingToken(epoch: UInt64($0.0), counter: UInt64($0.1))
    }
    #expect(ordered.reversed().sorted() == ordered)
  }

  @Test func `entropy uses every word of a block once and then asks for the next`() {
    var entropy = Entropy(refill: { [1, 2, 3] })
    let words = (0..<6).map { _ in entropy.next() }
    #expect(words.sorted() == [1, 1, 2, 2, 3, 3])
    #expect(Set(words.prefix(3)) == [1, 2, 3])
  }
}
