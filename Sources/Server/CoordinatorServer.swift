package import Access
package import Encryption
import Journal
package import Logging
package import Model
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Session

/// Where and how the coordinator listens.
package struct ServerConfiguration: Sendable {
  /// Addresses to bind, IPv4 or IPv6; all get the same port.
  package var hosts: [String]
  /// 0 = a free one, the same for all hosts.
  package var port: Int
  /// How long the drain may take before connections are cut.
  package var drain: TimeSpan
  /// TLS on every connection; nil = none.
  package var encryption: ServerEncryption?
  /// Who may call; nil = everybody.
  package var access: AccessControl?
  /// Told of every administrative call, with the caller's address. Called on the server's loop.
  package var auditor: (@Sendable (AuditEntry, _ peer: String) -> Void)?

  package init(
    hosts: [String] = ["127.0.0.1", "::1"], port: Int = 50051, drain: TimeSpan = .seconds(20)
  ) {
    self.hosts = hosts
    self.port = port
    self.drain = drain
  }
}

/// The TCP server: the engine on one event loop, behind sockets.
///
/// It listens first and recovers its state then (``recover(first:)``): meanwhile it says that it lives, and refuses all else.
package final class CoordinatorServer: CoordinatorHandle {
  private let group: MultiThreadedEventLoopGroup
  private let loop: any EventLoop
  private let door: NIOLoopBound<Door>
  private let channels: [any Channel]
  private let settings: CoordinationSettings
  private let configuration: ServerConfiguration
  private let logger: Logger
  /// Nil until the state is recovered, and where none is kept.
  private let keeper = NIOLockedValueBox<JournalKeeper?>(nil)
  private let stops: AsyncStream<StopCause>
  private let stopping: AsyncStream<StopCause>.Continuation

  /// Why a server stops by itself.
  private enum StopCause {
    case asked(DrainRequest)
    case failed(JournalError)
  }

  /// The port that is listened on.
  package let port: Int
  /// The addresses that are listened on, as `host:port`.
  package let addresses: [String]

  private init(
    group: MultiThreadedEventLoopGroup, door: NIOLoopBound<Door>, channels: [any Channel],
    settings: CoordinationSettings, configuration: ServerConfiguration, logger: Logger
  ) {
    self.group = group
    self.loop = door.eventLoop
    self.door = door
    self.channels = channels
    self.settings = settings
    self.configuration = configuration
    self.logger = logger
    (stops, stopping) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    port = channels.first?.localAddress?.port ?? configuration.port
    addresses = channels.compactMap { channel in
      channel.localAddress.map { address in
        let host = address.ipAddress ?? "?"
        return (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)"
      }
    }
  }

  /// Starts listening and opens the state: ``listen(settings:configuration:logger:)``, then ``recover(first:)``.
  package static func start(
    settings: CoordinationSettings, configuration: ServerConfiguration, storage: ServerStorage,
    logger: Logger
  ) async throws -> CoordinatorServer {
    let server = try await listen(
      settings: settings, configuration: configuration, logger: logger)
    try await server.recover(storage)
    return server
  }

  /// Starts listening. Until ``recover(_:first:)`` has ended only HealthCheck is answered with anything but `RECOVERING`.
  ///
  /// Throws ``ListenError`` if no address can be bound; an address family that the machine lacks is left out as long as
  /// another one is bound.
  package static func listen(
    settings: CoordinationSettings, configuration: ServerConfiguration, logger: Logger
  ) async throws -> CoordinatorServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    do {
      let door = try await loop.submit {
        NIOLoopBound(Door(limits: settings.limits), eventLoop: loop)
      }.get()
      let channels = try await bind(
        configuration, limits: settings.limits, group: group, door: door, logger: logger)
      return CoordinatorServer(
        group: group, door: door, channels: channels, settings: settings,
        configuration: configuration, logger: logger)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
  }

  /// Opens the state, and lets everybody in. Reading the journal has a thread of its own, so that the server answers
  /// meanwhile; nothing is granted before it has ended.
  ///
  /// Throws ``StorageError`` if the state cannot be opened; the server has stopped then.
  ///
  /// - Parameter first: runs on that thread before anything is read.
  package func recover(
    _ storage: ServerStorage, first: @escaping @Sendable () -> Void = {}
  ) async throws {
    let recovery = NIOThreadPool(numberOfThreads: 1)
    recovery.start()
    do {
      let handover = try await recovery.runIfActive { [settings, logger] in
        first()
        return Handover(
          opened: try Opened.open(
            storage, settings: settings, clock: SystemClock(), logger: logger))
      }
      keeper.withLockedValue { $0 = handover.opened.keeper }
      try await loop.submit { [self] in begin(handover.opened) }.get()
      try await recovery.shutdownGracefully()
    } catch {
      try? await recovery.shutdownGracefully()
      await close()
      throw error
    }
  }

  /// Ends a server whose state was not recovered.
  package func close() async {
    for channel in channels { try? await channel.close() }
    try? await loop.submit { [door] in door.value.close() }.get()
    try? await group.shutdownGracefully()
  }

  /// What the recovering thread hands to the loop.
  ///
  /// `@unchecked`: the one made it and has no reference any more when the other gets it, which alone uses it from then on.
  private struct Handover: @unchecked Sendable {
    let opened: Opened
  }

  /// Makes all that lives on the loop, and opens the door to it.
  private func begin(_ opened: Opened) {
    let commit = opened.keeper.map { keeper in
      GroupCommit(
        keeper, loop: loop, after: opened.lastPosition,
        backlogBytes: settings.limits.journalBacklogBytes)
    }
    commit?.onFailure = { [stopping] in stopping.yield(.failed($0)) }
    let engineLoop = EngineLoop(
      engine: Engine(coordinator: opened.coordinator, at: opened.clock.now), loop: loop,
      clock: opened.clock, commit: commit,
      onStopRequest: { [stopping] in stopping.yield(.asked($0)) })
    engineLoop.ask(configuration.access, telling: configuration.auditor)
    engineLoop.tellSlowCalls(logger)
    // What recovery decided is written before anybody is answered.
    engineLoop.writeOutputs()
    door.value.open(to: engineLoop)
  }

  private static func bind(
    _ configuration: ServerConfiguration, limits: Limits, group: MultiThreadedEventLoopGroup,
    door: NIOLoopBound<Door>, logger: Logger
  ) async throws -> [any Channel] {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536)
      )
      .childChannelOption(
        .writeBufferWaterMark,
        value: ChannelOptions.Types.WriteBufferWaterMark(
          low: limits.writeBufferBytes / 2, high: limits.writeBufferBytes)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try configuration.encryption?.secure(
            channel, handshakeNanoseconds: limits.handshake.nanoseconds)
          try channel.pipeline.syncOperations.addHandler(ConnectionHandler(door: door.value))
        }
      }
    var channels: [any Channel] = []
    var failure: (any Error)?
    for host in configuration.hosts {
      do {
        let port = channels.first?.localAddress?.port ?? configuration.port
        channels.append(try await bootstrap.bind(host: host, port: port).get())
      } catch {
        failure = error
        if isInUse(error) { break }
        logger.warning("not listening on \(host)", metadata: ["error": "\(error)"])
      }
    }
    if let failure, channels.isEmpty || isInUse(failure) {
      for channel in channels { try? await channel.close() }
      throw ListenError(
        hosts: configuration.hosts, port: configuration.port, isInUse: isInUse(failure),
        cause: "\(failure)")
    }
    return channels
  }

  private static func isInUse(_ error: any Error) -> Bool {
    (error as? IOError)?.errnoCode == 98
  }

  // MARK: Running

  /// Runs until the task is cancelled or a Drain call asks to stop, then drains: no new connections, streams told,
  /// answers in flight sent.
  ///
  /// Throws ``StorageError`` if the journal failed: it stops at once then, since nothing can be promised any more.
  package func run() async throws {
    for await cause in stops {
      switch cause {
      case .asked(let request):
        logger.notice("asked to stop by a Drain call")
        await stop(within: request.deadline ?? configuration.drain)
        return
      case .failed(let error):
        logger.critical("the journal failed; stopping", metadata: ["error": "\(error)"])
        await stop(within: .zero)
        throw StorageError(description: "the journal failed: \(error)")
      }
    }
    await stop(within: configuration.drain)
  }

  private func stop(within limit: TimeSpan) async {
    // The caller is often cancelled: the drain itself must not be.
    await Task.detached { [self] in await drain(within: limit) }.value
  }

  private func drain(within limit: TimeSpan) async {
    for channel in channels { try? await channel.close() }
    await withEngine { $0.beginStop() }
    let end = ContinuousClock().now + .nanoseconds(limit.nanoseconds)
    await wait(until: end) { $0.isFlushed }
    await withEngine { $0.closeAll() }
    // Peers read their last answers and close; those that do not are cut.
    await wait(until: end) { $0.connectionCount == 0 }
    await keeper.withLockedValue { $0 }?.shutDown()
    try? await group.shutdownGracefully()
  }

  private func wait(
    until end: ContinuousClock.Instant, _ isDone: @escaping @Sendable (EngineLoop) -> Bool
  ) async {
    let clock = ContinuousClock()
    while clock.now < end {
      if await withEngine(isDone) != false { return }
      try? await clock.sleep(for: .milliseconds(5))
    }
  }

  /// Does something on the loop. Nil where the engine is not there yet, or not any more.
  @discardableResult
  private func withEngine<Result: Sendable>(
    _ body: @escaping @Sendable (EngineLoop) -> Result
  ) async -> Result? {
    try? await loop.submit { [door] in door.value.engineLoop.map(body) }.get()
  }

  /// Takes other tokens; whoever's token is gone is put out.
  package func setTokens(_ tokens: TokenTable) {
    loop.execute { [door] in door.value.engineLoop?.setTokens(tokens) }
  }

  // MARK: CoordinatorHandle

  package func call(_ message: RequestMessage) async throws(CallError) -> ResponseMessage {
    do {
      let result = try await loop.flatSubmit { [door, loop] in
        door.value.engineLoop?.perform(message)
          ?? loop.makeSucceededFuture(Self.early(message, door.value))
      }.get()
      return try result.get()
    } catch let error as CallError {
      throw error
    } catch {
      throw CallError(.draining, "the server has stopped")
    }
  }

  private static func early(
    _ message: RequestMessage, _ door: Door
  ) -> Result<ResponseMessage, CallError> {
    guard case .healthCheck = message else { return .failure(EarlyConnection.refusal) }
    return .success(.health(EarlyConnection.health(uptime: door.uptime)))
  }

  package func changes() async -> AsyncStream<UInt64> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
    let watcher = await withEngine { $0.addWatcher(continuation) }
    guard let watcher else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [loop, door] _ in
      loop.execute { door.value.engineLoop?.removeWatcher(watcher) }
    }
    return stream
  }

  /// Without a line until the state is recovered.
  package func metrics() async -> String? { await withEngine { $0.metricsText() } ?? "" }

  package func isReady() async -> Bool {
    await withEngine { !($0.engine.isStopping || $0.engine.isDraining) } ?? false
  }
}

/// No address could be listened on.
package struct ListenError: Error, Sendable {
  package let hosts: [String]
  package let port: Int
  package let isInUse: Bool
  package let cause: String
}
