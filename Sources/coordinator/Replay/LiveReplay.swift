import Encryption
import Foundation
import Logging
import Model
import ResourceCoordinatorClient
import Server
import Rehearsal

/// Replays a trace against a live server: a client for each class of service, each with several connections, and one
/// that watches the server's events beside them, from which alone the check and the utilisation are counted.
struct LiveReplay {
  let plan: ReplayPlan
  /// Trace seconds in a real second.
  let speed: Double
  /// How late in the trace's time an answer may be before that time waits for it.
  let slack: TimeSpan

  /// Connections of each client. Waiting pods share them, as each wait is a call of its connection.
  private static let connections = 4
  /// Classes of service, each of them a component with a client of its own.
  private static let servicesMax = 64
  /// The longest wait for an answer, attempts counted, and for the watch's last event.
  private static let answerTimeout = Duration.seconds(60)
  /// The longest wait for one attempt's answer.
  private static let attemptTimeout = Duration.seconds(20)

  /// The whole replay, until every pod is over.
  func run(
    address: String?, guarding: ClientGuarding, progress: (LiveSchedule.Progress) -> Void
  ) async throws -> LiveSchedule {
    guard let address else { return try await runInside(progress) }
    guard var address = CoordinatorAddress(address) else {
      throw Failure(
        .usage, "--address: expected host:port with a port from 1 to 65535, got \"\(address)\"")
    }
    address.guarding.encryption = guarding.encryption ?? address.guarding.encryption
    address.guarding.token = guarding.token
    return try await replay(at: address, progress)
  }

  /// Starts a server of its own on a free port of the loopback.
  private func runInside(_ progress: (LiveSchedule.Progress) -> Void) async throws -> LiveSchedule {
    var logger = Logger(label: "replay")
    logger.logLevel = .error
    let server = try await CoordinatorServer.start(
      settings: plan.settings,
      configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(1)),
      storage: .ephemeral, logger: logger)
    let running = Task { try await server.run() }
    let result: Result<LiveSchedule, any Error>
    do {
      let address = CoordinatorAddress(host: "127.0.0.1", port: server.port)
      result = .success(try await replay(at: address, progress))
    } catch {
      result = .failure(error)
    }
    running.cancel()
    try await running.value
    return try result.get()
  }

  private func replay(
    at address: CoordinatorAddress, _ progress: (LiveSchedule.Progress) -> Void
  ) async throws -> LiveSchedule {
    let services = Set(plan.trace.pods.map(\.service)).sorted()
    guard services.count <= LiveReplay.servicesMax else {
      throw Failure(
        .usage,
        "the trace has \(services.count) classes of service, and a live replay takes at most "
          + "\(LiveReplay.servicesMax); --virtual takes more")
    }
    // From the revision before the first pod on, so that no event is missed.
    let revision = try await prepare(address)
    let schedule = LiveSchedule(plan: plan, speed: speed, slack: slack)
    return try await withClients(services[...], of: address, [:]) { clients in
      try await CoordinatorClient.withClient(
        endpoint(address), component: "replay", options: options(address.guarding)
      ) { watcher in
        let run = LiveRun(schedule, clients: clients, watcher: watcher)
        let watch = Task { await run.watch(after: revision) }
        await run.drive(progress)
        if await !run.waitForEvents(within: LiveReplay.answerTimeout) {
          talk("warning: not every event came in time; the check covers those that did")
        }
        let schedule = run.schedule
        watch.cancel()
        return schedule
      }
    }
  }

  /// Runs the body with a client for each of the services.
  private func withClients<Value>(
    _ services: ArraySlice<String>, of address: CoordinatorAddress,
    _ clients: [String: CoordinatorClient],
    _ body: ([String: CoordinatorClient]) async throws -> Value
  ) async throws -> Value {
    guard let service = services.first else { return try await body(clients) }
    return try await CoordinatorClient.withClient(
      endpoint(address), component: service, options: options(address.guarding)
    ) { client in
      try await withClients(
        services.dropFirst(), of: address, clients.merging([service: client]) { $1 }, body)
    }
  }

  private func endpoint(_ address: CoordinatorAddress) -> Endpoint {
    Endpoint(host: address.host, port: address.port)
  }

  private func options(_ guarding: ClientGuarding) -> ClientOptions {
    var options = ClientOptions()
    options.tls = guarding.encryption.map {
      TLSOptions(authorities: $0.authorities, certificate: $0.certificate, key: $0.key)
    }
    options.token = guarding.token?.secret
    options.connections = LiveReplay.connections
    options.deadline = LiveReplay.answerTimeout
    options.retry.attemptTimeout = LiveReplay.attemptTimeout
    options.logger.logLevel = .error
    return options
  }

  /// Checks that the server has the trace's pools, gives them the capacities of the chosen nodes, and answers the
  /// server's revision then.
  private func prepare(_ address: CoordinatorAddress) async throws -> UInt64 {
    let link = try await Link.connect(to: address, timeout: ConnectionOptions.timeoutDefault)
    guard case .status(let status) = try await link.ask(.status(StatusRequest())) else {
      throw Failure.wrongAnswer
    }
    let known = status.statuses.map(\.name.string)
    for (index, name) in TracePools.names.enumerated() {
      guard known.contains(name) else {
        throw Failure(
          .usage,
          "\(address) has no pool \(name); start it with the output of `coordinator replay … --print-config`"
        )
      }
      _ = try await link.ask(
        .setCapacity(
          SetCapacityRequest(
            pool: PoolReference(name: Text(name)), capacity: plan.trace.capacities[index])))
    }
    _ = try await link.ask(.setMode(SetModeRequest(mode: Int32(plan.mode.rawValue))))
    guard case .mode(let mode) = try await link.ask(.getMode) else { throw Failure.wrongAnswer }
    await link.close()
    return mode.revision
  }
}
