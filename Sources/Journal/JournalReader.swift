/// Reads a journal after a stop or a crash: the newest valid snapshot, then the records after it, in order.
///
/// It changes nothing on the disk; ``JournalWriter`` repairs what the reader found when it goes on from its
/// ``JournalEnd``. What it guarantees about damage:
///
/// 1. Every record that was acknowledged is handed out, once, in order and as it was written, or reading ends with an
///    error. A record is acknowledged when ``JournalWriter/sync()`` has returned.
/// 2. A record that was written and never acknowledged is handed out too if all of its batch is there.
/// 3. The end of the last segment is dropped only if all of this is true: the bytes look like a write that was cut
///    off (4), no valid header of a batch follows, nothing at all follows the batch where its length is known, and no
///    snapshot has a later position than the last valid batch.
/// 4. A batch looks cut off if the file ends inside it, or if one of its sectors has only zeros where the batch is.
///    No valid batch has such a sector (``BatchBuilder``), and a length counts only if the header's own checksum is
///    right.
/// 5. Anything else that is not as it was written is refused, also where it may be the last batch: a batch that is
///    complete and has a wrong checksum may have been acknowledged.
/// 6. Damage of any other segment that is needed, a missing one, a gap between two, a file of another journal, and a
///    file of a later version are refused.
/// 7. A snapshot that is damaged is passed over for an older one, or for the very beginning, if every segment after
///    that is still there.
/// 8. Every error names the file and the byte, the positions where they can be told, and what to do.
/// 9. Reading needs the memory of one segment and of one chunk.
package struct JournalReader<Files: Disk> {
  /// The snapshot that the records continue; nil where they begin at the beginning.
  package let snapshot: SnapshotSummary?
  /// Newer snapshots that were passed over, each with its damage.
  package let damagedSnapshots: [JournalError]
  package let files: JournalFiles

  private let disk: Files
  private let limits: JournalLimits

  /// Looks at the names and chooses the snapshot, which is read once to see that it is whole.
  ///
  /// - Parameter end: reads as if the segment with this first position, and those after it, were not there: they may
  ///   be written to at the same time. Segments before a later one are sealed and do not change.
  package init(
    _ disk: Files, before end: UInt64? = nil, limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    self.disk = disk
    self.limits = limits
    var files = try JournalFiles(disk)
    if let end { files.leaveOut(from: end) }
    var damaged: [JournalError] = []
    var chosen: SnapshotSummary?
    for position in files.snapshots.reversed() {
      do {
        chosen = try SnapshotReader(disk, position: position, limits: limits).verify()
        break
      } catch {
        guard error.kind == .damagedSnapshot else { throw error }
        damaged.append(error)
      }
    }
    self.files = files
    snapshot = chosen
    damagedSnapshots = damaged
  }

  /// Hands out the chunks of the snapshot, in order.
  package func readSnapshot(
    _ body: (_ chunk: [UInt8]) throws(JournalError) -> Void
  ) throws(JournalError) {
    guard let snapshot else { return }
    var reader = try SnapshotReader(disk, position: snapshot.position, limits: limits)
    while let chunk = try reader.next() {
      do throws(JournalError) { try body(chunk) } catch {
        throw error.placed(in: snapshot.file, at: reader.offset)
      }
    }
  }

  /// Hands out the records after the snapshot, in order, and answers where the journal ends.
  ///
  /// An error after some records means that none of them is to be used.
  package func readRecords(
    _ body: (_ position: UInt64, _ payload: ArraySlice<UInt8>) throws(JournalError) -> Void
  ) throws(JournalError) -> JournalEnd {
    let start = snapshot?.position ?? 0
    var end = JournalEnd(lastPosition: start)
    end.lineage = snapshot?.lineage
    end.epoch = snapshot?.epoch ?? 0
    end.leftovers = files.temporary
    if files.isEmpty { return end }
    let needed = try neededSegments(after: start)
    end.sealed = files.segments.filter { $0 < needed[0] }
    end.lastPosition = needed[0] - 1
    for first in needed {
      try read(first, isLast: first == needed.last, after: start, into: &end, body)
    }
    try checkEnd(end)
    return end
  }

  /// The segments from the one with the first record after a position, which are all there or it throws.
  private func neededSegments(after position: UInt64) throws(JournalError) -> [UInt64] {
    guard let start = files.segments.last(where: { $0 - 1 <= position }) else {
      let file = JournalFile.segment(first: position + 1).name
      let reason =
        damagedSnapshots.first.map { "\($0.file) is damaged, and without it " }
        ?? (snapshot.map { "\($0.file) ends at position \(position), and " } ?? "")
      throw JournalError(
        .missingSegment, file,
        "\(reason)a segment with the record after position \(position) is needed and is not "
          + "there. " + JournalError.restore)
    }
    return files.segments.filter { $0 >= start }
  }

  private func read(
    _ first: UInt64, isLast: Bool, after start: UInt64, into end: inout JournalEnd,
    _ body: (_ position: UInt64, _ payload: ArraySlice<UInt8>) throws(JournalError) -> Void
  ) throws(JournalError) {
    guard first - 1 == end.lastPosition else {
      throw JournalError(
        .missingSegment, JournalFile.segment(first: first).name,
        positions: min(end.lastPosition, first - 1)...max(end.lastPosition, first - 1),
        "the segment begins after position \(first - 1), what is before it ends at "
          + "\(end.lastPosition): a segment is missing, or is not the right one. "
          + JournalError.restore)
    }
    var segment = try SegmentReader(disk, first: first, limits: limits)
    try check(segment, against: end)
    if let previous = end.segment { end.sealed.append(previous.first) }
    end.lineage = segment.header.lineage
    end.epoch = max(end.epoch, segment.header.epoch)
    reading: while true {
      switch segment.next() {
      case .batch(let batch):
        guard batch.header.lastPosition > start else { continue }
        try batch.forEachRecord { (position, payload) throws(JournalError) in
          guard position > start else { return }
          do throws(JournalError) { try body(position, payload) } catch {
            throw error.placed(in: segment.file, at: batch.offset)
          }
        }
      case .end: break reading
      case .damage(let damage):
        guard isLast else { throw segment.error(damage) }
        end.droppedTail = try tail(damage, of: segment)
        break reading
      }
    }
    end.lastPosition = segment.lastPosition
    end.provenPosition = segment.provenThrough
    end.segment = JournalEnd.Segment(
      first: first, validBytes: segment.offset, version: segment.header.version,
      epoch: segment.header.epoch)
  }

  private func check(
    _ segment: SegmentReader, against end: JournalEnd
  ) throws(JournalError) {
    if let lineage = end.lineage, lineage != segment.header.lineage {
      throw JournalError(
        .wrongLineage, segment.file, offset: 16,
        "the file is from another journal (lineage \(digits16(segment.header.lineage)), expected "
          + "\(digits16(lineage))). Put the right file in its place, or restore a backup.")
    }
    if let previous = end.segment, segment.header.epoch < previous.epoch {
      throw JournalError(
        .damagedHeader, segment.file, offset: 24,
        "the epoch \(segment.header.epoch) is below the one before, \(previous.epoch). "
          + JournalError.restore)
    }
  }

  /// The tail that is dropped, or the error of one that must not be: rules 3 to 5.
  private func tail(
    _ damage: BatchDamage, of segment: SegmentReader
  ) throws(JournalError) -> JournalEnd.Tail {
    guard damage.looksTorn else { throw segment.error(damage) }
    if let found = segment.validHeader(from: damage.searchFrom) {
      throw segment.error(damage, "A later batch at byte \(found.offset) proves it durable.")
    }
    if damage.isExtentKnown, segment.bytes.dropFirst(damage.searchFrom).contains(where: { $0 != 0 })
    {
      throw segment.error(damage, "Something was written behind it, so it was durable.")
    }
    return JournalEnd.Tail(
      file: segment.file, offset: damage.offset, bytes: segment.bytes.count - damage.offset,
      reason: damage.sentence, positions: damage.positions)
  }

  /// A snapshot holds only what was durable, so that the journal reaches at least as far as the newest one.
  private func checkEnd(_ end: JournalEnd) throws(JournalError) {
    guard let newest = files.snapshots.last, newest > end.lastPosition, let segment = end.segment
    else { return }
    throw JournalError(
      .lostEnd, JournalFile.segment(first: segment.first).name, offset: segment.validBytes,
      positions: end.lastPosition + 1...newest,
      "the journal ends after position \(end.lastPosition), and a snapshot says that \(newest) was "
        + "durable. " + JournalError.restore)
  }
}

extension SegmentReader {
  /// The error of a batch that is refused.
  func error(_ damage: BatchDamage, _ proof: String = "") -> JournalError {
    let what =
      "\(damage.sentence), after position \(lastPosition). "
      + (proof.isEmpty ? "It may have been acknowledged. " : proof + " ")
    return JournalError(
      damage.reason == .wrongLineage ? .wrongLineage : .damagedBatch, file, offset: damage.offset,
      positions: damage.positions,
      what + JournalError.restore
        + " To go on without what follows position \(lastPosition) instead, keep a copy and cut "
        + "the file to \(offset) bytes.")
  }
}
