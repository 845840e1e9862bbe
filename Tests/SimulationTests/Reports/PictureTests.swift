import Foundation
import Simulation
import Testing

/// The pictures of the documentation are what the simulation draws. `COORDINATOR_REWRITE=1` draws them anew.
@Suite struct PictureTests {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Docs/pictures")

  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"

  static func report(
    _ policies: [String], jobs: Int, processors: Int, users: Int = 0
  ) throws -> ClusterReport {
    let workload = LublinModel(processors: processors)
      .workload(jobs: jobs, load: 0.9, seed: 1)
      .with(JobTraits(users: users, estimateExcess: 4), seed: 1)
    let options = ClusterSimulation.Options(estimates: .user, keepsSchedule: true)
    let simulation = ClusterSimulation(processors: processors, options: options)
    return ClusterReport(
      entries: try policies.map { policy in
        ClusterReport.Entry(
          policy: policy, options: options,
          result: try simulation.run(workload, policy: .named(policy)))
      })
  }

  static func check(_ svg: String, _ picture: ClusterReport.Picture) throws {
    let file = folder.appending(path: "\(picture.rawValue).svg")
    if rewrites { try svg.write(to: file, atomically: true, encoding: .utf8) }
    #expect(svg == (try String(contentsOf: file, encoding: .utf8)), "\(picture)")
  }

  @Test func `the picture of utilisation is what three policies come to`() throws {
    let report = try Self.report(["fcfs", "easy", "conservative"], jobs: 1500, processors: 256)
    try Self.check(report.svg(.utilisation), .utilisation)
  }

  @Test func `the picture of a schedule is that of sixty jobs`() throws {
    let report = try Self.report(["easy"], jobs: 60, processors: 32)
    try Self.check(report.svg(.schedule), .schedule)
  }

  @Test func `the picture of a comparison is what seven policies come to`() throws {
    let policies = [
      "fcfs", "easy", "easy-sjbf", "conservative", "sjf", "wfp3", "fair-tree",
    ]
    let report = try Self.report(policies, jobs: 1500, processors: 256, users: 20)
    try Self.check(report.svg(.comparison), .comparison)
  }
}
