package import Coordination
import DequeModule
package import Journal
import Model

/// What stands between decisions and those who are told of them: records become batches, and what tells of a decision is
/// held until it is durable. No I/O: a shell writes one batch at a time and says how that ended.
///
/// While one batch is written, the next one grows; so a slow disk makes batches larger, not calls fewer. Nothing is handed
/// out that tells of what a crash could take back, and after an error nothing is handed out at all.
package struct CommitQueue<Held> {
  private var builder: BatchBuilder
  /// Batches that were full before the one being written was durable.
  private var full = Deque<Batch>()
  private var fullBytes = 0
  private var held = Deque<(item: Held, bytes: Int, revision: UInt64)>()
  private var heldBytes = 0
  private var durable: UInt64
  private var collected: UInt64
  /// Whether the shell has a batch, or a mark, whose end it has not told yet.
  package private(set) var isWriting = false
  package private(set) var failure: JournalError?

  /// - Parameter position: the last one in the journal.
  package init(after position: UInt64, limits: JournalLimits = JournalLimits()) {
    builder = BatchBuilder(after: position, limits: limits)
    durable = position
    collected = position
  }

  /// Whether everything that was collected is durable.
  package var isDurable: Bool { collected == durable }
  /// Whether nothing is to be written and nothing is held.
  package var isIdle: Bool { isDurable && held.isEmpty && !isWriting }
  /// Bytes of records and of what is held.
  package var waitingBytes: Int { builder.byteCount + fullBytes + heldBytes }

  /// Takes what was decided, and empties the log.
  package mutating func collect(_ log: inout DecisionLog) {
    guard !log.isEmpty else { return }
    log.forEach { position, record in
      do throws(JournalError) {
        try builder.append(position: position, payload: record)
      } catch {
        startNextBatch()
        do throws(JournalError) { try builder.append(position: position, payload: record) } catch {
          preconditionFailure("a record fits into a batch of its own: \(error)")
        }
      }
    }
    log.removeAll()
    collected = builder.lastPosition
  }

  private mutating func startNextBatch() {
    let batch = builder.finish()
    fullBytes += batch.byteCount
    full.append(batch)
  }

  /// Holds an item of so many bytes until everything collected so far is durable.
  package mutating func hold(_ item: Held, bytes: Int) {
    heldBytes += bytes
    held.append((item, bytes, collected))
  }

  /// The next item that may be seen now.
  package mutating func nextDurable() -> Held? {
    guard failure == nil, let first = held.first, first.revision <= durable else { return nil }
    held.removeFirst()
    heldBytes -= first.bytes
    return first.item
  }

  /// The next batch to write; nil if there is nothing to write, or one is being written.
  package mutating func beginBatch() -> Batch? {
    guard !isWriting, failure == nil else { return nil }
    if let first = full.popFirst() {
      fullBytes -= first.byteCount
      isWriting = true
      return first
    }
    guard !builder.isEmpty else { return nil }
    isWriting = true
    return builder.finish()
  }

  /// Tells that the batch is durable, and takes its memory back.
  package mutating func endBatch(_ batch: consuming Batch) {
    isWriting = false
    durable = batch.lastPosition
    builder.recycle(batch)
  }

  /// Whether a mark may be written now: nothing else is, and nothing waits to be.
  package mutating func beginMark() -> Bool {
    guard !isWriting, failure == nil, isDurable else { return false }
    isWriting = true
    return true
  }

  package mutating func endMark() {
    isWriting = false
  }

  /// Tells that the batch or the mark was not made durable: what is held is never seen, and is answered so that whoever
  /// waits for it can be told.
  package mutating func fail(_ error: JournalError) -> [Held] {
    isWriting = false
    failure = error
    defer {
      held.removeAll()
      heldBytes = 0
    }
    return held.map(\.item)
  }
}
