package import Model

extension TenancyState {
  /// What comes of a command: the changes, in their order, all of which are made or none; or why nothing is done.
  ///
  /// Takes logarithmic time in what there is, but where ``assess(_:priority:at:)`` says otherwise.
  ///
  /// - Precondition: what was due by `now` has been decided (``nextDue``), and time goes forward.
  package func decide(
    _ command: TenancyCommand, by caller: Caller, at now: Instant
  ) throws(TenancyRefusal) -> [TenancyDecision] {
    precondition(now >= decidedAt, "time goes forward")
    precondition(nextDeadline.map { $0 > now } ?? true, "what is due comes first")
    switch command {
    case .createOrganization, .createUser, .updateUser, .issueToken, .revokeToken:
      return [try decidePeople(command, by: caller, at: now)]
    case .createProject, .updateProject, .setClosed, .setMember:
      return [try decideProject(command, by: caller)]
    case .createSecret, .rotateSecret, .revokeSecret, .grantSecret, .withdrawSecret:
      return [try decideSecret(command, by: caller)]
    case .shareCheckpoint, .unshareCheckpoint, .forgetCheckpoint:
      return [try decideSharing(command, by: caller)]
    case .setQuota(let quota): return [try set(quota, by: caller)]
    case .removeQuota(let id):
      try permit(.changeQuota, by: caller)
      guard quotas[id] != nil else { throw .unknown("Quota", id) }
      return [.quotaRemoved(id)]
    case .admit(let demand): return try admit(demand, by: caller, at: now)
    case .startJob, .stopJob, .endJob: return [try decideJob(command, by: caller, at: now)]
    }
  }

  /// The platform may do everything.
  func permit(
    _ action: Action, by caller: Caller, in project: Project.ID? = nil, owner: User.ID? = nil
  ) throws(TenancyRefusal) {
    switch caller {
    case .platform:
      if let project, projects[project] == nil { throw .unknown("Project", project) }
    case .user(let id): try permit(action, by: id, in: project, owner: owner)
    }
  }

  private func permitPlatform(_ caller: Caller) throws(TenancyRefusal) {
    guard caller == .platform else {
      throw TenancyRefusal(.accessDenied, "Only the platform tells of this")
    }
  }

  // MARK: Secrets

  private func decideSecret(
    _ command: TenancyCommand, by caller: Caller
  ) throws(TenancyRefusal) -> TenancyDecision {
    switch command {
    case .createSecret(let id):
      try permit(.changeSecret, by: caller, in: id.project)
      guard secrets[id].map({ $0.revokedAt != nil }) ?? true else {
        throw .taken("Secret", id.name)
      }
      if secrets[id] == nil,
        secretsByProject[id.project, default: 0]
          >= TenancyLimits.secretsPerProjectMax
      {
        throw .limit(
          "name",
          "the project has \(TenancyLimits.secretsPerProjectMax) secrets, the most there may be")
      }
      return .secretCreated(id)
    case .rotateSecret(let id):
      _ = try liveSecret(id, .changeSecret, by: caller)
      return .secretRotated(id)
    case .revokeSecret(let id):
      _ = try liveSecret(id, .changeSecret, by: caller)
      return .secretRevoked(id)
    case .grantSecret(let id, let project):
      let secret = try liveSecret(id, .grantSecret, by: caller)
      try checkGrant(from: id.project, to: project, granted: secret.grants)
      return .secretGranted(id, to: project)
    case .withdrawSecret(let id, let project):
      let secret = try liveSecret(id, .grantSecret, by: caller)
      guard secret.grants.contains(project) else { throw .unknown("Grant", project) }
      return .secretWithdrawn(id, from: project)
    default: preconditionFailure("only commands about secrets come here")
    }
  }

  private func liveSecret(
    _ id: Secret.ID, _ action: Action, by caller: Caller
  ) throws(TenancyRefusal) -> Secret {
    try permit(action, by: caller, in: id.project)
    guard let secret = secrets[id] else { throw .unknown("Secret", id.name) }
    guard secret.revokedAt == nil else {
      throw TenancyRefusal(.conflict, "the secret \(id.name) is revoked; create it again")
    }
    return secret
  }

  // MARK: Checkpoints

  private func decideSharing(
    _ command: TenancyCommand, by caller: Caller
  ) throws(TenancyRefusal) -> TenancyDecision {
    switch command {
    case .shareCheckpoint(let id, let project):
      try permit(.shareCheckpoint, by: caller, in: id.project)
      let granted = checkpointShares[id] ?? []
      try checkGrant(from: id.project, to: project, granted: granted)
      if granted.isEmpty, checkpointShares.count >= TenancyLimits.sharedCheckpointsMax {
        throw .limit(
          "checkpoint",
          "\(TenancyLimits.sharedCheckpointsMax) checkpoints are shared, the most there may be")
      }
      return .checkpointShared(id, with: project)
    case .unshareCheckpoint(let id, let project):
      try permit(.shareCheckpoint, by: caller, in: id.project)
      guard checkpointShares[id]?.contains(project) ?? false else {
        throw .unknown("Grant", project)
      }
      return .checkpointUnshared(id, with: project)
    case .forgetCheckpoint(let id):
      try permitPlatform(caller)
      return .checkpointForgotten(id)
    default: preconditionFailure("only commands about checkpoints come here")
    }
  }

  /// Throws why one project may not give something to another. It does not tell an unknown project from one that is
  /// guarded less: who shares need not be a member of the other.
  private func checkGrant(
    from source: Project.ID, to target: Project.ID, granted: Set<Project.ID>
  ) throws(TenancyRefusal) {
    guard source != target else {
      throw .invalid("project_id", "a project has what is its own; name another")
    }
    guard !granted.contains(target) else { throw .taken("Grant", target) }
    guard mayTravel(from: source, to: target) else {
      throw TenancyRefusal(
        .policyViolated,
        "nothing of \(source) may go to \(target): there is no such project, or it is classified lower, or what "
          + "\(source) has is restricted", field: "project_id")
    }
    guard granted.count < TenancyLimits.grantsMax else {
      throw .limit(
        "project_id", "granted to \(TenancyLimits.grantsMax) projects, the most there may be")
    }
  }

  // MARK: Jobs

  private func decideJob(
    _ command: TenancyCommand, by caller: Caller, at now: Instant
  ) throws(TenancyRefusal) -> TenancyDecision {
    try permitPlatform(caller)
    switch command {
    case .startJob(let job, let type):
      let charge = try charge(of: job)
      guard charge.run == nil else {
        throw TenancyRefusal(.conflict, "job \(job) runs already")
      }
      // What the job named is charged since its admission.
      let placed = charge.gpuType == nil && charge.holdings.gpuThousandths > 0 ? type : nil
      if let placed {
        let verdict = assess(charge, startingOn: placed, at: now)
        if verdict.outcome == .refused { throw .quota(verdict) }
      }
      return .jobStarted(job, gpuType: placed)
    case .stopJob(let job):
      guard try charge(of: job).run != nil else {
        throw TenancyRefusal(.conflict, "job \(job) does not run")
      }
      return .jobStopped(job)
    case .endJob(let job):
      _ = try charge(of: job)
      return .jobEnded(job)
    default: preconditionFailure("only commands about jobs come here")
    }
  }

  private func charge(of job: Text) throws(TenancyRefusal) -> Charge {
    guard let charge = charges[job] else { throw .unknown("Job", job) }
    return charge
  }
}
