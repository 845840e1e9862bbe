import Access
import ArgumentParser
import Foundation
import HTTPAPI
import Logging
import Model
import NIOConcurrencyHelpers
import Server
import ServiceLifecycle
import Settings
import Tokens
import UnixSignals

/// `coordinator serve`: the server until a signal or a Drain call ends it.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Start the coordinator.",
    discussion: """
      Examples:
        coordinator serve
        coordinator serve --mode respect_limits --config config.json

      SIGTERM and Ctrl-C drain: no new requests, answers in flight are sent, then exit 0. A second signal stops at once, and \
      so does the first one while the state is being recovered.
      SIGHUP reads the token file and the certificate again. Beyond loopback it takes both: see Docs/ACCESS.md.
      """)

  @OptionGroup var options: ServeOptions

  func run() async throws {
    let began = ContinuousClock.now
    let loaded = try options.load()
    for warning in loaded.warnings { talk("warning: \(warning)") }
    let configuration = loaded.configuration
    let logger = ServeLog.make(configuration)
    let settings = configuration.coordination(
      drawnSeed: UInt64.random(in: 1...UInt64(Int64.max)))
    let guards = try Guards(configuration, logger: logger)
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    let (stops, stop) = AsyncStream.makeStream(of: Void.self)
    let storage: ServerStorage =
      configuration.server.ephemeral
      ? .ephemeral
      : .directory(
        path: try StateDirectory.path(configuration.server.dataDirectory),
        given: loaded.givenSettings)
    let server = try await listen(settings, configuration, guards)
    let pages = Self.pages(of: server, configuration, guards)
    try await withThrowingTaskGroup(of: End.self) { group in
      for (page, _) in pages {
        group.addTask {
          try await page.run()
          return .pageEnded
        }
      }
      group.addTask {
        for await _ in stops { return .signalled }
        return .signalled
      }
      let isRecovered = NIOLockedValueBox(false)
      let listener = Task { await Self.listen(to: signals, isRecovered, stop) }
      defer { listener.cancel() }
      let urls = try await Self.recover(server, storage, showing: pages)
      isRecovered.withLockedValue { $0 = true }
      group.addTask {
        try await server.run()
        return .served
      }
      // Not before: the server would miss what they tell it.
      let watcher = Task { await guards.watch(server) }
      let reloader = Task { for await _ in hangups { guards.reload(server) } }
      defer {
        watcher.cancel()
        reloader.cancel()
      }
      let scheme = guards.encryption == nil ? "tcp" : "tls"
      talk(
        await banner(server, storage, scheme: scheme, urls: urls, took: began.duration(to: .now)))
      let end: End
      do {
        guard let first = try await group.next() else { return }
        end = first
      } catch let error as StorageError {
        throw Failure(.failed, error.description)
      }
      if case .signalled = end {
        talk("draining; a second signal stops at once")
      }
      for (page, _) in pages { await page.shutDown() }
      group.cancelAll()
      while let _ = try? await group.next() {}
    }
  }

  /// The first signal drains, where there is something to drain, and the second one ends.
  private static func listen(
    to signals: UnixSignalsSequence, _ isRecovered: NIOLockedValueBox<Bool>,
    _ stop: AsyncStream<Void>.Continuation
  ) async {
    var isDraining = false
    for await _ in signals {
      if isDraining { Foundation.exit(ExitReason.failed.rawValue) }
      guard isRecovered.withLockedValue({ $0 }) else {
        // Nobody was promised anything yet, and a start can be cut off anywhere.
        talk("stopped before the state was recovered")
        Foundation.exit(0)
      }
      isDraining = true
      stop.yield()
    }
  }

  /// Recovers the state once everything listens, so that whoever asks is told so meanwhile. Answers the pages' addresses.
  private static func recover(
    _ server: CoordinatorServer, _ storage: ServerStorage,
    showing pages: [(page: HTTPService, flag: String)]
  ) async throws -> [String] {
    var urls: [String] = []
    do {
      for (page, flag) in pages { urls += try await addresses(of: page, flag: flag) }
    } catch {
      await server.close()
      throw error
    }
    do {
      try await server.recover(storage)
    } catch let error as StorageError {
      throw Failure(.failed, error.description)
    }
    return urls
  }

  private enum End {
    case served
    case pageEnded
    case signalled
  }

  private func listen(
    _ settings: CoordinationSettings, _ configuration: CoordinatorConfiguration, _ guards: Guards
  ) async throws -> CoordinatorServer {
    var listening = Server.ServerConfiguration(
      hosts: configuration.server.hosts, port: configuration.server.port,
      drain: configuration.limits.drain)
    guards.apply(to: &listening)
    do {
      return try await CoordinatorServer.listen(
        settings: settings, configuration: listening, logger: guards.logger)
    } catch let error as Server.ListenError {
      let place = error.hosts.map { "\($0):\(error.port)" }.joined(separator: " and ")
      throw Failure(
        .failed,
        error.isInUse
          ? "port \(error.port) is in use\(Probe.owner(of: error.port).map { " by \($0)" } ?? ""); stop that process, "
            + "or take another port with --port"
          : "cannot listen on \(place): \(error.cause)")
    }
  }

  /// The HTTP services, each with the flag that sets its port.
  private static func pages(
    of server: CoordinatorServer, _ configuration: CoordinatorConfiguration, _ guards: Guards
  ) -> [(page: HTTPService, flag: String)] {
    let ports = [
      (configuration.server.httpPort, "--http-port"), (configuration.server.apiPort, "--api-port"),
    ]
    return ports.compactMap { port, flag in
      guard let port else { return nil }
      var http = HTTPConfiguration(hosts: configuration.server.hosts, port: port)
      http.limits = configuration.limits
      http.encryption = guards.encryption
      if let tokens = guards.tokens { http.access = { AccessControl(tokens: tokens.tokens) } }
      return (HTTPService(handle: server, configuration: http, logger: guards.logger), flag)
    }
  }

  /// The page's addresses, once it listens. Throws a failure that says what to do if it cannot.
  static func addresses(of page: HTTPService, flag: String) async throws -> [String] {
    do {
      return try await page.boundAddresses().map(\.url)
    } catch let error as HTTPAPI.ListenError {
      let isOff = flag == "--http-port" ? ", or none with --http-port off" : ""
      let cause =
        Probe.owner(of: error.port).map { "port \(error.port) is used by \($0)" }
        ?? "cannot listen on \(error.host) port \(error.port): \(error.cause)"
      throw Failure(.failed, "\(cause); take another with \(flag)\(isOff)")
    }
  }

  private func banner(
    _ server: CoordinatorServer, _ storage: ServerStorage, scheme: String, urls: [String],
    took: Duration
  ) async -> String {
    // As it is now: what was set at run time before a stop is still in force.
    var pools: [String] = []
    if case .status(let status)? = try? await server.call(.status(StatusRequest())) {
      pools = status.statuses.map { "\($0.name) \($0.totalCapacity) \($0.unit)" }
    }
    var mode = ""
    if case .mode(let status)? = try? await server.call(.getMode) {
      let isDrawn = status.mode == .simulateContention
      mode = (status.mode?.name ?? "") + (isDrawn ? "  seed \(status.contention.seed)" : "")
    }
    let milliseconds = took / .milliseconds(1)
    let kept =
      switch storage {
      case .ephemeral: "keeps nothing (ephemeral)"
      case .directory(let path, _): "kept in \(printable(path))"
      }
    let pages = urls.isEmpty ? "" : "   page \(urls.joined(separator: " "))"
    return """
      coordinator \(coordinatorVersion)  mode \(mode)   \
      \(server.addresses.map { "\(scheme)://" + $0 }.joined(separator: " "))\(pages)
        \(pools.joined(separator: " · "))   ready in \(Int(milliseconds)) ms · Ctrl-C drains
        \(kept)
      """
  }
}
