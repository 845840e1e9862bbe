import Jobs
import Model
import TestSupport
import Testing

/// Records of use, their cost and their sums over time.
@Suite struct UsageTests {
  private func record(_ start: Instant, _ end: Instant, job: Text = "a") throws -> UsageRecord {
    var world = try TenancyWorld.staffed()
    var asked = demand(job, cpus: 2, gpus: 1)
    asked.costCenter = "research"
    try world.run(.admit(asked), at: start)
    try world.run(.startJob(job, gpuType: nil), at: start)
    return try #require(world.state.usage(endedBy: .jobEnded(job), at: end))
  }

  private func refusal(_ start: Instant, _ end: Instant, _ resolution: UsageTimeline.Resolution)
    -> TenancyRefusal?
  {
    do throws(TenancyRefusal) {
      _ = try UsageTimeline(from: start, to: end, by: resolution)
      return nil
    } catch {
      return error
    }
  }

  @Test func `prices are those of the first simulator`() throws {
    let prices = Prices()
    func dollars(_ holdings: Holdings) -> Int64? { prices.rate(of: holdings)?.nanodollars }
    // $0.0001 a core's second, $0.001 a GPU's, $0.01 an hour of a GB.
    #expect(dollars(Holdings(cpuThousandths: 1_000)) == 360_000_000)
    #expect(dollars(Holdings(gpuThousandths: 1_000)) == 3_600_000_000)
    #expect(dollars(Holdings(memoryMB: 1_024)) == 10_000_000)
    #expect(dollars(Holdings(storageMB: 1_024)) == 0)
    #expect(dollars(Holdings(memoryMB: 1)) == 9_766)
    #expect(dollars(Holdings(gpuThousandths: 1_000_000_000)) == nil)
  }

