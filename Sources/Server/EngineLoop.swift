import Access
import Coordination
import Logging
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
  /// Where decisions are made durable; nil where nothing is kept.
  private let commit: GroupCommit?
  /// Connections that are not read: the journal lags behind, or their calls wait for their turn.
  private var paused: Set<ConnectionID> = []
  private var watchers: [Int: AsyncStream<UInt64>.Continuation] = [:]
  private var nextWatcher = 0
  private var announcedChange: UInt64 = 0
  private var isAnnouncing = false
  private let onStopRequest: (DrainRequest) -> Void
  private static let delayMinimum = TimeSpan(nanoseconds: 20_000)

  init(
    engine: Engine, loop: any EventLoop, clock: SystemClock, commit: GroupCommit?,
    onStopRequest: @escaping (DrainRequest) -> Void
  ) {
    self.engine = engine
    self.loop = loop
    self.clock = clock
    self.commit = commit
    self.onStopRequest = onStopRequest
    // Where nothing could be listened on, the last batch outlives this.
    commit?.onDurable = { [weak self] in self?.writeDurable() }
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
    if isLagging || engine.isWaitingForTurn(id) { pause(id) }
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

  // MARK: Callers

  /// Asks callers who they are, where there is somebody to ask, and tells of administrative calls.
  func ask(
    _ access: AccessControl?, telling auditor: (@Sendable (AuditEntry, String) -> Void)?
  ) {
    engine.access = access
    guard let auditor else { return }
    engine.auditor = { [unowned self] entry, id in auditor(entry, peer(of: id)) }
  }

  /// Tells of calls that took longer than ``Limits/slowCall``.
  func tellSlowCalls(_ logger: Logger) {
    engine.slowCallTeller = { call in
      var metadata: Logger.Metadata = [
        "method": "\(call.method.name)", "component": "\(call.component)",
        "milliseconds": "\(call.duration.nanoseconds / 1_000_000)",
      ]
      if let trace = call.trace { metadata["trace_id"] = "\(trace.traceID)" }
      if call.untold > 0 { metadata["more_before"] = "\(call.untold)" }
      logger.warning("a call took long", metadata: metadata)
    }
  }

  func setTokens(_ tokens: TokenTable) {
    engine.setTokens(tokens)
    writeOutputs()
    schedule()
  }

  private func peer(of id: ConnectionID) -> String {
    guard id.slot < contexts.count, let address = contexts[id.slot]?.remoteAddress else {
      return "unknown"
    }
    let host = address.ipAddress ?? "?"
    return (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)"
  }

  // MARK: Output

  /// Writes what the engine has, one write and one flush for each connection. What tells of decisions that are not
  /// durable yet is held back until they are.
  func writeOutputs() {
    commit?.collect(&engine.coordinator.log)
    let isHeld = commit.map { !$0.isDurable } ?? false
    while let output = engine.nextOutput() {
      if isHeld {
        commit?.hold(output)
      } else {
        write(output)
      }
    }
    let now = clock.now
    engine.finishBatch(at: now)
    let calls = engine.takeWatchedCalls()
    if isHeld, calls > 0 { commit?.hold(answers: calls) } else { engine.answered(calls, at: now) }
    if let request = engine.stopRequest {
      engine.stopRequest = nil
      onStopRequest(request)
    }
    announceChanges()
  }

  private func write(_ output: Engine.Output) {
    guard engine.isOpen(output.connection), let context = contexts[output.connection.slot] else {
      return
    }
    if output.closes {
      close(context, behind: output.bytes)
    } else if output.bytes.readableBytes > 0 {
      if output.isBehind, pendingBytes(context) == 0 { engine.caughtUp(output.connection) }
      context.writeAndFlush(NIOAny(output.bytes), promise: nil)
      dropIfFlooded(output.connection, context)
    }
  }

  /// Writes what was held and may be seen now, and reads on.
  private func writeDurable() {
    let now = clock.now
    while let held = commit?.nextDurable() {
      switch held {
      case .output(let output): write(output)
      case .answers(let count): engine.answered(count, at: now)
      case .action(let action): action(nil)
      }
    }
    readOn()
  }

  private var isLagging: Bool { commit?.isFull ?? false }

  /// Whether a connection is not read although its peer takes what is written to it.
  func isPaused(_ id: ConnectionID) -> Bool { paused.contains(id) }

  private func pause(_ id: ConnectionID) {
    guard engine.isOpen(id), let context = contexts[id.slot] else { return }
    paused.insert(id)
    context.channel.setOption(.autoRead, value: false).assumeIsolated().whenFailure { _ in }
  }

  /// Reads those on whose reason not to be read is gone.
  private func readOn() {
    guard !paused.isEmpty, !isLagging else { return }
    for id in paused where !engine.isWaitingForTurn(id) {
      paused.remove(id)
      guard engine.isOpen(id), let channel = contexts[id.slot]?.channel, channel.isWritable else {
        continue
      }
      channel.setOption(.autoRead, value: true).assumeIsolated().whenFailure { _ in }
    }
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
      pendingBytes(context) > engine.limits.writeBufferBytesClose
    else { return }
    context.close(promise: nil)
  }

  /// Bytes that were written and have not reached the operating system; 0 if the channel does not tell.
  private func pendingBytes(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
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
    // What is due at once still leaves the loop time to look at its sockets: it runs all timers that are due first.
    let delay = max(EngineLoop.delayMinimum.nanoseconds, (deadline - clock.now).nanoseconds)
    timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) { self.timerFired() }
  }

  private func timerFired() {
    timer = nil
    timerAt = nil
    engine.advance(to: clock.now)
    writeOutputs()
    readOn()
    schedule()
  }

  // MARK: Calls of the process itself

  /// Answers once what the answer tells of is durable.
  func perform(_ message: RequestMessage) -> EventLoopFuture<Result<ResponseMessage, CallError>> {
    engine.advance(to: clock.now)
    let result = Result { () throws(CallError) in try engine.perform(message, connection: 0) }
    writeOutputs()
    schedule()
    let promise = loop.makePromise(of: Result<ResponseMessage, CallError>.self)
    guard let commit else {
      promise.succeed(result)
      return promise.futureResult
    }
    commit.whenDurable { failure in
      promise.succeed(
        failure.map { .failure(CallError(.draining, "the journal failed: \($0)")) } ?? result)
    }
    return promise.futureResult
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

  /// Whether everything decided is durable, and everything written has reached the operating system.
  var isFlushed: Bool {
    guard commit?.isIdle ?? true else { return false }
    return contexts.allSatisfy { $0.map { pendingBytes($0) == 0 } ?? true }
  }
}
