import ArgumentParser
import Model
import ResourceCoordinatorClient

/// `coordinator healthcheck`: a real round trip, for containers and scripts.
struct HealthcheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Ask the coordinator whether it is healthy, and believe only its answer.",
    discussion: """
      Examples:
        coordinator healthcheck
        coordinator healthcheck --address coordinator:50051 --timeout 1s --quiet

      A port that accepts but does not answer is not healthy. --timeout is for all of it: 3s by default.

      Exit codes: 0 healthy, 1 unhealthy, draining or no answer in time, 4 cannot connect.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  private static let timeoutDefault = TimeSpan.seconds(3)

  func run() async throws {
    let output = try outputOptions.output()
    let address = try connection.resolvedAddress()
    let timeout = try connection.resolvedTimeout(default: HealthcheckCommand.timeoutDefault)
    let answer = try await Deadline.run(
      timeout,
      late: Failure(
        .failed, "unhealthy: no answer from \(address) within \(DurationText.short(timeout))")
    ) {
      let link = try await Link.connect(to: address, timeout: timeout)
      let answer = try await link.ask(.healthCheck)
      await link.close()
      return answer
    }
    guard case .health(let health) = answer else { throw Failure.wrongAnswer }
    if output.isStructured {
      output.write(Mapping.json(answer))
    } else if health.healthy, !outputOptions.quiet {
      output.write(
        line: "healthy  version \(printable(health.version)), up "
          + DurationText.short(.seconds(health.uptimeSeconds)))
    }
    guard health.healthy else {
      throw Failure(.failed, "unhealthy: \(printable(health.metadata["state"] ?? "not ready"))")
    }
  }
}

/// A bound on work that has several steps.
enum Deadline {
  /// The work's result, or the error if the time is over first.
  static func run<Value: Sendable>(
    _ limit: TimeSpan, late: Failure, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: limit.duration)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw late }
      return value
    }
  }
}
