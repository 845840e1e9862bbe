import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Testing

/// Runs a test with a coordinator and one client of it.
func withBoth(
  _ configuration: FakeCoordinator.Configuration = .init(),
  options change: (inout ClientOptions) -> Void = { _ in },
  _ body: (FakeCoordinator, CoordinatorClient) async throws -> Void
) async throws {
  try await FakeCoordinator.with(configuration) { coordinator in
    var options = coordinator.clientOptions
    change(&options)
    try await CoordinatorClient.withClient(
      coordinator.endpoint, component: "test", options: options
    ) { client in
      try await body(coordinator, client)
    }
  }
}

/// The error that the body throws.
func failure(
  isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void
) async throws -> CoordinatorError {
  do {
    try await body()
  } catch let error as CoordinatorError {
    return error
  }
  throw NothingThrown()
}

struct NothingThrown: Error {}

/// Never ends by itself.
func waitForever(_ coordinator: FakeCoordinator) async throws {
  try await coordinator.clock.sleep(until: .seconds(1_000_000_000))
}
