package import Model

extension TenancyState {
  /// The user whose token has a hash, if both are good at this time.
  ///
  /// - Parameter hash: the SHA-256 of what was sent, as 64 lower-case hexadecimal digits. A table finds it: who does
  ///   not know the token cannot choose the bytes of its hash, so the time of the look-up tells nothing.
  package func authenticate(hash: Text, at now: Instant) throws(TenancyRefusal) -> User {
    guard let id = tokensByHash[hash], let token = tokens[id], token.isValid(at: now),
      let user = users[token.user]
    else { throw .unauthenticated }
    guard user.status == .active else { throw .suspended(user.id) }
    return user
  }

  /// A user by id; the built-in admin where nobody has to say who they are.
  package func user(_ id: User.ID) -> User? {
    !settings.authenticates && id == User.local.id ? .local : users[id]
  }

  /// Throws why a user may not do something.
  ///
  /// - Parameters:
  ///   - project: the project of the thing that it is done to; nil for what belongs to none.
  ///   - owner: whose the thing is, or whom it is about; nil where that does not matter.
  package func permit(
    _ action: Action, by id: User.ID, in project: Project.ID? = nil, owner: User.ID? = nil
  ) throws(TenancyRefusal) {
    guard let user = user(id) else { throw .unauthenticated }
    guard user.status == .active else { throw .suspended(id) }
    var standing = Standing(role: user.role, membership: nil, isOwn: owner == id)
    if let project {
      guard let found = projects[project] else { throw .unknown("Project", project) }
      standing.membership = found.members[id]
      standing.isClosed = found.isClosed
    }
    guard !standing.may(action) else { return }
    throw .denied(action, standing, project: project)
  }

  /// Whether a user may know that a project exists.
  package func sees(_ id: User.ID, _ project: Project.ID) -> Bool {
    guard let user = user(id), user.status == .active, let found = projects[project] else {
      return false
    }
    return Standing(role: user.role, membership: found.members[id]).rights.contains(.read)
  }

  /// The projects that a user may read, by id. Takes time in proportion to the projects there are.
  package func projects(seenBy id: User.ID) -> [Project.ID] {
    projects.keys.filter { sees(id, $0) }.sorted()
  }

  /// Whether a project's jobs may use a secret: its own, or one that was granted to it.
  package func mayUse(_ secret: Secret.ID, in project: Project.ID) -> Bool {
    guard let found = secrets[secret], found.revokedAt == nil else { return false }
    return secret.project == project
      || found.grants.contains(project) && mayTravel(from: secret.project, to: project)
  }

  /// Whether a project's jobs may go on from a checkpoint: its own, or one that was shared with it.
  package func mayRestore(_ checkpoint: CheckpointID, in project: Project.ID) -> Bool {
    checkpoint.project == project
      || checkpointShares[checkpoint]?.contains(project) ?? false
        && mayTravel(from: checkpoint.project, to: project)
  }

  /// Whether what a project has may be given to another, which must be guarded as well. What is restricted stays.
  func mayTravel(from source: Project.ID, to target: Project.ID) -> Bool {
    guard let source = projects[source], let target = projects[target] else { return false }
    let classification = source.settings.classification
    return classification != .restricted && target.settings.classification >= classification
  }
}

extension TenancyRefusal {
  static func suspended(_ user: User.ID) -> TenancyRefusal {
    TenancyRefusal(.suspended, "User \(user) is suspended; ask an admin")
  }

  static func denied(_ action: Action, _ standing: Standing, project: Project.ID?)
    -> TenancyRefusal
  {
    switch action.requirement {
    case .administrator, .oneself, .known:
      return TenancyRefusal(.accessDenied, "Admin access required")
    case .ownerAlone:
      let what = action == .uploadArtifact ? "upload artifacts" : action.rawValue
      return TenancyRefusal(.accessDenied, "Only job owner can \(what)")
    case .member, .owner:
      let name = project.map(\.description) ?? "of the request"
      var message = "Access denied to project \(name)"
      if standing.isClosed, standing.rights.contains(.read) {
        message += ": it is closed"
      } else if standing.membership != nil {
        message += ": your role does not include \(action.rawValue)"
      }
      return TenancyRefusal(.accessDenied, message, field: "project_id")
    }
  }
}
