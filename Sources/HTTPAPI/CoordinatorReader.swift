import Model

/// Asks the coordinator what the page and its data routes show.
struct CoordinatorReader: Sendable {
  let handle: any CoordinatorHandle
  let now: @Sendable () -> Instant

  func health() async -> Result<HealthResponse, CallError> {
    do throws(CallError) {
      guard case .health(let health) = try await handle.call(.healthCheck) else {
        return .failure(CoordinatorReader.wrongAnswer)
      }
      return .success(health)
    } catch {
      return .failure(error)
    }
  }

  func status(_ request: StatusRequest = StatusRequest()) async -> Result<StatusResponse, CallError>
  {
    do throws(CallError) {
      guard case .status(let status) = try await handle.call(.status(request)) else {
        return .failure(CoordinatorReader.wrongAnswer)
      }
      return .success(status)
    } catch {
      return .failure(error)
    }
  }

  private static let wrongAnswer = CallError(
    .internal, "the coordinator answered with a message of another call")

  /// What is taken now but not granted, and how long; nil if everything is.
  func reservation() async -> String? {
    guard case .success(let health) = await health(),
      let left = health.metadata["learning_seconds_left"]
    else { return nil }
    return "the coordinator is learning who holds what and grants nothing for \(left) s"
  }

  /// Why no requests are taken now, or nil if they are.
  func reasonNotReady() async -> String? {
    guard await !handle.isReady() else { return nil }
    switch await health() {
    case .failure(let error): return "the coordinator cannot be reached: \(error.message)"
    case .success(let health):
      let state = health.metadata["state"] ?? (health.healthy ? "starting" : "draining")
      return "the coordinator is \(state)"
    }
  }

  /// Health and status in one document, and whether the coordinator answered.
  func snapshot(sequence: UInt64) async -> (isReachable: Bool, document: JSON) {
    let health = await health()
    let status = await status()
    let isReachable = (try? health.get()) != nil && (try? status.get()) != nil
    let document = JSON.object([
      ("sequence", .integer(Int64(clamping: sequence))), ("reachable", .bool(isReachable)),
      ("health", Documents.health(health)), ("status", Documents.status(status, now: now())),
    ])
    return (isReachable, document)
  }
}
