import Model

// The people and their things as bytes. Each writer stands beside its reader. What has an order by nature keeps it;
// sets and tables are written in the order of their keys, and read only in it, so that equal values have equal bytes.

extension ByteSink {
  mutating func append<Subject>(_ id: Identifier<Subject>) { append(id.text) }

  mutating func append(_ id: Secret.ID) {
    append(id.project)
    append(id.name)
  }

  mutating func append(_ id: CheckpointID) {
    append(id.project)
    append(id.name)
  }

  mutating func append(_ caller: Caller) {
    switch caller {
    case .platform: append(false)
    case .user(let id):
      append(true)
      append(id)
    }
  }

  mutating func append(_ organization: Organization) {
    append(organization.id)
    append(organization.name)
  }

  mutating func append(_ user: User) {
    append(user.id)
    append(user.name)
    append(byte: user.role.rawValue)
    append(byte: user.status.rawValue)
    append(byte: user.provider.rawValue)
  }

  mutating func append(_ token: APIToken) {
    append(token.id)
    append(token.user)
    append(token.hash)
    append(token.createdAt)
    append(token.expiresAt)
    append(optional: token.revokedAt) { $0.append($1) }
  }

  mutating func append(_ secret: Secret) {
    append(secret.id)
    append(secret.version)
    append(secret.createdAt)
    append(secret.rotatedAt)
    append(optional: secret.revokedAt) { $0.append($1) }
    append(list: secret.grants.sorted()) { $0.append($1) }
  }

  mutating func append(_ project: Project) {
    append(project.id)
    append(project.settings)
    append(list: project.members.sorted { $0.key < $1.key }) { sink, member in
      sink.append(member.key)
      sink.append(byte: member.value.rawValue)
    }
    append(project.isClosed)
  }

  mutating func append(_ settings: ProjectSettings) {
    append(settings.name)
    append(optional: settings.organization) { $0.append($1) }
    append(settings.budget.monthlyNanodollars)
    append(settings.budget.alertThousandths)
    append(byte: settings.classification.rawValue)
    append(settings.retentionDays)
    append(list: settings.allowedClusters) { $0.append($1) }
    append(list: settings.allowedPools) { $0.append($1) }
    append(list: settings.allowedQueues) { $0.append($1) }
    append(list: settings.policy.allowedImages) { $0.append($1.text) }
    append(settings.policy.allowsPrivileged)
    append(list: settings.policy.allowedCapabilities) { $0.append($1) }
    append(settings.policy.allowsHostVolumes)
    append(settings.policy.allowsInternet)
    append(settings.policy.priorityMax)
    append(optional: settings.policy.runtimeMax) { $0.append($1) }
  }

  mutating func append<Element>(
    list: [Element], _ write: (inout ByteSink, Element) -> Void
  ) {
    append(list.count)
    for element in list { write(&self, element) }
  }
}

extension ByteSource {
  mutating func identifier<Subject>() throws(Malformed) -> Identifier<Subject> {
    guard let id = Identifier<Subject>(try text()) else { throw malformed("a name before this") }
    return id
  }

  mutating func secretID() throws(Malformed) -> Secret.ID {
    Secret.ID(project: try identifier(), name: try identifier())
  }

  mutating func checkpointID() throws(Malformed) -> CheckpointID {
    CheckpointID(project: try identifier(), name: try identifier())
  }

  mutating func caller() throws(Malformed) -> Caller {
    try flag() ? .user(try identifier()) : .platform
  }

  mutating func organization() throws(Malformed) -> Organization {
    Organization(id: try identifier(), name: try text())
  }

  mutating func user() throws(Malformed) -> User {
    User(
      id: try identifier(), name: try text(), role: try value(Role.self),
      status: try value(User.Status.self), provider: try value(User.Provider.self))
  }

  mutating func apiToken() throws(Malformed) -> APIToken {
    let token = APIToken(
      id: try identifier(), user: try identifier(), hash: try text(), createdAt: try instant(),
      expiresAt: try instant(), revokedAt: try optionalInstant())
    guard token.hash.isSHA256 else { throw malformed("a hash before this") }
    return token
  }

  mutating func secret() throws(Malformed) -> Secret {
    let id = try secretID()
    let version = try signed()
    guard version >= 1, version < .max else { throw malformed("a version before this") }
    return Secret(
      id: id, version: version, createdAt: try instant(), rotatedAt: try instant(),
      revokedAt: try optionalInstant(),
      grants: Set(
        try ascending { source throws(Malformed) in try source.identifier() } as [Project.ID]))
  }

  mutating func project() throws(Malformed) -> Project {
    let id: Project.ID = try identifier()
    let settings = try projectSettings()
    var members: [User.ID: Role] = [:]
    var last: User.ID?
    for _ in 0..<(try boundedCount()) {
      let member: User.ID = try identifier()
      guard last.map({ $0 < member }) ?? true else { throw malformed("a later member") }
      members[member] = try value(Role.self)
      last = member
    }
    return Project(id: id, settings: settings, members: members, isClosed: try flag())
  }

  mutating func projectSettings() throws(Malformed) -> ProjectSettings {
    var settings = ProjectSettings()
    settings.name = try text()
    settings.organization = try optional { source throws(Malformed) in try source.identifier() }
    settings.budget.monthlyNanodollars = try signed()
    settings.budget.alertThousandths = try signed()
    settings.classification = try value(Project.Classification.self)
    settings.retentionDays = try signed()
    settings.allowedClusters = try texts()
    settings.allowedPools = try texts()
    settings.allowedQueues = try texts()
    settings.policy.allowedImages = try list { source throws(Malformed) in
      guard let pattern = ImagePattern(try source.text()) else {
        throw source.malformed("a pattern before this")
      }
      return pattern
    }
    settings.policy.allowsPrivileged = try flag()
    settings.policy.allowedCapabilities = try texts()
    settings.policy.allowsHostVolumes = try flag()
    settings.policy.allowsInternet = try flag()
    settings.policy.priorityMax = try signed()
    settings.policy.runtimeMax = try optional { source throws(Malformed) in try source.span() }
    // Sums over budgets rely on these.
    guard settings.isValid else { throw malformed("settings in their ranges before this") }
    return settings
  }

  private mutating func texts() throws(Malformed) -> [Text] {
    try list { source throws(Malformed) in try source.text() }
  }

  mutating func list<Element>(
    _ read: (inout ByteSource) throws(Malformed) -> Element
  ) throws(Malformed) -> [Element] {
    var all: [Element] = []
    for _ in 0..<(try boundedCount()) { all.append(try read(&self)) }
    return all
  }

  mutating func ascending<Element: Comparable>(
    _ read: (inout ByteSource) throws(Malformed) -> Element
  ) throws(Malformed) -> [Element] {
    let all = try list(read)
    for (left, right) in zip(all, all.dropFirst()) where left >= right {
      throw malformed("ascending entries before this")
    }
    return all
  }
}

extension ProjectSettings {
  var isValid: Bool {
    do throws(TenancyRefusal) {
      try check()
      return true
    } catch {
      return false
    }
  }
}
