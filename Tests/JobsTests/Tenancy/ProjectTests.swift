import Jobs
import Model
import TestSupport
import Testing

/// Projects, their members, secrets and shared checkpoints.
@Suite struct ProjectTests {
  private let secret = Secret.ID(project: "apollo", name: "key")
  private let checkpoint = CheckpointID(project: "apollo", name: "epoch-3")

  /// `apollo`, managed by the developer `boss`, beside `gemini` of the given classification.
  private func world(
    _ classification: Project.Classification = .internal, other: Project.Classification = .internal
  ) throws -> TenancyWorld {
    var world = try TenancyWorld.staffed()
    try world.run(.createUser(User(id: "boss", role: .developer)))
    try world.run(.setMember("apollo", "boss", .admin))
    var settings = ProjectSettings()
    settings.classification = classification
    try world.run(.updateProject("apollo", settings))
    settings.classification = other
    try world.run(.createProject("gemini", settings))
    return world
  }

  @Test func `who manages a project says who belongs to it, and not what bounds it`() throws {
    var world = try world()
    try world.run(.setMember("apollo", "viewer", nil), by: .user("boss"))
    #expect(!world.state.sees("viewer", "apollo"))
    var settings = ProjectSettings()
    settings.name = "Apollo"
    settings.retentionDays = 30
    try world.run(.updateProject("apollo", settings), by: .user("boss"))
    var governed: [ProjectSettings] = []
    for change in 0..<6 {
      var settings = settings
      switch change {
      case 0: settings.budget.monthlyNanodollars = 1
      case 1: settings.classification = .public
      case 2: settings.policy.allowsPrivileged = true
      case 3: settings.allowedPools = ["p"]
      case 4: settings.budget.alertThousandths = 1
      default: settings.policy.priorityMax = 1
      }
      governed.append(settings)
    }
    for settings in governed {
      let command = TenancyCommand.updateProject("apollo", settings)
      #expect(world.refusal(command, by: .user("boss"))?.message == "Admin access required")
      #expect(world.refusal(command, by: .user("developer"))?.sort == .accessDenied)
      try world.run(command, by: .user("root"))
    }
  }

  @Test func `settings out of their ranges are refused by the name of the field`() throws {
    var world = try world()
    func field(_ change: (inout ProjectSettings) -> Void) -> String? {
      var settings = ProjectSettings()
      change(&settings)
      return world.refusal(.updateProject("apollo", settings))?.field
    }
    #expect(field { $0.budget.monthlyNanodollars = -1 } == "budget_monthly")
    #expect(field { $0.budget.alertThousandths = 0 } == "budget_alert_threshold")
    #expect(field { $0.budget.alertThousandths = 1_001 } == "budget_alert_threshold")
    #expect(field { $0.retentionDays = 0 } == "retention_days")
    #expect(field { $0.allowedQueues = [.empty] } == "allowed_queues")
    #expect(field { $0.allowedPools = Array(repeating: "p", count: 65) } == "allowed_pools")
    #expect(field { $0.policy.priorityMax = 1_001 } == "max_priority")
    #expect(field { $0.policy.runtimeMax = .zero } == "max_runtime")
    #expect(field { $0.name = Text(String(repeating: "n", count: 257)) } == "name")
    #expect(field { $0.organization = "nowhere" } == "organization_id")
  }

  @Test func `a closed project takes nothing new`() throws {
    var world = try world()
    try world.run(.setClosed("apollo", true), by: .user("root"))
    let refusal = world.refusal(.admit(demand("j")), by: .user("developer"))
    #expect(refusal?.message == "Access denied to project apollo: it is closed")
    #expect(world.refusal(.createSecret(secret), by: .user("boss"))?.sort == .accessDenied)
    #expect(world.refusal(.setClosed("apollo", true))?.sort == .conflict)
    try world.state.permit(.readJob, by: "developer", in: "apollo")
    #expect(world.refusal(.setClosed("apollo", false), by: .user("boss"))?.sort == .accessDenied)
    try world.run(.setClosed("apollo", false), by: .user("root"))
    try world.run(.admit(demand("j")), by: .user("developer"))
  }

  @Test func `a secret is used by its own project and by those that it was granted to`() throws {
    var world = try world()
    #expect(world.refusal(.createSecret(secret), by: .user("developer"))?.sort == .accessDenied)
    try world.run(.createSecret(secret), by: .user("boss"))
    #expect(world.refusal(.createSecret(secret))?.sort == .alreadyExists)
    #expect(world.state.mayUse(secret, in: "apollo"))
    #expect(!world.state.mayUse(secret, in: "gemini"))
    try world.run(.grantSecret(secret, to: "gemini"), by: .user("boss"))
    #expect(world.state.mayUse(secret, in: "gemini"))
    #expect(world.refusal(.grantSecret(secret, to: "gemini"))?.sort == .alreadyExists)
    try world.run(.withdrawSecret(secret, from: "gemini"), by: .user("boss"))
    #expect(!world.state.mayUse(secret, in: "gemini"))
    #expect(world.refusal(.withdrawSecret(secret, from: "gemini"))?.sort == .notFound)
  }

