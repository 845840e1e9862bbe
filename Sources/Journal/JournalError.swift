/// Why a journal cannot be read, written or trusted: what, in which file, where, and what to do.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable {
    /// The disk refused; ``JournalError/disk`` says why.
    case disk
    /// The writer met an error before and takes nothing any more.
    case stopped
    /// A record or a batch is above a bound of ``JournalLimits``.
    case tooLarge
    /// The file was written by a later version.
    case newerVersion
    /// The first bytes of a file are not what was written.
    case damagedHeader
    /// A batch is not what was written, and nothing proves that it was never acknowledged.
    case damagedBatch
    /// A snapshot is not what was written, or cut off.
    case damagedSnapshot
    /// The file belongs to another journal.
    case wrongLineage
    /// A segment that must be there is not.
    case missingSegment
    /// The journal ends before a position that is known to have been durable.
    case lostEnd
    /// There is a journal where a new one was to begin.
    case alreadyThere
    /// There is no journal, or no snapshot, where one was to be read.
    case nothingThere
    /// A record or a chunk was read as it was written, but means nothing to whoever reads it.
    case unreadableContent
  }

  package var kind: Kind
  /// The file, or the directory where no file is to blame.
  package var file: FileName
  /// Where in the file, in bytes.
  package var offset: Int
  /// The positions that are in doubt, where they can be told.
  package var positions: ClosedRange<UInt64>?
  /// What is wrong and what to do.
  package var message: String
  package var disk: DiskError?

  package init(
    _ kind: Kind, _ file: FileName, offset: Int = 0, positions: ClosedRange<UInt64>? = nil,
    _ message: String
  ) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.positions = positions
    self.message = message
  }

  package init(_ error: DiskError) {
    self.init(.disk, error.file, "\(error). Free the cause, then start again.")
    disk = error
  }

  /// A record or a chunk that means nothing to its reader. Where it stands is known to the journal's reader.
  package static func unreadable(
    _ what: String, position: UInt64? = nil
  ) -> JournalError {
    JournalError(
      .unreadableContent, FileName(""), positions: position.map { $0...$0 },
      "\(what). It was written by a later version, or by a defect of this one. "
        + JournalError.restore)
  }

  /// The same error with its place, if it has none yet.
  package func placed(in file: FileName, at offset: Int) -> JournalError {
    guard kind == .unreadableContent, self.file.text.isEmpty else { return self }
    var placed = self
    placed.file = file
    placed.offset = offset
    return placed
  }

  package var description: String {
    switch (kind, positions) {
    case (.disk, _), (.stopped, _), (.tooLarge, _), (.alreadyThere, _), (.nothingThere, _): message
    case (_, nil): "\(file), byte \(offset): \(message)"
    case (_, let range?):
      "\(file), byte \(offset), positions \(range.lowerBound) to \(range.upperBound): \(message)"
    }
  }

  /// What to do where acknowledged records may be damaged.
  static let restore = "Restore a backup."
}

/// Runs a disk's operation with its error as one of the journal.
func onDisk<Value>(_ body: () throws(DiskError) -> Value) throws(JournalError) -> Value {
  do { return try body() } catch { throw JournalError(error) }
}
