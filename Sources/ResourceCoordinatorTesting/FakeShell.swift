import Coordination
import Model
import NIOCore
import NIOPosix
import ResourceCoordinatorClient
import Session

/// The engine behind sockets, under a time that is set by hand, with faults on order.
///
/// Not `Sendable`: made, used and released on its loop.
final class FakeShell {
  private static let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

  private let settings: CoordinationSettings
  private let loop: any EventLoop
  private var engine: Engine
  private var epoch: UInt64 = 1
  private var now = FakeShell.start
  private var listener: (any Channel)?
  private var contexts: [ConnectionID: ChannelHandlerContext] = [:]
  private(set) var counts: [String: Int] = [:]
  private var watchers: [(kind: String, count: Int, AsyncStream<Void>.Continuation)] = []
  var repliesToLose = 0
  var repliesToCut = 0

  init(settings: CoordinationSettings, loop: any EventLoop) {
    self.settings = settings
    self.loop = loop
    engine = Self.makeEngine(settings, epoch: 1, at: FakeShell.start)
    observe()
  }

  private static func makeEngine(
    _ settings: CoordinationSettings, epoch: UInt64, at now: Instant
  ) -> Engine {
    Engine(
      coordinator: Coordinator(
        settings: settings, epoch: epoch, hashSeed: 1, entropy: Entropy(seed: epoch), at: now),
      at: now)
  }

  private func observe() {
    engine.observer = { [unowned self] effect, coordinator in
      counts[effect.kind.name, default: 0] += 1
      leases = coordinator.leases
      waiting = coordinator.waiting
    }
  }

  /// Leases held after the last change.
  private(set) var leases = 0
  /// Requests waiting after the last change.
  private(set) var waiting = 0

  // MARK: Listening

  static func listen(
    _ shell: NIOLoopBound<FakeShell>, on loop: any EventLoop, port: Int
  ) async throws -> Int {
    let channel = try await ServerBootstrap(group: loop)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(FakeConnection(shell: shell.value))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    return try await loop.submit {
      shell.value.listener = channel
      return channel.localAddress?.port ?? 0
    }.get()
  }

  func takeListener() -> (any Channel)? {
    defer { listener = nil }
    return listener
  }

  func closeConnections() {
    for context in contexts.values { context.close(promise: nil) }
  }

  func restart(learning: TimeSpan) {
    closeConnections()
    // Connections of the old state must not be taken for those of the new one.
    contexts.removeAll()
    epoch += 1
    var settings = settings
    settings.isStateLost = true
    settings.limits.learning = learning
    engine = Self.makeEngine(settings, epoch: epoch, at: now)
    leases = 0
    waiting = 0
    observe()
  }

  // MARK: Time

  func advance(by span: TimeSpan) {
    now = now + span
    engine.advance(to: now)
    writeOutputs()
  }

  // MARK: Connections

  func opened(_ context: ChannelHandlerContext) -> ConnectionID? {
    let id = engine.open(at: now)
    if let id { contexts[id] = context }
    return id
  }

  func received(
    _ bytes: inout ByteBuffer, on id: ConnectionID, _ context: ChannelHandlerContext
  ) {
    guard contexts[id] === context else { return }
    engine.receive(&bytes, on: id, at: now)
    // Streams have more to say than one batch holds.
    engine.advance(to: now)
    writeOutputs()
  }

  func closed(_ id: ConnectionID, _ context: ChannelHandlerContext) {
    guard contexts[id] === context else { return }
    contexts[id] = nil
    engine.closed(id, at: now)
    writeOutputs()
  }

  private func writeOutputs() {
    repeat {
      while let output = engine.nextOutput() {
        guard let context = contexts[output.connection] else { continue }
        send(output, on: context)
      }
      engine.finishBatch(at: now)
      if let next = engine.nextDeadline, next <= now { engine.advance(to: now) } else { break }
    } while true
    let met = watchers.filter { counts[$0.kind] ?? 0 >= $0.count }
    watchers.removeAll { counts[$0.kind] ?? 0 >= $0.count }
    for watcher in met { watcher.2.yield(()) }
  }

  private func send(_ output: Engine.Output, on context: ChannelHandlerContext) {
    if output.bytes.readableBytes > 0 {
      if repliesToLose > 0 {
        repliesToLose -= 1
      } else if repliesToCut > 0 {
        repliesToCut -= 1
        context.close(promise: nil)
        return
      } else {
        context.writeAndFlush(NIOAny(output.bytes), promise: nil)
      }
    }
    if output.closes { context.close(promise: nil) }
  }

  // MARK: Looking

  func notify(_ continuation: AsyncStream<Void>.Continuation, kind: String, count: Int) {
    if counts[kind] ?? 0 >= count {
      continuation.yield(())
    } else {
      watchers.append((kind, count, continuation))
    }
  }
}

/// The end of one connection's pipeline.
private final class FakeConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let shell: FakeShell
  private var id: ConnectionID?

  init(shell: FakeShell) {
    self.shell = shell
  }

  func channelActive(context: ChannelHandlerContext) {
    id = shell.opened(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let id else { return }
    var bytes = unwrapInboundIn(data)
    shell.received(&bytes, on: id, context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let id { shell.closed(id, context) }
    id = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
