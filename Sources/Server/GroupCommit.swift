import Coordination
import Durability
import Journal
import NIOCore
import Session

/// The journal's place on the loop: a ``CommitQueue`` whose batches are written on the keeper's thread.
final class GroupCommit {
  /// What must not be seen before it is durable.
  enum Held {
    case output(Engine.Output)
    /// The end of so many calls whose answers are held before this.
    case answers(Int)
    /// Told nil, or why it will never be durable.
    case action((JournalError?) -> Void)
  }

  private let keeper: JournalKeeper
  private let loop: any EventLoop
  private let backlogBytes: Int
  private var queue: CommitQueue<Held>
  private var isStarting = false
  private var markTimer: Scheduled<Void>?
  /// Called when something that is held may be seen.
  var onDurable: () -> Void = {}
  /// Called once, when nothing will be durable any more.
  var onFailure: (JournalError) -> Void = { _ in }

  /// How long nothing is written before the last batch is marked as durable on the disk.
  private static let quietBeforeMark = TimeAmount.milliseconds(200)

  /// - Parameters:
  ///   - position: the last one in the journal.
  ///   - backlogBytes: records and answers that may wait before connections are not read on.
  init(_ keeper: JournalKeeper, loop: any EventLoop, after position: UInt64, backlogBytes: Int) {
    self.keeper = keeper
    self.loop = loop
    self.backlogBytes = backlogBytes
    queue = CommitQueue(after: position)
  }

  var isDurable: Bool { queue.isDurable }
  /// Whether nothing is to be written any more and nothing is held that will be seen.
  var isIdle: Bool { queue.isIdle || queue.failure != nil }
  /// Whether so much waits for the disk that no more work should be taken.
  var isFull: Bool { queue.waitingBytes > backlogBytes }

  /// Takes what was decided. It is written at the end of the loop's turn: what other connections have sent by then goes
  /// along.
  func collect(_ log: inout DecisionLog) {
    guard !log.isEmpty else { return }
    queue.collect(&log)
    guard !isStarting, !queue.isWriting else { return }
    isStarting = true
    loop.assumeIsolated().execute {
      self.isStarting = false
      self.write()
    }
  }

  /// Holds bytes for a connection until everything that was decided so far is durable.
  func hold(_ output: Engine.Output) {
    let kept = output.kept
    queue.hold(.output(kept), bytes: kept.bytes.readableBytes)
  }

  /// Holds the end of so many calls likewise.
  func hold(answers count: Int) {
    queue.hold(.answers(count), bytes: 0)
  }

  /// Runs an action once everything that was decided so far is durable, or it is known that it never will be.
  func whenDurable(_ action: @escaping (JournalError?) -> Void) {
    if let failure = queue.failure { return action(failure) }
    guard !queue.isDurable else { return action(nil) }
    queue.hold(.action(action), bytes: 0)
  }

  func nextDurable() -> Held? { queue.nextDurable() }

  // MARK: Writing

  private func write() {
    guard let batch = queue.beginBatch() else { return }
    markTimer?.cancel()
    markTimer = nil
    let this = NIOLoopBound(self, eventLoop: loop)
    keeper.write(batch) { batch, error in
      this.eventLoop.execute { this.value.wrote(batch, error) }
    }
  }

  private func wrote(_ batch: Batch, _ error: JournalError?) {
    if let error { return fail(error) }
    queue.endBatch(batch)
    // First what waits for the next batch, then what may be seen: the disk works meanwhile.
    write()
    onDurable()
    guard !queue.isWriting else { return }
    markTimer = loop.assumeIsolated().scheduleTask(in: GroupCommit.quietBeforeMark) { self.mark() }
  }

  private func mark() {
    guard queue.beginMark() else { return }
    let this = NIOLoopBound(self, eventLoop: loop)
    keeper.mark { error in
      this.eventLoop.execute { this.value.marked(error) }
    }
  }

  private func marked(_ error: JournalError?) {
    if let error { return fail(error) }
    queue.endMark()
    write()
  }

  private func fail(_ error: JournalError) {
    for held in queue.fail(error) {
      if case .action(let action) = held { action(error) }
    }
    onFailure(error)
  }
}

extension Engine.Output {
  /// The same with memory of its own: the engine's is filled again with the next batch.
  fileprivate var kept: Engine.Output {
    var copy = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
    copy.writeImmutableBuffer(bytes)
    return Engine.Output(
      connection: connection, bytes: copy, closes: closes, isBehind: isBehind)
  }
}
