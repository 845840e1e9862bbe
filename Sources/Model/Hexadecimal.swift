/// Hexadecimal digits in blocks of eight, as the bytes of a little-endian word: the first digit in the lowest byte.
package enum Hexadecimal {
  /// The number that eight digits write, in either case; nil if a byte is no digit.
  package static func number(_ digits: UInt64) -> UInt64? {
    // Bit 6 tells letters from figures. A letter's low nibble is 9 less than its value.
    let letters = digits >> 6 & 0x0101_0101_0101_0101
    let nibbles = (digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9
    // Back to the characters, in the case that was given: only digits survive.
    let isUpper = letters & ~(digits >> 5)
    guard nibbles & 0xF0F0_F0F0_F0F0_F0F0 == 0, characters(nibbles, upper: isUpper) == digits else {
      return nil
    }
    var packed = nibbles.byteSwapped
    packed = (packed | packed >> 4) & 0x00FF_00FF_00FF_00FF
    packed = (packed | packed >> 8) & 0x0000_FFFF_0000_FFFF
    return (packed | packed >> 16) & 0xFFFF_FFFF
  }

  /// The eight lower-case digits of a 32-bit number.
  package static func digits(_ number: UInt64) -> UInt64 {
    var nibbles = number
    nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
    return characters(nibbles.byteSwapped, upper: 0)
  }

  /// Characters of nibbles, one in each byte; `upper` has a 1 in each byte that is to be an upper-case letter.
  private static func characters(_ nibbles: UInt64, upper: UInt64) -> UInt64 {
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27 &- (letters & upper) &* 0x20
  }
}
