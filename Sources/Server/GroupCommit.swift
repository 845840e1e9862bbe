import Coordination
import DequeModule
import Journal
import Model
import NIOCore
import Session

/// Makes decisions durable, those of all connections together, and holds back what tells of them until they are.
///
/// While one batch is written, the next one grows; so a slow disk makes batches larger, not calls fewer. Belongs to the
/// engine's loop.
final class GroupCommit {
  private let keeper: JournalKeeper
  private let loop: any EventLoop
  private let backlogBytes: Int
  private var builder: BatchBuilder
  /// Batches that were full before the one being written was durable.
  private var full = Deque<Batch>()
  private var fullBytes = 0
  private var held = Deque<Held>()
  private var heldBytes = 0
  private var isWriting = false
  private var isStarting = false
  private var markTimer: Scheduled<Void>?
  private var durable: UInt64
  private var collected: UInt64
  /// Called with what became durable, in the order in which it was held.
  var onDurable: () -> Void = {}
  var onFailure: (JournalError) -> Void = { _ in }
  private(set) var failure: JournalError?

  /// What must not be seen before a revision is durable.
  enum Held {
    case output(Engine.Output, revision: UInt64)
    case action(() -> Void, revision: UInt64)

    fileprivate var revision: UInt64 {
      switch self {
      case .output(_, let revision), .action(_, let revision): revision
      }
    }
  }

  /// How long nothing is written before the last batch is marked as durable on the disk.
  private static let quietBeforeMark = TimeAmount.milliseconds(200)

  /// - Parameters:
  ///   - position: the last one in the journal.
  ///   - backlogBytes: records and answers that may wait before connections are not read on.
  init(_ keeper: JournalKeeper, loop: any EventLoop, after position: UInt64, backlogBytes: Int) {
    self.keeper = keeper
    self.loop = loop
    self.backlogBytes = backlogBytes
    builder = BatchBuilder(after: position)
    durable = position
    collected = position
  }

  /// Whether everything decided so far is durable.
  var isDurable: Bool { collected == durable }
  /// Whether nothing is to be written and nothing is held.
  var isIdle: Bool { isDurable && held.isEmpty && !isWriting || failure != nil }
  /// Whether so much waits for the disk that no more work should be taken.
  var isFull: Bool { builder.byteCount + fullBytes + heldBytes > backlogBytes }

  /// Takes what was decided.
  func collect(_ log: inout DecisionLog) {
    guard !log.isEmpty else { return }
    log.forEach { position, record in
      do throws(JournalError) {
        try builder.append(position: position, payload: record)
      } catch {
        finishFull()
        do throws(JournalError) { try builder.append(position: position, payload: record) } catch {
          preconditionFailure("a record fits into a batch of its own: \(error)")
        }
      }
    }
    log.removeAll()
    collected = builder.lastPosition
    start()
  }

  /// Holds bytes for a connection until everything that was decided so far is durable.
  func hold(_ output: Engine.Output) {
    heldBytes += output.bytes.readableBytes
    held.append(.output(output, revision: collected))
  }

  /// Runs an action once everything that was decided so far is durable, or never.
  func whenDurable(_ action: @escaping () -> Void) {
    guard !isDurable else { return action() }
    held.append(.action(action, revision: collected))
  }

  /// Takes the next thing that may be seen now.
  func nextDurable() -> Held? {
    guard let first = held.first, first.revision <= durable else { return nil }
    held.removeFirst()
    if case .output(let output, _) = first { heldBytes -= output.bytes.readableBytes }
    return first
  }

  // MARK: Writing

  private func finishFull() {
    let batch = builder.finish()
    fullBytes += batch.byteCount
    full.append(batch)
  }

  /// Begins to write at the end of the loop's turn: what other connections have sent by then goes along.
  private func start() {
    guard !isWriting, !isStarting, failure == nil else { return }
    isStarting = true
    loop.assumeIsolated().execute { self.write() }
  }

  private func write() {
    isStarting = false
    guard !isWriting, failure == nil else { return }
    let batch: Batch
    if let first = full.popFirst() {
      fullBytes -= first.byteCount
      batch = first
    } else {
      guard !builder.isEmpty else { return }
      batch = builder.finish()
    }
    isWriting = true
    markTimer?.cancel()
    markTimer = nil
    let this = NIOLoopBound(self, eventLoop: loop)
    keeper.write(batch) { batch, error in
      this.eventLoop.execute { this.value.wrote(batch, error) }
    }
  }

  private func wrote(_ batch: Batch, _ error: JournalError?) {
    isWriting = false
    if let error { return fail(error) }
    durable = batch.lastPosition
    builder.recycle(batch)
    // First what waits for the next batch, then what may be seen: the disk works meanwhile.
    write()
    onDurable()
    if !isWriting { scheduleMark() }
  }

  private func scheduleMark() {
    markTimer = loop.assumeIsolated().scheduleTask(in: GroupCommit.quietBeforeMark) { self.mark() }
  }

  private func mark() {
    guard !isWriting, failure == nil else { return }
    isWriting = true
    let this = NIOLoopBound(self, eventLoop: loop)
    keeper.mark { error in
      this.eventLoop.execute { this.value.marked(error) }
    }
  }

  private func marked(_ error: JournalError?) {
    isWriting = false
    if let error { return fail(error) }
    write()
  }

  /// Nothing that is not durable is ever seen: what is held stays so.
  private func fail(_ error: JournalError) {
    failure = error
    onFailure(error)
  }
}

extension Engine.Output {
  /// The same with memory of its own: the engine's is filled again with the next batch.
  var kept: Engine.Output {
    var copy = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
    copy.writeImmutableBuffer(bytes)
    return Engine.Output(
      connection: connection, bytes: copy, closes: closes, isBehind: isBehind)
  }
}
