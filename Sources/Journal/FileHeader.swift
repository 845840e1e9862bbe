/// The first 64 bytes of a segment or a snapshot, the same in both and the same in every version.
///
/// | bytes | |
/// |---|---|
/// | 0–3 | `RCJS` in a segment, `RCSN` in a snapshot |
/// | 4–7 | CRC32C of bytes 8–63, seeded with the place (position, 0) |
/// | 8–11 | version of the format |
/// | 12–15 | 0 |
/// | 16–23 | lineage: a random number that all files of one journal have |
/// | 24–31 | epoch |
/// | 32–39 | position: a segment's first one, or the one of the snapshot |
/// | 40–47 | previous position: the last one before the segment; 0 in a snapshot |
/// | 48–63 | 0 |
package struct FileHeader: Hashable, Sendable {
  package enum Kind: UInt32, Sendable {
    case segment = 0x534A_4352
    case snapshot = 0x4E53_4352
  }

  /// The version that is written. A reader takes every version up to it.
  ///
  /// 2: records of requests may hold the trace of their call and the principal that made it. The files themselves are as in 1.
  /// 3: learning periods, and leases that were taken over in one, are decisions of their own.
  package static let currentVersion: UInt32 = 3
  package static let bytes = 64

  package var kind: Kind
  package var version = FileHeader.currentVersion
  package var lineage: UInt64
  package var epoch: UInt64
  package var position: UInt64
  package var previousPosition: UInt64 = 0

  package init(segment first: UInt64, lineage: UInt64, epoch: UInt64) {
    kind = .segment
    position = first
    previousPosition = first - 1
    self.lineage = lineage
    self.epoch = epoch
  }

  package init(snapshot position: UInt64, lineage: UInt64, epoch: UInt64) {
    kind = .snapshot
    self.position = position
    self.lineage = lineage
    self.epoch = epoch
  }

  package var encoded: [UInt8] {
    var out = [UInt8](repeating: 0, count: FileHeader.bytes)
    out.set(kind.rawValue, at: 0)
    out.set(version, at: 8)
    out.set(lineage, at: 16)
    out.set(epoch, at: 24)
    out.set(position, at: 32)
    out.set(previousPosition, at: 40)
    out.set(Self.checksum(of: out, position: position), at: 4)
    return out
  }

  /// Reads the header at the start of a file that is named after `position`.
  package init(
    _ kind: Kind, of file: FileName, position: UInt64, in bytes: [UInt8]
  ) throws(JournalError) {
    let damaged = JournalError(
      kind == .segment ? .damagedHeader : .damagedSnapshot, file,
      "the first \(FileHeader.bytes) bytes are not those that were written. "
        + JournalError.restore)
    guard bytes.count >= FileHeader.bytes, bytes.word32(at: 0) == kind.rawValue,
      bytes.word32(at: 4) == Self.checksum(of: bytes, position: position),
      bytes.word64(at: 32) == position
    else { throw damaged }
    self.kind = kind
    version = bytes.word32(at: 8)
    lineage = bytes.word64(at: 16)
    epoch = bytes.word64(at: 24)
    self.position = position
    previousPosition = bytes.word64(at: 40)
    guard version <= FileHeader.currentVersion else {
      throw JournalError(
        .newerVersion, file, offset: 8,
        "the format has version \(version), this program reads up to "
          + "\(FileHeader.currentVersion). Start the version that wrote it, or a later one.")
    }
    guard version > 0, kind == .snapshot || position > 0 && previousPosition == position - 1 else {
      throw damaged
    }
  }

  private static func checksum(of bytes: [UInt8], position: UInt64) -> UInt32 {
    Checksum.of(bytes, 8..<FileHeader.bytes, seed: Checksum.place(position, 0))
  }
}
