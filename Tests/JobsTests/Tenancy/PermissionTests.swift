import Jobs
import Model
import TestSupport
import Testing

/// Who may do what, said once more in words: a line for each action, with the roles whose members may do it to what
/// is their own, and those who may to what others have.
private let table: [(Action, own: Set<Role>, others: Set<Role>)] = {
  let everyone: Set<Role> = [.viewer, .serviceAccount, .researcher, .developer, .admin]
  let runners: Set<Role> = [.serviceAccount, .researcher, .developer, .admin]
  let operators: Set<Role> = [.developer, .admin]
  let admins: Set<Role> = [.admin]
  let none: Set<Role> = []
  return [
    (.submitJob, runners, runners), (.readJob, everyone, everyone), (.listJobs, everyone, everyone),
    (.readJobEnvironment, runners, operators), (.cancelJob, runners, operators),
    (.suspendJob, runners, operators), (.resumeJob, runners, operators),
    (.retryJob, runners, operators), (.migrateJob, runners, operators),
    (.readLogs, everyone, everyone), (.readMetrics, everyone, everyone),
    (.readEvents, everyone, everyone), (.readArtifacts, everyone, everyone),
    (.uploadArtifact, runners, none), (.readCheckpoints, everyone, everyone),
    (.createCheckpoint, runners, operators), (.restoreCheckpoint, runners, runners),
    (.deleteCheckpoint, runners, operators), (.shareCheckpoint, admins, admins),
    (.listPools, everyone, everyone), (.readPool, everyone, everyone),
    (.listNodes, everyone, everyone), (.readNode, everyone, everyone),
    (.readSummary, everyone, everyone), (.allocate, runners, operators),
    (.releaseAllocation, runners, operators), (.listAllocations, everyone, everyone),
    (.readUsage, everyone, everyone), (.reserve, operators, operators),
    (.listReservations, everyone, everyone), (.cancelReservation, operators, operators),
    (.drainNode, admins, admins), (.undrainNode, admins, admins), (.cordonNode, admins, admins),
    (.uncordonNode, admins, admins), (.labelNode, admins, admins),
    (.listQueues, everyone, everyone), (.readQueue, everyone, everyone),
    (.createQueue, admins, admins), (.updateQueue, admins, admins),
    (.changeQueueState, admins, admins), (.readPolicy, everyone, everyone),
    (.changePolicy, admins, admins), (.listOrganizations, everyone, everyone),
    (.createOrganization, admins, admins), (.listUsers, admins, admins),
    (.readUser, everyone, admins), (.createUser, admins, admins), (.updateUser, admins, admins),
    (.listTokens, everyone, admins), (.issueToken, everyone, admins),
    (.revokeToken, everyone, admins), (.listProjects, everyone, everyone),
    (.readProject, everyone, everyone), (.createProject, admins, admins),
    (.updateProject, admins, admins), (.closeProject, admins, admins),
    (.changeMembers, admins, admins), (.governProject, admins, admins),
    (.listSecrets, everyone, everyone), (.changeSecret, admins, admins),
    (.grantSecret, admins, admins), (.readQuotas, everyone, everyone),
    (.changeQuota, admins, admins), (.readAudit, admins, admins),
  ]
}()

@Suite struct PermissionTests {
  @Test func `the table of words has every action once`() {
    #expect(table.map(\.0) == Action.allCases)
    #expect(Set(Action.allCases.map(\.rawValue)).count == Action.allCases.count)
  }

  @Test func `members with the same role on the platform may do what the table says`() {
    for (action, own, others) in table {
      for role in Role.allCases {
        let mine = Standing(role: role, membership: role, isOwn: true)
        let theirs = Standing(role: role, membership: role, isOwn: false)
        #expect(mine.may(action) == own.contains(role), "\(action) own \(role)")
        #expect(theirs.may(action) == others.contains(role), "\(action) others \(role)")
      }
    }
  }

  @Test func `a membership never lifts a user above the ceiling of their own role`() {
    for action in Action.allCases {
      for isOwn in [true, false] {
        let viewer = Standing(role: .viewer, membership: .admin, isOwn: isOwn)
        let plain = Standing(role: .viewer, membership: .viewer, isOwn: isOwn)
        #expect(viewer.may(action) == plain.may(action), "\(action)")
      }
    }
    #expect(Standing(role: .developer, membership: .admin).may(.changeMembers))
    #expect(!Standing(role: .researcher, membership: .admin).may(.changeMembers))
    #expect(Standing(role: .researcher, membership: .admin).may(.cancelJob))
    #expect(!Standing(role: .serviceAccount, membership: .admin).may(.cancelJob))
  }

  @Test func `nobody writes to a closed project`() {
    for role in Role.allCases {
      let standing = Standing(role: role, membership: role, isOwn: true, isClosed: true)
      #expect(standing.may(.readJob))
      for action in [Action.submitJob, .cancelJob, .uploadArtifact, .changeSecret, .reserve] {
        #expect(!standing.may(action), "\(action) \(role)")
      }
    }
  }

  /// Random users, projects and actions against a look at lists.
  @Test(arguments: TestSeed.all(10)) func `projects are isolated from each other`(_ seed: UInt64)
    throws
  {
    var random = SeededRandom(seed: seed).child("isolation")
    var world = TenancyWorld()
    try world.run(.createUser(User(id: "root", role: .admin)))
    var users: [User] = []
    for number in 0..<12 {
      let user = User(
        id: User.ID(stringLiteral: "u\(number)"), role: random.pick(Role.allCases),
        status: random.chance(15) ? .suspended : .active)
      users.append(user)
      try world.run(.createUser(user))
    }
    var memberships: [(user: User.ID, project: Project.ID, role: Role)] = []
    let projects = (0..<5).map { Project.ID(stringLiteral: "p\($0)") }
    for project in projects {
      try world.run(.createProject(project, ProjectSettings()))
      for user in users where random.chance(30) {
        let role = random.pick(Role.allCases)
        memberships.append((user.id, project, role))
        try world.run(.setMember(project, user.id, role))
      }
    }
    for _ in 0..<2_000 {
      let user = random.pick(users)
      let project = random.pick(projects)
      let (action, own, others) = random.pick(table)
      let owner = random.chance(50) ? user.id : random.pick(users).id
      let found = memberships.filter { $0.user == user.id && $0.project == project }
      let allowed = naive(user, found.first?.role, action, owner == user.id ? own : others)
      let answer = Result { () throws(TenancyRefusal) in
        try world.state.permit(action, by: user.id, in: project, owner: owner)
      }
      if ((try? answer.get()) != nil) != allowed {
        Issue.record("seed \(seed): \(user) \(project) \(action) \(owner), expected \(allowed)")
      }
    }
  }

  /// - Parameter roles: those that may do it to what is theirs or others', whichever it is.
  private func naive(_ user: User, _ membership: Role?, _ action: Action, _ roles: Set<Role>)
    -> Bool
  {
    if user.status == .suspended { return false }
    switch action.requirement {
    case .known, .administrator, .oneself: return roles.contains(user.role)
    case .member, .owner, .ownerAlone:
      if user.role == .admin { return roles.contains(.admin) }
      guard let membership, roles.contains(membership) else { return false }
      // What the user's own role keeps from everybody who has it.
      switch user.role {
      case .viewer: return roles.contains(.viewer)
      case .serviceAccount: return roles.contains(.serviceAccount)
      case .researcher: return roles != [.admin]
      case .developer, .admin: return true
      }
    }
  }
}
