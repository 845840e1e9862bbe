package import Access
package import Encryption
import Journal
package import Logging
package import Model
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
package final class CoordinatorServer: CoordinatorHandle {
  private let group: MultiThreadedEventLoopGroup
  private let loop: any EventLoop
  private let engineLoop: NIOLoopBound<EngineLoop>
  private let channels: [any Channel]
  private let configuration: ServerConfiguration
  private let logger: Logger
  private let keeper: JournalKeeper?
  private let stops: AsyncStream<StopCause>

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
    group: MultiThreadedEventLoopGroup, loop: any EventLoop,
    engineLoop: NIOLoopBound<EngineLoop>, channels: [any Channel], keeper: JournalKeeper?,
    configuration: ServerConfiguration, logger: Logger, stops: AsyncStream<StopCause>
  ) {
    self.group = group
    self.loop = loop
    self.engineLoop = engineLoop
    self.channels = channels
    self.configuration = configuration
    self.logger = logger
    self.keeper = keeper
    self.stops = stops
    port = channels.first?.localAddress?.port ?? configuration.port
    addresses = channels.compactMap { channel in
      channel.localAddress.map { address in
        let host = address.ipAddress ?? "?"
        return (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)"
      }
    }
  }

  /// Opens the state and starts listening.
  ///
  /// Throws ``StorageError`` if the state cannot be opened, and ``ListenError`` if no address can be bound; an address
  /// family that the machine lacks is left out as long as another one is bound.
  package static func start(
    settings: CoordinationSettings, configuration: ServerConfiguration, storage: ServerStorage,
    logger: Logger
  ) async throws -> CoordinatorServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let (stops, continuation) = AsyncStream.makeStream(
      of: StopCause.self, bufferingPolicy: .bufferingOldest(1))
    var keeper: JournalKeeper?
    do {
      let engineLoop: NIOLoopBound<EngineLoop>
      (engineLoop, keeper) = try await loop.submit {
        let opened = try open(
          settings: settings, storage: storage, loop: loop, logger: logger,
          onStop: { continuation.yield($0) })
        opened.0.value.ask(configuration.access, telling: configuration.auditor)
        opened.0.value.tellSlowCalls(logger)
        return opened
      }.get()
      let channels = try await bind(
        configuration, limits: settings.limits, group: group, loop: loop, engineLoop: engineLoop,
        logger: logger)
      return CoordinatorServer(
        group: group, loop: loop, engineLoop: engineLoop, channels: channels,
        keeper: keeper, configuration: configuration, logger: logger, stops: stops)
    } catch {
      // What recovery decided is being written: the loop must still be there when that has ended.
      await keeper?.shutDown()
      try await group.shutdownGracefully()
      throw error
    }
  }

  /// Makes all that lives on the loop.
  private static func open(
    settings: CoordinationSettings, storage: ServerStorage, loop: any EventLoop, logger: Logger,
    onStop: @escaping @Sendable (StopCause) -> Void
  ) throws(StorageError) -> (NIOLoopBound<EngineLoop>, JournalKeeper?) {
    let opened = try Opened.open(
      storage, settings: settings, clock: SystemClock(), logger: logger)
    let clock = opened.clock
    let commit = opened.keeper.map { keeper in
      GroupCommit(
        keeper, loop: loop, after: opened.lastPosition,
        backlogBytes: settings.limits.journalBacklogBytes)
    }
    commit?.onFailure = { onStop(.failed($0)) }
    let engineLoop = EngineLoop(
      engine: Engine(coordinator: opened.coordinator, at: clock.now), loop: loop, clock: clock,
      commit: commit, onStopRequest: { onStop(.asked($0)) })
    // What recovery decided is written before anybody is answered.
    engineLoop.writeOutputs()
    engineLoop.schedule()
    return (NIOLoopBound(engineLoop, eventLoop: loop), opened.keeper)
  }

  private static func bind(
    _ configuration: ServerConfiguration, limits: Limits, group: MultiThreadedEventLoopGroup,
    loop: any EventLoop, engineLoop: NIOLoopBound<EngineLoop>, logger: Logger
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
          try channel.pipeline.syncOperations.addHandler(ConnectionHandler(loop: engineLoop.value))
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
    try? await loop.submit { [engineLoop] in engineLoop.value.beginStop() }.get()
    let end = ContinuousClock().now + .nanoseconds(limit.nanoseconds)
    await wait(until: end) { $0.isFlushed }
    try? await loop.submit { [engineLoop] in engineLoop.value.closeAll() }.get()
    // Peers read their last answers and close; those that do not are cut.
    await wait(until: end) { $0.connectionCount == 0 }
    await keeper?.shutDown()
    try? await group.shutdownGracefully()
  }

  private func wait(
    until end: ContinuousClock.Instant, _ isDone: @escaping @Sendable (EngineLoop) -> Bool
  ) async {
    let clock = ContinuousClock()
    while clock.now < end {
      let done = try? await loop.submit { [engineLoop] in isDone(engineLoop.value) }.get()
      if done != false { return }
      try? await clock.sleep(for: .milliseconds(5))
    }
  }

  /// Takes other tokens; whoever's token is gone is put out.
  package func setTokens(_ tokens: TokenTable) {
    loop.execute { [engineLoop] in engineLoop.value.setTokens(tokens) }
  }

  // MARK: CoordinatorHandle

  package func call(_ message: RequestMessage) async throws(CallError) -> ResponseMessage {
    do {
      let result = try await loop.flatSubmit { [engineLoop] in
        engineLoop.value.perform(message)
      }.get()
      return try result.get()
    } catch let error as CallError {
      throw error
    } catch {
      throw CallError(.draining, "the server has stopped")
    }
  }

  package func changes() async -> AsyncStream<UInt64> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
    let watcher = try? await loop.submit { [engineLoop] in
      engineLoop.value.addWatcher(continuation)
    }.get()
    guard let watcher else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [loop, engineLoop] _ in
      loop.execute { engineLoop.value.removeWatcher(watcher) }
    }
    return stream
  }

  package func metrics() async -> String? {
    try? await loop.submit { [engineLoop] in engineLoop.value.metricsText() }.get()
  }

  package func isReady() async -> Bool {
    let isStopping = try? await loop.submit { [engineLoop] in
      engineLoop.value.engine.isStopping || engineLoop.value.engine.isDraining
    }.get()
    return isStopping == false
  }
}

/// No address could be listened on.
package struct ListenError: Error, Sendable {
  package let hosts: [String]
  package let port: Int
  package let isInUse: Bool
  package let cause: String
}
