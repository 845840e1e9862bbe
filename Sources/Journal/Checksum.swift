import CChecksum

/// CRC32C of bytes: the one place of this target that sees C and raw memory.
///
/// It finds every change of up to three bits and every burst of up to 32 bits in what it covers, at any length that a
/// batch or a chunk may have (Koopman, "32-bit cyclic redundancy codes for internet applications", DSN 2002,
/// doi:10.1109/DSN.2002.1028931). The memory belongs to the array, is only read, and is valid until the closure ends.
package enum Checksum {
  /// The checksum of a range of the bytes, which must lie inside them.
  ///
  /// `seed` is 0, the checksum of what comes before, or that of a place (``place(_:_:)``).
  package static func of(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return unsafe bytes.withUnsafeBytes { memory in
      let part = unsafe UnsafeRawBufferPointer(rebasing: memory[range])
      return unsafe coordinator_crc32c(seed, part.baseAddress, part.count)
    }
  }

  package static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes, 0..<bytes.count) }

  /// The checksum of two numbers: seeds the checksum of what belongs to one place, so that it is wrong in any other.
  package static func place(_ first: UInt64, _ second: UInt64) -> UInt32 {
    unsafe withUnsafeBytes(of: (first.littleEndian, second.littleEndian)) { memory in
      unsafe coordinator_crc32c(0, memory.baseAddress, memory.count)
    }
  }

  /// The same as ``of(_:_:seed:)`` by tables, whatever the processor can do: a second opinion for tests.
  package static func portable(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return unsafe bytes.withUnsafeBytes { memory in
      let part = unsafe UnsafeRawBufferPointer(rebasing: memory[range])
      return unsafe coordinator_crc32c_portable(seed, part.baseAddress, part.count)
    }
  }

  /// Whether the processor has an instruction for it.
  package static var isHardware: Bool { coordinator_crc32c_is_hardware() != 0 }
}
