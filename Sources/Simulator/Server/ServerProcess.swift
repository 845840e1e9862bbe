import Coordination
import Durability
import Journal
import Model
import NIOCore
import Session

/// One life of the server: the real engine, commit queue and journal, put together in the order in which `EngineLoop`,
/// `GroupCommit` and `JournalKeeper` do it, with events instead of threads.
final class ServerProcess {
  /// As in `GroupCommit`: how long nothing is written before a mark.
  private static let quietBeforeMark = TimeSpan.milliseconds(200)
  /// As in `JournalKeeper`.
  private static let foldedSegments = 4

  private let stage: Stage
  private let plan: WorldPlan
  private let oracle: Oracle
  private unowned let host: ServerHost
  private let clockOffset: TimeSpan
  private var random: SeededRandom
  let engine: Engine
  private let disk: VirtualDisk
  private var writer: JournalWriter<VirtualDisk>
  private var commit: CommitQueue<Engine.Output>
  private var links: [Link?] = []
  private var isAlive = true
  private var isStopping = false
  private var isWriteStarting = false
  private var isFolding = false
  private var markNumber = 0
  private var timerAt: Instant?
  /// What the end of a pause brings, in order.
  private var waiting: [() -> Void] = []
  /// Until when it gets no time from its machine.
  var pausedUntil = Instant.epoch

  init(
    _ stage: Stage, _ plan: WorldPlan, _ oracle: Oracle, _ host: ServerHost,
    _ recovered: consuming Recovered<VirtualDisk>, clockOffset: TimeSpan, _ random: SeededRandom
  ) {
    self.stage = stage
    self.plan = plan
    self.oracle = oracle
    self.host = host
    // As in `Opened`: time goes on from the last decision if the machine's clock was set back.
    self.clockOffset = clockOffset + recovered.clockLag
    self.random = random
    disk = host.disk
    engine = Engine(coordinator: recovered.coordinator, at: stage.now + self.clockOffset)
    writer = recovered.takeWriter()
    commit = CommitQueue(after: writer.lastPosition, limits: plan.journal)
  }

  private var clock: Instant { stage.now + clockOffset }
  var accepts: Bool { isAlive && !isStopping }
  /// The state at this instant, and how much of it was durable for sure.
  var image: DiskExpectation {
    DiskExpectation(
      revision: engine.coordinator.revision, durable: writer.syncedPosition,
      image: Oracle.image(engine.coordinator))
  }

  /// Does something when the process has time: at once, or behind what else waits for the end of a pause.
  private func work(_ body: @escaping () -> Void) {
    guard isAlive else { return }
    guard stage.now < pausedUntil || !waiting.isEmpty else { return body() }
    waiting.append(body)
    if waiting.count == 1 { stage.at(pausedUntil) { [self] in wake() } }
  }

  private func wake() {
    guard stage.now >= pausedUntil else { return stage.at(pausedUntil) { [self] in wake() } }
    var done = 0
    while isAlive, done < waiting.count {
      waiting[done]()
      done += 1
    }
    waiting.removeAll()
  }

  func begin() {
    writeOutputs()
    oracle.lookAfterStart(engine.coordinator)
    schedule()
  }

  /// Nothing of it happens any more; its peers are told, or not.
  func die(tellsPeers: Bool) {
    isAlive = false
    for link in links {
      if tellsPeers { link?.reset() } else { link?.fallSilent() }
    }
    links = []
    waiting = []
  }

  // MARK: What connections tell

  func accept(_ link: Link) {
    link.process = self
    work { [self] in
      guard accepts, let id = engine.open(at: clock) else { return link.reset() }
      while links.count <= id.slot { links.append(nil) }
      links[id.slot] = link
      link.connection = id
      schedule()
    }
  }

  func bytesArrived(_ link: Link) {
    work { [self] in
      guard let id = link.connection, var bytes = link.takeArrived() else { return }
      // The engine lets time pass itself; done here as well so that the oracle sees both apart.
      engine.advance(to: clock)
      oracle.look(engine.coordinator)
      engine.receive(&bytes, on: id, at: clock)
      writeOutputs()
      schedule()
    }
  }

  func inputEnded(_ link: Link) {
    work { [self] in
      guard let id = link.connection else { return }
      engine.inputEnded(id, at: clock)
      writeOutputs()
    }
  }

  func closed(_ link: Link) {
    work { [self] in
      guard let id = link.connection else { return }
      link.connection = nil
      if links[id.slot] === link { links[id.slot] = nil }
      engine.closed(id, at: clock)
      writeOutputs()
      schedule()
    }
  }

  // MARK: Output

  private func writeOutputs() {
    collect()
    let isHeld = !commit.isDurable
    while let output = engine.nextOutput() {
      if isHeld {
        commit.hold(Self.kept(output), bytes: output.bytes.readableBytes)
      } else {
        write(output)
      }
    }
    engine.finishBatch(at: clock)
    if engine.stopRequest != nil {
      engine.stopRequest = nil
      host.stop()
    }
    oracle.look(engine.coordinator)
  }

