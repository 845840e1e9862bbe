/// What a valid segment, or the valid part of a damaged one, holds.
package struct SegmentSummary: Hashable, Sendable {
  package var file: FileName
  package var bytes: Int
  /// Bytes up to the end of the last valid batch.
  package var validBytes: Int
  package var header: FileHeader
  package var batches = 0
  /// Batches without records, which only say what is durable.
  package var marks = 0
  package var records = 0
  /// The previous segment's last position where there are no records.
  package var lastPosition: UInt64
  package var provenThrough: UInt64
}

/// All that can be said of a journal without changing it: for people, who look at a damaged one.
///
/// A start reads only what it needs (``JournalReader``); this reads every file, also those that a newer snapshot
/// covers, because a backup or an older snapshot may need them.
package struct JournalInspection: Sendable {
  package let files: JournalFiles
  package private(set) var segments: [SegmentSummary] = []
  package private(set) var snapshots: [SnapshotSummary] = []
  /// Everything that is not as it was written, in the order of the files, also where a start would not mind.
  package private(set) var problems: [JournalError] = []
  /// Why a start would refuse; nil if it would not.
  package private(set) var refusal: JournalError?
  /// Where a start would go on; nil if it would refuse.
  package private(set) var end: JournalEnd?

  /// Reads everything once, and what a start needs a second time.
  package init(_ disk: some Disk, limits: JournalLimits = JournalLimits()) throws(JournalError) {
    files = try JournalFiles(disk)
    for position in files.snapshots {
      do {
        snapshots.append(try SnapshotReader(disk, position: position, limits: limits).verify())
      } catch { problems.append(error) }
    }
    for first in files.segments { inspect(disk, first, limits) }
    do {
      end = try JournalReader(disk, limits: limits).readRecords { _, _ in }
    } catch {
      refusal = error
      if !problems.contains(error) { problems.append(error) }
    }
  }

  /// What a start would tell, and is no problem: a torn tail, leftovers, files of others.
  package var notes: [String] {
    var notes: [String] = []
    if let tail = end?.droppedTail { notes.append(tail.sentence) }
    notes += files.temporary.map { "\($0): left unfinished by a stop; the next start removes it" }
    notes += files.others.map { "\($0): not a file of the journal; left alone" }
    return notes
  }

  private mutating func inspect(_ disk: some Disk, _ first: UInt64, _ limits: JournalLimits) {
    var segment: SegmentReader
    do { segment = try SegmentReader(disk, first: first, limits: limits) } catch {
      problems.append(error)
      return
    }
    var summary = SegmentSummary(
      file: segment.file, bytes: segment.bytes.count, validBytes: 0, header: segment.header,
      lastPosition: 0, provenThrough: 0)
    reading: while true {
      switch segment.next() {
      case .batch(let batch):
        summary.batches += 1
        summary.marks += batch.header.isMark ? 1 : 0
        summary.records += Int(batch.header.recordCount)
      case .end: break reading
      case .damage(let damage):
        // Of the last segment's end it depends: the reader tells.
        if first != files.segments.last { problems.append(segment.error(damage)) }
        break reading
      }
    }
    summary.validBytes = segment.offset
    summary.lastPosition = segment.lastPosition
    summary.provenThrough = segment.provenThrough
    if let previous = segments.last { compare(summary, with: previous) }
    segments.append(summary)
  }

  private mutating func compare(_ segment: SegmentSummary, with previous: SegmentSummary) {
    let header = segment.header
    if header.lineage != previous.header.lineage {
      problems.append(
        JournalError(
          .wrongLineage, segment.file, offset: 16,
          "the file and \(previous.file) are from different journals"))
    }
    if header.previousPosition != previous.lastPosition {
      problems.append(
        JournalError(
          .missingSegment, segment.file,
          "the segment begins after position \(header.previousPosition), \(previous.file) ends at "
            + "\(previous.lastPosition)"))
    }
  }

  /// Hands out the valid batches of one segment, up to its end or the first damage, which is answered.
  package static func forEachBatch(
    _ disk: some Disk, segment first: UInt64, limits: JournalLimits = JournalLimits(),
    _ body: (_ batch: BatchView) throws(JournalError) -> Void
  ) throws(JournalError) -> BatchDamage? {
    var segment = try SegmentReader(disk, first: first, limits: limits)
    while true {
      switch segment.next() {
      case .batch(let batch): try body(batch)
      case .end: return nil
      case .damage(let damage): return damage
      }
    }
  }
}
