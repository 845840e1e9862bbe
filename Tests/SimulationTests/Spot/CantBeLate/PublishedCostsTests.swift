import Model
import Simulation
import Testing

/// The job of the authors' experiments on the traces of four zones.
@Suite struct PublishedCostsTests {
  static func job() throws -> DeadlineJob {
    try DeadlineJob(workHours: 48, deadlineHours: 70, overheadHours: 0.2, startEveryHours: 48)
  }

  static func meanDollars(_ policy: any SpotPolicy, zone: String) throws -> Double {
    let trace = try SpotTraces.trace(zone)
    let job = try job()
    let starts = job.starts(in: trace)
    #expect(starts.count == 22)
    let market = DeadlineMarket(trace)
    let outcomes = starts.map { start in
      DeadlineRun.outcome(of: policy, job: job, market: market, start: start)
    }
    #expect(outcomes.allSatisfy { !$0.isLate })
    return outcomes.reduce(0) { $0 + $1.cost.dollars } / Double(outcomes.count)
  }

  @Test(
    .enabled(if: SpotTraces.isPresent, "\(SpotTraces.absence)"),
    arguments: [
      ("us-east-1c", 107.836, 100.771), ("us-east-1d", 108.923, 101.620),
      ("us-east-2a", 65.685, 62.113), ("us-west-2a", 49.222, 52.743),
    ])
  func `the mean costs are those of the authors' simulator, to the last digit they print`(
    zone: String, greedy: Double, uniformProgress: Double
  ) throws {
    let ofGreedy = try Self.meanDollars(GreedyPolicy(), zone: zone)
    let ofUniformProgress = try Self.meanDollars(UniformProgressPolicy(), zone: zone)
    #expect(abs(ofGreedy - greedy) < 0.000_501, "\(ofGreedy)")
    #expect(abs(ofUniformProgress - uniformProgress) < 0.000_501, "\(ofUniformProgress)")
  }

  @Test func `on demand all is paid at the list price, in whole steps`() throws {
    let trace = SpotTraces.made(
      String(repeating: "S-", count: 1000), stepSeconds: 195, onDemandDollars: 3.06)
    let outcome = DeadlineRun.outcome(
      of: OnDemandOnlyPolicy(), job: try Self.job(), market: DeadlineMarket(trace), start: 0)
    #expect(outcome.onDemandSteps == 890)
    #expect(outcome.cost.decimal == "147.5175")
    #expect(outcome.onDemandCost == outcome.cost)
  }

  @Test(arguments: [true, false])
  func `where there is always spot, all is paid at the spot price`(isGreedy: Bool) throws {
    let trace = SpotTraces.made(
      String(repeating: "S", count: 2000), stepSeconds: 195, spotDollars: 0.918)
    let policy: any SpotPolicy = isGreedy ? GreedyPolicy() : UniformProgressPolicy()
    let outcome = DeadlineRun.outcome(
      of: policy, job: try Self.job(), market: DeadlineMarket(trace), start: 0)
    #expect(outcome.cost.decimal == "44.25525")
    #expect(outcome.instances == 1)
  }
}
