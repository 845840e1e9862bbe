import Model
import NIOCore
import Session

/// The engine on its event loop: channels by connection, one timer, one flush for each batch.
///
/// Not `Sendable`: made, used and released on the loop.
final class EngineLoop {
  let engine: Engine
  private let loop: any EventLoop
  private let clock: SystemClock
  /// Contexts by the connection's slot.
  private var contexts: ContiguousArray<ChannelHandlerContext?> = []
  private var timer: Scheduled<Void>?
  private var timerAt: Instant?
  /// Contexts written to in this batch.
  private var unflushed: ContiguousArray<ChannelHandlerContext> = []
  private var watchers: [Int: AsyncStream<UInt64>.Continuation] = [:]
  private var nextWatcher = 0
  private var announcedChange: UInt64 = 0
  private var isAnnouncing = false
  private let onStopRequest: (DrainRequest) -> Void

  init(
    engine: Engine, loop: any EventLoop, clock: SystemClock,
    onStopRequest: @escaping (DrainRequest) -> Void
  ) {
    self.engine = engine
    self.loop = loop
    self.clock = clock
    self.onStopRequest = onStopRequest
  }

  // MARK: What channels tell

  func opened(_ context: ChannelHandlerContext) -> ConnectionID? {
    guard let id = engine.open(at: clock.now) else {
      close(context, behind: engine.refusal())
      return nil
    }
    if id.slot >= contexts.count {
      contexts.append(contentsOf: repeatElement(nil, count: id.slot - contexts.count + 1))
    }
    contexts[id.slot] = context
    schedule()
    return id
  }

  func received(_ bytes: inout ByteBuffer, on id: ConnectionID) {
    engine.receive(&bytes, on: id, at: clock.now)
    writeOutputs()
  }

  func batchEnded() {
    schedule()
  }

  func writabilityChanged(_ isWritable: Bool, on id: ConnectionID) {
    engine.setWritable(isWritable, on: id, at: clock.now)
    writeOutputs()
    schedule()
  }

  func halfClosed(_ id: ConnectionID) {
    engine.inputEnded(id, at: clock.now)
    writeOutputs()
  }

  func closed(_ id: ConnectionID) {
    contexts[id.slot] = nil
    engine.closed(id, at: clock.now)
    writeOutputs()
    schedule()
  }

  // MARK: Output

  /// Writes what the engine has, one write and one flush for each connection.
  func writeOutputs() {
    while let output = engine.nextOutput() {
      guard let context = contexts[output.connection.slot] else { continue }
      if output.closes {
        close(context, behind: output.bytes)
      } else if output.bytes.readableBytes > 0 {
        context.writeAndFlush(NIOAny(output.bytes), promise: nil)
        dropIfFlooded(output.connection, context)
      }
    }
    engine.finishBatch(at: clock.now)
    if let request = engine.stopRequest {
      engine.stopRequest = nil
      onStopRequest(request)
    }
    announceChanges()
  }

  /// Sends the last bytes and ends the connection in an orderly way: what the peer still sends is read and thrown away,
  /// since closing over unread bytes would reset the connection and take the answer with it. A peer that does not
  /// close within ``Limits/closeLinger`` is cut.
  private func close(_ context: ChannelHandlerContext, behind bytes: ByteBuffer) {
    let channel = context.channel
    let isSent = loop.makePromise(of: Void.self)
    context.writeAndFlush(NIOAny(bytes), promise: isSent)
    isSent.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
    channel.setOption(.autoRead, value: true).whenFailure { _ in }
    let cut = loop.scheduleTask(in: .nanoseconds(engine.limits.closeLinger.nanoseconds)) {
      channel.close(promise: nil)
    }
    channel.closeFuture.whenComplete { _ in cut.cancel() }
  }

  /// Closes a connection whose peer lets more pile up than ``Limits/writeBufferBytesClose``.
  private func dropIfFlooded(_ id: ConnectionID, _ context: ChannelHandlerContext) {
    guard !context.channel.isWritable,
      let options = context.channel.syncOptions,
      let pending = try? options.getOption(.bufferedWritableBytes),
      pending > engine.limits.writeBufferBytesClose
    else { return }
    context.close(promise: nil)
  }

  // MARK: Time

  /// Sets the one timer for the engine's next deadline.
  func schedule() {
    guard let deadline = engine.nextDeadline else {
      timer?.cancel()
      timer = nil
      timerAt = nil
      return
    }
    // A timer that fires early only looks again, so that it is moved rarely.
    if let timerAt, timerAt <= deadline { return }
    timer?.cancel()
    timerAt = deadline
    let delay = max(0, (deadline - clock.now).nanoseconds)
    timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) { self.timerFired() }
  }

  private func timerFired() {
    timer = nil
    timerAt = nil
    engine.advance(to: clock.now)
    writeOutputs()
    schedule()
  }

  // MARK: Calls of the process itself

  func perform(_ message: RequestMessage) throws(CallError) -> ResponseMessage {
    engine.advance(to: clock.now)
    defer {
      writeOutputs()
      schedule()
    }
    return try engine.perform(message, connection: 0)
  }

  func addWatcher(_ continuation: AsyncStream<UInt64>.Continuation) -> Int {
    nextWatcher += 1
    watchers[nextWatcher] = continuation
    return nextWatcher
  }

  func removeWatcher(_ watcher: Int) {
    watchers[watcher] = nil
  }

  /// Tells watchers of changes, at most once each ``Limits/statusStreamInterval``.
  private func announceChanges() {
    guard !watchers.isEmpty, engine.changeCount != announcedChange, !isAnnouncing else { return }
    isAnnouncing = true
    loop.assumeIsolated().scheduleTask(
      in: .nanoseconds(engine.limits.statusStreamInterval.nanoseconds)
    ) {
      self.isAnnouncing = false
      self.announcedChange = self.engine.changeCount
      for continuation in self.watchers.values { continuation.yield(self.engine.changeCount) }
    }
  }

  // MARK: Stopping

  func beginStop() {
    engine.beginStop(at: clock.now)
    writeOutputs()
    schedule()
  }

  /// Closes every connection behind what is written to it, and every watch.
  func closeAll() {
    engine.closeAll()
    writeOutputs()
    timer?.cancel()
    for continuation in watchers.values { continuation.finish() }
    watchers.removeAll()
  }

  /// Connections that are not closed yet.
  var connectionCount: Int { engine.connectionCount }

  /// Whether everything written has reached the operating system.
  var isFlushed: Bool {
    contexts.allSatisfy { context in
      guard let context, let options = context.channel.syncOptions,
        let pending = try? options.getOption(.bufferedWritableBytes)
      else { return true }
      return pending == 0
    }
  }
}
