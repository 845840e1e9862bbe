import Jobs
import Model
import TestSupport
import Testing

/// Limits of each kind, one at a time.
@Suite struct QuotaTests {
  private func world(_ quotas: Quota...) throws -> TenancyWorld {
    var world = try TenancyWorld.staffed()
    for quota in quotas { try world.run(.setQuota(quota)) }
    return world
  }

  private func quota(
    _ limits: [Measure: Int64], _ kind: Quota.Kind = .hard,
    _ enforcement: Quota.Enforcement = .strict, scope: Scope = .project("apollo")
  ) -> Quota {
    Quota(id: "q", scope: scope, kind: kind, enforcement: enforcement, limits: limits)
  }

  @Test func `a hard limit can be reached, and not passed`() throws {
    var world = try world(quota([.gpus: 4_000]))
    try world.run(.admit(demand("a", gpus: 2)))
    try world.run(.admit(demand("b", gpus: 2)))
    let refusal = world.refusal(.admit(demand("c", gpus: 1)))
    #expect(refusal?.sort == .quotaExceeded)
    #expect(
      refusal?.message == "Quota exceeded: max_gpus of project apollo: 4 of 4 used, 1 asked")
    // Who asks for none is not held up.
    try world.run(.admit(demand("d")))
    try world.run(.endJob("a"))
    try world.run(.admit(demand("c", gpus: 1)))
  }

  /// Admissions come one after the other, so of those that race for the last room one gets it.
  @Test func `of ten jobs for five places five are admitted`() throws {
    var world = try world(quota([.concurrentJobs: 5]))
    let admitted = (0..<10).count { number in
      (try? world.run(.admit(demand(Text("j\(number)"))))) != nil
    }
    #expect(admitted == 5)
  }

  @Test(arguments: [
    (Quota.Kind.hard, Quota.Enforcement.strict, QuotaFinding.Response.refuse),
    (.hard, .warning, .warn), (.hard, .monitoring, .note), (.soft, .strict, .warn),
    (.soft, .warning, .warn), (.soft, .monitoring, .note),
    (.burst(BurstTerms()), .strict, .refuse), (.burst(BurstTerms()), .warning, .warn),
    (.burst(BurstTerms()), .monitoring, .note),
  ])
  func `what comes of a passed limit follows from kind and enforcement`(
    _ kind: Quota.Kind, _ enforcement: Quota.Enforcement, _ response: QuotaFinding.Response
  ) throws {
    // Two of one is beyond any burst.
    var world = try world(quota([.concurrentJobs: 1], kind, enforcement))
    try world.run(.admit(demand("a")))
    let now = friday(9)
    switch response {
    case .refuse: #expect(world.refusal(.admit(demand("b")))?.sort == .quotaExceeded)
    case .warn:
      let verdict = try world.state.verdict(on: demand("b"), by: .platform, at: now)
      #expect(verdict.warnings.map(\.measure) == [.concurrentJobs])
    case .note:
      let verdict = try world.state.verdict(on: demand("b"), by: .platform, at: now)
      #expect(verdict.warnings == [])
      // Who reads the quota sees it.
      let status = world.state.quotas(of: .project("apollo"), at: now)
      #expect(status.first?.lines.map(\.isReached) == [true])
    }
  }

  @Test func `all scopes are looked at, and each limit in the way is told`() throws {
    var world = try TenancyWorld.staffed()
    try world.run(.createOrganization(Organization(id: "nasa")))
    var settings = ProjectSettings()
    settings.organization = "nasa"
    try world.run(.updateProject("apollo", settings))
    let scopes: [Scope] = [
      .organization("nasa"), .project("apollo"), .user("developer"), .user("researcher"),
    ]
    for (number, scope) in scopes.enumerated() {
      try world.run(
        .setQuota(
          Quota(
            id: Quota.ID(stringLiteral: "q\(number)"), scope: scope,
            limits: [.cpus: 1_000, .gpus: 0])))
    }
    let refusal = world.refusal(.admit(demand("a", cpus: 2, gpus: 1)))
    #expect(
      refusal?.findings.map(\.scope) == [
        .user("developer"), .user("developer"), .project("apollo"), .project("apollo"),
        .organization("nasa"), .organization("nasa"),
      ])
    #expect(refusal?.findings.map(\.measure) == [.cpus, .gpus, .cpus, .gpus, .cpus, .gpus])
    #expect(refusal?.findings.allSatisfy { $0.canNeverFit && $0.freesAt == nil } ?? false)
    #expect(world.state.accounts == [:])
  }

  @Test func `a job is given back to the organisation that it was charged to`() throws {
    var world = try TenancyWorld.staffed()
    try world.run(.createOrganization(Organization(id: "nasa")))
    var settings = ProjectSettings()
    settings.organization = "nasa"
    try world.run(.updateProject("apollo", settings))
    try world.run(.admit(demand("a")))
    settings.organization = nil
    try world.run(.updateProject("apollo", settings))
    #expect(world.state.used(.concurrentJobs, in: .organization("nasa"), at: friday(9)) == 1)
    try world.run(.endJob("a"))
    #expect(world.state.used(.concurrentJobs, in: .organization("nasa"), at: friday(9)) == 0)
  }

  @Test func `a refusal says when running jobs are expected to make room`() throws {
    var world = try world(quota([.cpus: 4_000]))
    for (job, hours) in [("a", 3), ("b", 1), ("c", 2)] as [(Text, Int64)] {
      try world.run(.admit(demand(job, hours: hours)))
      try world.run(.startJob(job, gpuType: nil))
    }
    try world.run(.admit(demand("waiting")))
    func freesAt(_ cpus: Int64, at now: Instant) -> Instant? {
      world.refusal(.admit(demand("d", cpus: cpus)), at: now)?.findings.first?.freesAt
    }
    #expect(freesAt(1, at: friday(9)) == friday(10))
    #expect(freesAt(2, at: friday(9)) == friday(11))
    #expect(freesAt(3, at: friday(9)) == friday(12))
    // The one that waits has no end yet, and five are more than ever fit.
    #expect(freesAt(4, at: friday(9)) == nil)
    #expect(freesAt(5, at: friday(9)) == nil)
  }

  @Test func `a day's jobs are counted from midnight, ended or not`() throws {
    var world = try world(quota([.jobsPerDay: 2], scope: .user("developer")))
    try world.run(.admit(demand("a")), at: friday(22))
    try world.run(.endJob("a"), at: friday(22))
    try world.run(.admit(demand("b")), at: friday(23))
    let refusal = world.refusal(.admit(demand("c")), at: friday(23, 59, 59))
    #expect(refusal?.findings.first?.freesAt == friday(24))
    try world.run(.admit(demand("c", by: "researcher")), at: friday(23, 59, 59))
    try world.run(.admit(demand("d")), at: friday(24))
  }

  @Test func `what admitted jobs may cost is reserved, and what they do not cost given back`()
    throws
  {
    // A job of one GPU, one core and a GB costs $3.97 an hour.
    var world = try world(quota([.costPerDay: 8_000_000_000]))
    try world.run(.admit(demand("a", gpus: 1)))
    try world.run(.admit(demand("b", gpus: 1)))
    let refusal = world.refusal(.admit(demand("c", gpus: 1)))
    #expect(
      refusal?.message
        == "Quota exceeded: max_daily_cost of project apollo: 7.94 of 8 used, 3.97 asked")
    try world.run(.startJob("a", gpuType: nil), at: friday(10))
    try world.run(.endJob("a"), at: friday(10, 30))
    #expect(
      world.refusal(.admit(demand("c", gpus: 1)), at: friday(10, 30))?.findings.first?.used
        == Int128(3_970_000_000) * 3_600_000_000_000 * 3 / 2)
    try world.run(.endJob("b"), at: friday(11))
    try world.run(.admit(demand("c", gpus: 1)), at: friday(11))
  }

  @Test func `a job that runs longer than expected is counted for as long as it runs`() throws {
    var world = try world(quota([.jobHours: 3_000]))
    try world.run(.admit(demand("a", hours: 1)))
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    try world.run(.admit(demand("b", hours: 2)), at: friday(9))
    try world.run(.endJob("b"), at: friday(9))
    let refusal = world.refusal(.admit(demand("b", hours: 2)), at: friday(11))
    #expect(refusal?.findings.first?.used == Int128(2 * 3_600_000_000_000))
    // The month ends on Monday night.
    #expect(refusal?.findings.first?.freesAt == friday(4 * 24))
    try world.run(.endJob("a"), at: friday(11))
    try world.run(.admit(demand("b", hours: 3)), at: friday(4 * 24))
  }

  @Test func `the next window makes no room for what is still reserved`() throws {
    var world = try world(quota([.costPerDay: 8_000_000_000]))
    try world.run(.admit(demand("a", gpus: 2)))
    #expect(world.refusal(.admit(demand("b", gpus: 2)))?.findings.first?.freesAt == nil)
    try world.run(.startJob("a", gpuType: nil), at: friday(9))
    try world.run(.endJob("a"), at: friday(10))
    let refusal = world.refusal(.admit(demand("b", gpus: 2)), at: friday(10))
    #expect(refusal?.findings.first?.freesAt == friday(24))
  }

  @Test func `of a long job an hour's limit sees an hour`() throws {
    var world = try world(quota([.costPerHour: 4_000_000_000]))
    try world.run(.admit(demand("a", gpus: 1, hours: 100)))
    #expect(world.refusal(.admit(demand("b", gpus: 1)))?.findings.first?.measure == .costPerHour)
  }

  @Test func `GPU hours are counted by the GPU`() throws {
    var world = try world(quota([.gpuHours: 8_000]))
    try world.run(.admit(demand("a", gpus: 4, hours: 2)))
    #expect(
      world.refusal(.admit(demand("b", gpus: 1)))?.message
        == "Quota exceeded: max_gpu_hours of project apollo: 8 of 8 used, 1 asked")
  }

  @Test func `a job that takes any GPU is counted by type where it is placed`() throws {
    var world = try world(quota([.gpusOfType("A100"): 2_000]))
    try world.run(.admit(demand("a", gpus: 2, type: "A100")))
    try world.run(.admit(demand("b", gpus: 1)))
    let refusal = world.refusal(.startJob("b", gpuType: "A100"))
    #expect(refusal?.findings.first?.measure == .gpusOfType("A100"))
    try world.run(.startJob("b", gpuType: "V100"))
    try world.run(.stopJob("b"), at: friday(10))
    try world.run(.endJob("a"), at: friday(10))
    try world.run(.startJob("b", gpuType: "A100"), at: friday(10))
    #expect(world.state.used(.gpusOfType("A100"), in: .project("apollo"), at: friday(10)) == 1_000)
    try world.run(.endJob("b"), at: friday(11))
    #expect(world.state.accounts[.project("apollo")]?.gpusByType == [:])
  }

  @Test func `a quota that expired bounds nothing`() throws {
    var quota = quota([.concurrentJobs: 0])
    quota.expiresAt = friday(10)
    var world = try world(quota)
    #expect(world.refusal(.admit(demand("a")), at: friday(9, 59, 59)) != nil)
    try world.run(.admit(demand("a")), at: friday(10))
  }

  @Test func `a job begins, stops and ends once`() throws {
    var world = try TenancyWorld.staffed()
    #expect(world.refusal(.startJob("a", gpuType: nil))?.sort == .notFound)
    try world.run(.admit(demand("a")))
    #expect(world.refusal(.admit(demand("a")))?.sort == .alreadyExists)
    #expect(world.refusal(.stopJob("a"))?.sort == .conflict)
    try world.run(.startJob("a", gpuType: nil))
    #expect(world.refusal(.startJob("a", gpuType: nil))?.sort == .conflict)
    #expect(world.refusal(.endJob("a"), by: .user("root"))?.sort == .accessDenied)
    try world.run(.endJob("a"))
    #expect(world.refusal(.endJob("a"))?.sort == .notFound)
    #expect(world.state.charges.isEmpty)
  }

  @Test func `wrong quotas are refused by the name of the field`() throws {
    var world = try TenancyWorld.staffed()
    func field(_ quota: Quota) -> String? { world.refusal(.setQuota(quota))?.field }
    var terms = BurstTerms()
    terms.multiplierThousandths = 999
    #expect(field(quota([:])) == "limits")
    #expect(field(quota([.cpus: -1])) == "max_cpus")
    #expect(field(quota([.gpusOfType(""): 1])) == "max_gpus_per_type")
    #expect(field(quota([.cpus: 1], .burst(terms))) == "burst_multiplier")
    #expect(field(quota([.cpus: 1], scope: .project("nowhere"))) == "project_id")
    #expect(
      world.refusal(.setQuota(quota([.cpus: 1])), by: .user("developer"))?.sort == .accessDenied)
    for number in 0..<TenancyLimits.quotasPerScopeMax {
      var other = quota([.cpus: 1])
      other.id = Quota.ID(stringLiteral: "q\(number)")
      try world.run(.setQuota(other))
    }
    #expect(world.refusal(.setQuota(quota([.cpus: 1])))?.sort == .limitReached)
  }

  @Test func `demands out of their ranges are refused`() throws {
    var world = try TenancyWorld.staffed()
    func sort(_ change: (inout Demand) -> Void) -> TenancyRefusal.Sort? {
      var job = demand("a")
      change(&job)
      return world.refusal(.admit(job))?.sort
    }
    #expect(sort { $0.job = "../a" } == .invalid)
    #expect(sort { $0.holdings.cpuThousandths = -1 } == .invalid)
    #expect(sort { $0.holdings.memoryMB = .max } == .invalid)
    #expect(sort { $0.expectedRuntime = .nanoseconds(-1) } == .invalid)
    #expect(sort { $0.expectedRuntime = .nanoseconds(.max) } == .invalid)
    #expect(sort { $0.costCenter = "a\n" } == .invalid)
    #expect(sort { $0.holdings.gpuThousandths = 1_000_000_000 } == .limitReached)
  }
}
