import Journal
import Model
import Simulator
import TestSupport
import Testing

/// A script of what a server does with its journal, and what must survive of it.
///
/// The oracle is two arrays: what was acknowledged, and what was under way when the disk stopped.
private struct Script {
  let limits: JournalLimits
  private var random: SeededRandom
  private(set) var acknowledged: [Record] = []
  /// The batch whose write was begun and not acknowledged; recovery may hand it out whole or not at all.
  private(set) var underWay: [Record] = []

  init(seed: UInt64, limits: JournalLimits) {
    random = SeededRandom(seed: seed).child("script")
    self.limits = limits
  }

  /// Goes on behind what was recovered.
  mutating func adopt(_ records: [Record]) {
    acknowledged = records
    underWay = []
  }

  /// Opens the journal and works until all is done or the disk stops.
  mutating func run(_ disk: VirtualDisk, epoch: UInt64, steps: Int) throws(JournalError) {
    var trial = try Trial(disk, epoch: epoch, limits: limits)
    for _ in 0..<steps {
      switch random.below(10) {
      case 0..<6:
        let more = records(
          1 + random.below(4), after: acknowledged.last?.position ?? 0, maximumBytes: 1500, &random)
        underWay = more
        try trial.write(more)
        acknowledged += more
        underWay = []
      case 6, 7:
        if trial.writer.needsMark { try trial.writer.mark() }
      case 8:
        let content = Self.encode(acknowledged)
        try trial.snapshot(content)
      default: try trial.clean()
      }
    }
  }

  /// The state that a snapshot holds: here, all records so far.
  static func encode(_ records: [Record]) -> [[UInt8]] {
    records.map { record in
      (0..<8).map { UInt8(truncatingIfNeeded: record.position >> (8 * $0)) } + record.payload
    }
  }

  static func decode(_ chunks: [[UInt8]]) -> [Record] {
    chunks.map { chunk in
      Record(
        position: (0..<8).reduce(0) { $0 | UInt64(chunk[$1]) << (8 * UInt64($1)) },
        payload: Array(chunk.dropFirst(8)))
    }
  }

  /// Whether what was recovered is the acknowledged records, with or without all of what was under way.
  func allows(_ recovered: Recovered) -> Bool {
    let all = Self.decode(recovered.chunks) + recovered.records
    return all == acknowledged || all == acknowledged + underWay
  }
}

@Suite struct CrashTests {
  private static let limits: JournalLimits = {
    var limits = JournalLimits()
    limits.segmentBytes = 4000
    return limits
  }()

  /// Stops the disk at each of its operations in turn, in each way, loses what it may, and recovers.
  @Test(arguments: TestSeed.all(4))
  func `a crash at any operation loses nothing that was acknowledged`(_ seed: UInt64) throws {
    var crashes = 0
    for fault in [VirtualDisk.Fault.stopBefore, .stopAfter] {
      for loss in VirtualDisk.Loss.allCases {
        var operation = 1
        while try crash(seed: seed, at: operation, fault, loss) {
          operation += 1
          crashes += 1
        }
      }
    }
    #expect(crashes > 100)
  }

  /// Runs the script up to an operation, crashes, recovers, works on and recovers again; false when the script ended
  /// before the operation.
  private func crash(
    seed: UInt64, at operation: Int, _ fault: VirtualDisk.Fault, _ loss: VirtualDisk.Loss
  ) throws -> Bool {
    let comment: Comment = "seed \(seed), \(fault) at operation \(operation), losing \(loss)"
    var random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(operation))
    let disk = VirtualDisk()
    var script = Script(seed: seed, limits: Self.limits)
    disk.arm(fault, at: operation)
    var hasStopped = false
    do { try script.run(disk, epoch: 1, steps: 20) } catch {
      #expect(error.kind == .disk || error.kind == .stopped, comment)
      hasStopped = true
    }
    disk.crash(loss, &random)
    let recovered = try Recovered(disk, limits: Self.limits)
    #expect(script.allows(recovered), comment)
    #expect(recovered.damagedSnapshots == [], comment)
    script.adopt(Script.decode(recovered.chunks) + recovered.records)

    // The recovery is cut off too; what was handed out once must not change any more.
    disk.arm(random.pick([.stopBefore, .stopAfter]), at: disk.operations + 1 + random.below(6))
    do { try script.run(disk, epoch: 2, steps: 6) } catch {
      #expect(error.kind == .disk || error.kind == .stopped, comment)
    }
    disk.crash(.some, &random)
    #expect(script.allows(try Recovered(disk, limits: Self.limits)), comment)
    return hasStopped
  }

  @Test(arguments: TestSeed.all(150))
  func `random runs of crashes lose nothing that was acknowledged`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed).child("crashes")
    let disk = VirtualDisk()
    var script = Script(seed: seed, limits: Self.limits)
    for run in 1...8 {
      disk.arm(
        random.pick([.stopBefore, .stopAfter, .fail, .full]),
        at: disk.operations + 1 + random.below(80))
      do { try script.run(disk, epoch: UInt64(1 + run / 3), steps: random.below(40)) } catch {
        #expect(error.kind == .disk || error.kind == .stopped, "seed \(seed)")
      }
      disk.crash(random.pick(VirtualDisk.Loss.allCases), &random)
      let recovered = try Recovered(disk, limits: Self.limits)
      #expect(script.allows(recovered), "seed \(seed), run \(run)")
      script.adopt(Script.decode(recovered.chunks) + recovered.records)
    }
  }

  @Test(arguments: [VirtualDisk.Fault.fail, .full], 1...60)
  func `after an error of the disk the writer takes nothing more`(
    _ fault: VirtualDisk.Fault, _ operation: Int
  ) throws {
    let disk = VirtualDisk()
    var trial = try Trial(disk, limits: Self.limits)
    disk.arm(fault, at: disk.operations + operation)
    var random = SeededRandom(seed: UInt64(operation))
    var last: UInt64 = 0
    var failure: JournalError?
    while failure == nil {
      let more = records(3, after: last, &random)
      do { try trial.write(more) } catch { failure = error }
      last = failure == nil ? more[more.count - 1].position : last
    }
    #expect(failure?.kind == .disk)
    disk.disarm()
    var later: [JournalError.Kind] = []
    do { try trial.writer.sync() } catch { later.append(error.kind) }
    do { try trial.writer.roll() } catch { later.append(error.kind) }
    do { try trial.writer.mark() } catch { later.append(error.kind) }
    #expect(later == [.stopped, .stopped, .stopped])
    let (synced, needsMark) = (trial.writer.syncedPosition, trial.writer.needsMark)
    #expect(synced == last)
    #expect(!needsMark)
  }
}