  private static func kept(_ output: Engine.Output) -> Engine.Output {
    Engine.Output(
      connection: output.connection, bytes: ByteBuffer(buffer: output.bytes),
      closes: output.closes, isBehind: output.isBehind)
  }

  private func write(_ output: Engine.Output) {
    guard engine.isOpen(output.connection), output.connection.slot < links.count,
      let link = links[output.connection.slot]
    else { return }
    if output.bytes.readableBytes > 0 { link.sendDown(ByteBuffer(buffer: output.bytes)) }
    if output.closes { link.finishDown() }
  }

  private func writeDurable() {
    while let output = commit.nextDurable() { write(output) }
  }

  // MARK: Time

  private func schedule() {
    guard isAlive, let deadline = engine.nextDeadline else { return }
    if let timerAt, timerAt <= deadline { return }
    timerAt = deadline
    stage.at(deadline - clockOffset) { [self] in
      work { [self] in
        guard timerAt == deadline else { return }
        timerAt = nil
        engine.advance(to: clock)
        writeOutputs()
        schedule()
      }
    }
  }

  // MARK: The journal

  private func collect() {
    guard !engine.coordinator.log.isEmpty else { return }
    commit.collect(&engine.coordinator.log)
    guard !isWriteStarting, !commit.isWriting else { return }
    isWriteStarting = true
    stage.after(.zero) { [self] in
      work { [self] in
        isWriteStarting = false
        beginWrite()
      }
    }
  }

  private func beginWrite() {
    guard let batch = commit.beginBatch() else { return }
    markNumber += 1
    var written = batch
    onDisk { () throws(JournalError) in try writer.write(&written) }
    stage.after(host.diskDelay()) { [self] in
      work { [self] in
        guard commit.failure == nil else { return }
        onDisk { () throws(JournalError) in try writer.sync() }
        guard isAlive, commit.failure == nil else { return }
        if writer.sealed.count >= Self.foldedSegments { beginFolding() }
        wrote(written)
      }
    }
  }

  private func wrote(_ batch: Batch) {
    commit.endBatch(batch)
    beginWrite()
    guard isAlive else { return }
    writeDurable()
    guard !commit.isWriting else { return }
    let number = markNumber
    stage.after(Self.quietBeforeMark) { [self] in
      work { [self] in
        if number == markNumber { mark() }
      }
    }
  }

  private func mark() {
    guard commit.beginMark() else { return }
    stage.after(host.diskDelay()) { [self] in
      work { [self] in
        onDisk { () throws(JournalError) in if writer.needsMark { try writer.mark() } }
        guard isAlive else { return }
        commit.endMark()
        beginWrite()
      }
    }
  }

  private func beginFolding() {
    guard !isFolding else { return }
    isFolding = true
    stage.after(.milliseconds(random.within(1...3000))) { [self] in
      guard isAlive else { return }
      isFolding = false
      do throws(JournalError) {
        guard let end = try JournalFiles(disk).segments.last else { return }
        let position = try Folding.fold(
          disk, before: end, settings: plan.settings, limits: plan.journal)
        writer.forget(sealed: try JournalCleaning.removeCovered(disk, limits: plan.journal))
        stage.tally.snapshots += 1
        stage.tell("server", "snapshot at \(position)")
      } catch {
        stage.tell("server", "no snapshot: \(error)")
        if !disk.wasHit { stage.fail("no snapshot was made of a whole journal: \(error)") }
        if disk.isStopped { host.crashInWrite() }
      }
    }
  }

  private func onDisk(_ body: () throws(JournalError) -> Void) {
    do throws(JournalError) { try body() } catch {
      if disk.isStopped {
        host.crashInWrite()
      } else {
        _ = commit.fail(error)
        host.failed(error)
      }
    }
  }

  // MARK: Stopping

  /// As a termination signal does it: no new connections, streams told, answers in flight sent, then a last mark.
  func beginStop() {
    work { [self] in
      guard !isStopping else { return }
      isStopping = true
      engine.beginStop(at: clock)
      writeOutputs()
      schedule()
      let limit = clock + engine.limits.drain
      waitUntil(limit, { self.commit.isIdle }) { [self] in
        engine.closeAll()
        writeOutputs()
        waitUntil(limit, { self.engine.connectionCount == 0 }) { [self] in
          onDisk { () throws(JournalError) in
            if commit.failure == nil, commit.isDurable, !commit.isWriting, writer.needsMark {
              try writer.mark()
            }
          }
          if isAlive { host.stopped() }
        }
      }
    }
  }

  private func waitUntil(
    _ limit: Instant, _ isDone: @escaping () -> Bool, _ then: @escaping () -> Void
  ) {
    work { [self] in
      if isDone() || clock >= limit { return then() }
      stage.after(.milliseconds(5)) { [self] in waitUntil(limit, isDone, then) }
    }
  }
}

/// What the disk must give after a crash.
struct DiskExpectation {
  /// The last decision that was made.
  var revision: UInt64
  /// The last decision that may have been told of.
  var durable: UInt64
  /// The state at `revision`.
  var image: [UInt8]
}
