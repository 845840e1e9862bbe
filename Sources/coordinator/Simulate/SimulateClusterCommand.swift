import ArgumentParser
import Foundation
import Model
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
      "Write every run of every job: job,submit,start,end,processors.", valueName: "file"))
  var schedule: String?

  @Option(
    help: ArgumentHelp(
      "Tell which jobs wait longer or shorter than under this policy, and where the schedules part.",
      valueName: "policy"))
  var compare: String?

  @OptionGroup var pictures: PictureOptions
  @OptionGroup var failures: FailureOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let reservationDepth, reservationDepth < 0 {
      throw ValidationError("--reservation-depth: expected a number from 0")
    }
    for (flag, file) in [("--schedule", schedule), ("--svg", pictures.svg)]
    where file != nil && policyNames.count > 1 {
      throw ValidationError("\(flag) is about the schedule of one policy; name one with --policy")
    }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let policies = try self.policies()
    let (workload, processors) = try await workloadOptions.workload(output)
    if estimates == .user, !workload.hasEstimates {
      throw Failure(.usage, "--estimates user: these jobs have no requested times")
    }
    let options = ClusterSimulation.Options(
      estimates: estimates ?? (workload.hasEstimates ? .user : .exact), tieRule: tieRule,
      failures: failures.failures,
      keepsSchedule: schedule != nil || pictures.needSchedule || compare != nil)
    let simulation = ClusterSimulation(processors: processors, options: options)
    let results = try await Parallel.map(policies) { policy in
      do {
        return try simulation.run(workload, policy: policy)
      } catch let error as SimulationError {
        throw Failure(.usage, "\(policy.name): \(error)")
      }
    }
    let report = ClusterReport(
      entries: zip(policies, results).map {
        .init(policy: $0.name, options: options, result: $1)
      })
    if let schedule, let result = results.first { try write(result.schedule, to: schedule) }
    try pictures.write(report, title: workloadOptions.title)
    if !output.isStructured { pictures.showGantts(report, output) }
    let comparisons = comparisons(report)
    guard !output.isStructured else {
      output.write(Self.json(report, base: compare, comparisons))
      return
    }
    output.write(Self.table(report))
    for line in comparisons.flatMap(\.lines) { output.write(line: line) }
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

  private func write(_ schedule: [ScheduleRecord], to path: String) throws {
    let sorted = schedule.sorted { ($0.startSeconds, $0.job) < ($1.startSeconds, $1.job) }
    let lines = [ScheduleRecord.csvHeader] + sorted.map(\.csvLine)
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

  private static func span(_ seconds: Double) -> String {
    DurationText.short(.nanoseconds(Int64(min(seconds, 9e9) * 1e9)))
  }
}

/// Failures of nodes in a simulation.
struct FailureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Each node fails once in so many hours on average. Default: never.", valueName: "hours"))
  var nodeMtbfHours: Double?

  @Option(help: ArgumentHelp("How long a failed node is away on average.", valueName: "hours"))
  var nodeRepairHours = 4.0

  @Option(help: ArgumentHelp("How many processors fail together.", valueName: "n"))
  var processorsPerNode = 1

  @Option(help: ArgumentHelp("Seed of the failures.", valueName: "n"))
  var seed: UInt64 = 1

  func validate() throws {
    for (flag, hours) in [
      ("--node-mtbf-hours", nodeMtbfHours), ("--node-repair-hours", nodeRepairHours),
    ] {
      guard let hours else { continue }
      guard hours > 0, hours <= 1e6 else {
        throw ValidationError("\(flag): expected hours above 0, at most 1000000")
      }
    }
    guard processorsPerNode >= 1 else {
      throw ValidationError("--processors-per-node: expected a number above 0")
    }
  }

  var failures: NodeFailures? {
    nodeMtbfHours.map {
      NodeFailures(
        .random(meanSecondsBetween: $0 * 3600, meanRepairSeconds: nodeRepairHours * 3600),
        processorsPerNode: processorsPerNode, seed: seed)
    }
  }
}
