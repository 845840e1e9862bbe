import Coordination
import Durability
import Foundation
import Journal
import Model
import Storage
import TestSupport
import Testing

/// A folder of its own for the body, removed afterwards.
private func withFolder(_ body: (String) throws -> Void) throws {
  let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

@Suite struct `A folder as a disk` {
  @Test func `keeps a coordinator's state from one life to the next`() throws {
    try withFolder { path in
      var now = Instant(nanoseconds: 1_800_000_000_000_000_000)
      var before: [UInt8] = []
      var revision: UInt64 = 0
      for round in 0..<4 {
        let folder = try DataDirectory(path)
        try folder.disk.forgetCached()
        var life = try Life(folder.disk, seed: UInt64(round), now: now, limits: smallLimits)
        #expect(life.report.isNew == (round == 0) && life.report.repairs.isEmpty)
        #expect(life.report.records == (round == 0 ? 0 : Int(revision)))
        for _ in 0..<20 {
          life.work(5)
          try life.commit()
        }
        if life.writer.needsMark { try life.writer.mark() }
        now = life.now
        revision = life.coordinator.revision
        #expect(before != image(life.coordinator))
        before = image(life.coordinator)
      }
      #expect(try JournalInspection(FolderDisk(path: path), limits: smallLimits).problems.isEmpty)
    }
  }

  @Test func `is used by one process at a time, and says by which`() throws {
    try withFolder { path in
      let first = try DataDirectory(path + "/deep/inside")
      let refusal = #expect(throws: DataDirectory.Refusal.self) {
        _ = try DataDirectory(path + "/deep/inside")
      }
      #expect(
        refusal?.description.contains(
          "is used by another coordinator (process \(ProcessInfo.processInfo.processIdentifier))")
          == true)
      withExtendedLifetime(first) {}
    }
    try withFolder { path in
      for _ in 0..<2 { _ = try DataDirectory(path) }
    }
  }

  @Test func `lets nobody else read what it keeps`() throws {
    try withFolder { path in
      let folder = try DataDirectory(path)
      try folder.disk.create(FileName("file"))
      func permissions(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
      }
      #expect(try permissions(path) == 0o700 && permissions(path + "/file") == 0o600)
    }
  }

  @Test func `names the cause where it cannot do what it is asked`() throws {
    try withFolder { path in
      let disk = try DataDirectory(path).disk
      let file = FileName("file")
      #expect(throws: DiskError(.size, file, .notFound)) { _ = try disk.size(file) }
      try disk.create(file)
      #expect(throws: DiskError(.create, file, .alreadyThere)) { try disk.create(file) }
      try disk.append(file, [1, 2, 3])
      try disk.sync(file)
      #expect(throws: DiskError(.read, file, .outOfRange)) { _ = try disk.read(file, 1..<5) }
      #expect(try disk.read(file) == [1, 2, 3] && disk.read(file, 1..<2) == [2])
      try disk.truncate(file, to: 1)
      try disk.append(file, [9])
      #expect(try disk.read(file) == [1, 9])
      try disk.create(FileName("other"))
      try disk.rename(file, to: FileName("other"))
      try disk.syncDirectory()
      #expect(try disk.read(FileName("other")) == [1, 9] && !disk.names().contains(file))
      try disk.remove(FileName("other"))
      #expect(throws: DiskError(.append, file, .notFound)) { try disk.append(file, [1]) }
    }
  }
}
