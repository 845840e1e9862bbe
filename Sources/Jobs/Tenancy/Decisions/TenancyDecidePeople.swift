import Model

extension TenancyState {
  func decidePeople(
    _ command: TenancyCommand, by caller: Caller, at now: Instant
  ) throws(TenancyRefusal) -> TenancyDecision {
    switch command {
    case .createOrganization(let organization):
      try permit(.createOrganization, by: caller)
      guard organizations[organization.id] == nil else {
        throw .taken("Organization", organization.id)
      }
      try TenancyRefusal.checkRoom(
        organizations.count, TenancyLimits.organizationsMax, "organizations", field: "id")
      try TenancyRefusal.check(organization.name, field: "name")
      return .organizationCreated(organization)
    case .createUser(let user):
      try permit(.createUser, by: caller)
      guard users[user.id] == nil, user.id != User.local.id else { throw .taken("User", user.id) }
      try TenancyRefusal.checkRoom(users.count, TenancyLimits.usersMax, "users", field: "id")
      try TenancyRefusal.check(user.name, field: "name")
      return .userSet(user)
    case .updateUser(let user):
      try permit(.updateUser, by: caller)
      guard let old = users[user.id] else { throw .unknown("User", user.id) }
      try TenancyRefusal.check(user.name, field: "name")
      // Nobody could ever make another admin.
      guard admins > 1 || !old.isActiveAdmin || user.isActiveAdmin || !settings.authenticates else {
        throw TenancyRefusal(
          .conflict, "\(user.id) is the only active admin; make another one first", field: "role")
      }
      return .userSet(user)
    case .issueToken(let id, let user, let hash, let expiresAt):
      return try issueToken(id, for: user, hash: hash, expiresAt: expiresAt, by: caller, at: now)
    case .revokeToken(let id):
      guard let token = tokens[id] else {
        // Whether a token exists is nobody's business but its user's and the admins'.
        try permit(.revokeToken, by: caller)
        throw .unknown("Token", id)
      }
      try permit(.revokeToken, by: caller, owner: token.user)
      guard token.revokedAt == nil else {
        throw TenancyRefusal(.conflict, "token \(id) is revoked already")
      }
      return .tokenRevoked(id)
    default: preconditionFailure("only commands about people come here")
    }
  }

  private func issueToken(
    _ id: APIToken.ID, for user: User.ID, hash: Text, expiresAt: Instant, by caller: Caller,
    at now: Instant
  ) throws(TenancyRefusal) -> TenancyDecision {
    try permit(.issueToken, by: caller, owner: user)
    guard users[user] != nil else { throw .unknown("User", user) }
    guard tokens[id] == nil else { throw .taken("Token", id) }
    guard hash.isSHA256 else {
      throw .invalid("hash", "expected the token's SHA-256 as 64 lower-case hexadecimal digits")
    }
    guard tokensByHash[hash] == nil else {
      throw .invalid("hash", "the token is in use already; draw a new one")
    }
    guard now < expiresAt, expiresAt - now <= TenancyLimits.tokenLifeMax else {
      let days = TenancyLimits.tokenLifeMax.nanoseconds / UTCWindow.nanosecondsPerDay
      throw .invalid("expires_at", "a token is to expire within \(days) days")
    }
    let good = (tokensByUser[user] ?? []).count { tokens[$0]?.isValid(at: now) ?? false }
    try TenancyRefusal.checkRoom(
      good, TenancyLimits.tokensPerUserMax, "good tokens of \(user)", field: "user")
    return .tokenIssued(
      APIToken(id: id, user: user, hash: hash, createdAt: now, expiresAt: expiresAt))
  }

  // MARK: Projects

  func decideProject(
    _ command: TenancyCommand, by caller: Caller
  ) throws(TenancyRefusal) -> TenancyDecision {
    switch command {
    case .createProject(let id, let settings):
      try permit(.createProject, by: caller)
      try checkNew(id)
      try check(settings)
      return .projectCreated(id, settings)
    case .updateProject(let id, let settings):
      try permit(.updateProject, by: caller, in: id)
      if projects[id].map({ settings.isGoverned(unlike: $0.settings) }) ?? true {
        try permit(.governProject, by: caller, in: id)
      }
      try check(settings)
      return .projectChanged(id, settings)
    case .setClosed(let id, let isClosed):
      try permit(.closeProject, by: caller, in: id)
      guard projects[id]?.isClosed != isClosed else {
        throw TenancyRefusal(.conflict, "project \(id) is \(isClosed ? "closed" : "open") already")
      }
      return .closedSet(id, isClosed)
    case .setMember(let id, let user, let role):
      try permit(.changeMembers, by: caller, in: id)
      guard self.user(user) != nil else { throw .unknown("User", user) }
      let members = projects[id]?.members ?? [:]
      if role == nil, members[user] == nil { throw .unknown("Member", user) }
      if members[user] == nil {
        try TenancyRefusal.checkRoom(
          members.count, TenancyLimits.membersPerProjectMax, "members of \(id)", field: "user")
      }
      return .memberSet(id, user, role)
    default: preconditionFailure("only commands about projects come here")
    }
  }

  func checkNew(_ id: Project.ID) throws(TenancyRefusal) {
    guard projects[id] == nil else { throw .taken("Project", id) }
    try TenancyRefusal.checkRoom(
      projects.count, TenancyLimits.projectsMax, "projects", field: "project_id")
  }

  func check(_ settings: ProjectSettings) throws(TenancyRefusal) {
    if let id = settings.organization, organizations[id] == nil {
      throw .unknown("Organization", id)
    }
    try settings.check()
  }

  // MARK: Quotas

  func set(_ quota: Quota, by caller: Caller) throws(TenancyRefusal) -> TenancyDecision {
    try permit(.changeQuota, by: caller)
    switch quota.scope {
    case .user(let id): if user(id) == nil { throw .unknown("User", id) }
    case .project(let id): if projects[id] == nil { throw .unknown("Project", id) }
    case .organization(let id):
      if organizations[id] == nil { throw .unknown("Organization", id) }
    }
    try quota.check()
    if quotas[quota.id] == nil {
      try TenancyRefusal.checkRoom(quotas.count, TenancyLimits.quotasMax, "quotas", field: "id")
    }
    let others = (quotasByScope[quota.scope] ?? []).subtracting([quota.id]).count
    try TenancyRefusal.checkRoom(
      others, TenancyLimits.quotasPerScopeMax, "quotas of \(quota.scope.description)",
      field: "scope")
    return .quotaSet(quota)
  }
}
