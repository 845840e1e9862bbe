import ArgumentParser
import Foundation
import Model

/// `coordinator run`: a lease round any program.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command while holding a lease.",
    discussion: """
      Examples:
        coordinator run --gpu 8000 -- python train.py
        coordinator run --gpu 8GB --cpu 4 --wait 10m --priority high -- make -j4

      The command starts only when the lease is granted. The lease is renewed at a third of its length and released \
      however the command ends. If the lease is lost, the command gets SIGTERM, and SIGKILL after --kill-after. \
      SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it.

      A wait goes on when the connection is lost or the coordinator starts anew, until its time is over.

      The command sees COORDINATOR_LEASE_ID, COORDINATOR_LEASE_FENCING (epoch.counter), COORDINATOR_LEASE_COMPONENT \
      and COORDINATOR_ADDRESS; not the token, with which it could give the lease away.

      Exit codes: the command's own, 128 + the signal that ended it, 4 cannot connect, 5 denied, 6 still queued at the \
      deadline, 7 lease lost, 125 another fault of run itself, 126 the command cannot be executed, 127 not found.
      """)

  @OptionGroup var request: RequestOptions

  @Option(
    help: ArgumentHelp(
      "Length of the lease between renewals: so long others wait if this program is killed.",
      valueName: "time"),
    transform: Choice.span)
  var duration = TimeSpan.seconds(60)

  @Option(
    help: ArgumentHelp(
      "After the lease was lost: from SIGTERM to SIGKILL.", valueName: "time"),
    transform: Choice.span)
  var killAfter = TimeSpan.seconds(10)

  @OptionGroup var connection: ConnectionOptions

  @Flag(name: .shortAndLong, help: "No hints and no progress on standard error.")
  var quiet = false

  @Argument(parsing: .postTerminator, help: "The command and its arguments, behind --.")
  var command: [String]

  func validate() throws {
    guard !command.isEmpty else {
      throw ValidationError(
        "give a command behind --, as in: coordinator run --gpu 8000 -- python train.py")
    }
    guard duration >= .milliseconds(100) else {
      throw ValidationError("--duration: expected at least 100ms, so that there is time to renew")
    }
    guard request.claims.claims != nil else { throw ValidationError(ClaimOptions.missing) }
  }

  func run() async throws {
    let end: ChildEnd
    do {
      end = try await hold()
    } catch let failure as Failure {
      let isOwnFault =
        failure.code == ExitReason.failed.rawValue || failure.code == ExitReason.usage.rawValue
      throw isOwnFault ? Failure(code: RunFault.failed, failure.message) : failure
    }
    try finish(end)
  }

  /// Takes the lease, runs the command and gives the lease back.
  private func hold() async throws -> ChildEnd {
    let environment = ProcessInfo.processInfo.environment
    let path = try ProgramPath.resolve(
      command[0], searchPath: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    let output = Output(
      format: .table, terminal: Terminal(color: .auto, environment: environment), isQuiet: quiet)
    var asked = try request.request(duration: duration, isPartial: false, isDetached: false)
    if asked.clientSecret.isEmpty { asked.clientSecret = Text(UUID().uuidString.lowercased()) }
    let acquisition = Acquisition(
      link: try await connection.connect(), request: asked, patience: request.wait?.span,
      output: output)
    let response = try await acquisition.outcome()
    if let reason = response.exitReason {
      LeaseView.tellWhyNot(response, asked)
      throw Failure.silent(reason)
    }
    guard !response.token.isEmpty else {
      throw Failure(
        .failed, "the lease of request id \(printable(asked.requestID)) belongs to somebody else")
    }
    let lease = HeldLease(
      connection: connection, link: await acquisition.link, request: asked, response: response,
      since: await acquisition.since)
    let end = await ChildRun(
      path: path, arguments: Array(command.dropFirst()), lease: lease, killAfter: killAfter,
      address: try connection.resolvedAddress(), output: output
    ).run()
    await lease.release(output)
    return end
  }

  private func finish(_ end: ChildEnd) throws {
    switch end {
    case .exited(0): return
    case .exited(let code): throw Failure(code: code, "")
    case .signalled(let signal): throw Failure(code: 128 + signal, "")
    case .notStarted(let message):
      throw Failure(code: RunFault.cannotExecute, "\(printable(command[0])): \(message)")
    case .leaseLost(let message):
      throw Failure(.leaseLost, "lease lost: \(printable(message)); the command was stopped")
    }
  }
}
