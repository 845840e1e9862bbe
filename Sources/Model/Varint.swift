/// Numbers in groups of seven bits, lowest first; every byte but the last has its high bit set.
extension [UInt8] {
  /// A number above 0 has no zero byte in this form: the last group of a shortest form is not 0.
  @inlinable
  package mutating func appendVarint(_ number: UInt64) {
    guard number >= 0x80 else {
      append(UInt8(truncatingIfNeeded: number))
      return
    }
    append(addingCapacity: 10) { out in
      var rest = number
      while rest >= 0x80 {
        out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      out.append(UInt8(truncatingIfNeeded: rest))
    }
  }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
  /// Reads a number that `appendVarint` wrote and moves behind it; nil if it is cut off at `end`, longer than a
  /// 64-bit number or not the shortest form.
  @inlinable
  package func varint(at position: inout Int, before end: Int) -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = self[position]
      position += 1
      if shift == 63, byte > 1 { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : number }
      shift += 7
      if shift > 63 { return nil }
    }
    return nil
  }
}
