import ArgumentParser
import Foundation
import Model
import NIOConcurrencyHelpers
import Scheduling
import Simulation

/// `coordinator simulate cluster`: batch policies side by side on one workload.
struct SimulateClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Compare batch scheduling policies on a log of jobs, or on jobs drawn from a model.",
    discussion: """
      Examples:
        coordinator simulate cluster --trace KTH-SP2.swf --policy fcfs,easy --estimates user
        coordinator simulate cluster --trace log.swf.gz --processors 256 --policy easy --schedule out.csv
        coordinator simulate cluster --nodes nodes.csv --pods pods.csv --placement fgd --load 600 --policy fcfs,easy
        coordinator simulate cluster --generate lublin --jobs 5000 --users 20 --offered-load 0.9 --policy fair-tree

      Policies: \(BatchPolicy.names.joined(separator: ", ")). Docs/CLUSTER_SIMULATION.md defines them, and every figure.
      """)

  @OptionGroup var workloadOptions: WorkloadOptions

  @Option(
    help: ArgumentHelp("Policies, with commas between them.", valueName: "names"))
  var policy = "fcfs,easy"

  @Option(
    help: """
      exact: a job is expected to run as long as it will; user: as long as its user requested. Default: user where the log has \
      requests, else exact.
      """,
    completion: .list(Estimates.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Estimates.self) })
  var estimates: Estimates?

  @Option(
    help: "event: a pass after every event; second: one after all events of an instant.",
    completion: .list(TieRule.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, TieRule.self) })
  var tieRule: TieRule = .event

  @Option(
    help: ArgumentHelp(
      "How many jobs at the head of the queue hold a reservation: 0 = nobody overtakes. Default: the policy's.",
      valueName: "n"))
  var reservationDepth: Int?

  @Option(
    help: ArgumentHelp(
      "Write every run of every job: job,submit,start,end,processors and, with --nodes, places.",
      valueName: "file"))
  var schedule: String?

  @Option(
    help: ArgumentHelp(
      "Tell which jobs wait longer or shorter than under this policy, and where the schedules part.",
      valueName: "policy"))
  var compare: String?

  @Flag(
    help: "fair-tree and fair-share charge what a job is expected to use the moment it starts.")
  var entryPenalty = false

  @OptionGroup var nodeOptions: NodeOptions
  @OptionGroup var pictures: PictureOptions
  @OptionGroup var failures: FailureOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let reservationDepth, reservationDepth < 0 {
      throw ValidationError("--reservation-depth: expected a number from 0")
    }
    for (flag, isAsked) in [
      ("--schedule", schedule != nil), ("--svg of a schedule", pictures.showsOneSchedule),
    ] where isAsked && policyNames.count > 1 {
      throw ValidationError("\(flag) is about the schedule of one policy; name one with --policy")
    }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let policies = try self.policies()
    let nodes = try await nodeOptions.cluster(seed: failures.seed)
    let (workload, processors) = try await workloadOptions.workload(output, on: nodes)
    if estimates == .user, !workload.hasEstimates {
      throw Failure(.usage, "--estimates user: these jobs have no requested times")
    }
    let options = ClusterSimulation.Options(
      estimates: estimates ?? (workload.hasEstimates ? .user : .exact), tieRule: tieRule,
      failures: try await failures.failures(),
      keepsSchedule: schedule != nil || pictures.needSchedule || compare != nil,
      hasEntryPenalty: entryPenalty)
    var simulation =
      nodes.map { ClusterSimulation($0, options: options) }
      ?? ClusterSimulation(processors: processors, options: options)
    simulation.queues = try await nodeOptions.clusterQueues()
    let results = try await Self.run(simulation, workload, policies, output)
    let report = ClusterReport(
      entries: zip(policies, results).map {
        .init(policy: $0.name, options: options, result: $1)
      })
    if let schedule, let result = results.first {
      try write(result.schedule, nodes?.nodes, to: schedule)
    }
    try pictures.write(report, title: workloadOptions.title)
    if !output.isStructured { pictures.showGantts(report, output) }
    let comparisons = comparisons(report)
    guard !output.isStructured else {
      output.write(Self.json(report, base: compare, comparisons))
      return
    }
    output.write(Self.table(report))
    if nodes != nil { output.write(Self.nodeTable(report)) }
    for line in comparisons.flatMap(\.lines) { output.write(line: line) }
  }

  /// Runs the policies side by side, with a bar on a terminal that counts the jobs of all of them.
  private static func run(
    _ simulation: ClusterSimulation, _ workload: Workload, _ policies: [BatchPolicy],
    _ output: Output
  ) async throws -> [ClusterResult] {
    let total = workload.jobs.count * policies.count
    let progress = NIOLockedValueBox(
      (
        done: Array(repeating: 0, count: policies.count),
        bar: ProgressBar(total: total, unit: "jobs")
      ))
    let showsProgress = !output.isQuiet && ProgressBar.isTerminal
    let results = try await Parallel.map(Array(policies.enumerated())) { place, policy in
      do {
        return try simulation.run(workload, policy: policy) { ended in
          guard showsProgress else { return }
          progress.withLockedValue { progress in
            progress.done[place] = ended
            let done = progress.done.reduce(0, +)
            progress.bar.note(done, of: Double(done) / Double(total))
          }
        }
      } catch let error as SimulationError {
        throw Failure(.usage, "\(policy.name): \(error)")
      }
    }
    progress.withLockedValue { $0.bar.clear() }
    return results
  }

  /// The policies that are simulated: the one to compare with is always among them.
  private var policyNames: [String] {
    let names = policy.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard let compare, !names.contains(compare) else { return names }
    return [compare] + names
  }

  /// Each policy against the one to compare with.
  private func comparisons(_ report: ClusterReport) -> [ScheduleComparison] {
    guard let base = report.entries.first(where: { $0.policy == compare }) else { return [] }
    return report.entries.filter { $0.policy != compare }.map { ScheduleComparison(base, $0) }
  }

  private func policies() throws -> [BatchPolicy] {
    try policyNames.map { name in
      guard var policy = try? BatchPolicy.named(name) else {
        throw Failure(
          .usage, "--policy: " + "\(Choice.unknown(name, BatchPolicy.names).message)")
      }
      if let reservationDepth { policy.backfill.reservationDepth = reservationDepth }
      return policy
    }
  }

  private func write(_ schedule: [ScheduleRecord], _ nodes: [Node]?, to path: String) throws {
    let sorted = schedule.sorted { ($0.startSeconds, $0.job) < ($1.startSeconds, $1.job) }
    let lines: [String]
    if let nodes {
      lines = [ScheduleRecord.csvHeaderWithPlaces] + sorted.map { $0.csvLine(nodes: nodes) }
    } else {
      lines = [ScheduleRecord.csvHeader] + sorted.map(\.csvLine)
    }
    try OutputFile.write(lines.joined(separator: "\n") + "\n", to: path, flag: "--schedule")
  }

  private static func json(
    _ report: ClusterReport, base: String?, _ comparisons: [ScheduleComparison]
  ) -> JSONValue {
    guard let base, case .object(var members) = report.json else { return report.json }
    let policies = JSONValue.array(comparisons.map(\.json))
    members.append(
      .init("comparison", .object([.init("base", .string(base)), .init("policies", policies)])))
    return .object(members)
  }

  private static func table(_ report: ClusterReport) -> Table {
    var table = Table(columns: [
      .init(title: "POLICY"), .init(title: "MEAN WAIT", isRightAligned: true),
      .init(title: "LONGEST WAIT", isRightAligned: true),
      .init(title: "BOUNDED SLOWDOWN", isRightAligned: true),
      .init(title: "UTILISATION", isRightAligned: true),
      .init(title: "MAKESPAN", isRightAligned: true),
      .init(title: "FAIRNESS", isRightAligned: true),
    ])
    table.rows = report.entries.map { entry in
      let metrics = entry.result.metrics
      return [
        .init(entry.policy, .bold), .init(span(metrics.averageWaitSeconds)),
        .init(span(metrics.maxWaitSeconds)),
        .init(FixedText.text(metrics.averageBoundedSlowdown, 2)),
        .init(FixedText.text(metrics.utilisation * 100, 1) + "%"),
        .init(span(metrics.makespanSeconds)),
        .init(FixedText.text(entry.result.fairness.slowdownIndex, 3)),
      ]
    }
    return table
  }

  /// How much of the nodes jobs held.
  private static func nodeTable(_ report: ClusterReport) -> Table {
    var table = Table(
      columns: [.init(title: "POLICY")]
        + ["CPU", "MEMORY", "GPUS", "MOST GPUS", "FRAGMENTED GPUS"].map {
          .init(title: $0, isRightAligned: true)
        })
    table.rows = report.entries.compactMap { entry in
      guard let nodes = entry.result.nodes else { return nil }
      let gpus = nodes.resources[2]
      let most = gpus.capacity > 0 ? Double(gpus.peak) / Double(gpus.capacity) : 0
      return [.init(entry.policy, .bold)]
        + (nodes.resources.map(\.utilisation) + [most, nodes.fragmentation]).map {
          .init(FixedText.text($0 * 100, 1) + "%")
        }
    }
    return table
  }

  private static func span(_ seconds: Double) -> String {
    DurationText.short(.nanoseconds(Int64(min(seconds, 9e9) * 1e9)))
  }
}
