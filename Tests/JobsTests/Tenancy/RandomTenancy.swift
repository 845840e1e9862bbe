import Jobs
import Model

/// Draws commands: mostly ones that make sense, some that do not.
struct RandomTenancy {
  private var random: SeededRandom
  private(set) var now = friday(0)
  private var jobs = 0
  private var tokens = 0

  static let users: [User.ID] = ["ann", "bob", "eve"]
  static let projects: [Project.ID] = ["p", "q", "r"]
  static let organizations: [Organization.ID] = ["north", "south"]
  static let types: [Text] = ["A100", "V100"]
  static var scopes: [Scope] {
    users.map { .user($0) } + projects.map { .project($0) }
      + organizations.map { .organization($0) }
  }
  static let measures: [Measure] =
    [
      .cpus, .memory, .gpus, .storage, .concurrentJobs, .jobsPerDay, .jobHours, .gpuHours,
      .costPerHour, .costPerDay, .costPerMonth, .priority,
    ] + types.map { .gpusOfType($0) }

  init(seed: UInt64) {
    random = SeededRandom(seed: seed).child("tenancy")
  }

  /// What makes the ground for the rest.
  static var setUp: [TenancyCommand] {
    organizations.map { .createOrganization(Organization(id: $0)) }
      + users.map { .createUser(User(id: $0, role: $0 == "eve" ? .admin : .developer)) }
      + projects.map { project in
        var settings = ProjectSettings()
        settings.organization = project == "r" ? nil : organizations[project == "p" ? 0 : 1]
        return .createProject(project, settings)
      } + projects.flatMap { project in users.map { .setMember(project, $0, .developer) } }
  }

  mutating func next(_ state: TenancyState) -> (TenancyCommand, Caller) {
    now = now + .nanoseconds(step())
    switch random.below(100) {
    case 0..<35: return (.admit(demand()), .platform)
    case 35..<55:
      return (
        .startJob(job(state), gpuType: random.chance(70) ? random.pick(Self.types) : nil), .platform
      )
    case 55..<65: return (.stopJob(job(state)), .platform)
    case 65..<82: return (.endJob(job(state)), .platform)
    case 82..<90: return (.setQuota(quota()), .platform)
    case 90..<92: return (.removeQuota(random.pick(["a", "b", "c"])), .user("eve"))
    case 92..<94: return (.updateProject(random.pick(Self.projects), settings(state)), .platform)
    default: return (thing(), random.chance(60) ? .platform : .user(random.pick(Self.users)))
    }
  }

  /// Often none, mostly minutes, sometimes weeks.
  private mutating func step() -> Int64 {
    switch random.below(20) {
    case 0..<5: 0
    case 5..<16: random.within(0...3_600_000_000_000)
    case 16..<19: random.within(0...30 * 3_600_000_000_000)
    default: random.within(0...40 * 86_400_000_000_000)
    }
  }

  mutating func demand() -> Demand {
    jobs += 1
    var demand = Demand(
      job: Text("j\(jobs)"), user: random.pick(Self.users), project: random.pick(Self.projects),
      holdings: Holdings(
        cpuThousandths: random.within(0...8_000), memoryMB: random.within(0...8_192),
        storageMB: random.within(0...2_048), gpuThousandths: random.within(0...4) * 1_000),
      gpuType: random.chance(50) ? random.pick(Self.types) : nil,
      expectedRuntime: .nanoseconds(random.within(0...48 * 3_600_000_000_000)))
    demand.costCenter = random.pick(["", "research"])
    demand.facts.priority = random.within(0...1_000)
    return demand
  }

  private mutating func job(_ state: TenancyState) -> Text {
    let names = state.charges.keys.sorted()
    return names.isEmpty || random.chance(5) ? "nobody's" : random.pick(names)
  }

  private mutating func quota() -> Quota {
    var limits: [Measure: Int64] = [:]
    for _ in 0..<1 + random.below(3) {
      let measure = random.pick(Self.measures)
      // Near what a few jobs take, so that limits are met and kept.
      let shown = Int64(measure.limitsPerShown)
      limits[measure] =
        measure == .priority ? random.within(300...1_000) : random.within(0...40) * shown
    }
    var kind = Quota.Kind.hard
    switch random.below(3) {
    case 0: kind = .soft
    case 1:
      var terms = BurstTerms()
      terms.multiplierThousandths = random.within(1_000...3_000)
      kind = .burst(terms)
    default: break
    }
    return Quota(
      id: random.pick(["a", "b", "c", "d", "e"]), scope: random.pick(Self.scopes), kind: kind,
      enforcement: random.chance(60) ? .strict : random.pick(Quota.Enforcement.allCases),
      limits: limits, expiresAt: random.chance(20) ? now + .seconds(86_400 * 5) : nil)
  }

  private mutating func settings(_ state: TenancyState) -> ProjectSettings {
    var settings = state.projects[random.pick(Self.projects)]?.settings ?? ProjectSettings()
    settings.organization = random.chance(30) ? nil : random.pick(Self.organizations)
    settings.budget = Budget(
      monthlyNanodollars: random.within(0...400) * 1_000_000_000,
      alertThousandths: random.within(1...1_000))
    settings.classification = random.pick(Project.Classification.allCases)
    return settings
  }

  /// Whatever is not about quantities.
  private mutating func thing() -> TenancyCommand {
    let user = random.pick(Self.users)
    let project = random.pick(Self.projects)
    let other = random.pick(Self.projects)
    let secret = Secret.ID(project: project, name: random.pick(["k1", "k2"]))
    let checkpoint = CheckpointID(project: project, name: random.pick(["c1", "c2"]))
    switch random.below(12) {
    case 0:
      tokens += 1
      return .issueToken(
        APIToken.ID(stringLiteral: "t\(tokens)"), user, hash: tokenHash(tokens),
        expiresAt: now + .seconds(random.within(-5...1_000_000)))
    case 1: return .revokeToken(APIToken.ID(stringLiteral: "t\(random.below(tokens + 1))"))
    case 2: return .createSecret(secret)
    case 3: return .rotateSecret(secret)
    case 4: return .revokeSecret(secret)
    case 5: return .grantSecret(secret, to: other)
    case 6: return .withdrawSecret(secret, from: other)
    case 7: return .shareCheckpoint(checkpoint, with: other)
    case 8: return .unshareCheckpoint(checkpoint, with: other)
    case 9: return .forgetCheckpoint(checkpoint)
    case 10:
      return .updateUser(
        User(
          id: user, role: user == "eve" ? .admin : .developer,
          status: random.chance(20) ? .suspended : .active))
    default: return .setMember(project, user, random.chance(10) ? nil : .developer)
    }
  }
}
