import Logging
import Model
import Server

/// A coordinator inside the test process, on a free port.
struct TestServer: Sendable {
  let server: CoordinatorServer
  let running: Task<Void, any Error>

  var address: String { "127.0.0.1:\(server.port)" }
  var environment: [String: String] { ["COORDINATOR_ADDRESS": address] }

  /// Runs the body with a server, and stops it whatever the body does.
  static func with<Value>(
    mode: ResponseMode = .respectLimits, pools: [PoolDefinition] = PoolDefinition.builtIn,
    limits: Limits = Limits(), port: Int = 0, storage: ServerStorage = .ephemeral,
    _ body: (TestServer) async throws -> Value
  ) async throws -> Value {
    let settings = CoordinationSettings(mode: mode, pools: pools, limits: limits)
    let server = try await CoordinatorServer.start(
      settings: settings,
      configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: port, drain: .seconds(1)),
      storage: storage,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let test = TestServer(server: server, running: Task { try await server.run() })
    do {
      let value = try await body(test)
      await test.stop()
      return value
    } catch {
      await test.stop()
      throw error
    }
  }

  private func stop() async {
    running.cancel()
    _ = try? await running.value
  }

  /// Runs the program against this server.
  func run(_ arguments: String..., environment more: [String: String] = [:]) async throws
    -> Tool.Result
  {
    try await Tool.run(arguments, environment: environment.merging(more) { $1 })
  }

  func run(all arguments: [String]) async throws -> Tool.Result {
    try await Tool.run(arguments, environment: environment)
  }

  func status(of pool: Text) async throws -> PoolStatus? {
    let request = StatusRequest(pool: PoolReference(name: pool))
    guard case .status(let status) = try await server.call(.status(request)) else { return nil }
    return status.statuses.first
  }

  /// The leases that a pool has.
  func leases(of pool: Text = "gpu") async throws -> Int64 {
    try await status(of: pool)?.allocationsTotal ?? -1
  }

  /// Waits until the condition holds after one of the changes of the state; false if that takes longer than a minute.
  func wait(until holds: @escaping @Sendable () async throws -> Bool) async throws -> Bool {
    let changes = await server.changes()
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        if try await holds() { return true }
        for await _ in changes where try await holds() { return true }
        return false
      }
      group.addTask {
        try await Task.sleep(for: .seconds(60))
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }
}
