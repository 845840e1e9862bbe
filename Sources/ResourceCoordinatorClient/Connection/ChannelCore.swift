import Encryption
import Model
import NIOCore
import Session

/// Who waits for a call's answers.
enum CallWaiter {
  case unary(CheckedContinuation<Result<CallAnswer, CallError>, Never>, CallAnswer?)
  case stream(AsyncThrowingStream<CallAnswer, any Error>.Continuation)
}

/// One connection on its event loop: the protocol's state, the timer, and those who wait.
///
/// Not `Sendable`: made, used and released on the loop.
final class ChannelCore: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let connection: ClientConnection
  private let loop: any EventLoop
  private var context: ChannelHandlerContext?
  private var waiters: [UInt64: CallWaiter] = [:]
  private var timer: Scheduled<Void>?
  private var timerAt: Instant?
  private var isFlushScheduled = false
  private let onEnd: @Sendable (CallError) -> Void

  init(limits: Limits, loop: any EventLoop, onEnd: @escaping @Sendable (CallError) -> Void) {
    connection = ClientConnection(limits: limits, at: Self.now())
    self.loop = loop
    self.onEnd = onEnd
  }

  /// Monotonic; only differences count.
  private static func now() -> Instant {
    Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
  }

  // MARK: Calls

  /// Starts a call; its number, or nil if it has failed and its waiter was told.
  func begin(
    _ message: RequestMessage, timeout: TimeSpan?, metadata: Metadata, waiter: CallWaiter
  ) -> UInt64? {
    do throws(CallError) {
      if let context, !context.channel.isWritable {
        throw CallError(
          .tooManyCalls, "the coordinator does not take what is sent; calls pile up unsent")
      }
      let id = try connection.begin(
        message, timeout: timeout, metadata: metadata, at: Self.now())
      waiters[id] = waiter
      scheduleFlush()
      schedule()
      return id
    } catch {
      end(waiter, error)
      return nil
    }
  }

  /// Ends a call that was cancelled before it was sent.
  func refuse(_ waiter: CallWaiter) {
    end(waiter, CallError(.callCancelled, "the call was cancelled"))
  }

  /// Ends a call that nobody waits for any more.
  func cancel(_ callID: UInt64) {
    guard let waiter = waiters.removeValue(forKey: callID) else { return }
    connection.cancel(callID)
    end(waiter, CallError(.callCancelled, "the call was cancelled"))
    scheduleFlush()
  }

  private func end(_ waiter: CallWaiter, _ error: CallError?) {
    switch waiter {
    case .unary(let continuation, let answer):
      if let answer, error == nil {
        continuation.resume(returning: .success(answer))
      } else {
        continuation.resume(
          returning: .failure(
            error ?? CallError(.internal, "the server ended the call without an answer")))
      }
    case .stream(let continuation):
      continuation.finish(throwing: error)
    }
  }

  // MARK: Events

  private func handle(_ events: [ClientConnection.Event]) {
    for event in events {
      switch event {
      case .message(let callID, let answer): deliver(answer, to: callID)
      case .ended(let callID, let error):
        if let waiter = waiters.removeValue(forKey: callID) { end(waiter, error) }
      case .broken(let error):
        context?.close(promise: nil)
        onEnd(error)
      }
    }
  }

  private func deliver(_ answer: CallAnswer, to callID: UInt64) {
    switch waiters[callID] {
    case .unary(let continuation, _):
      waiters[callID] = .unary(continuation, answer)
    case .stream(let continuation):
      if case .dropped = continuation.yield(answer) {
        // The reader is slower than the server: its stream ends, and everyone else's calls go on.
        waiters[callID] = nil
        connection.cancel(callID)
        scheduleFlush()
        continuation.finish(
          throwing: CallError(
            .slowReader, "the stream's messages are read more slowly than they come",
            limit: Int64(CallChannel.streamBufferMessages)))
      }
    case nil:
      break
    }
  }

  /// Writes once for all calls that begin in one turn of the loop.
  private func scheduleFlush() {
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    loop.assumeIsolated().execute {
      self.isFlushScheduled = false
      self.flush()
    }
  }

  private func flush() {
    guard let context, let bytes = connection.takeOutgoing() else { return }
    context.writeAndFlush(NIOAny(bytes), promise: nil)
  }

  // MARK: Time

  private func schedule() {
    guard let deadline = connection.nextDeadline else { return }
    // A timer that fires early only looks again, so that it is moved rarely.
    if let timerAt, timerAt <= deadline { return }
    timer?.cancel()
    timerAt = deadline
    timer = loop.assumeIsolated().scheduleTask(
      deadline: NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanoseconds)))
    ) {
      self.timer = nil
      self.timerAt = nil
      self.handle(self.connection.advance(to: Self.now()))
      self.scheduleFlush()
      self.schedule()
    }
  }

  // MARK: The channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    handle(connection.receive(&bytes, at: Self.now()))
  }

  func channelInactive(context: ChannelHandlerContext) {
    lose(CallError(.connectionLost, "the coordinator closed the connection"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let cause = ClientEncryption.describe(error) ?? "\(error)"
    lose(CallError(.connectionLost, "the connection broke: \(cause)"))
    context.close(promise: nil)
  }

  /// Ends everything that is open and closes.
  func lose(_ error: CallError) {
    handle(connection.fail(error))
    timer?.cancel()
    timer = nil
    context = nil
  }
}
