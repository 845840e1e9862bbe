import Model
import Session

/// A coordinator in another process as the web page sees it. Connects when first asked, and again after a loss.
actor RemoteCoordinator: CoordinatorHandle {
  private let address: CoordinatorAddress
  private let timeout: TimeSpan
  private var link: Link?
  private var connecting: Task<Link, any Error>?

  init(address: CoordinatorAddress, timeout: TimeSpan) {
    self.address = address
    self.timeout = timeout
  }

  func call(_ message: RequestMessage) async throws(CallError) -> ResponseMessage {
    let link = try await connected()
    do throws(CallError) {
      return try await link.call(message)
    } catch {
      if error.isOfConnection { await drop(link) }
      throw error
    }
  }

  nonisolated func changes() async -> AsyncStream<UInt64> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: UInt64.self, bufferingPolicy: .bufferingNewest(1))
    let task = Task {
      await self.relay(to: continuation)
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  private func relay(to continuation: AsyncStream<UInt64>.Continuation) async {
    guard let link = try? await connected() else { return }
    do {
      for try await answer in link.stream(.watch(WatchRequest())) {
        if case .event(let event) = answer.response { continuation.yield(event.revision) }
      }
    } catch {
      if (error as? CallError)?.isOfConnection == true { await drop(link) }
    }
  }

  /// Only the coordinator's own process has them.
  nonisolated func metrics() async -> String? { nil }

  func isReady() async -> Bool {
    guard case .health(let health)? = try? await call(.healthCheck) else { return false }
    return health.healthy
  }

  private func connected() async throws(CallError) -> Link {
    if let link { return link }
    let task =
      connecting
      ?? Task { [address, timeout] in try await Link.connect(to: address, timeout: timeout) }
    connecting = task
    defer { connecting = nil }
    do {
      let fresh = try await task.value
      link = fresh
      return fresh
    } catch {
      throw CallError(.cannotConnect, "\(error)")
    }
  }

  private func drop(_ lost: Link) async {
    link = nil
    await lost.close()
  }
}

extension CallError {
  /// Whether the connection is of no use any more.
  fileprivate var isOfConnection: Bool {
    switch details.first.flatMap({ Reason(rawValue: $0.reason.string) }) {
    case .connectionLost, .clientClosed, .cannotConnect, .idleConnection, .deadlineExceeded: true
    default: false
    }
  }
}