  @Test func `a revoked secret is used by nobody, and its versions never come again`() throws {
    var world = try world()
    try world.run(.createSecret(secret))
    try world.run(.grantSecret(secret, to: "gemini"))
    try world.run(.rotateSecret(secret), at: friday(10))
    #expect(world.state.secrets[secret]?.version == 2)
    #expect(world.state.secrets[secret]?.rotatedAt == friday(10))
    try world.run(.revokeSecret(secret), at: friday(11))
    #expect(!world.state.mayUse(secret, in: "apollo"))
    #expect(!world.state.mayUse(secret, in: "gemini"))
    #expect(world.refusal(.rotateSecret(secret), at: friday(11))?.sort == .conflict)
    try world.run(.createSecret(secret), at: friday(12))
    #expect(world.state.secrets[secret]?.version == 3)
    #expect(world.state.secrets[secret]?.grants == [])
  }

  @Test func `defect 28: a checkpoint of another project is restored only where it was shared`()
    throws
  {
    var world = try world()
    #expect(world.state.mayRestore(checkpoint, in: "apollo"))
    #expect(!world.state.mayRestore(checkpoint, in: "gemini"))
    let share = TenancyCommand.shareCheckpoint(checkpoint, with: "gemini")
    #expect(world.refusal(share, by: .user("developer"))?.sort == .accessDenied)
    try world.run(share, by: .user("boss"))
    #expect(world.state.mayRestore(checkpoint, in: "gemini"))
    #expect(
      !world.state.mayRestore(CheckpointID(project: "apollo", name: "epoch-4"), in: "gemini"))
    // The grant is the owner's: the other project cannot hand it on.
    try world.run(.createProject("mercury", ProjectSettings()))
    #expect(!world.state.mayRestore(checkpoint, in: "mercury"))
    try world.run(.unshareCheckpoint(checkpoint, with: "gemini"), by: .user("boss"))
    #expect(!world.state.mayRestore(checkpoint, in: "gemini"))
    try world.run(share)
    try world.run(.forgetCheckpoint(checkpoint))
    #expect(world.state.checkpointShares == [:])
    #expect(world.refusal(.forgetCheckpoint(checkpoint), by: .user("root"))?.sort == .accessDenied)
  }

  @Test(arguments: Project.Classification.allCases, Project.Classification.allCases)
  func `what a project has goes only where it is guarded as well`(
    _ source: Project.Classification, _ target: Project.Classification
  ) throws {
    var world = try world(source, other: target)
    try world.run(.createSecret(secret))
    let allowed = source != .restricted && source.rawValue <= target.rawValue
    for command in [
      TenancyCommand.grantSecret(secret, to: "gemini"),
      .shareCheckpoint(checkpoint, with: "gemini"),
    ] {
      if allowed {
        try world.run(command)
      } else {
        #expect(world.refusal(command)?.sort == .policyViolated)
      }
    }
    #expect(world.state.mayUse(secret, in: "gemini") == allowed)
    #expect(world.state.mayRestore(checkpoint, in: "gemini") == allowed)
    // A grant does not outlast a stricter classification.
    var settings = ProjectSettings()
    settings.classification = .restricted
    try world.run(.updateProject("apollo", settings))
    #expect(!world.state.mayUse(secret, in: "gemini"))
    #expect(!world.state.mayRestore(checkpoint, in: "gemini"))
  }

  @Test func `an unknown project is refused a grant as one that is guarded less`() throws {
    var world = try world(.confidential, other: .public)
    func message(_ project: Project.ID) -> String? {
      world.refusal(.shareCheckpoint(checkpoint, with: project), by: .user("boss"))?.message
        .replacing(project.description, with: "X")
    }
    #expect(message("gemini") == message("nowhere"))
    #expect(world.refusal(.shareCheckpoint(checkpoint, with: "apollo"))?.sort == .invalid)
  }

  @Test func `tables end at their limits by name`() throws {
    var world = try world()
    for number in 0..<TenancyLimits.grantsMax {
      let other = Project.ID(stringLiteral: "p\(number)")
      try world.run(.createProject(other, ProjectSettings()))
      try world.run(.shareCheckpoint(checkpoint, with: other))
    }
    #expect(
      world.refusal(.shareCheckpoint(checkpoint, with: "gemini"))?.sort == .limitReached)
    for number in 0..<TenancyLimits.secretsPerProjectMax {
      try world.run(
        .createSecret(
          Secret.ID(
            project: "apollo", name: Identifier<Secret>(stringLiteral: "s\(number)"))))
    }
    #expect(world.refusal(.createSecret(secret))?.sort == .limitReached)
    let members = world.state.projects["apollo"]?.members.count ?? 0
    for number in members..<TenancyLimits.membersPerProjectMax {
      let user = User.ID(stringLiteral: "m\(number)")
      try world.run(.createUser(User(id: user, role: .viewer)))
      try world.run(.setMember("apollo", user, .viewer))
    }
    #expect(world.refusal(.setMember("apollo", "root", .viewer))?.sort == .limitReached)
    // Whoever is a member can still be given another role.
    try world.run(.setMember("apollo", "viewer", .developer))
  }
}
