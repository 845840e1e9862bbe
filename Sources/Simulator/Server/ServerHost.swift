import Coordination
import Durability
import Journal
import Model

/// The machine that the server runs on: a disk that outlives processes, a clock that may be set, and at most one
/// process.
final class ServerHost {
  private let stage: Stage
  private let plan: WorldPlan
  private let oracle: Oracle
  private var random: SeededRandom
  private(set) var disk = VirtualDisk()
  private(set) var process: ServerProcess?
  /// What the machine's clock is ahead of the world's.
  private var clockOffset = TimeSpan.zero
  private var startsPlanned = 0
  /// The state that the disk must give, where that is known for sure.
  private var expected: DiskExpectation?
  /// The disk as it was before it was damaged.
  private var undamaged: VirtualDisk?
  /// Whether the disk was replaced by an empty one, on which nothing has been kept yet.
  private var isStateLost = false
  /// Until when the disk takes this many times as long.
  private var slowness: (factor: Int64, until: Instant) = (1, .epoch)

  init(_ stage: Stage, _ plan: WorldPlan, _ oracle: Oracle, _ random: SeededRandom) {
    self.stage = stage
    self.plan = plan
    self.oracle = oracle
    self.random = random
  }

  // MARK: Start

  func start() {
    guard process == nil else { return }
    let now = stage.now + clockOffset
    if random.chance(15), !stage.isCalm {
      let fault: VirtualDisk.Fault = random.pick([.stopBefore, .stopAfter, .fail])
      disk.arm(fault, at: disk.operations + 1 + random.below(6))
      stage.tell("disk", "will fail soon after the start")
    }
    do throws(RecoveryError) {
      if undamaged == nil { try checkDisk() }
      var settings = plan.settings
      settings.isStateLost = isStateLost
      let recovered = try Recovery.open(
        disk, settings: settings, given: GivenSettings(),
        entropy: Entropy(seed: random.next()),
        circumstances: StartCircumstances(
          now: now, hashSeed: random.next(), lineage: random.next() | 1,
          newEpoch: UInt64(now.nanoseconds / 1_000_000)), limits: plan.journal)
      stage.tally.starts += 1
      let report = recovered.report
      let coordinator = recovered.coordinator
      stage.tell(
        "server",
        "starts at revision \(coordinator.revision), snapshot \(report.snapshot ?? 0), "
          + "\(report.records) records" + report.repairs.map { "; \($0)" }.joined())
      if undamaged != nil { oracle.noteDamageSurvived() }
      undamaged = nil
      expected = nil
      // Whoever operates it says so until a start finds something that an earlier one has kept.
      if report.records > 0 || report.snapshot != nil {
        isStateLost = false
      } else if isStateLost {
        oracle.noteLoss(startedAt: coordinator.now)
      }
      let process = ServerProcess(
        stage, plan, oracle, self, recovered, clockOffset: clockOffset, random.child("process"))
      self.process = process
      process.begin()
    } catch {
      refused(error)
    }
  }

  /// Reads the disk as a start does, without changing it, and compares with what must be there.
  private func checkDisk() throws(RecoveryError) {
    let coordinator = Coordinator(
      recovering: plan.settings, hashSeed: 1, entropy: Entropy(seed: 1), startedAt: stage.now)
    do throws(JournalError) {
      _ = try Recovery.rebuild(coordinator, from: JournalReader(disk, limits: plan.journal))
    } catch {
      throw .journal(error)
    }
    guard let expected else { return }
    stage.tally.comparisons += 1
    oracle.compare(coordinator, with: expected)
  }

  private func refused(_ error: RecoveryError) {
    stage.tell("server", "does not start: \(error)")
    stage.tally.refusedStarts += 1
    if let before = undamaged {
      disk = before
      undamaged = nil
    } else if disk.wasHit {
      stage.tally.count(.crashInWrite)
      disk.crash(random.pick(VirtualDisk.Loss.allCases), &random)
    } else {
      stage.fail("a start is refused although nothing was damaged: \(error)")
    }
    planStart(after: .milliseconds(random.within(100...2000)))
  }

  private func planStart(after pause: TimeSpan) {
    startsPlanned += 1
    let number = startsPlanned
    stage.after(pause) { [self] in
      if number == startsPlanned { start() }
    }
  }

