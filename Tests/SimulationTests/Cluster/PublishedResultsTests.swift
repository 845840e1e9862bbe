import Simulation
import Testing

/// The outcomes of public simulators and of a paper on the log of the KTH SP2, to the last digit.
///
/// Sources: pyss, predictsim (Gaussier et al., "Improving backfilling by using machine learning to
/// predict running times", SC'15) and AccaSim.
@Suite struct PublishedResultsTests {
  static let name = "KTH-SP2-28481.swf.gz"
  static let isPresent = RealLogs.isPresent(name)

  struct Row: Sendable, CustomTestStringConvertible {
    let rows: Int
    let policy: String
    let estimates: Estimates
    let tieRules: [TieRule]
    let sumWaitSeconds: String
    let averageBoundedSlowdown: Double
    let makespanSeconds: Double?

    var testDescription: String { "\(policy), \(estimates) estimates, \(rows) rows, \(tieRules)" }
  }

  static let all = 28_481
  static let both = TieRule.allCases
  static let rows = [
    Row(
      rows: all, policy: "fcfs", estimates: .exact, tieRules: both,
      sumWaitSeconds: "10075905909", averageBoundedSlowdown: 6814.973310176235,
      makespanSeconds: 29_379_608),
    Row(
      rows: all, policy: "easy", estimates: .exact, tieRules: both,
      sumWaitSeconds: "180218700", averageBoundedSlowdown: 71.72238511244171,
      makespanSeconds: 29_363_626),
    Row(
      rows: all, policy: "easy", estimates: .user, tieRules: [.event],
      sumWaitSeconds: "194720954", averageBoundedSlowdown: 92.57653973362909,
      makespanSeconds: 29_363_626),
    Row(
      rows: all, policy: "easy", estimates: .user, tieRules: [.second],
      sumWaitSeconds: "194655880", averageBoundedSlowdown: 92.68765374270767,
      makespanSeconds: 29_363_626),
    Row(
      rows: 1000, policy: "fcfs", estimates: .exact, tieRules: both,
      sumWaitSeconds: "15176171", averageBoundedSlowdown: 418.5224227415877,
      makespanSeconds: nil),
    Row(
      rows: 1000, policy: "easy", estimates: .user, tieRules: both,
      sumWaitSeconds: "2574830", averageBoundedSlowdown: 47.74488582784922,
      makespanSeconds: nil),
    Row(
      rows: 1000, policy: "easy", estimates: .exact, tieRules: both,
      sumWaitSeconds: "2643734", averageBoundedSlowdown: 43.30045690481746,
      makespanSeconds: nil),
  ]

  @Test(
    .enabled(
      if: isPresent,
      "the log is absent: ../shared/data/swf/KTH-SP2-28481.swf.gz; its published results are not checked"
    ))
  func `every published row on the log of the KTH SP2 comes out to the last digit`() throws {
    let log = try StandardWorkloadFormat.read(try RealLogs.bytes(Self.name))
    #expect(log.rows.count == Self.all)
    #expect(log.processors == 100)
    for row in Self.rows {
      let (workload, report) = StandardWorkloadFormat.workload(
        of: log.first(row.rows), processors: 100)
      #expect(report.rowsKept == row.rows && report.lines.count == 1, "the log is filtered already")
      for tieRule in row.tieRules {
        let simulation = ClusterSimulation(
          processors: 100, options: .init(estimates: row.estimates, tieRule: tieRule))
        let metrics = try simulation.run(workload, policy: .named(row.policy)).metrics
        #expect(metrics.jobs == row.rows)
        #expect(metrics.sumWaitSecondsText == row.sumWaitSeconds, "\(row.testDescription)")
        #expect(
          metrics.averageBoundedSlowdown == row.averageBoundedSlowdown, "\(row.testDescription)")
        if let makespan = row.makespanSeconds { #expect(metrics.makespanSeconds == makespan) }
      }
    }
  }
}
