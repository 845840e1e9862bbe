/// What a file of the journal's directory is, by its name.
package enum JournalFile: Hashable, Sendable {
  /// `journal-….log`: records from `first` on, which is one more than the last position before it.
  case segment(first: UInt64)
  /// `snapshot-….snap`: the state after the record at `position`.
  case snapshot(position: UInt64)
  /// `journal-….tmp`: a segment whose header is not yet known to be on the disk. Nothing in it was ever acknowledged.
  case newSegment(first: UInt64)
  /// `snapshot-….tmp`: a snapshot that is being written.
  case newSnapshot(position: UInt64)

  package var name: FileName {
    switch self {
    case .segment(let first): FileName("journal-\(digits16(first)).log")
    case .snapshot(let position): FileName("snapshot-\(digits16(position)).snap")
    case .newSegment(let first): FileName("journal-\(digits16(first)).tmp")
    case .newSnapshot(let position): FileName("snapshot-\(digits16(position)).tmp")
    }
  }

  /// nil for a file that is none of the journal's: those are left alone.
  package init?(_ name: FileName) {
    let parts = name.text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let ends = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 2, let number = UInt64(ends[0], radix: 16) else { return nil }
    switch (parts[0], ends[1]) {
    case ("journal", "log"): self = .segment(first: number)
    case ("snapshot", "snap"): self = .snapshot(position: number)
    case ("journal", "tmp"): self = .newSegment(first: number)
    case ("snapshot", "tmp"): self = .newSnapshot(position: number)
    default: return nil
    }
    // Another spelling of the same number would be a second file of one name; no record has the position 0.
    if self.name != name || self == .segment(first: 0) { return nil }
  }
}

/// The files of a journal's directory, in order of their positions.
package struct JournalFiles: Hashable, Sendable {
  /// The first positions of the segments, ascending.
  package private(set) var segments: [UInt64] = []
  /// The positions of the snapshots, ascending.
  package private(set) var snapshots: [UInt64] = []
  /// What a crash left unfinished.
  package private(set) var temporary: [FileName] = []
  package private(set) var others: [FileName] = []

  package init(_ disk: some Disk) throws(JournalError) {
    let names: [FileName]
    do { names = try disk.names() } catch { throw JournalError(error) }
    for name in names.sorted() {
      switch JournalFile(name) {
      case .segment(let first): segments.append(first)
      case .snapshot(let position): snapshots.append(position)
      case .newSegment, .newSnapshot: temporary.append(name)
      case nil: others.append(name)
      }
    }
  }

  /// Forgets the segment with a first position and those after it.
  mutating func leaveOut(from first: UInt64) {
    segments.removeAll { $0 >= first }
  }

  package var isEmpty: Bool { segments.isEmpty && snapshots.isEmpty }

  /// The segments whose records all stand at or before a position. The last segment is never one of them.
  package func segmentsCovered(by position: UInt64) -> [UInt64] {
    zip(segments, segments.dropFirst()).filter { $0.1 - 1 <= position }.map(\.0)
  }
}
