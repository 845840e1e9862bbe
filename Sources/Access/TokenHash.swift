/// The SHA-256 of a token: all that is ever kept of one.
package struct TokenHash: Hashable, Sendable {
  package static let byteCount = 32
  private let words: [4 of UInt64]

  /// Wraps the 32 bytes of a hash.
  package init(bytes: some Collection<UInt8>) {
    precondition(bytes.count == TokenHash.byteCount, "a SHA-256 has 32 bytes")
    var words: [4 of UInt64] = [0, 0, 0, 0]
    for (place, byte) in bytes.enumerated() {
      words[place >> 3] = words[place >> 3] << 8 | UInt64(byte)
    }
    self.words = words
  }

  /// Reads 64 hexadecimal digits in either case; nil for anything else.
  package init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 2 * TokenHash.byteCount else { return nil }
    var words: [4 of UInt64] = [0, 0, 0, 0]
    for (place, character) in text.enumerated() {
      guard character.isASCII, let digit = character.hexDigitValue else { return nil }
      words[place >> 4] = words[place >> 4] << 4 | UInt64(digit)
    }
    self.words = words
  }

  /// The 64 hexadecimal digits.
  package var hexadecimal: String {
    (0..<4).map { place in
      let digits = String(words[place], radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Compares in time that does not depend on the bytes.
  package func matchesInConstantTime(_ other: TokenHash) -> Bool {
    var difference: UInt64 = 0
    for place in 0..<4 { difference |= words[place] ^ other.words[place] }
    return difference == 0
  }

  package static func == (left: TokenHash, right: TokenHash) -> Bool {
    left.matchesInConstantTime(right)
  }

  package func hash(into hasher: inout Hasher) {
    for place in 0..<4 { hasher.combine(words[place]) }
  }
}
