import Model
import NIOConcurrencyHelpers

/// A coordinator that says what a test wants, and ticks when the test wants.
final class StubHandle: CoordinatorHandle {
  struct State {
    var health: Result<HealthResponse, CallError> = .success(StubHandle.healthy)
    var status: Result<StatusResponse, CallError> = .success(
      StatusResponse(statuses: [], timestamp: Instant(nanoseconds: 0)))
    var metrics: String? = "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n"
    var isReady = true
    var statusRequests: [StatusRequest] = []
    var ticks: [AsyncStream<UInt64>.Continuation] = []
    var revision: UInt64 = 0
    /// Runs after each answered status call.
    var afterStatus: (@Sendable (StubHandle) -> Void)?
  }

  let state: NIOLockedValueBox<State>

  init(_ state: State = State()) { self.state = NIOLockedValueBox(state) }

  static let healthy = HealthResponse(
    healthy: true, version: "0.1.0", uptimeSeconds: 754,
    metadata: Metadata([
      ("mode", "respect_limits"), ("allocations", "3"), ("requests_processed", "1284"),
      ("queued", "2"), ("state", "running"),
    ]))

  static let down = CallError(.unavailable, "connection refused")

  func call(_ message: RequestMessage) async throws(CallError) -> ResponseMessage {
    switch message {
    case .healthCheck:
      return .health(try state.withLockedValue { $0.health }.get())
    case .status(let request):
      let (answer, after) = state.withLockedValue { state in
        state.statusRequests.append(request)
        return (state.status, state.afterStatus)
      }
      after?(self)
      return .status(try answer.get())
    default:
      throw CallError(.unimplemented, "not stubbed")
    }
  }

  func changes() async -> AsyncStream<UInt64> {
    let (stream, continuation) = AsyncStream<UInt64>.makeStream(
      bufferingPolicy: .bufferingNewest(1))
    state.withLockedValue { $0.ticks.append(continuation) }
    return stream
  }

  func metrics() async -> String? { state.withLockedValue { $0.metrics } }

  func isReady() async -> Bool { state.withLockedValue { $0.isReady } }

  /// Changes what is said, and tells that something changed.
  func change(_ body: (inout State) -> Void) {
    state.withLockedValue { state in
      body(&state)
      state.revision += 1
      for tick in state.ticks { tick.yield(state.revision) }
    }
  }

  func goDown() {
    change { state in
      state.health = .failure(StubHandle.down)
      state.status = .failure(StubHandle.down)
      state.isReady = false
    }
  }
}

extension PoolStatus {
  /// A pool with as much held as is said.
  static func sample(
    _ number: Int32, _ name: Text, _ unit: Text, total: Int64, allocated: Int64, queued: Int64 = 0,
    allocations: [Allocation] = [], allocationsTotal: Int64? = nil
  ) -> PoolStatus {
    var status = PoolStatus(
      number: number, name: name, unit: unit, kind: .capacity, totalCapacity: total,
      available: max(0, total - allocated), allocated: allocated,
      overCommitted: max(0, allocated - total), queued: queued,
      allocationsTotal: allocationsTotal ?? Int64(allocations.count))
    status.allocations = allocations
    return status
  }
}
