/// Checks UTF-8 as the protobuf specification asks of every `string`: no overlong forms, no surrogates, nothing above
/// U+10FFFF.
enum UTF8Check {
  /// Whether the bytes are valid. They belong to the caller; exactly `count` bytes are read. O(count), eight bytes
  /// at a time while they are ASCII.
  @inline(__always)
  static func isValid(_ start: BytePointer, count: Int) -> Bool {
    let high: UInt64 = 0x8080_8080_8080_8080
    let raw = UnsafeRawPointer(start)
    guard count >= 8 else {
      var position = 0
      var all: UInt8 = 0
      while position < count {
        all |= start[position]
        position += 1
      }
      return all < 0x80 || isValidSlow(start, count: count)
    }
    var all: UInt64 = 0
    var position = 0
    while position + 8 <= count {
      all |= raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      position += 8
    }
    // The last word overlaps the one before: it ends where the text ends.
    all |= raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    return all & high == 0 || isValidSlow(start, count: count)
  }

  @inline(never)
  private static func isValidSlow(_ start: BytePointer, count: Int) -> Bool {
    var position = 0
    while position < count {
      let lead = start[position]
      let length: Int
      // The range of the second byte excludes overlong forms, surrogates and what is above U+10FFFF.
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch lead {
      case 0x00...0x7F: length = 1
      case 0xC2...0xDF: length = 2
      case 0xE0:
        length = 3
        second = 0xA0...0xBF
      case 0xED:
        length = 3
        second = 0x80...0x9F
      case 0xE1...0xEF: length = 3
      case 0xF0:
        length = 4
        second = 0x90...0xBF
      case 0xF1...0xF3: length = 4
      case 0xF4:
        length = 4
        second = 0x80...0x8F
      default: return false
      }
      guard position + length <= count else { return false }
      if length > 1 {
        guard second.contains(start[position + 1]) else { return false }
      }
      if length > 2 {
        guard start[position + 2] & 0xC0 == 0x80 else { return false }
      }
      if length > 3 {
        guard start[position + 3] & 0xC0 == 0x80 else { return false }
      }
      position += length
    }
    return true
  }
}
