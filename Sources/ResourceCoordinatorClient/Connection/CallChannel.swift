import Encryption
package import Model
import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix
package import Session

/// One TCP connection to a coordinator, shared by any number of calls at once.
///
/// Calls are multiplexed, answers come in any order. A channel that broke stays broken: every call on it fails at once,
/// with the reason. Connecting again is the business of whoever holds it.
package final class CallChannel: Sendable {
  /// Messages of one stream that may wait to be read. A reader further behind has its stream ended with the reason
  /// `SLOW_READER`; other calls of the connection are not held up.
  package static let streamBufferMessages = 1024

  private let loop: any EventLoop
  private let core: NIOLoopBound<ChannelCore>
  private let channel: any Channel
  private let end: EndFlag
  /// Of calls that have no other one.
  private let trace: TraceParent?

  private init(
    loop: any EventLoop, core: NIOLoopBound<ChannelCore>, channel: any Channel, end: EndFlag,
    trace: TraceParent?
  ) {
    self.trace = trace
    self.loop = loop
    self.core = core
    self.channel = channel
    self.end = end
  }

  // MARK: Connecting

  /// Connects to a coordinator, and shows it the token if there is one.
  ///
  /// Throws a ``CallError`` with the reason `CANNOT_CONNECT` if nobody answers at the address within the time, or TLS is
  /// not agreed on, and the coordinator's refusal of the token.
  package static func connect(
    host: String, port: Int, guarding: ClientGuarding = ClientGuarding(),
    connectTimeout: Duration = .seconds(5), limits: Limits = Limits(),
    on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(CallError) -> CallChannel {
    let channel = try await open(
      host: host, port: port, guarding: guarding, connectTimeout: connectTimeout, limits: limits,
      on: group)
    guard let token = guarding.token else { return channel }
    do throws(CallError) {
      _ = try await channel.call(
        .hello(HelloRequest(protocolVersion: 1, client: Text("swift/\(coordinatorVersion)"))),
        timeout: connectTimeout, metadata: token.metadata)
      return channel
    } catch {
      await channel.close()
      throw error
    }
  }

  private static func open(
    host: String, port: Int, guarding: ClientGuarding, connectTimeout: Duration,
    limits: Limits, on group: any EventLoopGroup
  ) async throws(CallError) -> CallChannel {
    let prepared: ClientEncryption.Prepared?
    do {
      prepared = try guarding.encryption?.prepare()
    } catch {
      throw CallError(.cannotConnect, "\(error)")
    }
    let loop = group.next()
    let end = EndFlag()
    // A name may have several addresses, which are tried at once; one of them becomes the connection.
    let agreements = NIOLockedValueBox<[ObjectIdentifier: EventLoopFuture<Void>]>([:])
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(.nanoseconds(TimeSpan(connectTimeout).nanoseconds))
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(
        .writeBufferWaterMark,
        value: ChannelOptions.Types.WriteBufferWaterMark(
          low: limits.writeBufferBytes, high: limits.writeBufferBytesClose)
      )
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let agreement = try prepared?.secure(channel, host: host) {
            agreements.withLockedValue { $0[ObjectIdentifier(channel)] = agreement }
          }
          try channel.pipeline.syncOperations.addHandler(
            ChannelCore(limits: limits, loop: channel.eventLoop, onEnd: { end.set($0) }))
        }
      }
    do {
      let channel = try await bootstrap.connect(host: host, port: port).get()
      if let agreement = agreements.withLockedValue({ $0[ObjectIdentifier(channel)] }) {
        let late = loop.scheduleTask(in: .nanoseconds(TimeSpan(connectTimeout).nanoseconds)) {
          channel.close(promise: nil)
        }
        agreement.whenComplete { _ in late.cancel() }
        try await agreement.get()
      }
      let core = try await channel.eventLoop.submit {
        NIOLoopBound(
          try channel.pipeline.syncOperations.handler(type: ChannelCore.self),
          eventLoop: channel.eventLoop)
      }.get()
      return CallChannel(
        loop: channel.eventLoop, core: core, channel: channel, end: end, trace: guarding.trace)
    } catch {
      throw CallError(
        .cannotConnect, "no coordinator answers at \(host):\(port): \(describe(error))")
    }
  }

  private static func describe(_ error: any Error) -> String {
    if let text = ClientEncryption.describe(error) { return text }
    guard let error = error as? NIOConnectionError else { return "\(error)" }
    if let error = error.dnsAError ?? error.dnsAAAAError, error as? SocketAddressError == nil {
      return "\(error)"
    }
    return error.connectionErrors.last.map { "\($0.error)" } ?? "the name has no address"
  }

  /// Why the channel cannot be used any more; nil while it can.
  package var failure: CallError? { end.reason }

  /// Closes the connection; calls in flight end with the reason `CLIENT_CLOSED`.
  package func close() async {
    let error = CallError(.clientClosed, "the connection was closed by its owner")
    loop.execute { [core] in core.value.lose(error) }
    try? await channel.close().get()
  }

  // MARK: Calls

  /// Makes one unary call.
  ///
  /// The timeout covers the whole call and is kept on both sides; it is above zero. Cancelling the task ends the call
  /// with the reason `CALL_CANCELLED`, and the server may have done its work all the same.
  package func call(
    _ message: RequestMessage, timeout: Duration, metadata: Metadata = .empty
  ) async throws(CallError) -> CallAnswer {
    precondition(!message.method.isStream, "a stream is not a unary call")
    let handle = CallHandle(loop: loop, core: core)
    let timeout = TimeSpan(timeout)
    let metadata = metadata.isEmpty ? traceMetadata : metadata
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        handle.begin(
          message, timeout: timeout, metadata: metadata, waiter: .unary(continuation, nil))
      }
    } onCancel: {
      handle.cancel()
    }
    return try result.get()
  }

  /// The trace of a call that is made here and now.
  private var traceMetadata: Metadata { (TraceContext.current ?? trace)?.metadata ?? .empty }

  /// Opens a stream. It ends at its timeout, if there is one, when the server ends it, or when it is no longer read:
  /// then the server is told.
  ///
  /// At most ``streamBufferMessages`` messages wait to be read.
  package func stream(
    _ message: RequestMessage, timeout: Duration? = nil
  ) -> AsyncThrowingStream<CallAnswer, any Error> {
    precondition(message.method.isStream, "a unary call is not a stream")
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: CallAnswer.self, bufferingPolicy: .bufferingOldest(CallChannel.streamBufferMessages))
    let handle = CallHandle(loop: loop, core: core)
    continuation.onTermination = { reason in
      if case .cancelled = reason { handle.cancel() }
    }
    handle.begin(
      message, timeout: timeout.map { TimeSpan($0) }, metadata: traceMetadata,
      waiter: .stream(continuation))
    return stream
  }
}

