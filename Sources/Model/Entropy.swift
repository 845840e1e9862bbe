/// Random words for tokens, drawn in blocks so that a token costs no system call.
package struct Entropy: Sendable {
  private enum Source: Sendable {
    case system(@Sendable () -> [UInt64])
    case seeded(SeededRandom)
  }

  private var source: Source
  private var block: [UInt64] = []
  /// How many words of the block are not used yet: its first ones.
  private var left = 0

  /// Secret words. `refill` answers a block that is not empty; each word is used once.
  package init(refill: @escaping @Sendable () -> [UInt64]) {
    source = .system(refill)
  }

  /// Words of a seeded generator, so that a rehearsal repeats: never for a server.
  package init(seed: UInt64) {
    source = .seeded(SeededRandom(seed: seed))
  }

  package mutating func next() -> UInt64 {
    if left > 0 {
      left -= 1
      return block[left]
    }
    switch source {
    case .seeded(var generator):
      let word = generator.next()
      source = .seeded(generator)
      return word
    case .system(let refill):
      block = refill()
      precondition(!block.isEmpty, "a block of entropy is never empty")
      left = block.count - 1
      return block[left]
    }
  }
}
