import ArgumentParser
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
    subcommands: [
      ServeCommand.self, BenchCommand.self, PlayCommand.self, ReplayCommand.self,
    ])
}
