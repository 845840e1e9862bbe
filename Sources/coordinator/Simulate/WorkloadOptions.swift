import ArgumentParser
import Foundation
import Model
import Simulation

/// The jobs of a simulation and the size of its machine: from a file, or drawn from a model.
struct WorkloadOptions: ParsableArguments {
  enum Model: String, CaseIterable {
    case lublin, poisson, mix
  }

  @Option(
    help: ArgumentHelp(
      "A log in the Standard Workload Format, or with .jsonl this program's own; .gz is unpacked.",
      valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Pods of the openb trace as jobs, with creation_time and deletion_time; it needs --nodes.",
      valueName: "csv"))
  var pods: String?

  @Option(
    help: "Draw the jobs from a model instead: lublin, poisson or mix.",
    completion: .list(Model.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Model.self) })
  var generate: Model?

  @Option(help: ArgumentHelp("How many jobs are drawn.", valueName: "n"))
  var jobs = 10_000

  @Option(help: ArgumentHelp("Seed of the drawn jobs.", valueName: "n"))
  var workloadSeed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Scale lublin's arrivals so that the jobs ask for this part of the machine.",
      valueName: "part"))
  var offeredLoad: Double?

  @Option(
    help: ArgumentHelp(
      "Spread the drawn jobs over so many users, of whom the n-th submits 1/n of the first.",
      valueName: "n"))
  var users = 0

  @Option(
    help: ArgumentHelp(
      "Let users of drawn jobs request up to so many times more than they need.",
      valueName: "factor"))
  var estimateExcess: Double?

  @Option(
    help: ArgumentHelp(
      "Processors of the machine. Default: what the log says; of drawn jobs 256.",
      valueName: "n"))
  var processors: Int?

  @Option(help: ArgumentHelp("Only the first rows of the log.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Divide the times between submissions, so that 2 brings twice the load.",
      valueName: "factor"))
  var load: Double?

  @Option(
    help: ArgumentHelp(
      "Write the jobs as they are simulated, in the Standard Workload Format or as .jsonl.",
      valueName: "file"))
  var saveWorkload: String?

  private static let drawnProcessors = 256

  func validate() throws {
    guard [trace != nil, generate != nil, pods != nil].count(where: { $0 }) == 1 else {
      throw ValidationError(
        "name the jobs with --trace FILE or --pods FILE, or draw them with --generate MODEL")
    }
    guard pods == nil || saveWorkload == nil else {
      throw ValidationError("--save-workload: what pods ask of nodes is not written")
    }
    let least = generate == .lublin ? 8 : 1
    if let processors, processors < least || processors > WorkloadLimits.processorsMax {
      throw ValidationError(
        "--processors: expected a number from \(least) to \(WorkloadLimits.processorsMax)")
    }
    if let limit, limit < 1 { throw ValidationError("--limit: expected a number above 0") }
    if let load, !(load > 0 && load <= 1000) {
      throw ValidationError("--load: expected a factor above 0, at most 1000")
    }
    guard jobs >= 1, jobs <= WorkloadLimits.rowsMax else {
      throw ValidationError("--jobs: expected a number from 1 to \(WorkloadLimits.rowsMax)")
    }
    if let offeredLoad, !(offeredLoad > 0 && offeredLoad <= 100) || generate != .lublin {
      throw ValidationError("--offered-load: expected a part above 0 with --generate lublin")
    }
    guard users >= 0, users <= 100_000 else {
      throw ValidationError("--users: expected a number from 0 to 100000")
    }
    if let estimateExcess, !(estimateExcess >= 0 && estimateExcess <= 1e6) {
      throw ValidationError("--estimate-excess: expected a factor from 0 to 1000000")
    }
  }

  /// What the workload is called in reports.
  var title: String {
    (trace ?? pods).map { URL(filePath: $0).lastPathComponent }
      ?? "\(generate?.rawValue ?? "") workload, seed \(workloadSeed)"
  }

  /// The jobs and the machine's size, which is that of the nodes where there are some. What a filter did to the log is said as
  /// a hint.
  func workload(
    _ output: Output, on nodes: NodeCluster?
  ) async throws -> (Workload, processors: Int) {
    if let nodes, let processors, processors != nodes.processors {
      throw Failure(
        .usage, "--processors: the nodes have \(nodes.processors), leave the option out")
    }
    var found: (Workload, processors: Int)
    if let pods {
      found = try await read(pods: pods, on: nodes, output)
    } else if let trace {
      found = try await read(trace, nodes?.processors, output)
    } else {
      found = drawn(nodes?.processors ?? processors ?? Self.drawnProcessors)
    }
    if let nodes { found.0 = try fitting(found.0, nodes, output) }
    if let load { found.0 = found.0.withLoad(times: load) }
    if let saveWorkload {
      guard nodes == nil || trace == nil else {
        throw Failure(.usage, "--save-workload: what jobs ask of nodes is not written")
      }
      let text =
        saveWorkload.hasSuffix(".jsonl")
        ? JobLines.text(of: found.0) : StandardWorkloadFormat.text(of: found.0)
      try OutputFile.write(text, to: saveWorkload, flag: "--save-workload")
    }
    return found
  }

  /// Leaves out what no node could take, and says so.
  private func fitting(
    _ workload: Workload, _ nodes: NodeCluster, _ output: Output
  ) throws -> Workload {
    var report = FilterReport()
    report.rowsRead = workload.jobs.count
    report.rowsKept = workload.jobs.count
    let left = nodes.fitting(workload, &report)
    guard !left.jobs.isEmpty else {
      throw Failure(.usage, "no job is left; \(report.lines.joined(separator: ", "))")
    }
    if report.fitsNowhere > 0 { for line in report.lines { output.hint(line) } }
    return left
  }

  private func drawn(_ processors: Int) -> (Workload, processors: Int) {
    var workload =
      switch generate ?? .lublin {
      case .lublin:
        LublinModel(processors: processors).workload(
          jobs: jobs, load: offeredLoad, seed: workloadSeed)
      case .poisson:
        PoissonModel(
          jobsPerHour: 60, hourWeights: PoissonModel.officeHours, meanRunSeconds: 3600,
          processorsMax: processors
        ).workload(jobs: jobs, seed: workloadSeed)
      case .mix: MixModel().workload(jobs: jobs, seed: workloadSeed)
      }
    workload.processors = processors
    if users > 0 || estimateExcess != nil {
      workload = workload.with(
        JobTraits(users: users, estimateExcess: estimateExcess), seed: workloadSeed)
    }
    return (workload, processors)
  }

  private func read(
    pods: String, on nodes: NodeCluster?, _ output: Output
  ) async throws -> (Workload, processors: Int) {
    guard let nodes else { throw Failure(.usage, "--pods: name the nodes with --nodes FILE") }
    do {
      let text = try await InputFile.text(pods, flag: "--pods")
      let (workload, report) = try Openb.jobs(text, file: printable(pods))
      for line in report.lines { output.hint(line) }
      return (limit.map(workload.first) ?? workload, nodes.processors)
    } catch let error as CommaTableError {
      throw Failure(.usage, "\(error)")
    }
  }

  /// - Parameter told: the machine's size, where it is known before the log is read.
  private func read(
    _ trace: String, _ told: Int?, _ output: Output
  ) async throws -> (Workload, processors: Int) {
    let bytes = try await InputFile.bytes(trace, flag: "--trace")
    do {
      if trace.hasSuffix(".jsonl") || trace.hasSuffix(".jsonl.gz") {
        var workload = try JobLines.read(bytes)
        if let limit { workload = workload.first(limit) }
        return (workload, try size(told ?? workload.processors))
      }
      var log = try StandardWorkloadFormat.read(bytes)
      if let limit { log = log.first(limit) }
      let processors = try size(told ?? log.processors)
      let (workload, report) = StandardWorkloadFormat.workload(of: log, processors: processors)
      for line in report.lines { output.hint(line) }
      guard !workload.jobs.isEmpty else {
        throw Failure(
          .usage,
          "\(printable(trace)): no job is left; \(report.lines.joined(separator: ", "))")
      }
      return (workload, processors)
    } catch let error as WorkloadError {
      throw Failure(.usage, "\(printable(trace)):\(error.line):\(error.column): \(error.message)")
    }
  }

  private func size(_ told: Int?) throws -> Int {
    guard let processors = processors ?? told else {
      throw Failure(
        .usage,
        "the log does not say how many processors the machine had: name them with --processors")
    }
    guard processors <= WorkloadLimits.processorsMax else {
      throw Failure(
        .usage, "the log's machine has more than \(WorkloadLimits.processorsMax) processors")
    }
    return processors
  }
}
