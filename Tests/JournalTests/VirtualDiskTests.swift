import Journal
import Model
import Simulator
import TestSupport
import Testing

/// The disk that the other tests trust loses what it may lose, and nothing else.
@Suite struct VirtualDiskTests {
  private let file = FileName("a")

  private func disk(synced: Int, unsynced: Int) throws -> VirtualDisk {
    let disk = VirtualDisk()
    try disk.create(file)
    try disk.append(file, [UInt8](repeating: 1, count: synced))
    try disk.sync(file)
    try disk.syncDirectory()
    try disk.append(file, [UInt8](repeating: 2, count: unsynced))
    return disk
  }

  @Test func `what was synced stays, and the rest is there by sectors`() throws {
    var random = SeededRandom(seed: 1)
    var seen: Set<[UInt8]> = []
    for _ in 0..<200 {
      let disk = try disk(synced: 700, unsynced: 1500)
      disk.crash(.some, &random)
      let bytes = try disk.read(file)
      #expect(bytes.prefix(700).allSatisfy { $0 == 1 })
      #expect((700...2200) ~= bytes.count)
      for range in [700..<1024, 1024..<1536, 1536..<2048, 2048..<2200] {
        // One sector has one kind of byte.
        #expect(Set(bytes[range.clamped(to: 0..<bytes.count)]).count <= 1)
      }
      seen.insert(bytes)
    }
    #expect(seen.count > 50)
  }

  @Test func `all or nothing of what was not synced is lost where that is asked for`() throws {
    var random = SeededRandom(seed: 1)
    for (loss, count) in [(VirtualDisk.Loss.everything, 700), (.nothing, 2200)] {
      let disk = try disk(synced: 700, unsynced: 1500)
      try disk.create(FileName("b"))
      disk.crash(loss, &random)
      #expect(try disk.size(file) == count)
      #expect(try disk.names().count == (loss == .everything ? 1 : 2))
    }
  }

  @Test func `a fault comes at its operation and stays until the crash`() throws {
    var random = SeededRandom(seed: 1)
    let disk = try disk(synced: 10, unsynced: 10)
    disk.arm(.stopBefore, at: disk.operations + 2)
    try disk.sync(file)
    #expect(throws: DiskError(.append, file, .failed(code: 5))) { try disk.append(file, [1]) }
    #expect(throws: DiskError(.read, file, .failed(code: 0))) { try disk.read(file) }
    disk.crash(.everything, &random)
    #expect(try disk.size(file) == 20)
    disk.arm(.full, at: disk.operations + 1)
    #expect(throws: DiskError(.append, file, .full)) { try disk.append(file, [1, 2]) }
    #expect(try disk.size(file) == 21)
    #expect(throws: DiskError(.append, file, .full)) { try disk.append(file, [1, 2]) }
  }
}
