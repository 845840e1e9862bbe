import Foundation
import Model
import Rehearsal
import Testing

/// The public trace of a GPU-sharing cluster, where its files are at hand.
@Suite struct RealTraceTests {
  static let folder = Rehearsal.root.deletingLastPathComponent()
    .appending(path: "shared/data/openb")
  static let pods = folder.appending(path: "openb_pod_list_default.csv")
  static let isPresent = FileManager.default.fileExists(atPath: pods.path)

  @Test(
    .enabled(
      if: isPresent,
      "the trace is absent: ../shared/data/openb/openb_pod_list_default.csv; see Docs/REPLAY.md"))
  func `the whole trace has its golden result`() throws {
    let nodes = Self.folder.appending(path: "openb_node_list_gpu_node.csv")
    let trace = try Trace(
      pods: ("pods", try String(contentsOf: Self.pods, encoding: .utf8)),
      nodes: ("nodes", try String(contentsOf: nodes, encoding: .utf8)), nodes: 20)
    #expect(trace.pods.count == 8152)
    #expect(trace.pods.count { $0.phase == "Pending" } == 897)
    let plan = ReplayPlan(trace: trace, mode: .respectLimits, wait: .seconds(3600), seed: 1)
    let outcome = VirtualReplay.run(plan)
    let report = ReplayReport(
      trace: "openb_pod_list_default.csv", nodes: 20, mode: plan.mode, wait: plan.wait,
      outcome: outcome)
    #expect(report.isSound)
    #expect(outcome.tally.openLeases == 0)
    let golden = Rehearsal.root.appending(path: "Docs/examples/replay/openb-20-nodes.json")
    let text = report.json.indentedText + "\n"
    if Rehearsal.rewrites { try text.write(to: golden, atomically: true, encoding: .utf8) }
    #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
  }
}
