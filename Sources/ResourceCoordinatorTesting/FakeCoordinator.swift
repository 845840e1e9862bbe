import Coordination
import Model
import NIOCore
import NIOPosix
public import ResourceCoordinatorClient
import Session

/// A coordinator inside the process, for tests of programs that use one: the real decisions behind a real socket, under a
/// clock that is moved by hand.
///
/// ```swift
/// try await FakeCoordinator.with(.init(capacities: [.gpu: 8000])) { coordinator in
///   try await CoordinatorClient.withClient(
///     coordinator.endpoint, component: "test", options: coordinator.clientOptions
///   ) { client in
///     let lease = try await client.requestGPU(megabytes: 8000).lease
///     await coordinator.advance(by: .seconds(3601))
///     #expect(!lease.isValid)
///   }
/// }
/// ```
public final class FakeCoordinator: Sendable {
  /// What the coordinator is like.
  public struct Configuration: Sendable {
    /// How it answers; only ``ResponseMode/simulateContention`` uses the outcomes.
    public var mode: ResourceCoordinatorClient.ResponseMode
    /// What there is of each pool, in its unit. Pools that are not named have what they have by default.
    public var capacities: [Resource: Int64]
    /// What one client may use of each pool while the coordinator is away; all of it where not named.
    public var safeCapacities: [Resource: Int64]
    /// The outcomes of the first requests, in order. Setting any lets the mode be
    /// ``ResponseMode/simulateContention``; when they are used up everything is granted.
    public var outcomes: [ScriptedOutcome]

    /// A coordinator that respects its limits.
    public init(
      mode: ResourceCoordinatorClient.ResponseMode = .respectLimits,
      capacities: [Resource: Int64] = [:],
      safeCapacities: [Resource: Int64] = [:], outcomes: [ScriptedOutcome] = []
    ) {
      self.mode = outcomes.isEmpty ? mode : .simulateContention
      self.capacities = capacities
      self.safeCapacities = safeCapacities
      self.outcomes = outcomes
    }
  }

  /// The outcome of one request.
  public enum ScriptedOutcome: Hashable, Sendable {
    /// Granted at once.
    case grant
    /// Denied.
    case deny
    /// Queued, and granted after this long by the manual clock.
    case queue(Duration)
  }

  /// The clock of the coordinator, and of clients with ``clientOptions``.
  public let clock = ManualClock()
  /// Where it listens; the same as long as it lives.
  public let endpoint: Endpoint
  private let loop: any EventLoop
  private let shell: NIOLoopBound<FakeShell>

  private init(endpoint: Endpoint, loop: any EventLoop, shell: NIOLoopBound<FakeShell>) {
    self.endpoint = endpoint
    self.loop = loop
    self.shell = shell
  }

  /// Runs the body with a new coordinator on a free port of 127.0.0.1, and stops it behind the body.
  public static func with<Result>(
    _ configuration: Configuration = Configuration(),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (FakeCoordinator) async throws -> Result
  ) async throws -> Result {
    let coordinator = try await start(configuration)
    do {
      let result = try await body(coordinator)
      await coordinator.stop()
      return result
    } catch {
      await coordinator.stop()
      throw error
    }
  }

  private static func start(_ configuration: Configuration) async throws -> FakeCoordinator {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let settings = configuration.settings
    let shell = try await loop.submit {
      NIOLoopBound(FakeShell(settings: settings, loop: loop), eventLoop: loop)
    }.get()
    let port = try await FakeShell.listen(shell, on: loop, port: 0)
    let coordinator = FakeCoordinator(
      endpoint: Endpoint(host: "127.0.0.1", port: port), loop: loop, shell: shell)
    return coordinator
  }

  private func stop() async {
    await goAway()
  }

  /// Options for clients that go by this coordinator's clock, with short pauses between attempts.
  public var clientOptions: ClientOptions {
    var options = ClientOptions()
    options.clock = clock.clientClock
    options.retry.initialPause = .zero
    options.retry.pauseMaximum = .zero
    return options
  }

  // MARK: Time

  /// Moves the time: first everything that is due at the coordinator happens, then sleeping clients wake.
  ///
  /// It is one jump: what a client would have done in between it does afterwards. To let it act, move in steps.
  public func advance(by duration: Duration) async {
    await onLoop { shell in shell.advance(by: TimeSpan(duration)) }
    clock.advance(by: duration)
  }

  // MARK: Faults

  /// Lets the next answers get lost: the coordinator acts and says nothing.
  public func loseReplies(_ count: Int) async {
    await onLoop { $0.repliesToLose = count }
  }

  /// Cuts the connection instead of sending the next answers: the coordinator acts, and nobody knows.
  public func cutReplies(_ count: Int) async {
    await onLoop { $0.repliesToCut = count }
  }

  /// Closes every connection; new ones are taken.
  public func closeConnections() async {
    await onLoop { $0.closeConnections() }
  }

  /// Closes every connection and stops listening: the coordinator cannot be reached. Its state stays.
  public func goAway() async {
    let channels = await onLoop { $0.takeListener() }
    try? await channels?.close().get()
    await closeConnections()
  }

  /// Listens again, on the same port.
  public func comeBack() async throws {
    _ = try await FakeShell.listen(shell, on: loop, port: endpoint.port)
  }

  /// Starts anew without any memory, as after a crash: leases and waits are gone, and fencing tokens go on higher.
  ///
  /// - Parameter learning: how long nothing is granted, while clients announce what they hold; zero = not at all.
  public func forgetEverything(learning: Duration = .zero) async {
    await onLoop { $0.restart(learning: TimeSpan(learning)) }
  }

  // MARK: Looking

  /// Leases that are held now.
  public func leaseCount() async -> Int {
    await onLoop { $0.leases }
  }

  /// Requests that wait now.
  public func waitingCount() async -> Int {
    await onLoop { $0.waiting }
  }

  /// How often something happened since the start, by its name in ``Event/kind``.
  public func count(of kind: String) async -> Int {
    await onLoop { $0.counts[kind] ?? 0 }
  }

  /// Waits until something has happened so many times since the start, by its name in ``Event/kind``.
  public func wait(for kind: String, count: Int = 1) async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    await onLoop { $0.notify(continuation, kind: kind, count: count) }
    for await _ in stream { return }
  }

  private func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (FakeShell) -> Value
  ) async -> Value {
    do {
      return try await loop.submit { [shell] in body(shell.value) }.get()
    } catch {
      preconditionFailure("the process's event loops do not stop: \(error)")
    }
  }
}

extension FakeCoordinator.Configuration {
  var settings: CoordinationSettings {
    var settings = CoordinationSettings(mode: .respectLimits)
    settings.mode = Model.ResponseMode(name: mode.rawValue) ?? .respectLimits
    for (resource, capacity) in capacities {
      if let index = settings.pools.firstIndex(where: { $0.name.string == resource.name }) {
        settings.pools[index].capacity = capacity
      } else {
        settings.pools.append(PoolDefinition(name: Text(resource.name), capacity: capacity))
      }
    }
    for (resource, capacity) in safeCapacities {
      if let index = settings.pools.firstIndex(where: { $0.name.string == resource.name }) {
        settings.pools[index].safeCapacity = capacity
      }
    }
    settings.contention.seed = 1
    settings.script = outcomes.map { outcome in
      switch outcome {
      case .grant: .grant
      case .deny: .deny
      case .queue(let duration): .queue(after: TimeSpan(duration))
      }
    }
    return settings
  }
}
