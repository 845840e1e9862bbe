import ArgumentParser
import Foundation
import Model

/// The one program: the coordinator, its clients on the command line, and its rehearsals.
@main
struct CoordinatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Shares GPUs, API quotas, memory and CPUs among the components of an ML shop.",
    discussion: """
      Examples:
        coordinator serve --mode respect_limits
        coordinator request --gpu 8000 --component trainer

      Exit codes: 0 ok, 1 failed, 2 usage or bad input, 3 bad configuration, 4 cannot connect, 5 denied, 6 still \
      queued at the deadline, 7 lease lost. `run` passes the child's code; its own faults are 125, 126, 127.
      """,
    version: coordinatorVersion,
    groupedSubcommands: [
      CommandGroup(name: "Server", subcommands: [ServeCommand.self, UICommand.self]),
      CommandGroup(
        name: "Leases",
        subcommands: [
          RequestCommand.self, ReleaseCommand.self, RenewCommand.self, CancelCommand.self,
          RunCommand.self,
        ]),
      CommandGroup(
        name: "Watching",
        subcommands: [
          StatusCommand.self, WatchCommand.self, ExplainCommand.self, HistoryCommand.self,
        ]),
      CommandGroup(
        name: "Administration",
        subcommands: [
          ModeCommand.self, CapacityCommand.self, DrainCommand.self, CallCommand.self,
          TokenCommand.self,
        ]),
      CommandGroup(
        name: "Kept state",
        subcommands: [JournalCommand.self, BackupCommand.self, RestoreCommand.self]),
      CommandGroup(
        name: "Checks",
        subcommands: [
          CheckConfigCommand.self, DoctorCommand.self, HealthcheckCommand.self,
          CompletionCommand.self,
        ]),
      CommandGroup(
        name: "Rehearsal",
        subcommands: [PlayCommand.self, ReplayCommand.self, BenchCommand.self]),
      CommandGroup(name: "Simulation", subcommands: [SimulateCommand.self, PlanCommand.self]),
    ])

  /// The parser's own messages begin as all others do.
  static var _errorPrefix: String { "error: " }

  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try checkCommandName(arguments)
      try checkNumbers(arguments)
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      end(error, arguments)
    }
  }

  /// Names the nearest commands for one that does not exist; the parser would only say that it is unexpected.
  private static func checkCommandName(_ arguments: [String]) throws {
    guard let name = arguments.first, !name.hasPrefix("-") else { return }
    let known = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !known.contains(name) else { return }
    throw Failure(
      .usage,
      "unknown command \"\(printable(name))\"\(NearestName.question(for: name, in: known)); "
        + "see `coordinator --help`")
  }

  /// Names a number below zero, which no command takes; the parser would take it for a flag and call its value missing.
  private static func checkNumbers(_ arguments: [String]) throws {
    let own = arguments.prefix { $0 != "--" }
    guard let place = own.indices.first(where: { own[$0].contains(#/^-[0-9.]+[a-zA-Z]*$/#) }) else {
      return
    }
    let before = place > 0 && own[place - 1].hasPrefix("--") ? "\(own[place - 1]): " : ""
    throw Failure(
      code: arguments.first == "run" ? RunFault.failed : ExitReason.usage.rawValue,
      "\(before)\(printable(own[place])) is below zero")
  }

  /// Ends the program as the error says: help and versions on standard output, everything else on standard error.
  private static func end(_ error: any Error, _ arguments: [String]) -> Never {
    if let failure = error as? Failure {
      if !failure.message.isEmpty { talk("error: \(failure.message)") }
      Foundation.exit(failure.code)
    }
    let code = exitCode(for: error)
    if code.isSuccess {
      print(fullMessage(for: error))
      Foundation.exit(0)
    }
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    talk(fullMessage(for: error))
    let isUsage = code == .validationFailure
    guard isUsage else { Foundation.exit(ExitReason.failed.rawValue) }
    Foundation.exit(arguments.first == "run" ? RunFault.failed : ExitReason.usage.rawValue)
  }
}
