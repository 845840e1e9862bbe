import Jobs
import Model
import TestSupport
import Testing

/// Alerts about what projects spend in a month.
@Suite struct BudgetTests {
  /// `apollo` with a budget of ten dollars, and a job of one GPU that costs $3.97 an hour.
  private func world(_ dollars: Int64 = 10, thousandths: Int64 = 800) throws -> TenancyWorld {
    var world = try TenancyWorld.staffed()
    try setBudget(&world, dollars, thousandths)
    try world.run(.admit(demand("a", gpus: 1)))
    return world
  }

  private func setBudget(
    _ world: inout TenancyWorld, _ dollars: Int64, _ thousandths: Int64 = 800,
    at now: Instant = friday(9)
  ) throws {
    var settings = ProjectSettings()
    settings.budget = Budget(
      monthlyNanodollars: dollars * 1_000_000_000, alertThousandths: thousandths)
    try world.run(.updateProject("apollo", settings), at: now)
  }

  /// When $3.97 an hour come to a number of cents.
  private func instant(_ cents: Int64, since start: Instant) -> Instant {
    let nanoseconds = (Int128(cents) * 3_600_000_000_000 + 396) / 397
    return start + .nanoseconds(Int64(nanoseconds))
  }

  @Test func `there is one alert at the threshold and one at the end of the budget`() throws {
    var world = try world()
    #expect(world.state.nextDeadline == nil)
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    #expect(world.state.nextDeadline == instant(800, since: friday(9)))
    world.pass(to: friday(20))
    #expect(world.alerts.map(\.level) == [.threshold, .spent])
    #expect(
      world.alerts.map(\.at) == [
        instant(800, since: friday(9)), instant(1_000, since: friday(9)),
      ])
    #expect(world.alerts.allSatisfy { $0.project == "apollo" })
  }

  @Test func `each month has its own alerts`() throws {
    var world = try world()
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    world.pass(to: friday(4 * 24 + 20))
    let december = friday(4 * 24)
    #expect(
      world.alerts.map(\.at) == [
        instant(800, since: friday(9)), instant(1_000, since: friday(9)),
        instant(800, since: december), instant(1_000, since: december),
      ])
    world.pass(to: friday(65 * 24))
    #expect(world.alerts.count == 6)
  }

  @Test func `a threshold that was crossed is not crossed again after a pause`() throws {
    var world = try world()
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    try world.run(.stopJob("a"), at: friday(11, 10))
    #expect(world.alerts.map(\.level) == [.threshold])
    try world.run(.startJob("a", gpuType: nil), at: friday(12))
    try world.run(.stopJob("a"), at: friday(12, 10))
    #expect(world.alerts.map(\.level) == [.threshold])
    #expect(world.state.nextDeadline == nil)
  }

  @Test func `a budget that is cut below what was spent is told of at once`() throws {
    var world = try world(1_000)
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    try world.run(.endJob("a"), at: friday(11))
    try setBudget(&world, 5, at: friday(12))
    #expect(world.state.nextDeadline == friday(12))
    world.pass(to: friday(12))
    #expect(world.alerts.map(\.level) == [.threshold, .spent])
    // Raised and cut again, it is still the same month.
    try setBudget(&world, 1_000, at: friday(13))
    try setBudget(&world, 5, at: friday(14))
    world.pass(to: friday(15))
    #expect(world.alerts.count == 2)
  }

  @Test func `without a budget there is no alert`() throws {
    var world = try world(0)
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    #expect(world.state.nextDeadline == nil)
  }

  @Test func `what no month comes to is never due`() throws {
    // A GPU comes to $2,953 in the longest month.
    var world = try world(10_000, thousandths: 300)
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    #expect(world.state.nextDeadline == nil)
    // December has 31 days; with a little less the threshold is crossed at its end.
    try setBudget(&world, 10_000, 295, at: friday(10))
    #expect(world.state.nextDeadline == instant(295_000, since: friday(4 * 24)))
  }

  /// Several projects, looked at in steps of a minute.
  @Test(arguments: TestSeed.all(5))
  func `alerts come in the minute in which a walk sees a crossing`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed).child("budgets")
    var world = try TenancyWorld.staffed()
    var settings = ProjectSettings()
    settings.budget = Budget(
      monthlyNanodollars: random.within(1...60) * 1_000_000_000,
      alertThousandths: random.within(1...1_000))
    try world.run(.updateProject("apollo", settings))
    var spent: Int128 = 0
    var month = UTCMonth(containing: friday(9))
    var seen: [BudgetLevel] = []
    var flow: Int64 = 0
    for number in 0..<3 { try world.run(.admit(demand(Text("j\(number)"), gpus: 1, hours: 9))) }
    for minute in Int64(1)...6_000 {
      let now = friday(9) + .seconds(minute * 60)
      let before = world.alerts.count
      world.pass(to: now)
      if UTCMonth(containing: now) != month {
        month = UTCMonth(containing: now)
        spent = 0
        seen = []
      } else {
        spent += Int128(flow) * 60_000_000_000
      }
      var expected: [BudgetLevel] = []
      for level in BudgetLevel.allCases
      where spent >= settings.budget.cost(at: level) && !seen.contains(level) {
        expected.append(level)
      }
      seen += expected
      // Looked at each minute: only what differs is worth a record.
      if world.alerts.dropFirst(before).map(\.level) != expected {
        Issue.record("seed \(seed), minute \(minute): expected \(expected)")
      }
      guard random.below(40) == 0 else { continue }
      let job = Text("j\(random.below(3))")
      let runs = world.state.charges[job]?.run != nil
      flow += (runs ? -1 : 1) * (world.state.charges[job]?.rate.nanodollars ?? 0)
      try world.run(runs ? .stopJob(job) : .startJob(job, gpuType: nil), at: now)
    }
    #expect(!world.alerts.isEmpty, "seed \(seed)")
  }
}
