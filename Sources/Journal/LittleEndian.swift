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
