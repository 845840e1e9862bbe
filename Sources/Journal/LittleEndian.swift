/// Numbers in bytes, lowest byte first, as every number of the format is.
extension [UInt8] {
  func word32(at offset: Int) -> UInt32 {
    UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
      | UInt32(self[offset + 3]) << 24
  }

  func word64(at offset: Int) -> UInt64 {
    UInt64(word32(at: offset)) | UInt64(word32(at: offset + 4)) << 32
  }

  mutating func set(_ word: UInt32, at offset: Int) {
    for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (8 * index)) }
  }

  mutating func set(_ word: UInt64, at offset: Int) {
    for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (8 * index)) }
  }

  /// Appends a number in groups of seven bits, lowest first; every byte but the last has its high bit set.
  ///
  /// A number above 0 has no zero byte in this form: the last group of a shortest form is not 0.
  mutating func appendVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Reads a number that ``appendVarint(_:)`` wrote and moves behind it; nil if it is cut off at `end`, longer than a
  /// 64-bit number or not the shortest form.
  func varint(at offset: inout Int, before end: Int) -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end {
      let byte = self[offset]
      offset += 1
      if shift == 63, byte > 1 { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : number }
      shift += 7
      if shift > 63 { return nil }
    }
    return nil
  }

  /// Whether all bytes of a range are 0. Ranges outside the bytes are cut to them.
  func isZero(_ range: Range<Int>) -> Bool {
    self[range.clamped(to: 0..<count)].allSatisfy { $0 == 0 }
  }
}

/// A number as 16 hexadecimal digits, so that names sort as their numbers do.
func digits16(_ number: UInt64) -> String {
  let text = String(number, radix: 16)
  return String(repeating: "0", count: 16 - text.count) + text
}
