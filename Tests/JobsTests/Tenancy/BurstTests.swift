import Jobs
import Model
import TestSupport
import Testing

/// Limits that may be passed for a while.
@Suite struct BurstTests {
  private func world(_ terms: BurstTerms = BurstTerms()) throws -> TenancyWorld {
    var world = try TenancyWorld.staffed()
    try world.run(
      .setQuota(
        Quota(
          id: "q", scope: .project("apollo"), kind: .burst(terms), limits: [.cpus: 4_000])))
    return world
  }

  @Test func `a burst goes to one and a half of the limit for a day, and then not for a week`()
    throws
  {
    var world = try world()
    try world.run(.admit(demand("a", cpus: 4, hours: 400)))
    // Up to the limit there is no burst, and above the raised limit there is none either.
    #expect(world.refusal(.admit(demand("b", cpus: 3)))?.findings.first?.limit == 6_000)
    #expect(
      try world.run(.admit(demand("c", cpus: 1)), at: friday(10)).first == .burstBegun("q"))
    #expect(try world.run(.admit(demand("d", cpus: 1)), at: friday(33, 59, 59)).count == 1)
    try world.run(.endJob("d"), at: friday(33, 59, 59))
    let refusal = world.refusal(.admit(demand("d", cpus: 1)), at: friday(34))
    #expect(refusal?.findings.first?.limit == 4_000)
    #expect(refusal?.findings.first?.freesAt == friday(34 + 168))
    let status = world.state.quotas(of: .project("apollo"), at: friday(34))
    #expect(status.map(\.burst) == [.cooling(until: friday(34 + 168))])
    #expect(world.refusal(.admit(demand("d", cpus: 1)), at: friday(33 + 168, 59, 59)) != nil)
    #expect(
      try world.run(.admit(demand("d", cpus: 1)), at: friday(34 + 168)).first == .burstBegun("q"))
  }

  @Test func `a cooldown lets jobs through up to the plain limit`() throws {
    var world = try world()
    try world.run(.admit(demand("a", cpus: 5)), at: friday(9))
    try world.run(.endJob("a"), at: friday(10))
    try world.run(.admit(demand("b", cpus: 4)), at: friday(40))
    #expect(world.refusal(.admit(demand("c", cpus: 1)), at: friday(40)) != nil)
  }

  @Test func `no burst begins where another limit refuses the job`() throws {
    var world = try world()
    try world.run(
      .setQuota(Quota(id: "hard", scope: .user("developer"), limits: [.memory: 1_024])))
    try world.run(.admit(demand("a")))
    #expect(world.refusal(.admit(demand("b", cpus: 5))) != nil)
    try world.run(.removeQuota("hard"))
    #expect(try world.run(.admit(demand("b", cpus: 4))).first == .burstBegun("q"))
  }

  @Test func `a quota that is given to another scope starts without a burst`() throws {
    var world = try world()
    try world.run(.admit(demand("a", cpus: 5)))
    try world.run(
      .setQuota(
        Quota(
          id: "q", scope: .user("researcher"), kind: .burst(BurstTerms()),
          limits: [.cpus: 4_000])), at: friday(40))
    let status = world.state.quotas(of: .user("researcher"), at: friday(40))
    #expect(status.map(\.burst) == [.ready])
  }

  @Test func `a burst is told to who uses it`() throws {
    let world = try world()
    let verdict = try world.state.verdict(
      on: demand("a", cpus: 6), by: .platform, at: friday(9))
    #expect(verdict.warnings.map(\.text) == ["max_cpus of project apollo: 0 of 6 used, 6 asked"])
  }
}
