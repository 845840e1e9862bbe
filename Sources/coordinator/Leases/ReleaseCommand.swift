import ArgumentParser
import Foundation
import Model

/// How a lease is named, and its ownership shown.
struct LeaseOptions: ParsableArguments {
  @Argument(help: "The request id of the lease.")
  var id: String

  @Option(
    help: ArgumentHelp("The lease's token. Default: $COORDINATOR_TOKEN.", valueName: "text"))
  var token: String?

  @OptionGroup var component: ComponentOptions

  /// The token. Throws a usage failure if there is none.
  func resolvedToken() throws -> Text {
    let variable = ProcessInfo.processInfo.environment["COORDINATOR_TOKEN"] ?? ""
    guard let token = token ?? (variable.isEmpty ? nil : variable) else {
      throw Failure(
        .usage, "the lease's token is needed: --token, or COORDINATOR_TOKEN; `request` printed it")
    }
    return Text(token)
  }
}

/// `coordinator release`: gives a lease back.
struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Give a lease back.",
    discussion: """
      Examples:
        coordinator release 7f3a --token 0c9d… --component trainer
        coordinator release 7f3a --token 0c9d… --used tokens=120

      Exit code 1 if nothing was given back: the message says why.
      """)

  @OptionGroup var lease: LeaseOptions

  @Option(
    help: ArgumentHelp(
      "Rate pools: what was really spent; the rest returns. May be repeated.", valueName: "name=n"),
    transform: ClaimOptions.pool)
  var used: [PoolQuantity] = []

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let request = ReleaseRequest(
      requestID: Text(lease.id), token: try lease.resolvedToken(),
      component: lease.component.resolved, used: used)
    let link = try await connection.connect()
    let answer = try await link.ask(.release(request))
    await link.close()
    guard case .release(let response) = answer else { throw Failure.wrongAnswer }
    if output.isStructured { output.write(Mapping.json(answer)) }
    guard response.success else {
      throw Failure(.failed, "not released: \(printable(response.message))")
    }
    if !output.isStructured { output.write(line: "released \(printable(lease.id))") }
  }
}

/// `coordinator renew`: extends a lease.
struct RenewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew",
    abstract: "Extend a lease, counted from now.",
    discussion: """
      Examples:
        coordinator renew 7f3a --token 0c9d… --component trainer
        coordinator renew 7f3a --token 0c9d… --duration 2h

      An expired or released lease cannot be renewed.
      """)

  @OptionGroup var lease: LeaseOptions

  @Option(
    help: ArgumentHelp("From now. Default: the lease's own length.", valueName: "time"),
    transform: Choice.span)
  var duration: TimeSpan?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let request = RenewRequest(
      requestID: Text(lease.id), token: try lease.resolvedToken(),
      component: lease.component.resolved, duration: duration)
    let link = try await connection.connect()
    let answer = try await link.ask(.renew(request))
    await link.close()
    guard case .renew(let response) = answer else { throw Failure.wrongAnswer }
    let moments = output.moments
    if output.isStructured {
      output.write(Mapping.json(answer))
    } else {
      output.write(
        line: "renewed \(printable(lease.id)), expires \(moments.text(response.expiresAt))")
    }
    if response.atMaximum { output.hint("the lease can be extended no further") }
    if let end = response.preemptAt {
      output.hint("the lease will be taken for a higher priority \(moments.text(end))")
    }
  }
}

/// `coordinator cancel`: leaves the queue.
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Take a waiting request out of the queue.",
    discussion: """
      Examples:
        coordinator cancel 7f3a --component trainer
        coordinator cancel 7f3a --component trainer --client-secret s3cr3t

      Exit code 1 if the request was no longer waiting.
      """)

  @Argument(help: "The request id.")
  var id: String

  @Option(
    help: ArgumentHelp(
      "The request's secret, if it has one. Default: $COORDINATOR_CLIENT_SECRET.",
      valueName: "text"))
  var clientSecret: String?

  @OptionGroup var component: ComponentOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let variable = ProcessInfo.processInfo.environment["COORDINATOR_CLIENT_SECRET"] ?? ""
    let key = RequestKey(
      requestID: Text(id), component: component.resolved,
      clientSecret: Text(clientSecret ?? variable))
    let link = try await connection.connect()
    let answer = try await link.ask(.cancel(key))
    await link.close()
    guard case .cancel(let response) = answer else { throw Failure.wrongAnswer }
    if output.isStructured { output.write(Mapping.json(answer)) }
    guard response.cancelled else {
      throw Failure(.failed, "not cancelled: \(printable(response.message))")
    }
    if !output.isStructured { output.write(line: "cancelled \(printable(id))") }
  }
}
