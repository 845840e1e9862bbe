/// The 64 bytes before the records of a batch. They begin at a multiple of 64 and so lie in one sector.
///
/// | bytes | |
/// |---|---|
/// | 0–3 | `RCJB` |
/// | 4–7 | CRC32C of bytes 8–63, seeded with the place (first position of the segment, offset in it) |
/// | 8–11 | bytes of the body, a multiple of 64; 0 in a mark |
/// | 12–15 | number of records; 0 in a mark |
/// | 16–19 | CRC32C of the body |
/// | 20–23 | 0 |
/// | 24–31 | lineage |
/// | 32–39 | position of the first record; the previous position in a mark |
/// | 40–47 | position of the last record; the previous position in a mark |
/// | 48–55 | synced through: the highest position that was durable when this was written |
/// | 56–63 | previous position: the last one before this batch |
///
/// The header has a checksum of its own, so that a length is trusted before the body is looked at: a flipped bit in it
/// must not look like a batch that runs past the end of the file.
package struct BatchHeader: Hashable, Sendable {
  static let magic: UInt32 = 0x424A_4352
  package static let bytes = 64

  package var bodyBytes: UInt32
  package var recordCount: UInt32
  package var bodyChecksum: UInt32
  package var lineage: UInt64
  package var firstPosition: UInt64
  package var lastPosition: UInt64
  package var syncedThrough: UInt64
  package var previousPosition: UInt64

  package var isMark: Bool { recordCount == 0 }

  /// Writes the header over the first 64 bytes, for one place.
  func write(over bytes: inout [UInt8], segment first: UInt64, offset: Int) {
    bytes.set(Self.magic, at: 0)
    bytes.set(bodyBytes, at: 8)
    bytes.set(recordCount, at: 12)
    bytes.set(bodyChecksum, at: 16)
    bytes.set(UInt32(0), at: 20)
    bytes.set(lineage, at: 24)
    bytes.set(firstPosition, at: 32)
    bytes.set(lastPosition, at: 40)
    bytes.set(syncedThrough, at: 48)
    bytes.set(previousPosition, at: 56)
    let seed = Checksum.place(first, UInt64(offset))
    bytes.set(Checksum.of(bytes, 8..<Self.bytes, seed: seed), at: 4)
  }

  /// nil where the bytes at the offset are no header, or that of another place.
  init?(in bytes: [UInt8], segment first: UInt64, offset: Int) {
    guard bytes.count - offset >= Self.bytes, bytes.word32(at: offset) == Self.magic else {
      return nil
    }
    let seed = Checksum.place(first, UInt64(offset))
    let expected = Checksum.of(bytes, offset + 8..<offset + Self.bytes, seed: seed)
    guard bytes.word32(at: offset + 4) == expected else { return nil }
    bodyBytes = bytes.word32(at: offset + 8)
    recordCount = bytes.word32(at: offset + 12)
    bodyChecksum = bytes.word32(at: offset + 16)
    lineage = bytes.word64(at: offset + 24)
    firstPosition = bytes.word64(at: offset + 32)
    lastPosition = bytes.word64(at: offset + 40)
    syncedThrough = bytes.word64(at: offset + 48)
    previousPosition = bytes.word64(at: offset + 56)
  }

  /// The header of a mark: no records, only what is known to be durable.
  init(markAfter position: UInt64, syncedThrough: UInt64, lineage: UInt64) {
    bodyBytes = 0
    recordCount = 0
    bodyChecksum = 0
    self.lineage = lineage
    firstPosition = position
    lastPosition = position
    previousPosition = position
    self.syncedThrough = syncedThrough
  }

  init(_ batch: Batch, syncedThrough: UInt64, lineage: UInt64) {
    bodyBytes = UInt32(batch.bytes.count - Self.bytes)
    recordCount = UInt32(batch.recordCount)
    bodyChecksum = Checksum.of(batch.bytes, Self.bytes..<batch.bytes.count)
    self.lineage = lineage
    firstPosition = batch.firstPosition
    lastPosition = batch.lastPosition
    previousPosition = batch.previousPosition
    self.syncedThrough = syncedThrough
  }

  /// Whether the numbers fit each other. A header with a right checksum that does not was made by a wrong program.
  var isConsistent: Bool {
    guard Int(bodyBytes) % JournalLimits.alignmentBytes == 0, syncedThrough <= previousPosition
    else { return false }
    if isMark {
      return bodyBytes == 0 && firstPosition == previousPosition
        && lastPosition == previousPosition
    }
    return bodyBytes > 0 && previousPosition < firstPosition && firstPosition <= lastPosition
  }
}
