import Jobs
import Model
import TestSupport
import Testing

/// Tokens, suspension and the holes of the first platform's authentication.
@Suite struct TenancyAccessTests {
  private func withToken(expiresAt: Instant = friday(33)) throws -> TenancyWorld {
    var world = try TenancyWorld.staffed()
    try world.run(
      .issueToken("t1", "developer", hash: tokenHash(1), expiresAt: expiresAt),
      by: .user("developer"))
    return world
  }

  private func refusal(_ hash: Text, _ state: TenancyState, at now: Instant) -> TenancyRefusal? {
    do throws(TenancyRefusal) {
      _ = try state.authenticate(hash: hash, at: now)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a token stands for its user until it expires`() throws {
    let state = try withToken(expiresAt: friday(10)).state
    #expect(try state.authenticate(hash: tokenHash(1), at: friday(9, 59)).id == "developer")
    #expect(refusal(tokenHash(1), state, at: friday(10)) == .unauthenticated)
  }

  @Test func `defect 24: only a token that was issued is a user, and a revoked one is nobody`()
    throws
  {
    var world = try withToken()
    #expect(refusal(tokenHash(2), world.state, at: friday(9)) == .unauthenticated)
    #expect(refusal("test-token", world.state, at: friday(9)) == .unauthenticated)
    #expect(refusal(.empty, world.state, at: friday(9)) == .unauthenticated)
    try world.run(.revokeToken("t1"), by: .user("developer"))
    #expect(refusal(tokenHash(1), world.state, at: friday(9)) == .unauthenticated)
    #expect(TenancyRefusal.unauthenticated.message == "Invalid authentication credentials")
  }

  @Test func `defect 24: a token can be exchanged without a gap`() throws {
    var world = try withToken()
    try world.run(
      .issueToken("t2", "developer", hash: tokenHash(2), expiresAt: friday(33)),
      by: .user("developer"))
    #expect(try world.state.authenticate(hash: tokenHash(1), at: friday(9)).id == "developer")
    try world.run(.revokeToken("t1"), by: .user("developer"))
    #expect(try world.state.authenticate(hash: tokenHash(2), at: friday(9)).id == "developer")
    // The next one takes the room of those that are no longer good.
    try world.run(
      .issueToken("t3", "developer", hash: tokenHash(3), expiresAt: friday(33)),
      by: .user("developer"))
    #expect(world.state.tokens.keys.sorted() == ["t2", "t3"])
  }

  @Test func `an old secret does not come back with the id of its token`() throws {
    var world = try withToken()
    try world.run(.revokeToken("t1"))
    try world.run(.issueToken("t2", "developer", hash: tokenHash(2), expiresAt: friday(33)))
    // By now the id of the first is free again.
    try world.run(.issueToken("t1", "developer", hash: tokenHash(3), expiresAt: friday(33)))
    #expect(refusal(tokenHash(1), world.state, at: friday(9)) == .unauthenticated)
    #expect(try world.state.authenticate(hash: tokenHash(3), at: friday(9)).id == "developer")
  }

  @Test func `defect 24: a suspended user may do nothing, token or not`() throws {
    var world = try withToken()
    try world.run(.updateUser(User(id: "developer", role: .developer, status: .suspended)))
    #expect(refusal(tokenHash(1), world.state, at: friday(9))?.sort == .suspended)
    for action in Action.allCases {
      let refused = Result { () throws(TenancyRefusal) in
        try world.state.permit(action, by: "developer", in: "apollo", owner: "developer")
      }
      #expect(throws: TenancyRefusal.self) { try refused.get() }
    }
    #expect(world.refusal(.admit(demand("j")), by: .platform)?.sort == .suspended)
    #expect(!world.state.sees("developer", "apollo"))
  }

  @Test func `defect 4: an admin is recognised`() throws {
    let state = try TenancyWorld.staffed().state
    try state.permit(.drainNode, by: "root")
    try state.permit(.cordonNode, by: "root")
    #expect(throws: TenancyRefusal.self) { try state.permit(.drainNode, by: "developer") }
    try state.permit(.readJob, by: "root", in: "apollo", owner: "researcher")
  }

  @Test func `refusals say what the first platform's interface says`() throws {
    let state = try TenancyWorld.staffed().state
    func message(_ action: Action, by user: User.ID, in project: Project.ID? = nil) -> String? {
      do throws(TenancyRefusal) {
        try state.permit(action, by: user, in: project, owner: "researcher")
        return nil
      } catch {
        return error.message
      }
    }
    #expect(message(.drainNode, by: "developer") == "Admin access required")
    #expect(message(.readJob, by: "root", in: "nowhere") == "Project nowhere not found")
    #expect(
      message(.uploadArtifact, by: "root", in: "apollo") == "Only job owner can upload artifacts")
    var other = state
    other.evolve(.userSet(User(id: "stranger", role: .developer)), at: friday(9))
    #expect(throws: TenancyRefusal.self) {
      try other.permit(.readJob, by: "stranger", in: "apollo")
    }
    #expect(!other.sees("stranger", "apollo"))
    #expect(other.projects(seenBy: "stranger") == [])
    #expect(other.projects(seenBy: "viewer") == ["apollo"])
  }

  @Test func `users ask for tokens of their own, and only admins for others'`() throws {
    var world = try TenancyWorld.staffed()
    let other = TenancyCommand.issueToken(
      "t1", "researcher", hash: tokenHash(1), expiresAt: friday(33))
    #expect(world.refusal(other, by: .user("developer"))?.sort == .accessDenied)
    try world.run(other, by: .user("root"))
    #expect(world.refusal(.revokeToken("t1"), by: .user("developer"))?.sort == .accessDenied)
    // Who may not know of a token is not told whether there is one.
    #expect(world.refusal(.revokeToken("t9"), by: .user("developer"))?.sort == .accessDenied)
  }

  @Test func `a token needs a hash of its own and an end within a year`() throws {
    var world = try withToken()
    func issue(_ id: APIToken.ID, _ hash: Text, _ end: Instant) -> TenancyCommand {
      .issueToken(id, "viewer", hash: hash, expiresAt: end)
    }
    #expect(world.refusal(issue("t2", tokenHash(1), friday(33)))?.field == "hash")
    #expect(world.refusal(issue("t2", "secret", friday(33)))?.field == "hash")
    #expect(world.refusal(issue("t2", tokenHash(2), friday(9)))?.field == "expires_at")
    #expect(world.refusal(issue("t2", tokenHash(2), friday(367 * 24)))?.field == "expires_at")
    #expect(world.refusal(issue("t1", tokenHash(2), friday(33)))?.sort == .alreadyExists)
    for number in 0..<TenancyLimits.tokensPerUserMax {
      try world.run(
        issue(APIToken.ID(stringLiteral: "v\(number)"), tokenHash(10 + number), friday(33)))
    }
    #expect(world.refusal(issue("t2", tokenHash(2), friday(33)))?.sort == .limitReached)
  }

  @Test func `the only active admin stays one`() throws {
    var world = try TenancyWorld.staffed()
    let demoted = TenancyCommand.updateUser(User(id: "root", role: .developer))
    let suspended = TenancyCommand.updateUser(User(id: "root", role: .admin, status: .suspended))
    #expect(world.refusal(demoted)?.sort == .conflict)
    #expect(world.refusal(suspended)?.sort == .conflict)
    try world.run(.createUser(User(id: "second", role: .admin)))
    try world.run(suspended)
    #expect(
      world.refusal(.updateUser(User(id: "second", role: .viewer)))?.sort == .conflict)
  }

  @Test func `where nobody is asked the caller is local, and a project is made at its first use`()
    throws
  {
    var world = TenancyWorld(authenticates: false)
    let job = demand("j", by: "local", in: "test-project")
    let decisions = try world.run(.admit(job), by: .user("local"))
    #expect(decisions.count == 2)
    #expect(world.state.projects["test-project"] != nil)
    #expect(
      try world.run(.admit(demand("k", by: "local", in: "test-project")), by: .user("local")).count
        == 1)
    #expect(world.refusal(.createUser(User(id: "local", role: .viewer)))?.sort == .alreadyExists)
    // Nor does anybody but an admin make one.
    try world.run(.createUser(User(id: "ann", role: .developer)))
    let others = [demand("l", by: "ann", in: "new"), demand("l", by: "nobody", in: "new")]
    #expect(
      others.map { world.refusal(.admit($0))?.sort } == [.accessDenied, .unauthenticated])
    // Reading makes nothing.
    #expect(throws: TenancyRefusal.self) { try world.state.permit(.readJob, by: "local", in: "p") }
  }

  @Test func `where somebody is asked there is no local and no project by itself`() throws {
    var world = try TenancyWorld.staffed()
    #expect(
      world.refusal(.admit(demand("j", in: "unknown")), by: .user("developer"))?.message
        == "Project unknown not found")
    #expect(
      world.refusal(.admit(demand("j", by: "local")), by: .user("local"))?.sort
        == .unauthenticated)
    #expect(world.state.user("local") == nil)
  }

  @Test(arguments: ["", ".", "..", "../x", "a/b", "a b", "-x", "é", "a\u{0}", "a\n"])
  func `a name that could lead elsewhere is no identifier`(_ name: String) {
    #expect(Project.ID(Text(name)) == nil)
    #expect(Project.ID(Text(String(repeating: "a", count: 129))) == nil)
    #expect(Project.ID(Text("project-456_v1.2:x@y+z"))?.description == "project-456_v1.2:x@y+z")
  }
}
