/// Appends batches to a journal and makes them durable: a state machine over a disk, without threads of its own.
///
/// One batch is written and synced before the next is written. That is what makes a torn tail provable: whatever
/// stands before a batch was durable when that batch was begun.
///
/// After any error of the disk the writer takes nothing any more. In particular a failed sync is never repeated: the
/// system may have dropped what it could not write, and a second sync would then succeed without it
/// (Rebello et al., "Can applications recover from fsync failures?", USENIX ATC 2020).
package struct JournalWriter<Files: Disk>: ~Copyable {
  package let lineage: UInt64
  package let epoch: UInt64
  /// The position of the last record that was written.
  package private(set) var lastPosition: UInt64
  /// Everything up to here is durable: answers that rest on it may be given.
  package private(set) var syncedPosition: UInt64
  /// The segments before the one that is written to, by their first positions.
  package private(set) var sealed: [UInt64]

  private let disk: Files
  private let limits: JournalLimits
  private var first: UInt64
  private var file: FileName
  private var bytes: Int
  private var isSynced = true
  /// The last position that the disk itself says to be durable: a synced batch or header names it.
  private var provenPosition: UInt64
  private var failure: JournalError?
  private var markBytes = [UInt8](repeating: 0, count: BatchHeader.bytes)

  /// Goes on behind what was read. Cuts off a torn tail, removes what a crash left unfinished, and makes what was read
  /// durable, because it is about to be relied upon and may so far stand in a cache alone.
  ///
  /// - Parameters:
  ///   - end: where the journal ends, from ``JournalReader/readRecords(_:)``.
  ///   - lineage: a random number, used where there is no journal yet.
  ///   - epoch: at least the one in `end`. A greater one begins a new segment.
  package init(
    _ disk: Files, after end: JournalEnd, lineage: UInt64, epoch: UInt64,
    limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    precondition(epoch >= end.epoch, "epochs do not fall")
    self.disk = disk
    self.limits = limits
    self.lineage = end.lineage ?? lineage
    self.epoch = epoch
    lastPosition = end.lastPosition
    syncedPosition = end.lastPosition
    provenPosition = end.provenPosition
    sealed = end.sealed
    first = end.lastPosition + 1
    file = JournalFile.segment(first: first).name
    bytes = 0
    try onDisk { () throws(DiskError) in try end.repair(disk) }
    guard let segment = end.segment else {
      try createSegment()
      return
    }
    first = segment.first
    file = JournalFile.segment(first: first).name
    bytes = segment.validBytes
    if segment.version != FileHeader.currentVersion || segment.epoch != epoch { try roll() }
  }

  /// Begins a journal behind a snapshot that was brought from elsewhere, in a directory without segments.
  package init(
    _ disk: Files, restoredAt position: UInt64, lineage: UInt64, epoch: UInt64,
    limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    try self.init(
      disk, after: JournalEnd(lastPosition: position), lineage: lineage, epoch: epoch,
      limits: limits)
  }

  /// Writes a batch behind the last one. It is not durable before ``sync()`` has returned.
  package mutating func write(_ batch: inout Batch) throws(JournalError) {
    try checkUsable()
    precondition(isSynced, "a batch is synced before the next is written")
    precondition(batch.previousPosition == lastPosition, "a batch follows the one before it")
    if bytes >= limits.segmentBytes, lastPosition >= first { try roll() }
    let header = BatchHeader(batch, syncedThrough: syncedPosition, lineage: lineage)
    header.write(over: &batch.bytes, segment: first, offset: bytes)
    isSynced = false
    try append(batch.bytes)
    lastPosition = batch.lastPosition
  }

  /// Makes what was written durable.
  package mutating func sync() throws(JournalError) {
    try checkUsable()
    try attempt { [disk, file] () throws(DiskError) in try disk.sync(file) }
    // What was written says of everything before it that it is durable, and says so durably from here on.
    if !isSynced { provenPosition = max(provenPosition, syncedPosition) }
    isSynced = true
    syncedPosition = lastPosition
  }

  /// Whether nothing on the disk says yet that the last records are durable, so that losing them in a way that looks
  /// like a torn write could not be told from one. ``mark()`` ends that.
  package var needsMark: Bool { isSynced && provenPosition < syncedPosition && failure == nil }

  /// Writes and syncs a mark: a batch without records. For when nothing else was written for a while, and at the end.
  package mutating func mark() throws(JournalError) {
    try checkUsable()
    precondition(isSynced, "a batch is synced before the next is written")
    let header = BatchHeader(
      markAfter: lastPosition, syncedThrough: syncedPosition, lineage: lineage)
    header.write(over: &markBytes, segment: first, offset: bytes)
    isSynced = false
    try append(markBytes)
    try sync()
  }

  /// Ends the segment and begins the next one, so that a snapshot can cover all of it.
  package mutating func roll() throws(JournalError) {
    try checkUsable()
    precondition(isSynced, "a segment is durable before it is sealed")
    if lastPosition >= first { sealed.append(first) }
    first = lastPosition + 1
    file = JournalFile.segment(first: first).name
    try createSegment()
  }

  /// Takes note that the segments before a position were removed.
  package mutating func forget(sealed removed: [UInt64]) {
    let removed = Set(removed)
    sealed.removeAll { removed.contains($0) }
  }

  /// A new segment gets its name only when its header is durable: no crash leaves half a header under that name.
  private mutating func createSegment() throws(JournalError) {
    let header = FileHeader(segment: first, lineage: lineage, epoch: epoch)
    let temporary = JournalFile.newSegment(first: first).name
    try attempt { [disk, file] () throws(DiskError) in
      try disk.create(temporary)
      try disk.append(temporary, header.encoded)
      try disk.sync(temporary)
      try disk.rename(temporary, to: file)
      try disk.syncDirectory()
    }
    bytes = FileHeader.bytes
    provenPosition = lastPosition
  }

  private mutating func append(_ content: [UInt8]) throws(JournalError) {
    try attempt { [disk, file] () throws(DiskError) in try disk.append(file, content) }
    bytes += content.count
  }

  private mutating func attempt(_ body: () throws(DiskError) -> Void) throws(JournalError) {
    do { try body() } catch {
      let error = JournalError(error)
      failure = error
      throw error
    }
  }

  private func checkUsable() throws(JournalError) {
    guard let failure else { return }
    throw JournalError(
      .stopped, failure.file,
      "the journal takes nothing after an error: \(failure.message)")
  }
}

extension JournalWriter: Sendable where Files: Sendable {}
