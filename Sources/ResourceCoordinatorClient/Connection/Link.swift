import Model
import Session

/// An open connection, and how the coordinator's time relates to the client's.
struct Link: Sendable {
  let number: UInt64
  let channel: CallChannel
  /// When the coordinator was asked for its time, by the client's clock.
  let helloSentAt: Instant
  /// What it answered; nil if it does not tell.
  let serverTime: Instant?

  /// The client's time at or before which the coordinator's clock showed this: deadlines come out early by the time that
  /// the first question was on its way, never late.
  func local(_ instant: Instant?) -> Instant? {
    guard let instant, let serverTime else { return nil }
    return helloSentAt + (instant - serverTime)
  }

  static func open(
    _ endpoint: Endpoint, number: UInt64, guarding: ClientGuarding, connectTimeout: Duration,
    clock: ClientClock
  ) async throws(CallError) -> Link {
    let channel = try await CallChannel.connect(
      host: endpoint.host, port: endpoint.port,
      guarding: ClientGuarding(encryption: guarding.encryption, trace: guarding.trace),
      connectTimeout: connectTimeout)
    let sentAt = clock.instant
    do throws(CallError) {
      // A connection counts once a coordinator has answered on it: an open port alone proves nothing.
      let answer = try await channel.call(
        .hello(HelloRequest(protocolVersion: 1, client: Text("swift/\(coordinatorVersion)"))),
        timeout: connectTimeout, metadata: guarding.token?.metadata ?? .empty)
      guard case .hello(let hello) = answer.response else {
        throw CallError(.internal, "the coordinator answered Hello with something else")
      }
      return Link(
        number: number, channel: channel, helloSentAt: sentAt, serverTime: hello.serverTime)
    } catch {
      guard error.code != .unimplemented else {
        return Link(number: number, channel: channel, helloSentAt: sentAt, serverTime: nil)
      }
      await channel.close()
      guard error.code == .deadlineExceeded || error.code == .unavailable else { throw error }
      throw CallError(
        .cannotConnect, "\(endpoint) takes connections and does not answer: \(error.message)")
    }
  }
}
