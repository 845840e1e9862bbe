import Model
import Simulation
import Testing

@Suite struct PlacementReportTests {
  @Test func `rows are means over the seeds, whatever the order of the runs`() throws {
    let experiment = try PlacementExperimentTests.small()
    let runs = (1...3).map { experiment.run(.random, seed: $0) }
    let report = PlacementReport(runs)
    #expect(report == PlacementReport(runs.reversed()))
    #expect(report.rows.map(\.arrivalPercent) == [50, 100, 150])
    #expect(report.rows.map(\.runs) == [3, 3, 3])
    #expect(report.rows.map(\.allocatedPercentMean) == [50, 100, 100])
    #expect(report.rows.map(\.allocatedPercentStandardDeviation) == [0, 0, 0])
    #expect(report.rows.map(\.skippedPodsMean) == [0, 0, 2])
  }

  @Test func `JSON has the names of the contract, one entry for each policy and arrival`() throws {
    let experiment = try PlacementExperimentTests.small(at: [100])
    let report = PlacementReport([experiment.run(.fragmentationGradient, seed: 1)])
    #expect(
      report.json.text
        == #"{"results":[{"policy":"fgd","at":100,"allocated_percent_mean":100,"#
        + #""allocated_percent_stddev":0,"fragmented_percent_mean":0}]}"#)
  }

  @Test func `the table is aligned`() throws {
    let experiment = try PlacementExperimentTests.small(at: [50, 150])
    let text = PlacementReport([experiment.run(.bestFit, seed: 1)]).text
    #expect(
      text == """
        policy   arrived %  allocated %  ± stddev  fragmented %  of free %  skipped pods
        bestfit         50       50.000     0.000         0.000        0.0           0.0
        bestfit        150      100.000     0.000         0.000        0.0           2.0

        """)
  }
}