  // MARK: Ends

  /// The process is gone at once; without power the disk's caches are gone as well.
  func crash(losesPower: Bool) {
    guard let process else { return }
    stage.fault(.crash, losesPower ? "the power fails" : "the server is killed")
    expected = process.image
    let loss: VirtualDisk.Loss = losesPower ? random.pick([.everything, .some, .some]) : .nothing
    if losesPower { stage.tally.count(.lostSectors) }
    end(process, tellsPeers: !losesPower || random.chance(50), loss)
  }

  /// The disk stopped in the middle of an operation, and the machine with it.
  func crashInWrite() {
    guard let process else { return }
    stage.fault(.crashInWrite, "the machine stops inside an operation of the disk")
    expected = process.image
    end(process, tellsPeers: random.chance(50), random.pick(VirtualDisk.Loss.allCases))
  }

  /// The process ends by itself, because its disk failed.
  func failed(_ error: JournalError) {
    guard let process else { return }
    stage.fault(.failedDisk, "the journal failed: \(error)")
    expected = process.image
    end(process, tellsPeers: true, random.pick(VirtualDisk.Loss.allCases))
  }

  /// The process has ended in good order.
  func stopped() {
    guard let process else { return }
    stage.tell("server", "has stopped")
    expected = process.image
    end(process, tellsPeers: true, .nothing)
  }

  /// The end of the world: who holds whom is let go.
  func end() {
    process?.die(tellsPeers: false)
    process = nil
  }

  private func end(_ process: ServerProcess, tellsPeers: Bool, _ loss: VirtualDisk.Loss) {
    process.die(tellsPeers: tellsPeers)
    self.process = nil
    disk.crash(loss, &random)
    if plan.damages, !stage.isCalm, random.chance(40) { damage() }
    if random.chance(30), !stage.isCalm { moveClock() }
    if plan.losesState, !stage.isCalm, random.chance(25) { loseState() }
    let longest: Int64 = random.pick([200, 1000, 4000, 60_000])
    planStart(after: .milliseconds(stage.isCalm ? 100 : random.within(20...longest)))
  }

  /// Another machine with an empty disk takes the place of this one. Its clock is not behind what any had shown before:
  /// epochs come from it.
  private func loseState() {
    disk = VirtualDisk()
    (expected, undamaged) = (nil, nil)
    isStateLost = true
    clockOffset = stage.setForward
    stage.fault(.lostState, "the disk is lost with all that was on it")
  }

  private func moveClock() {
    let jump = TimeSpan.seconds(random.pick([-3600, -60, -1, 1, 60, 900]))
    clockOffset = clockOffset + jump
    stage.setForward = stage.setForward + max(.zero, jump)
    stage.fault(.clockJump, "the machine's clock is moved by \(jump.seconds) s")
  }

  private func damage() {
    let before = disk.copy()
    guard let what = disk.damage(&random) else { return }
    undamaged = before
    stage.fault(.damage, what)
  }

  // MARK: Faults of a running server

  func stop() {
    guard let process, process.accepts else { return }
    stage.fault(.drain, "the server is told to stop")
    process.beginStop()
  }

  func pause(_ length: TimeSpan) {
    guard let process else { return }
    stage.fault(.pause, "the server does nothing for \(length.seconds) s")
    process.pausedUntil = max(process.pausedUntil, stage.now + length)
  }

  func breakDisk(_ random: inout SeededRandom) {
    if random.chance(30) {
      slowness = (random.pick([5, 50, 500]), stage.now + .seconds(random.within(1...60)))
      stage.fault(.slowDisk, "the disk is \(slowness.factor) times as slow")
      return
    }
    let fault: VirtualDisk.Fault = random.pick([.stopBefore, .stopAfter, .fail, .full])
    if fault == .full { stage.tally.count(.fullDisk) }
    stage.tell("disk", "will fail: \(fault)")
    disk.arm(fault, at: disk.operations + 1 + random.below(12))
  }

  /// How long an operation of the disk takes now.
  func diskDelay() -> TimeSpan {
    let factor = stage.now < slowness.until ? slowness.factor : 1
    return .nanoseconds(random.within(plan.diskDelay) * factor)
  }

  func calmDown() {
    slowness = (1, .epoch)
    disk.disarm()
    process?.pausedUntil = stage.now
  }
}
