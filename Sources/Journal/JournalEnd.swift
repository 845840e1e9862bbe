/// Where a journal ends, and what has to be repaired before it goes on.
package struct JournalEnd: Hashable, Sendable {
  /// The last segment, as far as it is valid.
  package struct Segment: Hashable, Sendable {
    package var first: UInt64
    package var validBytes: Int
    package var version: UInt32
    package var epoch: UInt64
  }

  /// A tail that is dropped: no record in it was ever acknowledged.
  package struct Tail: Hashable, Sendable {
    package var file: FileName
    package var offset: Int
    package var bytes: Int
    package var reason: String
    /// The positions that the batch would have had, where its header could be read.
    package var positions: ClosedRange<UInt64>?

    /// What happened, for the log.
    package var sentence: String {
      "\(file), byte \(offset): dropped \(bytes) bytes that were never acknowledged: \(reason)"
    }
  }

  /// nil where there is no journal yet.
  package var lineage: UInt64?
  /// The highest one that was read; 0 where there is no journal yet.
  package var epoch: UInt64 = 0
  package var lastPosition: UInt64
  /// The highest position of which something that is written later says that it is durable.
  package var provenPosition: UInt64
  package var segment: Segment?
  /// The segments before the last one, by their first positions.
  package var sealed: [UInt64] = []
  package var droppedTail: Tail?
  /// Files that a crash left unfinished.
  package var leftovers: [FileName] = []

  package init(lastPosition: UInt64) {
    self.lastPosition = lastPosition
    provenPosition = lastPosition
  }

  /// Makes the disk hold what was read and nothing else. May be cut off by a crash at any point and done again.
  func repair(_ disk: some Disk) throws(DiskError) {
    if let segment {
      let file = JournalFile.segment(first: segment.first).name
      if droppedTail != nil { try disk.truncate(file, to: segment.validBytes) }
      try disk.sync(file)
    }
    for file in leftovers { try disk.remove(file) }
    try disk.syncDirectory()
  }
}
