import Coordination
import Foundation
import Journal
import Model
import Simulator
import TestSupport
import Testing

@testable import Durability

/// What a coordinator keeps as it was first written: every later version makes the same coordinator of it, for ever.
///
/// Each folder of `Golden` is a data directory with a snapshot and records behind it; `state.txt` says what is in it.
/// `COORDINATOR_REWRITE_VECTORS=1` writes that of this version if it is not there. A file that exists is never changed.
@Suite struct `Kept state of earlier versions` {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")
  private static let description = "state.txt"

  private static var current: URL {
    folder.appending(path: "version-\(FileHeader.currentVersion)")
  }

  private static func write() throws {
    let disk = VirtualDisk()
    var limits = JournalLimits()
    limits.segmentBytes = 2000
    var settings = Life<VirtualDisk>.settings
    settings.pools.append(
      PoolDefinition(
        name: "tokens", number: 5, kind: .rate, rate: RateRule(period: .seconds(60), burst: 99),
        capacity: 100))
    settings.isStateLost = true
    settings.limits.learning = .milliseconds(1)
    let start = Instant(nanoseconds: 1_800_000_000_000_000_000)
    var life = try Life(disk, seed: 11, now: start, settings: settings, limits: limits)
    try life.announce("known before the loss")
    for round in 0..<12 {
      life.work(6)
      try life.askByName(Text("old-\(round)"))
      try life.commit()
    }
    let end = try #require(JournalFiles(disk).segments.last)
    _ = try Folding.fold(disk, before: end, settings: settings, limits: limits)
    life.writer.forget(sealed: try JournalCleaning.removeCovered(disk, limits: limits))
    for round in 0..<3 {
      life.work(6)
      try life.askByName(Text("new-\(round)"))
      try life.commit()
    }
    try FileManager.default.createDirectory(at: current, withIntermediateDirectories: true)
    for name in try disk.names() {
      try Data(try disk.read(name)).write(to: current.appending(path: name.text))
    }
    try describe(life.coordinator).write(
      to: current.appending(path: description), atomically: true, encoding: .utf8)
  }

  /// What must be the same in every version, in words.
  private static func describe(_ coordinator: Coordinator) throws -> String {
    let now = coordinator.now
    var lines = ["revision \(coordinator.revision)", "mode \(coordinator.mode.name)"]
    for pool in try coordinator.status(StatusRequest(pageSize: 1000), at: now).statuses {
      lines.append("pool \(pool.name) allocated \(pool.allocated) queued \(pool.queued)")
      lines += pool.allocations.map {
        "  \($0.requestID) \($0.component) \($0.quantity) until \($0.expiresAt?.nanoseconds ?? 0)"
      }.sorted()
    }
    let history = try coordinator.history(HistoryRequest(pageSize: 1000), at: now)
    lines += history.events.map { event in
      let trace = event.metadata["traceparent"].map { " trace \($0)" } ?? ""
      return "event \(event.revision) \(event.kind?.name ?? "") \(event.requestID) "
        + "\(event.fencing?.counter ?? 0)\(trace)"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test func `make the same coordinator`() throws {
    let files = FileManager.default
    if ProcessInfo.processInfo.environment["COORDINATOR_REWRITE_VECTORS"] == "1",
      !files.fileExists(atPath: Self.current.path())
    {
      try Self.write()
    }
    for version in 1...FileHeader.currentVersion {
      let folder = Self.folder.appending(path: "version-\(version)")
      let disk = VirtualDisk()
      for name in try files.contentsOfDirectory(atPath: folder.path()) {
        disk.put(FileName(name), [UInt8](try Data(contentsOf: folder.appending(path: name))))
      }
      let coordinator = Coordinator(
        recovering: Life<VirtualDisk>.settings, hashSeed: 3, entropy: Entropy(seed: 3),
        startedAt: .epoch)
      let report = try Recovery.rebuild(coordinator, from: JournalReader(disk)).report
      #expect(report.snapshot != nil && report.records > 10 && report.repairs.isEmpty)
      let expected = try String(
        contentsOf: folder.appending(path: Self.description), encoding: .utf8)
      #expect(try Self.describe(coordinator) == expected)
      #expect(expected.contains("pool tokens") && expected.split(separator: "\n").count > 40)
      guard version >= 2 else { continue }
      // Learning periods and what was taken over in one, since version 3.
      let isLearnt = expected.contains(" adopted known before the loss 1\n")
      #expect(isLearnt == (version >= 3) && expected.contains(" learning ") == isLearnt)
      // Owners and traces are kept since then: from a snapshot and from a record.
      #expect(expected.contains(" trace \(Traces.text)"))
      for id in ["old-0", "new-2"] as [Text] {
        let asked = Life<VirtualDisk>.requestByName(id)
        let now = coordinator.now
        for (name, isShown) in [("ada", true), ("eve", false)] as [(Text, Bool)] {
          let answer = try coordinator.request(
            asked, connection: 9, by: Party(name: name, isAdmin: false), at: now)
          #expect(answer.token.isEmpty != isShown, "\(id) for \(name)")
        }
      }
    }
  }
}
