import Journal
import Model
import Simulator
import TestSupport
import Testing

/// A record as tests compare them.
struct Record: Hashable {
  var position: UInt64
  var payload: [UInt8]
}

/// Everything that recovery hands out.
struct Recovered: Hashable {
  var chunks: [[UInt8]] = []
  var records: [Record] = []
  var end: JournalEnd
  var snapshot: SnapshotSummary?
  var damagedSnapshots: [JournalError]

  init(_ disk: VirtualDisk, limits: JournalLimits = JournalLimits()) throws(JournalError) {
    let reader = try JournalReader(disk, limits: limits)
    snapshot = reader.snapshot
    damagedSnapshots = reader.damagedSnapshots
    var chunks: [[UInt8]] = []
    var records: [Record] = []
    try reader.readSnapshot { chunks.append($0) }
    end = try reader.readRecords { records.append(Record(position: $0, payload: Array($1))) }
    self.chunks = chunks
    self.records = records
  }
}

/// A journal under test: the writer with its builder, and what was acknowledged.
struct Trial: ~Copyable {
  static let lineage: UInt64 = 0x1234_5678_9ABC_DEF0

  let disk: VirtualDisk
  let limits: JournalLimits
  var writer: JournalWriter<VirtualDisk>
  var builder: BatchBuilder

  init(
    _ disk: VirtualDisk, epoch: UInt64 = 1, limits: JournalLimits = JournalLimits()
  ) throws(JournalError) {
    self.disk = disk
    self.limits = limits
    let end = try Recovered(disk, limits: limits).end
    writer = try JournalWriter(
      disk, after: end, lineage: Trial.lineage, epoch: epoch, limits: limits)
    builder = BatchBuilder(after: writer.lastPosition, limits: limits)
  }

  mutating func write(_ records: [Record]) throws(JournalError) {
    for record in records {
      try builder.append(position: record.position, payload: record.payload)
    }
    var batch = builder.finish()
    try writer.write(&batch)
    builder.recycle(batch)
    try writer.sync()
  }

  /// A snapshot at what is durable, whose one chunk is told.
  mutating func snapshot(_ chunks: [[UInt8]]) throws(JournalError) {
    var snapshot = try SnapshotWriter(
      disk, position: writer.syncedPosition, lineage: writer.lineage, epoch: writer.epoch,
      limits: limits)
    for chunk in chunks { try snapshot.append(chunk) }
    try snapshot.finish()
  }

  mutating func clean() throws(JournalError) {
    writer.forget(sealed: try JournalCleaning.removeCovered(disk, limits: limits))
  }
}

/// Records with payloads of every interesting length, many of them zeros: the worst that a sector can hold.
func records(
  _ count: Int, after position: UInt64, maximumBytes: Int = 3000, _ random: inout SeededRandom
) -> [Record] {
  var last = position
  return (0..<count).map { _ in
    last += random.chance(80) ? 1 : UInt64(1 + random.below(1000))
    let length =
      switch random.below(4) {
      case 0: random.below(8)
      case 1: random.below(200)
      case 2: 470 + random.below(60)
      default: random.below(maximumBytes)
      }
    let byte = random.chance(50) ? 0 : UInt8(truncatingIfNeeded: random.next())
    var payload = [UInt8](repeating: byte, count: length)
    if length > 8 { payload[random.below(length)] = UInt8(truncatingIfNeeded: last) }
    return Record(position: last, payload: payload)
  }
}
