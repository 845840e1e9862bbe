import ArgumentParser
import Foundation
import Model
import Rehearsal

/// `coordinator replay`: a trace of pods against the coordinator, live or in virtual time.
struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay a cluster's trace: every pod one lease over CPU, memory and GPU.",
    discussion: """
      Examples:
        coordinator replay openb_pod_list_default.csv --virtual --nodes 20
        coordinator replay openb_pod_list_default.csv --speed 100000 --nodes 20
        coordinator replay openb_pod_list_default.csv --print-config > replay.yaml

      Without --virtual a live server is driven: the one at --address, or one inside this process. Docs/REPLAY.md \
      says how to get a trace and what the numbers mean.
      """)

  @Argument(help: "The list of pods, CSV.")
  var trace: String

  @Option(help: "Take the first N nodes of the list. Default: all.")
  var nodes: Int?

  @Option(
    help:
      "The list of nodes, CSV. Default: openb_node_list_gpu_node.csv or …_all_node.csv beside the trace."
  )
  var nodeList: String?

  @Option(
    help:
      "Live: trace seconds in a real second. A server that cannot keep up makes the replay later, not wrong."
  )
  var speed = 50_000.0

  @Option(
    help:
      "Live: by how many seconds of the trace an answer may come late before the trace's time waits for it; 0 = one call at a time."
  )
  var slack = 1.0

  @Flag(help: "Virtual time: no server, no waiting, the same result on every run.")
  var virtual = false

  @Option(
    help:
      "Live: host:port of a server with the trace's pools (see --print-config). Default: one in this process."
  )
  var address: String?

  @OptionGroup var guarding: GuardingOptions

  @Option(help: "always_grant, simulate_contention or respect_limits.")
  var mode = "respect_limits"

  @Option(
    help:
      "Longest wait of a pod without room, in seconds of the trace, at most a week; 0 = none waits."
  )
  var wait = 3600.0

  @Option(help: "json or table.")
  var format: Format = .table

  @Option(help: "Take the first N pods of the list. Default: all.")
  var limit: Int?

  @Option(help: "Seed of simulate_contention and of virtual tokens.")
  var seed: UInt64 = 1

  @Flag(help: "Print the configuration that a server needs for this trace, and end.")
  var printConfig = false

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case json, table
  }

  func run() async throws {
    let plan = try makePlan()
    if printConfig {
      print(plan.configurationText, terminator: "")
      return
    }
    var progress = ProgressBar(total: plan.trace.pods.count, unit: "pods")
    let outcome: ReplayOutcome
    var pace: ReplayPace?
    if virtual {
      let total = Double(plan.trace.pods.count)
      outcome = VirtualReplay.run(plan) { progress.note($0, of: Double($0) / total) }
    } else {
      let live = LiveReplay(plan: plan, speed: speed, slack: ReplayCommand.span(slack))
      let end = try await live.run(address: address, guarding: try guarding.resolved()) {
        progress.note($0.begun, of: $0.work, remark: ReplayCommand.remark($0.pace))
      }
      outcome = end.outcome
      pace = end.pace
    }
    progress.end("replayed")
    let report = ReplayReport(
      trace: URL(fileURLWithPath: trace).lastPathComponent, nodes: plan.trace.nodes,
      mode: plan.mode, wait: plan.wait, outcome: outcome, pace: pace)
    print(format == .json ? report.json.indentedText : report.text)
    guard report.isSound else {
      throw Failure(
        .failed, "more was granted than exists: this must never happen; please report it")
    }
  }

  private static func remark(_ pace: ReplayPace) -> String {
    pace.isBehind ? ", behind by \(Int(pace.behind.seconds)) s" : ""
  }

  private func makePlan() throws -> ReplayPlan {
    guard let mode = ResponseMode(name: mode) else {
      let names = ResponseMode.allCases.map(\.name)
      throw Failure(
        .usage,
        "--mode \(mode): expected \(names.joined(separator: ", "))"
          + NearestName.question(for: mode, in: names))
    }
    guard wait >= 0, wait <= ReplayPlan.waitMax.seconds else {
      throw Failure(.usage, "--wait: expected seconds from 0 to \(Int(ReplayPlan.waitMax.seconds))")
    }
    guard speed >= 0.001, speed <= 1e9 else {
      throw Failure(.usage, "--speed: expected a number from 0.001 to 1000000000")
    }
    guard slack >= 0, slack <= ReplayPlan.waitMax.seconds else {
      throw Failure(
        .usage, "--slack: expected seconds from 0 to \(Int(ReplayPlan.waitMax.seconds))")
    }
    guard limit ?? 1 > 0 else { throw Failure(.usage, "--limit: expected a number from 1 on") }
    // The trace first: where it is missing, so is what stands beside it.
    let pods = try Input.text(trace)
    let list = try nodeListPath()
    do {
      let trace = try Trace(
        pods: (trace, pods), nodes: (list, try Input.text(list)), nodes: nodes,
        podLimit: limit)
      return ReplayPlan(
        trace: trace, mode: mode, wait: ReplayCommand.span(wait), seed: seed)
    } catch let error as TraceError {
      throw Failure(.usage, "\(error)")
    }
  }

  private static func span(_ seconds: Double) -> TimeSpan {
    .nanoseconds(Int64((seconds * 1e9).rounded()))
  }

  private func nodeListPath() throws -> String {
    if let nodeList { return nodeList }
    let folder = URL(fileURLWithPath: trace).deletingLastPathComponent()
    let names = ["openb_node_list_gpu_node.csv", "openb_node_list_all_node.csv"]
    for name in names {
      let path = folder.appendingPathComponent(name).path
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw Failure(
      .usage,
      "there is no \(names.joined(separator: " or ")) beside the trace; name one with --node-list")
  }
}
