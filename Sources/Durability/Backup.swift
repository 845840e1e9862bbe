import Coordination
package import Journal
package import Model

/// Copies of a coordinator's whole state: one snapshot in a folder of its own.
package enum Backup {
  /// Writes a snapshot of a whole journal to another disk, while the journal may be written to. It holds everything that
  /// was durable when this was called.
  package static func make(
    of disk: some Disk, on other: some Disk, settings: CoordinationSettings,
    limits: JournalLimits = JournalLimits()
  ) throws(JournalError) -> SnapshotSummary {
    let state = try Folding.state(of: JournalReader(disk, limits: limits), settings)
    try Folding.write(state, to: other, limits: limits)
    return try SnapshotReader(other, position: state.coordinator.revision, limits: limits).verify()
  }

  /// Begins a journal with the newest snapshot of a backup, on a disk that has none.
  ///
  /// What happened after the backup is lost. So the epoch rises: fencing numbers are above all that were given out, and
  /// whoever checks them refuses nobody new and everybody old.
  ///
  /// - Parameters:
  ///   - lineage: a random number; the restored journal is another one.
  ///   - epoch: the new one if it is above that of the backup.
  package static func restore<Files: Disk>(
    _ disk: some Disk, to other: Files, settings: CoordinationSettings, lineage: UInt64,
    epoch: UInt64, limits: JournalLimits = JournalLimits()
  ) throws(JournalError) -> SnapshotSummary {
    guard try JournalFiles(other).isEmpty else {
      throw JournalError(
        .alreadyThere, FileName("journal"),
        "there is a journal already; restore into an empty folder, or move the old one away")
    }
    guard let newest = try JournalFiles(disk).snapshots.last else {
      throw JournalError(
        .nothingThere, FileName("snapshot"), "the folder holds no snapshot: it is no backup")
    }
    let coordinator = Coordinator(
      recovering: settings, hashSeed: 0, entropy: Entropy(seed: 0), startedAt: .epoch)
    var state = StateReader(coordinator)
    var reader = try SnapshotReader(disk, position: newest, limits: limits)
    while let chunk = try reader.next() {
      do { try state.read(chunk) } catch {
        throw .unreadable("the backup holds no state (\(error))").placed(
          in: reader.file, at: reader.offset)
      }
    }
    do { try state.finish() } catch {
      throw .unreadable("the backup holds no whole state (\(error))").placed(
        in: reader.file, at: 0)
    }
    // Leases may have been granted since: their holders announce them.
    coordinator.markRestored()
    let newEpoch = max(epoch, reader.header.epoch + 1)
    try Folding.write(
      Folding.FoldedState(coordinator: coordinator, lineage: lineage, epoch: newEpoch), to: other,
      limits: limits)
    _ = try JournalWriter(
      other, restoredAt: newest, lineage: lineage, epoch: newEpoch, limits: limits)
    return try SnapshotReader(other, position: newest, limits: limits).verify()
  }
}
