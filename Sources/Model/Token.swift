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
    guard let words = text.inline, words.count == 36 else { return nil }
    let dashes =
      words.b & 0x0000_FF00_0000_00FF == 0x0000_2D00_0000_002D
      && words.c & 0xFF00_0000_00FF_0000 == 0x2D00_0000_002D_0000
    // Eight digits each, in the order of the text: the dashes are taken out.
    guard dashes, let first = Hexadecimal.number(words.a),
      let second = Hexadecimal.number(
        words.b >> 8 & 0xFFFF_FFFF | (words.b >> 48) << 32 | words.c << 48),
      let third = Hexadecimal.number(words.c >> 24 & 0xFFFF_FFFF | words.d << 32),
      let fourth = Hexadecimal.number(words.d >> 32 | words.e << 32)
    else { return nil }
    high = first << 32 | second
    low = third << 32 | fourth
  }

  /// The text form, lower case.
  package var text: Text { Text(words: words) }

  /// The words of the text form.
  package var words: Text.Words {
    let first = Hexadecimal.digits(high >> 32)
    let second = Hexadecimal.digits(high & 0xFFFF_FFFF)
    let third = Hexadecimal.digits(low >> 32)
    let fourth = Hexadecimal.digits(low & 0xFFFF_FFFF)
    return Text.Words(
      first,
      0x0000_2D00_0000_002D | (second & 0xFFFF_FFFF) << 8 | (second >> 32) << 48,
      0x2D00_0000_002D_0000 | second >> 48 | (third & 0xFFFF_FFFF) << 24,
      third >> 32 | fourth << 32, fourth >> 32 | 36 << 56)
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
