/// What a whole snapshot says of itself.
package struct SnapshotSummary: Hashable, Sendable {
  package var file: FileName
  package var position: UInt64
  package var lineage: UInt64
  package var epoch: UInt64
  package var version: UInt32
  package var chunks: UInt64
  package var payloadBytes: UInt64
}

/// Reads a snapshot chunk by chunk. Only after the last one, when ``next()`` has answered nil, is it known to be whole.
package struct SnapshotReader<Files: Disk> {
  package let file: FileName
  package let header: FileHeader
  private let disk: Files
  private let limits: JournalLimits
  private let size: Int
  package private(set) var offset = FileHeader.bytes
  private var chunks: UInt64 = 0
  private var payloadBytes: UInt64 = 0
  private var chain: UInt32 = 0
  private var isAtEnd = false

  package init(
    _ disk: Files, position: UInt64, limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    let file = JournalFile.snapshot(position: position).name
    let size = try onDisk { () throws(DiskError) in try disk.size(file) }
    let start = try onDisk { () throws(DiskError) in
      try disk.read(file, 0..<min(size, FileHeader.bytes))
    }
    header = try FileHeader(.snapshot, of: file, position: position, in: start)
    self.file = file
    self.disk = disk
    self.limits = limits
    self.size = size
  }

  /// The next chunk's payload; nil behind the last one, once the footer is found to be right.
  package mutating func next() throws(JournalError) -> [UInt8]? {
    if isAtEnd { return nil }
    let head = try read(SnapshotLayout.chunkHeadBytes)
    if head.word32(at: 0) == SnapshotLayout.footerMagic {
      try readFooter()
      return nil
    }
    let count = Int(head.word32(at: 8))
    guard head.word32(at: 0) == SnapshotLayout.chunkMagic, count <= size - offset - head.count
    else { throw damaged("there is no chunk") }
    let chunk = try read(head.count + count)
    let checksum = head.word32(at: 4)
    let seed = Checksum.place(header.position, UInt64(offset))
    guard Checksum.of(chunk, 8..<chunk.count, seed: seed) == checksum else {
      throw damaged("the chunk has a wrong checksum")
    }
    guard head.word64(at: 16) == chunks else { throw damaged("the chunk is not the next one") }
    offset += chunk.count
    chunks += 1
    payloadBytes += UInt64(count)
    chain = SnapshotLayout.chain(chain, checksum)
    return Array(chunk.dropFirst(head.count))
  }

  /// Reads all of it.
  package consuming func verify() throws(JournalError) -> SnapshotSummary {
    while try next() != nil {}
    return SnapshotSummary(
      file: file, position: header.position, lineage: header.lineage, epoch: header.epoch,
      version: header.version, chunks: chunks, payloadBytes: payloadBytes)
  }

  private mutating func readFooter() throws(JournalError) {
    let footer = try read(SnapshotLayout.footerBytes)
    let seed = Checksum.place(header.position, UInt64(offset))
    guard Checksum.of(footer, 8..<footer.count, seed: seed) == footer.word32(at: 4) else {
      throw damaged("the end has a wrong checksum")
    }
    guard footer.word64(at: 16) == chunks, footer.word64(at: 24) == payloadBytes,
      footer.word32(at: 32) == chain, offset + footer.count == size
    else { throw damaged("the end does not fit what stands before it") }
    isAtEnd = true
  }

  private func read(_ count: Int) throws(JournalError) -> [UInt8] {
    guard count <= size - offset else { throw damaged("the file ends too early") }
    return try onDisk { [disk, file, offset] () throws(DiskError) in
      try disk.read(file, offset..<offset + count)
    }
  }

  private func damaged(_ what: String) -> JournalError {
    JournalError(
      .damagedSnapshot, file, offset: offset, "\(what). " + JournalError.restore)
  }
}
