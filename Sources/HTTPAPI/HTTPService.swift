import Encryption
import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
package import Model
import NIOCore
import ServiceLifecycle

/// Health, metrics, the web page and its data over HTTP, on several addresses.
///
/// Runs beside a coordinator in the same process or in one of its own: it sees the coordinator only through its
/// handle, and an unreachable coordinator is something that it shows, not something that ends it.
package final class HTTPService: Sendable {
  private let group: ServiceGroup
  private let listening: Listening

  /// - Parameter now: the wall clock, for answers that carry no time of the coordinator.
  package init(
    handle: any CoordinatorHandle, configuration: HTTPConfiguration, logger: Logger,
    now: @escaping @Sendable () -> Instant = HTTPService.wallClock
  ) {
    precondition(!configuration.hosts.isEmpty, "no address to listen on")
    let reader = CoordinatorReader(handle: handle, now: now)
    let hub = StatusHub(reader: reader, limits: configuration.limits)
    let responder = Routes(reader: reader, hub: hub, configuration: configuration).router()
      .buildResponder()
    let listening = Listening(port: configuration.port, listenerCount: configuration.hosts.count)
    let listeners = configuration.hosts.map { host in
      Listener(
        host: host, listening: listening, responder: responder, limits: configuration.limits,
        encryption: configuration.encryption, logger: logger)
    }
    // Services end in reverse order: the streams first, then the listeners, which wait for answers in flight. A
    // listener whose address does not exist returns early.
    var groupConfiguration = ServiceGroupConfiguration(
      services: listeners.map { .init(service: $0, successTerminationBehavior: .ignore) }
        + [.init(service: HubService(hub: hub))],
      logger: HTTPService.quiet(logger))
    groupConfiguration.maximumGracefulShutdownDuration = .nanoseconds(
      configuration.limits.drain.nanoseconds)
    group = ServiceGroup(configuration: groupConfiguration)
    self.listening = listening
  }

  /// Serves until ``shutDown()`` is called, a surrounding service group shuts down, or the task is cancelled.
  ///
  /// - Throws: ``ListenError`` if an address cannot be taken.
  package func run() async throws {
    do {
      try await group.run()
      await listening.didFail(CancellationError())
    } catch {
      await listening.didFail(error)
      throw error
    }
  }

  /// Ends ``run()``: streams end, answers in flight are sent, for at most ``Limits/drain``.
  package func shutDown() async { await group.triggerGracefulShutdown() }

  /// The addresses that are listened on, once they are; throws what ``run()`` throws if they cannot be taken.
  package func boundAddresses() async throws -> [BoundAddress] {
    try await listening.boundAddresses()
  }

  package static let wallClock: @Sendable () -> Instant = {
    Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e6) * 1000)
  }

  /// The libraries' own talk is left out.
  static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }
}

/// The hub as a service that ends when asked to.
private struct HubService: Service {
  let hub: StatusHub

  func run() async {
    await cancelWhenGracefulShutdown { await hub.run() }
  }
}

/// One address.
private struct Listener<Responder: HTTPResponder>: Service where Responder.Context == PageContext {
  let host: String
  let listening: Listening
  let responder: Responder
  let limits: Limits
  let encryption: ServerEncryption?
  let logger: Logger

  func run() async throws {
    let port = try await listening.takePort()
    do {
      try await application(port: port).run()
      await listening.didFail(CancellationError())
    } catch let error as IOError {
      let failure = ListenError(host: host, port: port, cause: error.description)
      // A machine without IPv6 has no ::1; that is no reason to serve nothing.
      guard error.errnoCode == EADDRNOTAVAIL || error.errnoCode == EAFNOSUPPORT else {
        await listening.didFail(failure)
        throw failure
      }
      logger.notice("an address is left out", metadata: ["reason": "\(failure)"])
      try await listening.didSkip(failure)
    }
  }

  private func application(port: Int) -> Application<Responder> {
    let limits = limits
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderListSize = limits.httpHeaderBytes
    decoder.maxHeaderFieldSize = limits.httpHeaderBytes
    decoder.maxHeaderFieldCount = 100
    let quietLogger = HTTPService.quiet(logger)
    return Application(
      responder: responder,
      server: HTTPServerBuilder { [encryption, decoder] responder in
        SecuredChannel(
          base: HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
              idleTimeout: .nanoseconds(limits.httpIdle.nanoseconds),
              httpDecoderConfiguration: decoder)), encryption: encryption, limits: limits)
      },
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: nil,
        availableConnectionsDelegate: .maximum(limits.httpConnections, logger: quietLogger)),
      onServerRunning: { [host, listening, logger, encryption] channel in
        let address = BoundAddress(
          host: host, port: channel.localAddress?.port ?? port, isSecure: encryption != nil)
        logger.info("serving HTTP", metadata: ["url": "\(address.url)"])
        await listening.didBind(address)
      }, logger: quietLogger)
  }
}
