import Model
import Simulation
import TestSupport
import Testing

@Suite struct OptimalScheduleTests {
  /// The least cost of all schedules, each walked through by itself: 0 waits, 1 is spot, 2 on-demand.
  static func bruteForce(_ trace: AvailabilityTrace, _ job: DeadlineJob) -> Charge? {
    let steps = job.stepsUntilLate(trace.stepNanoseconds)
    var best: Charge?
    var schedule = Array(repeating: 0, count: steps)
    while true {
      if let cost = cost(schedule, trace, job), cost < best ?? Charge(units: .max) { best = cost }
      guard let place = schedule.firstIndex(where: { $0 < 2 }) else { return best }
      schedule[place] += 1
      for earlier in 0..<place { schedule[earlier] = 0 }
    }
  }

  /// Nil where the work is not done, or a spot instance runs where there is none.
  static func cost(_ schedule: [Int], _ trace: AvailabilityTrace, _ job: DeadlineJob) -> Charge? {
    var (left, overhead, last) = (job.workNanoseconds, Int64(0), 0)
    var cost = Charge.zero
    for (step, kind) in schedule.enumerated() where left > 0 {
      defer { last = kind }
      guard kind > 0 else { continue }
      guard kind == 2 || trace.isAvailable[step] else { return nil }
      if kind != last { overhead = job.overheadNanoseconds }
      let computed = max(0, trace.stepNanoseconds - overhead)
      overhead = max(0, overhead - trace.stepNanoseconds)
      left -= computed
      cost += Charge(
        nanodollarsPerHour: kind == 1
          ? trace.spotNanodollars(at: step) : trace.onDemandNanodollars,
        nanoseconds: trace.stepNanoseconds)
    }
    return left <= 0 ? cost : nil
  }

  @Test(arguments: TestSeed.all(60))
  func `on small traces it is the least cost of all schedules`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let steps = 8
    let trace = AvailabilityTrace(
      zone: "z", stepNanoseconds: 600_000_000_000,
      isAvailable: (0..<steps).map { _ in random.chance(60) },
      spotNanodollars: (0..<steps).map { _ in random.within(1...4) * 1_000_000_000 },
      onDemandNanodollars: random.within(2...6) * 1_000_000_000)
    let job = try DeadlineJob(
      workHours: Double(random.within(5...60)) / 60,
      deadlineHours: Double(random.within(60...80)) / 60,
      overheadHours: Double(random.within(0...25)) / 60, startEveryHours: 1)
    let found = OptimalSchedule.outcome(job: job, market: DeadlineMarket(trace), start: 0)
    let least = Self.bruteForce(trace, job)
    if let least {
      #expect(found.cost == least, "seed \(seed)")
      #expect(!found.isLate, "seed \(seed)")
    } else {
      #expect(found.isLate, "seed \(seed)")
    }
  }

  @Test(arguments: TestSeed.all(100))
  func `no policy costs less`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let job = try DeadlineRunTests.drawnJob(&random)
    let zones = (0...random.below(3)).map { _ in DeadlineRunTests.drawn(&random, steps: 160) }
    let market = try DeadlineMarket(together: zones, moveDollars: Double(random.below(2)))
    let least = OptimalSchedule.outcome(job: job, market: market, start: 0)
    #expect(!least.isLate, "seed \(seed)")
    for policy in DeadlinePolicyName.allCases {
      let outcome = policy.outcome(job: job, market: market, start: 0)
      #expect(outcome.cost >= least.cost, "seed \(seed), \(policy.rawValue)")
    }
  }
}
