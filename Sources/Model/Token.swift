/// The secret that proves ownership of a lease: 128 random bits, written as a version 4 UUID.
package struct Token: Sendable {
  package let high: UInt64
  package let low: UInt64

  /// A token from 128 bits of entropy, of which the six that a version 4 UUID fixes are overwritten.
  package init(entropyHigh: UInt64, entropyLow: UInt64) {
    high = entropyHigh & 0xFFFF_FFFF_FFFF_0FFF | 0x0000_0000_0000_4000
    low = entropyLow & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  }

  package init(entropy: inout Entropy) {
    self.init(entropyHigh: entropy.next(), entropyLow: entropy.next())
  }

  /// The bits of a token that was issued before, as a journal keeps them.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the 36-character text form, in either case; nil for any other text.
  package init?(_ text: Text) {
    guard text.utf8Count == 36, case .inline(let words) = text.storage else { return nil }
    let all: [5 of UInt64] = [words.a, words.b, words.c, words.d, words.e]
    var halves: [2 of UInt64] = [0, 0]
    var digits = 0
    for position in 0..<36 {
      let byte = UInt8(truncatingIfNeeded: all[position >> 3] >> UInt64((position & 7) << 3))
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Token.digitValue(byte) else { return nil }
      halves[digits >> 4] = halves[digits >> 4] << 4 | digit
      digits += 1
    }
    high = halves[0]
    low = halves[1]
  }

  private static func digitValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// The text form, lower case; always inline.
  package var text: Text {
    var words: [5 of UInt64] = [0, 0, 0, 0, 36 << 56]
    var position = 0
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 {
        words[position >> 3] |= UInt64(UInt8(ascii: "-")) << UInt64((position & 7) << 3)
        position += 1
      }
      let half = index < 16 ? high : low
      let digit = (half >> UInt64(60 - (index & 15) * 4)) & 15
      let byte =
        digit < 10 ? UInt64(UInt8(ascii: "0")) + digit : UInt64(UInt8(ascii: "a")) + digit - 10
      words[position >> 3] |= byte << UInt64((position & 7) << 3)
      position += 1
    }
    return Text(words: Text.Words(words[0], words[1], words[2], words[3], words[4]))
  }

  /// Compares in time that does not depend on where the tokens differ. Deliberately not `==`.
  package func matches(_ other: Token) -> Bool {
    ((high ^ other.high) | (low ^ other.low)) == 0
  }
}

/// The place of a grant in the order of all grants: rises strictly and never goes back.
package struct FencingToken: Hashable, Comparable, Sendable {
  /// Rises, durably, at every loss or restore of state.
  package var epoch: UInt64
  /// Rises at every grant of the epoch.
  package var counter: UInt64

  package init(epoch: UInt64, counter: UInt64) {
    self.epoch = epoch
    self.counter = counter
  }

  package static func < (left: FencingToken, right: FencingToken) -> Bool {
    (left.epoch, left.counter) < (right.epoch, right.counter)
  }
}
