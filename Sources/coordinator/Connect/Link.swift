import Model
import ResourceCoordinatorClient
import Session

/// One connection to a coordinator, with failures that people understand.
struct Link: Sendable {
  let address: CoordinatorAddress
  let timeout: TimeSpan
  private let channel: CallChannel

  /// Connects within the timeout. A name is tried at each of its addresses, so `localhost` means both loopbacks.
  static func connect(to address: CoordinatorAddress, timeout: TimeSpan) async throws -> Link {
    do throws(CallError) {
      return try await open(to: address, timeout: timeout)
    } catch {
      throw Failure.call(error, address: address)
    }
  }

  private static func open(
    to address: CoordinatorAddress, timeout: TimeSpan, connectTimeout: TimeSpan? = nil
  ) async throws(CallError) -> Link {
    let channel = try await CallChannel.connect(
      host: address.host, port: address.port, guarding: address.guarding,
      connectTimeout: (connectTimeout ?? timeout).duration)
    return Link(address: address, timeout: timeout, channel: channel)
  }

  /// Another connection to the same coordinator, in place of this one. Throws a ``CallError``.
  func again(within limit: TimeSpan) async throws(CallError) -> Link {
    let fresh = try await Link.open(
      to: address, timeout: timeout, connectTimeout: min(timeout, limit))
    await close()
    return fresh
  }

  /// Makes one unary call. Throws a ``CallError``.
  func call(
    _ message: RequestMessage, timeout: TimeSpan? = nil
  ) async throws(CallError) -> ResponseMessage {
    try await channel.call(message, timeout: (timeout ?? self.timeout).duration).response
  }

  /// Makes one unary call. Throws a failure for people.
  func ask(_ message: RequestMessage) async throws -> ResponseMessage {
    do throws(CallError) {
      return try await call(message)
    } catch {
      throw Failure.call(error, address: address)
    }
  }

  /// Opens a stream; its failures are ``CallError``.
  func stream(
    _ message: RequestMessage, timeout: TimeSpan? = nil
  ) -> AsyncThrowingStream<CallAnswer, any Error> {
    channel.stream(message, timeout: timeout?.duration)
  }

  func close() async { await channel.close() }
}

extension Failure {
  /// The failure of a call, with what to do about it.
  static func call(_ error: CallError, address: CoordinatorAddress) -> Failure {
    let reason = error.details.first.flatMap { Reason(rawValue: $0.reason.string) }
    switch reason {
    case .cannotConnect:
      return Failure(.cannotConnect, cannotConnect(address, error.message))
    case .connectionLost:
      return Failure(.cannotConnect, "the connection to \(address) was lost: \(error.message)")
    case .deadlineExceeded:
      return Failure(.failed, "no answer from \(address) in time; see `coordinator doctor`")
    case .unauthenticated:
      let what =
        address.guarding.token == nil
        ? "the coordinator at \(address) asks for a token; name its file with --token-file, or set COORDINATOR_API_KEY"
        : "the coordinator at \(address) does not know this token; its owner adds one with `coordinator token create`"
      return Failure(.failed, what)
    default: break
    }
    let code: ExitReason = error.code == .invalidArgument ? .usage : .failed
    return Failure(code, printable(error.message))
  }

  static func cannotConnect(_ address: CoordinatorAddress, _ cause: String) -> String {
    let lower = cause.lowercased()
    let isRefused = lower.contains("refused")
    let plain: String
    if isRefused {
      plain = "connection refused"
    } else if lower.contains("timed out") || lower.contains("timeout") {
      plain = "no answer in time"
    } else if lower.contains("unknownhost") {
      plain = "no host has the name \(address.host)"
    } else {
      let known = "no coordinator answers at \(address): "
      plain = cause.hasPrefix(known) ? String(cause.dropFirst(known.count)) : cause
    }
    let advice = isRefused ? "; is it running? start it with `coordinator serve`" : ""
    return "cannot connect to \(address): \(plain)\(advice)"
  }

  /// An answer to another call than the one made.
  static let wrongAnswer = Failure(
    .failed, "the coordinator answered with a message of another call; compare the versions")
}
