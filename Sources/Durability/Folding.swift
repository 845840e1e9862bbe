import Coordination
package import Journal
package import Model

/// Makes snapshots of sealed segments, on another thread than the one that writes: the live state is not touched.
package enum Folding {
  /// Writes a snapshot of everything before a segment.
  ///
  /// - Parameters:
  ///   - end: the first position of the segment that is written to, or of a later one.
  ///   - settings: only limits matter; the state is what the records say.
  /// - Returns: the snapshot's position.
  package static func fold(
    _ disk: some Disk, before end: UInt64, settings: CoordinationSettings,
    limits: JournalLimits = JournalLimits()
  ) throws(JournalError) -> UInt64 {
    let state = try state(of: JournalReader(disk, before: end, limits: limits), settings)
    guard state.coordinator.revision == end - 1 else {
      throw JournalError(
        .lostEnd, JournalFile.segment(first: end).name,
        positions: state.coordinator.revision...(end - 1),
        "the sealed segments end after position \(state.coordinator.revision), not \(end - 1)")
    }
    try write(state, to: disk, limits: limits)
    return end - 1
  }

  struct FoldedState {
    let coordinator: Coordinator
    let lineage: UInt64
    let epoch: UInt64
  }

  static func state<Files: Disk>(
    of reader: JournalReader<Files>, _ settings: CoordinationSettings
  ) throws(JournalError) -> FoldedState {
    let coordinator = Coordinator(
      recovering: settings, hashSeed: 0, entropy: Entropy(seed: 0), startedAt: .epoch)
    let (end, _) = try Recovery.rebuild(coordinator, from: reader)
    guard let lineage = end.lineage else {
      throw JournalError(.nothingThere, FileName("journal"), "the folder holds no journal")
    }
    return FoldedState(coordinator: coordinator, lineage: lineage, epoch: end.epoch)
  }

  static func write(
    _ state: FoldedState, to disk: some Disk, limits: JournalLimits
  ) throws(JournalError) {
    var file = try SnapshotWriter(
      disk, position: state.coordinator.revision, lineage: state.lineage, epoch: state.epoch,
      limits: limits)
    // An entry may pass the size at which a chunk ends.
    var writer = StateWriter(chunkBytes: limits.chunkBytes / 2)
    try writer.write(state.coordinator) { chunk throws(JournalError) in try file.append(chunk) }
    try file.finish()
  }
}
