/// Removes what a newer snapshot makes superfluous.
package enum JournalCleaning {
  /// Removes the snapshots before the newest one and the segments that it covers.
  ///
  /// The newest snapshot is read in full before: until it is known to be whole, the one before it and its segments
  /// stay. Old snapshots go first, so that no snapshot is left whose segments are gone. A crash at any point leaves
  /// files that the next call removes. May run beside a ``JournalWriter``: the last segment is never touched.
  ///
  /// - Returns: the segments that are gone, for ``JournalWriter/forget(sealed:)``.
  package static func removeCovered(
    _ disk: some Disk, limits: JournalLimits = JournalLimits()
  ) throws(JournalError) -> [UInt64] {
    let files = try JournalFiles(disk)
    guard let newest = files.snapshots.last else { return [] }
    _ = try SnapshotReader(disk, position: newest, limits: limits).verify()
    let covered = files.segmentsCovered(by: newest)
    try onDisk { () throws(DiskError) in
      for position in files.snapshots.dropLast() {
        try disk.remove(JournalFile.snapshot(position: position).name)
      }
      if files.snapshots.count > 1 { try disk.syncDirectory() }
      for first in covered { try disk.remove(JournalFile.segment(first: first).name) }
      if !covered.isEmpty { try disk.syncDirectory() }
    }
    return covered
  }
}
