import ArgumentParser

/// `coordinator simulate`: the scheduler's own decisions under a clock that does not wait.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate scheduling policies on recorded or generated workloads.",
    discussion: """
      Examples:
        coordinator simulate cluster --trace KTH-SP2.swf --policy fcfs,easy,conservative
        coordinator simulate placement --nodes openb_node_list_gpu_node.csv --pods openb_pod_list_default.csv
        coordinator simulate spot --policies greedy,fallback,ondemand --repeat 30 --compare

      The policies of cluster and placement are those of the live scheduler. The same arguments print the same bytes.
      """,
    subcommands: [
      SimulateClusterCommand.self, SimulatePlacementCommand.self, SimulateSpotCommand.self,
      SimulateKernelCommand.self, SimulatePassCommand.self,
    ],
    defaultSubcommand: SimulateSpotCommand.self)
}
