import Journal
import Model
import Simulator
import TestSupport
import Testing

/// What is damaged is told or refused, never dropped in silence.
@Suite struct DamageTests {
  private static let limits: JournalLimits = {
    var limits = JournalLimits()
    limits.segmentBytes = 500
    return limits
  }()

  private static func payload(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
  }

  /// Records 1, 2, 3, … of some bytes each, one in each batch.
  private static func journal(
    _ lengths: [Int], mark: Bool = true, limits: JournalLimits = JournalLimits()
  ) throws -> (disk: VirtualDisk, records: [Record]) {
    let disk = VirtualDisk()
    var trial = try Trial(disk, limits: limits)
    let records = lengths.enumerated().map {
      Record(position: UInt64($0.offset + 1), payload: payload($0.element))
    }
    for record in records { try trial.write([record]) }
    if mark { try trial.writer.mark() }
    return (disk, records)
  }

  private static func error(_ disk: VirtualDisk) -> JournalError? {
    do {
      _ = try Recovered(disk)
      return nil
    } catch { return error }
  }

  private static let first = JournalFile.segment(first: 1).name

  /// Over several segments and two snapshots, with and without a mark at the end: every single bit.
  @Test(arguments: [true, false])
  func `no single flipped bit loses a record in silence`(_ isMarked: Bool) throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk, limits: Self.limits)
    var expected: [Record] = []
    for (index, count) in [20, 590, 0, 7, 130].enumerated() {
      let position = UInt64(index + 1)
      expected.append(Record(position: position, payload: [UInt8](repeating: 0, count: count)))
      try trial.write([expected[index]])
      if position == 2 || position == 4 { try trial.snapshot(expected.map(\.payload)) }
    }
    if isMarked { try trial.writer.mark() }
    let snapshots = [2: Array(expected.prefix(2)), 4: Array(expected.prefix(4))]
    var (refused, told, unneeded) = (0, 0, 0)
    for name in try disk.names() {
      for bit in 0..<8 * (try disk.size(name)) {
        disk.flip(name, bit: bit)
        defer { disk.flip(name, bit: bit) }
        guard let recovered = try? Recovered(disk) else {
          refused += 1
          continue
        }
        let start = Int(recovered.snapshot?.position ?? 0)
        let before = start == 0 ? [] : (snapshots[start] ?? [])
        #expect(recovered.chunks == before.map(\.payload))
        #expect(before + recovered.records == expected, "\(name), bit \(bit)")
        #expect(recovered.end.droppedTail == nil, "\(name), bit \(bit)")
        if recovered.damagedSnapshots.isEmpty { unneeded += 1 } else { told += 1 }
      }
    }
    // All three happen: the segments in use, the newest snapshot, and what it covers.
    #expect(refused > 1000 && told > 1000 && unneeded > 1000)
  }

  @Test func `every single flipped bit is found by an inspection`() throws {
    let (disk, _) = try Self.journal([10, 490, 0, 60], limits: Self.limits)
    #expect(try JournalInspection(disk).problems == [])
    for name in try disk.names() {
      for bit in 0..<8 * (try disk.size(name)) {
        disk.flip(name, bit: bit)
        #expect(try JournalInspection(disk).problems.count >= 1, "\(name), bit \(bit)")
        disk.flip(name, bit: bit)
      }
    }
  }

  @Test func `a tail that ends early is dropped, wherever it was cut`() throws {
    let (disk, records) = try Self.journal([100, 1300], mark: false)
    let whole = try disk.read(Self.first)
    let start = 64 + 64 + 128
    #expect(whole.count > start + 1300)
    for count in start..<whole.count {
      disk.change(Self.first) { $0 = Array(whole.prefix(count)) }
      let recovered = try Recovered(disk)
      #expect(recovered.records == [records[0]])
      #expect((recovered.end.droppedTail == nil) == (count == start))
      if let tail = recovered.end.droppedTail {
        #expect(tail.offset == start)
        #expect(tail.bytes == count - start)
      }
      // The writer cuts it off, so that nobody sees it again.
      _ = try Trial(disk)
      #expect(try disk.size(Self.first) == start)
    }
  }

  @Test func `a tail with a sector of zeros is dropped unless a mark follows`() throws {
    for isMarked in [false, true] {
      let (disk, records) = try Self.journal([100, 3000], mark: isMarked)
      let whole = try disk.read(Self.first)
      let end = whole.count - (isMarked ? 64 : 0)
      for sector in stride(from: 0, to: end, by: 512) {
        // What a write that was cut off leaves: the first batch's bytes stay, the second one's are lost.
        let range = max(sector, 256)..<min(sector + 512, end)
        disk.change(Self.first) { bytes in
          bytes = whole
          for index in range { bytes[index] = 0 }
        }
        if isMarked {
          let error = try #require(Self.error(disk))
          #expect(error.kind == .damagedBatch)
          #expect(error.file == Self.first)
          #expect(error.offset == 256)
        } else {
          #expect(try Recovered(disk).records == [records[0]])
        }
      }
    }
  }

  @Test func `a complete batch with a wrong checksum is refused, with what to do`() throws {
    let (disk, _) = try Self.journal([100, 600], mark: false)
    disk.flip(Self.first, bit: 8 * 500)
    let error = try #require(Self.error(disk))
    #expect(error.kind == .damagedBatch)
    #expect(error.positions == 2...2)
    #expect(
      error.description
        == "journal-0000000000000001.log, byte 256, positions 2 to 2: a batch has a wrong checksum, "
        + "after position 1. It may have been acknowledged. Restore a backup. To go on without what "
        + "follows position 1 instead, keep a copy and cut the file to 256 bytes.")
  }

  @Test func `a torn batch with bytes behind it was not torn`() throws {
    let (disk, _) = try Self.journal([100, 2000], mark: true)
    let size = try disk.size(Self.first)
    disk.change(Self.first) { bytes in
      for index in 1024..<1536 { bytes[index] = 0 }
      // The mark behind it is damaged as well; something was there all the same.
      bytes[size - 10] ^= 1
    }
    #expect(Self.error(disk)?.kind == .damagedBatch)
  }

  @Test func `a batch of another place or another journal does not count`() throws {
    let (disk, _) = try Self.journal([100, 100], mark: false)
    let bytes = try disk.read(Self.first)
    // The second batch, written where the third belongs.
    disk.change(Self.first) { $0 += bytes[256..<448] }
    #expect(Self.error(disk)?.kind == .damagedBatch)
    // The second segment of another journal.
    let (other, _) = try Self.journal([600, 600], limits: Self.limits)
    let (mine, _) = try Self.journal([600, 600], limits: Self.limits)
    let second = JournalFile.segment(first: 2).name
    let foreign = VirtualDisk()
    var trial = JournalEnd(lastPosition: 1)
    trial.lineage = 99
    _ = try JournalWriter(foreign, after: trial, lineage: 99, epoch: 1)
    mine.put(second, try foreign.read(second))
    #expect(Self.error(mine)?.kind == .wrongLineage)
    #expect(Self.error(other) == nil)
  }

  @Test func `a missing segment is refused`() throws {
    let (disk, records) = try Self.journal([600, 600, 600, 600], limits: Self.limits)
    let segments = try JournalFiles(disk).segments
    #expect(segments == [1, 2, 3, 4])
    for first in segments.dropLast() {
      let copy = disk.copy()
      try copy.remove(JournalFile.segment(first: first).name)
      let error = try #require(Self.error(copy))
      #expect(error.kind == .missingSegment)
      #expect(error.message.contains("Restore a backup."))
      #expect(try JournalInspection(copy).refusal == error)
    }
    // Without the last one nothing tells that it was there, but a snapshot.
    try disk.remove(JournalFile.segment(first: 4).name)
    #expect(try Recovered(disk).records == Array(records.prefix(3)))
    var snapshot = try SnapshotWriter(disk, position: 4, lineage: Trial.lineage, epoch: 1)
    try snapshot.append([1])
    try snapshot.finish()
    let error = try #require(Self.error(disk))
    #expect(error.kind == .lostEnd)
    #expect(error.positions == 4...4)
  }

  @Test func `a damaged snapshot is passed over only while its segments are there`() throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk, limits: Self.limits)
    var expected: [Record] = []
    for position in UInt64(1)...6 {
      expected.append(Record(position: position, payload: Self.payload(600)))
      try trial.write([expected[expected.count - 1]])
      if position.isMultiple(of: 2) { try trial.snapshot([[UInt8(position)]]) }
    }
    let newest = JournalFile.snapshot(position: 6).name
    disk.flip(newest, bit: 700)
    let passedOver = try Recovered(disk)
    #expect(passedOver.snapshot?.position == 4)
    #expect(passedOver.chunks == [[4]])
    #expect(passedOver.records == Array(expected.suffix(2)))
    #expect(passedOver.damagedSnapshots.map(\.file) == [newest])
    // Cleaning trusts no snapshot that it has not read.
    #expect(throws: JournalError.self) { try JournalCleaning.removeCovered(disk) }
    #expect(try JournalFiles(disk).segments.count == 6)

    disk.flip(newest, bit: 700)
    try trial.clean()
    #expect(try JournalFiles(disk).snapshots == [6])
    #expect(try JournalFiles(disk).segments == [6])
    let sealed = trial.writer.sealed
    #expect(sealed == [])
    #expect(try Recovered(disk).records == [])
    disk.flip(newest, bit: 700)
    let error = try #require(Self.error(disk))
    #expect(error.kind == .missingSegment)
    #expect(error.message.contains("\(newest) is damaged"))
  }

  @Test func `a snapshot that was cut, or has something behind its end, is never whole`() throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk)
    try trial.write([Record(position: 1, payload: [1])])
    try trial.snapshot([Self.payload(50), [], Self.payload(50)])
    let file = JournalFile.snapshot(position: 1).name
    let whole = try disk.read(file)
    #expect(try Recovered(disk).snapshot?.chunks == 3)
    var damaged = (0..<whole.count).map { Array(whole.prefix($0)) }
    damaged.append(whole + [0])
    // The first chunk in the place of the third, which has the same length; and the end right behind the first.
    let chunk = 24 + 50
    damaged.append(whole.prefix(64 + chunk + 24) + whole[64..<64 + chunk] + whole.suffix(40))
    damaged.append(whole.prefix(64 + chunk) + whole.suffix(40))
    for bytes in damaged {
      disk.put(file, bytes)
      let recovered = try Recovered(disk)
      #expect(recovered.snapshot == nil, "\(bytes.count) bytes")
      #expect(recovered.damagedSnapshots.map(\.kind) == [.damagedSnapshot])
      #expect(recovered.records.count == 1)
    }
  }

  @Test func `files of a later version are refused by name`() throws {
    let (disk, _) = try Self.journal([10])
    for (header, file) in [
      (FileHeader(segment: 1, lineage: Trial.lineage, epoch: 1), Self.first),
      (
        FileHeader(snapshot: 1, lineage: Trial.lineage, epoch: 1),
        JournalFile.snapshot(position: 1).name
      ),
    ] {
      var later = header
      later.version = FileHeader.currentVersion + 1
      let copy = disk.copy()
      copy.put(file, later.encoded)
      let error = try #require(Self.error(copy))
      #expect(error.kind == .newerVersion)
      #expect(error.file == file)
      #expect(error.message.contains("version \(FileHeader.currentVersion + 1)"))
    }
  }

  @Test func `leftovers are removed and other files are left alone`() throws {
    let (disk, records) = try Self.journal([10])
    let others = ["lock", "journal-1.log", "journal-0000000000000000.log", "snapshot-x.snap"]
    for name in others { disk.put(FileName(name), [1]) }
    disk.put(JournalFile.newSegment(first: 2).name, [])
    disk.put(JournalFile.newSnapshot(position: 1).name, [0])
    #expect(try JournalInspection(disk).notes.count == 6)
    #expect(try Recovered(disk).records == records)
    _ = try Trial(disk)
    #expect(Set(try disk.names()) == Set(others.map { FileName($0) } + [Self.first]))
  }

  @Test func `bounds are refused by name`() throws {
    var limits = JournalLimits()
    limits.recordBytes = 1000
    limits.batchBytes = 2000
    var builder = BatchBuilder(after: 0, limits: limits)
    do {
      try builder.append(position: 1, payload: Self.payload(1001))
      Issue.record("too large a record was taken")
    } catch {
      #expect(error.kind == .tooLarge)
      #expect(error.message.contains("recordBytes"))
    }
    try builder.append(position: 1, payload: Self.payload(1000))
    do {
      try builder.append(position: 2, payload: Self.payload(1000))
      Issue.record("too large a batch was taken")
    } catch { #expect(error.message.contains("batchBytes")) }
    #expect(builder.recordCount == 1)
    #expect(builder.lastPosition == 1)
    limits.chunkBytes = 5
    var snapshot = try SnapshotWriter(
      VirtualDisk(), position: 1, lineage: 1, epoch: 1, limits: limits)
    do {
      try snapshot.append(Self.payload(6))
      Issue.record("too large a chunk was taken")
    } catch { #expect(error.message.contains("chunkBytes")) }
  }
}
