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
    guard (trace == nil) != (generate == nil) else {
      throw ValidationError("name the jobs with --trace FILE, or draw them with --generate MODEL")
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
    trace.map { URL(filePath: $0).lastPathComponent }
      ?? "\(generate?.rawValue ?? "") workload, seed \(workloadSeed)"
  }

  /// The jobs and the machine's size. What a filter did to the log is said as a hint.
  func workload(_ output: Output) async throws -> (Workload, processors: Int) {
    var found: (Workload, processors: Int)
    if let trace { found = try await read(trace, output) } else { found = drawn }
    if let load { found.0 = found.0.withLoad(times: load) }
    if let saveWorkload {
      let text =
        saveWorkload.hasSuffix(".jsonl")
        ? JobLines.text(of: found.0) : StandardWorkloadFormat.text(of: found.0)
      try OutputFile.write(text, to: saveWorkload, flag: "--save-workload")
    }
    return found
  }

  private var drawn: (Workload, processors: Int) {
    let processors = processors ?? Self.drawnProcessors
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

  private func read(_ trace: String, _ output: Output) async throws -> (Workload, processors: Int) {
    let bytes = try await InputFile.bytes(trace, flag: "--trace")
    do {
      if trace.hasSuffix(".jsonl") || trace.hasSuffix(".jsonl.gz") {
        var workload = try JobLines.read(bytes)
        if let limit { workload = workload.first(limit) }
        return (workload, try size(workload.processors))
      }
      var log = try StandardWorkloadFormat.read(bytes)
      if let limit { log = log.first(limit) }
      let processors = try size(log.processors)
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
