import Foundation
import Model
import ResourceCoordinatorClient
import Server
import Testing

/// The loss of a data directory, through the public doors.
@Suite(.timeLimit(.minutes(1))) struct `A server that lost its state` {
  private static func withFolder(_ body: (String) async throws -> Void) async throws {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private static func start(
    _ path: String, port: Int, _ change: (inout CoordinationSettings) -> Void = { _ in }
  ) async throws -> (server: CoordinatorServer, running: Task<Void, any Error>) {
    var settings = CoordinationSettings(mode: .respectLimits)
    change(&settings)
    let server = try await CoordinatorServer.start(
      settings: settings,
      configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: port, drain: .zero),
      storage: .directory(path: path, given: GivenSettings()), logger: quietLogger())
    return (server, Task { try await server.run() })
  }

  private static func health(_ server: CoordinatorServer) async throws -> Text? {
    guard case .health(let health) = try await server.call(.healthCheck) else { return nil }
    return health.metadata["state"].map { Text($0) }
  }

  @Test func `learns its leases from their holders, and grants again afterwards`() async throws {
    try await Self.withFolder { path in
      let first = try await Self.start(path, port: 0)
      let port = first.server.port
      var options = ClientOptions()
      options.leaseDuration = .seconds(6)
      try await CoordinatorClient.withClient(
        Endpoint(host: "127.0.0.1", port: port), component: "holder", options: options
      ) { client in
        try await client.withLease(.gpuMemory(megabytes: 20_000)) { lease in
          let epoch = try #require(lease.fencing?.epoch)
          first.running.cancel()
          try await first.running.value
          try FileManager.default.removeItem(atPath: path)
          let second = try await Self.start(path, port: port) {
            $0.isStateLost = true
            $0.limits.learning = .seconds(4)
          }
          #expect(try await Self.health(second.server) == "learning")
          let refused = await #expect(throws: CallError.self) {
            _ = try await second.server.call(Peer.request("early", 20_000))
          }
          #expect(refused?.details.first?.reason == "LEARNING")
          let queued = try await second.server.call(Peer.request("waits", 4_000, wait: true))
          guard case .resource(let place) = queued else { return }
          #expect(place.status == .queued)
          while lease.fencing?.epoch == epoch { await Task.yield() }
          #expect(lease.isValid && (lease.fencing?.epoch ?? 0) > epoch)
          while try await Self.health(second.server) == "learning" { await Task.yield() }
          guard
            case .resource(let granted) = try await second.server.call(
              Peer.request("waits", 4_000, wait: true)),
            case .resource(let denied) = try await second.server.call(Peer.request("early", 20_000))
          else { return }
          #expect(granted.status == .granted && denied.status == .denied)
          #expect(lease.isValid)
          second.running.cancel()
          _ = try? await second.running.value
        }
      }
    }
  }
}
