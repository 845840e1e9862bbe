import Foundation
import Journal
import Model
import Simulator
import TestSupport
import Testing

/// Journals as they were first written: every later version reads them for ever.
///
/// Each folder of `Golden` is a directory of a journal; `contents.txt` says what recovery hands out of it.
/// `COORDINATOR_REWRITE_VECTORS=1` writes the folders that are not there. A file that exists is never changed: a
/// difference means that an upgrade would lose what is on somebody's disk.
@Suite(.serialized) struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")
  private static let contents = FileName("contents.txt")
  private static let isRewriting =
    ProcessInfo.processInfo.environment["COORDINATOR_REWRITE_VECTORS"] == "1"

  /// The journals that this version writes, by the names of their folders.
  private static func written() throws(JournalError) -> [(name: String, disk: VirtualDisk)] {
    [("version-3", try whole()), ("version-3-torn", try torn())]
  }

  /// Three segments, two of them behind a snapshot, with gaps, marks, a long payload, and a second epoch.
  private static func whole() throws(JournalError) -> VirtualDisk {
    let disk = VirtualDisk()
    var limits = JournalLimits()
    limits.segmentBytes = 400
    var trial = try Trial(disk, limits: limits)
    try trial.write([
      Record(position: 1, payload: Array("first".utf8)), Record(position: 2, payload: []),
      Record(position: 10, payload: [UInt8](repeating: 0, count: 1000)),
    ])
    try trial.writer.mark()
    try trial.write([Record(position: 300, payload: [0xFF, 0])])
    try trial.snapshot([Array("state".utf8), [], [UInt8](repeating: 7, count: 300)])
    try trial.write([Record(position: 301, payload: Array("after the snapshot".utf8))])
    var later = try Trial(disk, epoch: 2, limits: limits)
    try later.write([
      Record(position: 70_000, payload: (0..<1500).map { UInt8(truncatingIfNeeded: $0) }),
      Record(position: 70_001, payload: Array("last".utf8)),
    ])
    return disk
  }

  private static func torn() throws(JournalError) -> VirtualDisk {
    let disk = try whole()
    disk.change(JournalFile.segment(first: 302).name) { $0.removeLast(600) }
    return disk
  }

  private static func describe(_ disk: VirtualDisk) throws(JournalError) -> String {
    let recovered = try Recovered(disk)
    func hex(_ bytes: [UInt8]) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    var lines = recovered.chunks.map { "chunk \(hex($0))" }
    lines += recovered.records.map { "record \($0.position) \(hex($0.payload))" }
    lines.append("end \(recovered.end.lastPosition) epoch \(recovered.end.epoch)")
    if let tail = recovered.end.droppedTail { lines.append(tail.sentence) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func stored(_ name: String) throws -> VirtualDisk {
    let disk = VirtualDisk()
    let folder = folder.appending(path: name)
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path()) {
      disk.put(FileName(file), [UInt8](try Data(contentsOf: folder.appending(path: file))))
    }
    return disk
  }

  private static func store(_ disk: VirtualDisk, _ name: String) throws {
    let folder = folder.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    disk.put(contents, Array(try describe(disk).utf8))
    for file in try disk.names() {
      try Data(try disk.read(file)).write(to: folder.appending(path: file.text))
    }
  }

  @Test func `journals of every version are read as they were written`() throws {
    for (name, disk) in try Self.written() where Self.isRewriting {
      if !FileManager.default.fileExists(atPath: Self.folder.appending(path: name).path()) {
        try Self.store(disk, name)
      }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
    #expect(Set(names).isSuperset(of: (1...2).flatMap { ["version-\($0)", "version-\($0)-torn"] }))
    for name in names {
      let disk = try Self.stored(name)
      let expected = String(decoding: try disk.read(Self.contents), as: UTF8.self)
      #expect(try Self.describe(disk) == expected, "\(name)")
      #expect(try JournalInspection(disk).problems == [], "\(name)")
    }
  }

  @Test func `this version writes its journals as they stand`() throws {
    for (name, made) in try Self.written() {
      let stored = try Self.stored(name)
      #expect(Set(try stored.names()) == Set(try made.names() + [Self.contents]), "\(name)")
      for file in try made.names() {
        #expect(try made.read(file) == stored.read(file), "\(name)/\(file)")
      }
    }
  }

  @Test func `a journal of an older version goes on`() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path()) {
      let disk = try Self.stored(name)
      let before = try Recovered(disk)
      var trial = try Trial(disk, epoch: before.end.epoch)
      let next = Record(position: before.end.lastPosition + 1, payload: [1, 2, 3])
      try trial.write([next])
      let after = try Recovered(disk)
      #expect(after.records == before.records + [next], "\(name)")
      #expect(after.end.droppedTail == nil, "\(name)")
    }
  }
}
