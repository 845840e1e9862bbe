import Durability
import Journal
import Logging
import Model
import NIOConcurrencyHelpers
import NIOPosix
import Storage

/// The journal's two threads: one writes and syncs what the loop hands over, one folds sealed segments into snapshots.
///
/// What it is asked comes from the loop, one thing at a time; the answers are given on the writing thread.
///
/// `@unchecked`, because no box for locked values takes one that is not copied: `writer` is used behind `lock` alone.
final class JournalKeeper: @unchecked Sendable {
  /// Segments that are sealed and not in a snapshot before they are folded into one.
  private static let foldedSegments = 4

  private let directory: DataDirectory
  private let lock = NIOLock()
  private var writer: JournalWriter<FolderDisk>
  private let settings: CoordinationSettings
  private let logger: Logger
  private let writing = NIOThreadPool(numberOfThreads: 1)
  private let folding = NIOThreadPool(numberOfThreads: 1)
  private let isFolding = NIOLockedValueBox(false)

  init(
    _ directory: DataDirectory, writer: consuming JournalWriter<FolderDisk>,
    settings: CoordinationSettings, logger: Logger
  ) {
    self.directory = directory
    self.writer = writer
    self.settings = settings
    self.logger = logger
    writing.start()
    folding.start()
  }

  /// Writes a batch and makes it durable; hands it back for its memory.
  func write(
    _ batch: Batch, _ done: @escaping @Sendable (Batch, JournalError?) -> Void
  ) {
    writing.submit { [self] state in
      guard case .active = state else { return }
      var batch = batch
      do throws(JournalError) {
        if try write(&batch) >= JournalKeeper.foldedSegments { beginFolding() }
        done(batch, nil)
      } catch {
        done(batch, error)
      }
    }
  }

  /// Writes a mark if nothing on the disk says yet that the last batch is durable.
  func mark(_ done: @escaping @Sendable (JournalError?) -> Void) {
    writing.submit { [self] state in
      guard case .active = state else { return }
      do throws(JournalError) {
        try mark()
        done(nil)
      } catch {
        done(error)
      }
    }
  }

  /// How many segments are sealed then.
  private func write(_ batch: inout Batch) throws(JournalError) -> Int {
    lock.lock()
    defer { lock.unlock() }
    try writer.write(&batch)
    try writer.sync()
    return writer.sealed.count
  }

  private func mark() throws(JournalError) {
    lock.lock()
    defer { lock.unlock() }
    if writer.needsMark { try writer.mark() }
  }

  /// Ends both threads, after a last mark. What else they were asked is over before.
  func shutDown() async {
    await withCheckedContinuation { marked in mark { _ in marked.resume() } }
    try? await writing.shutdownGracefully()
    try? await folding.shutdownGracefully()
  }

  private func beginFolding() {
    let isBusy = isFolding.withLockedValue { isFolding in
      defer { isFolding = true }
      return isFolding
    }
    guard !isBusy else { return }
    folding.submit { [self] state in
      defer { isFolding.withLockedValue { $0 = false } }
      guard case .active = state else { return }
      do throws(JournalError) {
        try fold()
      } catch {
        // The journal is whole without it: it only grows, and the next full segment tries again.
        logger.error(
          "no snapshot was made; the journal grows until one is", metadata: ["error": "\(error)"])
      }
    }
  }

  private func fold() throws(JournalError) {
    guard let end = try JournalFiles(directory.disk).segments.last else { return }
    let position = try Folding.fold(directory.disk, before: end, settings: settings)
    let removed = try JournalCleaning.removeCovered(directory.disk)
    lock.withLock { writer.forget(sealed: removed) }
    logger.info(
      "snapshot made",
      metadata: ["position": "\(position)", "segments_removed": "\(removed.count)"])
  }
}
