/// Every bound of the journal, by name.
package struct JournalLimits: Hashable, Sendable {
  /// What a disk writes as a whole or not at all. Part of the format: it is never changed.
  package static let sectorBytes = 512
  /// Batches begin at multiples of this, so that no header lies in two sectors. Part of the format.
  package static let alignmentBytes = 64

  /// A segment that has this many bytes gets no further batch.
  package var segmentBytes = 64 << 20
  /// The payload of one record.
  package var recordBytes = 4 << 20
  /// Records, their heads and separators in one batch. A segment may be longer than ``segmentBytes`` by one batch.
  package var batchBytes = 32 << 20
  /// The payload of one chunk of a snapshot.
  package var chunkBytes = 4 << 20
  /// The largest segment that a reader takes into memory.
  package var readBytes = 1 << 30

  package init() {}
}
