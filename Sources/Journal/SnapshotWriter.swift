/// The layout of a snapshot behind its ``FileHeader``: chunks one after another, then a footer, then nothing.
///
/// | chunk | footer | |
/// |---|---|---|
/// | 0–3 | 0–3 | `RCCH`, `RCFT` |
/// | 4–7 | 4–7 | CRC32C of all that follows in it, seeded with the place (position, offset) |
/// | 8–11 | | bytes of the payload |
/// | 12–15 | 12–15 | 0 |
/// | 16–23 | 16–23 | number of this chunk, from 0; number of chunks |
/// | 24– | | the payload |
/// | | 24–31 | bytes of all payloads |
/// | | 32–35 | CRC32C of the checksums of all chunks, one after another, each as an 8-byte number beside the one before |
/// | | 36–39 | 0 |
enum SnapshotLayout {
  static let chunkMagic: UInt32 = 0x4843_4352
  static let footerMagic: UInt32 = 0x5446_4352
  static let chunkHeadBytes = 24
  static let footerBytes = 40

  static func chain(_ before: UInt32, _ chunk: UInt32) -> UInt32 {
    Checksum.place(UInt64(before), UInt64(chunk))
  }
}

/// Writes a snapshot chunk by chunk, beside a journal that goes on.
///
/// The file has a temporary name until all of it is durable; the rename makes it valid in one step. What a crash
/// leaves under the temporary name is removed at the next start. A snapshot holds only what was durable in the
/// journal when it was begun (``JournalWriter/syncedPosition``): the reader takes its position as proof of that.
package struct SnapshotWriter<Files: Disk>: ~Copyable {
  package let position: UInt64
  private let disk: Files
  private let limits: JournalLimits
  private let temporary: FileName
  private var bytes = FileHeader.bytes
  private var chunks: UInt64 = 0
  private var payloadBytes: UInt64 = 0
  private var chain: UInt32 = 0

  package init(
    _ disk: Files, position: UInt64, lineage: UInt64, epoch: UInt64,
    limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    self.disk = disk
    self.limits = limits
    self.position = position
    temporary = JournalFile.newSnapshot(position: position).name
    let header = FileHeader(snapshot: position, lineage: lineage, epoch: epoch)
    try onDisk { [temporary] () throws(DiskError) in
      // A snapshot that was given up in this run may have left its file.
      if try disk.names().contains(temporary) { try disk.remove(temporary) }
      try disk.create(temporary)
      try disk.append(temporary, header.encoded)
    }
  }

  /// Adds a chunk of at most ``JournalLimits/chunkBytes``.
  package mutating func append(_ payload: [UInt8]) throws(JournalError) {
    guard payload.count <= limits.chunkBytes else {
      throw JournalError(
        .tooLarge, temporary,
        "a chunk of \(payload.count) bytes is above the limit of \(limits.chunkBytes) (chunkBytes)")
    }
    var chunk = [UInt8](repeating: 0, count: SnapshotLayout.chunkHeadBytes)
    chunk.set(SnapshotLayout.chunkMagic, at: 0)
    chunk.set(UInt32(payload.count), at: 8)
    chunk.set(chunks, at: 16)
    chunk += payload
    let checksum = Checksum.of(
      chunk, 8..<chunk.count, seed: Checksum.place(position, UInt64(bytes)))
    chunk.set(checksum, at: 4)
    try write(chunk)
    chunks += 1
    payloadBytes += UInt64(payload.count)
    chain = SnapshotLayout.chain(chain, checksum)
  }

  /// Makes the snapshot whole, durable and known by its name.
  package consuming func finish() throws(JournalError) {
    var footer = [UInt8](repeating: 0, count: SnapshotLayout.footerBytes)
    footer.set(SnapshotLayout.footerMagic, at: 0)
    footer.set(chunks, at: 16)
    footer.set(payloadBytes, at: 24)
    footer.set(chain, at: 32)
    let seed = Checksum.place(position, UInt64(bytes))
    footer.set(Checksum.of(footer, 8..<footer.count, seed: seed), at: 4)
    try write(footer)
    try onDisk { [disk, temporary, position] () throws(DiskError) in
      try disk.sync(temporary)
      try disk.rename(temporary, to: JournalFile.snapshot(position: position).name)
      try disk.syncDirectory()
    }
  }

  private mutating func write(_ content: [UInt8]) throws(JournalError) {
    try onDisk { [disk, temporary] () throws(DiskError) in try disk.append(temporary, content) }
    bytes += content.count
  }
}