/// Why a channel ended, readable from everywhere.
final class EndFlag: Sendable {
  private let state = NIOLockedValueBox<CallError?>(nil)

  var reason: CallError? { state.withLockedValue { $0 } }

  func set(_ error: CallError) {
    state.withLockedValue { if $0 == nil { $0 = error } }
  }
}

/// One call on its way to the loop, and the cancellation that may overtake it.
private final class CallHandle: Sendable {
  private enum State {
    case new
    case begun(UInt64)
    case over
  }

  private let loop: any EventLoop
  private let core: NIOLoopBound<ChannelCore>
  private let state = NIOLockedValueBox(State.new)

  init(loop: any EventLoop, core: NIOLoopBound<ChannelCore>) {
    self.loop = loop
    self.core = core
  }

  func begin(
    _ message: RequestMessage, timeout: TimeSpan?, metadata: Metadata = .empty,
    waiter: sending CallWaiter
  ) {
    let box = NIOLoopBoundBox.makeBoxSendingValue(waiter, eventLoop: loop)
    loop.execute { [self] in
      let isOver = state.withLockedValue { state in
        if case .over = state { return true }
        return false
      }
      guard !isOver else {
        core.value.refuse(box.value)
        return
      }
      let id = core.value.begin(
        message, timeout: timeout, metadata: metadata, waiter: box.value)
      guard let id else { return }
      let wasCancelled = state.withLockedValue { state in
        if case .over = state { return true }
        state = .begun(id)
        return false
      }
      if wasCancelled { core.value.cancel(id) }
    }
  }

  func cancel() {
    let id = state.withLockedValue { state -> UInt64? in
      defer { state = .over }
      if case .begun(let id) = state { return id }
      return nil
    }
    if let id { loop.execute { [core] in core.value.cancel(id) } }
  }
}

extension TimeSpan {
  /// The duration in nanoseconds; saturates at about 292 years.
  package init(_ duration: Duration) {
    let parts = duration.components
    self.init(
      nanoseconds: parts.seconds.multipliedSaturated(by: 1_000_000_000)
        .addingSaturated(parts.attoseconds / 1_000_000_000))
  }

  package var duration: Duration { .nanoseconds(nanoseconds) }
}
