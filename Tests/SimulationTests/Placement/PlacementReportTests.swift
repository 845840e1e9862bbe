import Model
import Scheduling
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

  @Test func `the deviation is the sample's, over the runs that differ`() throws {
    let node = Node(
      name: "a", capacity: Resources(cpuMilli: 9000),
      devices: Array(repeating: GPUDevice(model: "T4"), count: 3))
    let pods = [300, 500, 800].map { TaskRequest(gpu: .share(milli: $0)) }
    let experiment = try PlacementExperiment(
      nodes: [node], pods: pods, load: 1.4, arrivalPercents: [140])
    let runs = (1...20).map { experiment.run(.random, seed: $0) }
    let percents = runs.map { Double($0.allocatedMilli) / 30 }
    let mean = percents.reduce(0, +) / 20
    let squares = percents.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    let row = try #require(PlacementReport(runs).rows.first)
    #expect(squares > 0)
    #expect(abs(row.allocatedPercentMean - mean) < 1e-9)
    #expect(abs(row.allocatedPercentStandardDeviation - (squares / 19).squareRoot()) < 1e-9)
    // Not a digit depends on the order in which the runs ended.
    for first in 1..<20 {
      #expect(PlacementReport(Array(runs[first...] + runs[..<first])).rows == [row])
    }
  }

  @Test func `JSON has the names of the contract, one entry for each policy and arrival`() throws {
    let experiment = try PlacementExperimentTests.small(at: [100])
    let report = PlacementReport([experiment.run(.fragmentationGradient, seed: 1)])
    #expect(
      report.json.text
        == #"{"results":[{"policy":"fgd","at":100,"allocated_percent_mean":100,"#
        + #""allocated_percent_stddev":0,"fragmented_percent_mean":0}]}"#)
  }
}
