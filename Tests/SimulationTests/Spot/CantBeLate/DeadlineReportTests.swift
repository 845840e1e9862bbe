import Model
import Simulation
import Testing

@Suite struct DeadlineReportTests {
  /// Two runs of two hours: the first all spot, the second half of it on-demand.
  static func results() throws -> [DeadlineResult] {
    let job = try DeadlineJob(
      workHours: 2, deadlineHours: 2, overheadHours: 0, startEveryHours: 2)
    let trace = SpotTraces.made("SSS-SS")
    return try [.onDemand, .greedy].map { policy in
      try DeadlineResult(of: policy, job: job, market: DeadlineMarket(trace, name: "a,b"))
    }
  }

  @Test func `means, bounds and deviation are those of the runs`() throws {
    let greedy = try Self.results()[1]
    #expect(greedy.runs == 2)
    #expect(greedy.deadlineMisses == 0)
    #expect((greedy.minCost, greedy.meanCost, greedy.maxCost) == (2, 3, 4))
    #expect(greedy.standardDeviation == 2.0.squareRoot())
    #expect(greedy.onDemandCost == 6)
    #expect(greedy.savingsPercent == 50)
    #expect((greedy.meanSpotHours, greedy.meanOnDemandHours) == (1.5, 0.5))
    #expect(greedy.meanPreemptions == 0.5)
  }

  @Test func `JSON and commas carry the same figures under the same names`() throws {
    let report = DeadlineReport(try Self.results())
    #expect(report.json["model"] == .string("cant-be-late"))
    let lines = report.csv.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == DeadlineReport.columns.joined(separator: ","))
    #expect(
      lines[2]
        == "greedy,\"a,b\",0.8333333333333334,2,0,3.0,2.0,4.0,1.4142135623730951,6.0,50.0,1.5,0.5,0.5"
    )
    #expect(report.json.text.contains(#""policy":"greedy","trace":"a,b","#))
    #expect(report.json.text.contains(#""runs":2,"deadline_misses":0,"mean_cost":3.0,"#))
  }

  @Test func `a trace without room for a run is refused by name`() throws {
    let job = try DeadlineJob(
      workHours: 5, deadlineHours: 6, overheadHours: 0, startEveryHours: 2)
    let error = #expect(throws: DeadlineJobError.self) {
      try DeadlineResult(of: .greedy, job: job, market: DeadlineMarket(SpotTraces.made("SSSSSS")))
    }
    #expect(error?.description.hasPrefix("z: no run fits") == true)
  }
}
