import ArgumentParser
import Foundation
import Model
import ResourceCoordinatorClient

/// Which coordinator a command talks to, and how long it waits for each answer.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The coordinator. Default: $COORDINATOR_ADDRESS, or localhost:50051.",
      valueName: "host:port"))
  var address: String?

  @Option(
    help: ArgumentHelp(
      "Longest wait for one answer, such as 5s. Default: $COORDINATOR_TIMEOUT, or 10s.",
      valueName: "time"),
    transform: Choice.span)
  var timeout: TimeSpan?

  @OptionGroup var guarding: GuardingOptions

  static let timeoutDefault = TimeSpan.seconds(10)

  /// The address in force. Throws a usage failure for one that cannot be read.
  func resolvedAddress() throws -> CoordinatorAddress {
    try ConnectionOptions.address(address, guarding)
  }

  /// The address that is given, with what connections to it are made with.
  static func address(
    _ given: String?, _ guarding: GuardingOptions
  ) throws -> CoordinatorAddress {
    var address = try plainAddress(given)
    let given = try guarding.resolved()
    address.guarding.encryption = given.encryption ?? address.guarding.encryption
    address.guarding.token = given.token
    address.guarding.trace = given.trace
    return address
  }

  /// The address that is given, else that of the environment, else the default.
  static func plainAddress(_ given: String?) throws -> CoordinatorAddress {
    let variable = ProcessInfo.processInfo.environment["COORDINATOR_ADDRESS"] ?? ""
    guard let text = given ?? (variable.isEmpty ? nil : variable) else { return .default }
    guard let address = CoordinatorAddress(text) else {
      throw Failure(
        .usage,
        "\(given == nil ? "COORDINATOR_ADDRESS" : "--address"): expected host:port with a port from 1 to 65535, "
          + "got \"\(text)\"")
    }
    return address
  }

  /// The longest wait for one answer.
  func resolvedTimeout(default fallback: TimeSpan = timeoutDefault) throws -> TimeSpan {
    var span = timeout ?? fallback
    let variable = ProcessInfo.processInfo.environment["COORDINATOR_TIMEOUT"] ?? ""
    if timeout == nil, !variable.isEmpty {
      guard let told = DurationText.parse(variable) else {
        throw Failure(
          .usage, "COORDINATOR_TIMEOUT: expected a length of time such as 5s, got \"\(variable)\"")
      }
      span = told
    }
    guard span > .zero else { throw Failure(.usage, "--timeout: expected a time above zero") }
    return span
  }

  /// Connects. Throws a failure that says what to do.
  func connect() async throws -> Link {
    try await Link.connect(to: try resolvedAddress(), timeout: try resolvedTimeout())
  }
}
