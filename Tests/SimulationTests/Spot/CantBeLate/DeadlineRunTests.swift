import Model
import Simulation
import TestSupport
import Testing

/// Wants something else in each step, as a seed says.
struct ContraryPolicy: SpotPolicy {
  let seed: UInt64
  var name: String { "Contrary" }

  func choice(for view: SpotView) -> SpotChoice {
    var random = SeededRandom(seed: seed ^ UInt64(view.nowNanoseconds))
    let zone = random.below(view.zones.count)
    return [.wait, .run(.spot, zone: zone), .run(.onDemand, zone: zone)][random.below(3)]
  }
}

@Suite struct DeadlineRunTests {
  static func job(
    work: Double, deadline: Double, overhead: Double
  ) throws(DeadlineJobError) -> DeadlineJob {
    try DeadlineJob(
      workHours: work, deadlineHours: deadline, overheadHours: overhead, startEveryHours: 1)
  }

  /// A trace that is drawn: flips with some chance in each step.
  static func drawn(_ random: inout SeededRandom, steps: Int) -> AvailabilityTrace {
    let flipPercent = [2, 10, 50][random.below(3)]
    var hasSpot = random.chance(50)
    let flags = (0..<steps).map { _ in
      if random.chance(flipPercent) { hasSpot.toggle() }
      return hasSpot ? "S" : "-"
    }
    return SpotTraces.made(flags.joined(), stepSeconds: 600)
  }

  static func drawnJob(_ random: inout SeededRandom) throws -> DeadlineJob {
    let workMinutes = random.within(10...600)
    let overheadMinutes = random.within(0...40)
    // As many whole steps as on-demand alone needs, and some to spare.
    let needSteps = (workMinutes + overheadMinutes + 9) / 10
    let deadlineMinutes = (needSteps + random.within(0...60)) * 10 + random.within(0...9)
    return try job(
      work: Double(workMinutes) / 60, deadline: Double(deadlineMinutes) / 60,
      overhead: Double(overheadMinutes) / 60)
  }

  @Test func `each start costs the overhead, and a lost instance only its step`() throws {
    // Spot for two hours, lost, then spot to the end; half an hour for each start.
    let outcome = DeadlineRun.outcome(
      of: GreedyPolicy(), job: try Self.job(work: 3, deadline: 20, overhead: 0.5),
      market: DeadlineMarket(SpotTraces.made("SS-SSSSSSSSSSSSSSSSSSSSSS")), start: 0)
    #expect(outcome.spotSteps == 4)
    #expect(outcome.steps == 5)
    #expect(outcome.instances == 2)
    #expect(outcome.preemptions == 1)
    #expect(outcome.cost.dollars == 4)
  }

  @Test func `a job that waits is caught by the net just in time`() throws {
    // Two hours and an overhead of one: on-demand for three hours, the last of which is the tenth. Two
    // overheads before the end no spot instance is started any more, so the net closes after six.
    let outcome = DeadlineRun.outcome(
      of: GreedyPolicy(), job: try Self.job(work: 2, deadline: 10, overhead: 1),
      market: DeadlineMarket(SpotTraces.made(String(repeating: "-", count: 20))), start: 0)
    #expect(outcome.onDemandSteps == 3)
    #expect(outcome.steps == 9)
    #expect(outcome.cost.dollars == 9)
    #expect(!outcome.isLate)
  }

  @Test func `what cannot be done in time is counted as late`() throws {
    let outcome = DeadlineRun.outcome(
      of: GreedyPolicy(), job: try Self.job(work: 5, deadline: 5, overhead: 0.5),
      market: DeadlineMarket(SpotTraces.made("-----")), start: 0)
    #expect(outcome.steps == 6)
    #expect(outcome.isLate)
  }

  @Test(arguments: TestSeed.all(300))
  func `no policy is ever late, whatever it wants and whatever the market does`(
    seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let job = try Self.drawnJob(&random)
    let zones = (0...random.below(3)).map { _ in Self.drawn(&random, steps: 160) }
    let market = try DeadlineMarket(together: zones, moveDollars: Double(random.below(2)))
    let policies: [any SpotPolicy] = [
      OnDemandOnlyPolicy(), GreedyPolicy(), UniformProgressPolicy(),
      UniformProgressPolicy(hysteresisOverheads: nil), DeadlineThresholdPolicy(),
      OnDemandFallbackPolicy(threshold: 1), ContraryPolicy(seed: seed),
    ]
    for policy in policies {
      let outcome = DeadlineRun.outcome(of: policy, job: job, market: market, start: 0)
      #expect(!outcome.isLate, "seed \(seed), \(policy.name)")
    }
  }

  @Test(arguments: TestSeed.all(100))
  func `a market that takes each spot instance as soon as it runs makes no one late`(
    seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let job = try Self.drawnJob(&random)
    let trace = SpotTraces.made(
      String(repeating: ["S-", "SS-", "S--"][random.below(3)], count: 80), stepSeconds: 600)
    for policy in DeadlinePolicyName.allCases {
      let outcome = policy.outcome(job: job, market: DeadlineMarket(trace), start: 0)
      #expect(!outcome.isLate, "seed \(seed), \(policy.rawValue)")
    }
  }

  @Test func `runs start at the first step at or after each interval, while the trace has room`()
    throws
  {
    let job = try DeadlineJob(
      workHours: 1, deadlineHours: 2, overheadHours: 0, startEveryHours: 2.5)
    // Ten hours of trace: a start needs two and one more.
    let trace = SpotTraces.made(String(repeating: "S", count: 10))
    #expect(job.starts(in: trace) == [0, 3, 5])
    #expect(job.starts(in: SpotTraces.made("SS")) == [])
  }

  @Test(arguments: [
    (0.0, 1.0, 0.0, 1.0), (1, .infinity, 0, 1), (1, 2, -1, 1), (1, 2, .nan, 1), (1, 2, 0, 0),
    (3, 2, 0, 1),
  ])
  func `hours that make no sense are refused`(
    work: Double, deadline: Double, overhead: Double, every: Double
  ) {
    #expect(throws: DeadlineJobError.self) {
      try DeadlineJob(
        workHours: work, deadlineHours: deadline, overheadHours: overhead, startEveryHours: every)
    }
  }

  @Test func `several zones fill each other's gaps, at an overhead and the price of a move`() throws
  {
    let zones = ["S---SSSSSS", "-SSS------"].map { SpotTraces.made($0) }
    let job = try Self.job(work: 4, deadline: 9, overhead: 0)
    let free = DeadlineRun.outcome(
      of: GreedyPolicy(), job: job, market: try DeadlineMarket(together: zones), start: 0)
    #expect(free.steps == 4)
    #expect(free.cost.dollars == 4)
    let paid = DeadlineRun.outcome(
      of: GreedyPolicy(), job: job,
      market: try DeadlineMarket(together: zones, moveDollars: 0.5), start: 0)
    #expect(paid.cost.dollars == 4.5)
  }
}