  @Test func `prices out of their range are refused by name`() {
    var prices = Prices()
    prices.nanodollarsPerGPUHour = -1
    #expect(throws: TenancyRefusal.self) { try prices.check() }
    #expect(throws: TenancyRefusal.self) {
      try TenancySettings(authenticates: true, prices: prices)
    }
    prices.nanodollarsPerGPUHour = 0
    #expect(throws: Never.self) { try prices.check() }
  }

  /// The limits alone keep every sum within its type, so that nothing has to saturate.
  @Test func `the dearest and longest jobs, as many as there may be, add up within their types`() {
    let jobs = Int64(TenancyLimits.chargesMax)
    #expect(!TenancyLimits.nanodollarsPerHourMax.multipliedReportingOverflow(by: jobs).overflow)
    #expect(!TenancyLimits.quantityMax.multipliedReportingOverflow(by: jobs).overflow)
    let flow = Int128(TenancyLimits.nanodollarsPerHourMax) * Int128(jobs)
    // What ended attempts accrued in a month, what is reserved in it and what is asked for.
    let month = Int128(UTCWindow.month.longest.nanoseconds)
    #expect(!(flow * month).multipliedReportingOverflow(by: 3).overflow)
    // The largest limit, with the largest multiplier of a burst.
    let limit = Int128(Int64.max) * Measure.gpuHours.unitsPerLimit
    #expect(!limit.multipliedReportingOverflow(by: 100_000).overflow)
  }

  @Test func `an attempt's record has what it held for as long as it ran`() throws {
    let record = try record(friday(9), friday(11))
    let usage = record.usage(from: friday(0), to: friday(24))
    #expect(usage.jobHours == 2)
    #expect(usage.cpuCoreHours == 4)
    #expect(usage.gpuHours == 2)
    #expect(usage.memoryGBHours == 2)
    #expect(usage.storageGBHours == 2)
    #expect(usage.dollars == 2 * (0.72 + 3.6 + 0.01))
    #expect(record.usage(from: friday(10), to: friday(10, 30)).gpuHours == 0.5)
    #expect(record.usage(from: friday(11), to: friday(12)) == .zero)
  }

  @Test func `each attempt has a record, and one that does not run has none`() throws {
    var world = try TenancyWorld.staffed()
    try world.run(.admit(demand("a")))
    #expect(world.state.usage(endedBy: .jobEnded("a"), at: friday(9)) == nil)
    try world.run(.startJob("a", gpuType: nil), at: friday(10))
    #expect(
      world.state.runningUsage(in: .project("apollo"), until: friday(12)).map(\.end) == [friday(12)]
    )
    let first = world.state.usage(endedBy: .jobStopped("a"), at: friday(11))
    #expect(first?.start == friday(10) && first?.end == friday(11))
    try world.run(.stopJob("a"), at: friday(11))
    #expect(world.state.usage(endedBy: .jobEnded("a"), at: friday(12)) == nil)
    #expect(world.state.runningUsage(in: .project("apollo"), until: friday(12)) == [])
  }

  @Test func `a timeline has whole hours, and parts at its ends`() throws {
    var timeline = try UsageTimeline(from: friday(9, 30), to: friday(12, 15), by: .hour)
    timeline.add(try record(friday(9), friday(12)))
    #expect(
      timeline.points.map(\.start) == [friday(9, 30), friday(10), friday(11), friday(12)])
    #expect(timeline.points.map(\.usage.gpuHours) == [0.5, 1, 1, 0])
    #expect(timeline.total.gpuHours == 2.5)
  }

  @Test func `days begin at midnight, and weeks on Mondays`() throws {
    let days = try UsageTimeline(from: friday(9), to: friday(50), by: .day)
    #expect(days.points.map(\.start) == [friday(9), friday(24), friday(48)])
    let weeks = try UsageTimeline(from: friday(9), to: friday(24 * 11), by: .week)
    #expect(weeks.points.map(\.start) == [friday(9), friday(24 * 3), friday(24 * 10)])
  }

  @Test func `defect 29: decades by the hour are refused, and so is a time that runs backwards`()
    throws
  {
    let refused = refusal(.epoch, friday(0), .hour)
    #expect(refused?.sort == .limitReached)
    #expect(refused?.field == "resolution")
    #expect(refusal(Instant(nanoseconds: .min), .distantFuture, .week)?.sort == .limitReached)
    #expect(refusal(friday(9), friday(9), .hour)?.field == "end_time")
    #expect(refusal(friday(9), friday(8), .hour)?.field == "end_time")
    #expect(refusal(friday(0), friday(1_000), .hour) == nil)
    #expect(refusal(friday(0), friday(1_000, 1), .hour)?.sort == .limitReached)
    #expect(refusal(friday(0, 30), friday(1_000, 1), .hour)?.sort == .limitReached)
  }

  /// Random records and times, a sum for each minute.
  @Test(arguments: TestSeed.all(8)) func `points add up to what a walk by minutes counts`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed).child("timeline")
    func minute(_ number: Int64) -> Instant { friday(0) + .seconds(number * 60) }
    let resolution = random.pick(UsageTimeline.Resolution.allCases)
    let start = random.within(0...5_000)
    let end = start + random.within(1...30_000)
    var timeline = try UsageTimeline(from: minute(start), to: minute(end), by: resolution)
    var expected: [Instant: Int64] = [:]
    for number in 0..<20 {
      let from = random.within(-2_000...30_000)
      let to = from + random.within(0...3_000)
      timeline.add(try record(minute(from), minute(to), job: Text("j\(number)")))
      for step in max(from, start)..<max(from, start, min(to, end)) {
        let point = timeline.points.last { $0.start <= minute(step) }
        expected[point?.start ?? .epoch, default: 0] += 1
      }
    }
    for point in timeline.points {
      #expect(
        point.usage.gpuTime == Int128(expected[point.start] ?? 0) * 60_000_000_000 * 1_000,
        "seed \(seed) \(resolution) \(point.start)")
    }
    let total = timeline.points.reduce(0) { $0 + $1.usage.cost }
    #expect(timeline.total.cost == total, "seed \(seed)")
  }

  @Test func `use is told apart by job, user, project and cost centre`() throws {
    let records = [
      try record(friday(9), friday(10), job: "a"), try record(friday(9), friday(11), job: "b"),
    ]
    for dimension in UsageBreakdown.Dimension.allCases {
      var breakdown = UsageBreakdown(by: dimension)
      for record in records { breakdown.add(record, from: friday(0), to: friday(24)) }
      let hours = breakdown.groups.mapValues(\.gpuHours)
      switch dimension {
      case .job: #expect(hours == ["a": 1, "b": 2])
      case .user: #expect(hours == ["developer": 3])
      case .project: #expect(hours == ["apollo": 3])
      case .costCenter: #expect(hours == ["research": 3])
      }
      #expect(breakdown.total.gpuHours == 3)
      #expect(breakdown.others == .zero)
    }
  }

  @Test func `beyond the most names the rest is one sum`() throws {
    var breakdown = UsageBreakdown(by: .job)
    var record = try record(friday(9), friday(10))
    for number in 0...TenancyLimits.usageGroupsMax {
      record.job = Text("j\(number)")
      breakdown.add(record, from: friday(0), to: friday(24))
    }
    #expect(breakdown.groups.count == TenancyLimits.usageGroupsMax)
    #expect(breakdown.others.gpuHours == 1)
    #expect(breakdown.total.gpuHours == Double(TenancyLimits.usageGroupsMax + 1))
  }
}
