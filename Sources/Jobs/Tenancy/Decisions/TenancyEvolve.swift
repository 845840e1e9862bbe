package import Model

extension TenancyState {
  /// Applies a decision. It neither chooses nor looks at anything but the state.
  ///
  /// - Precondition: the decision was made for this state, or ``accepts(_:at:)`` says that it could have been.
  package mutating func evolve(_ decision: TenancyDecision, at now: Instant) {
    precondition(now >= decidedAt, "decisions are made in the order of their times")
    decidedAt = now
    switch decision {
    case .organizationCreated(let organization): organizations[organization.id] = organization
    case .userSet(let user): set(user)
    case .tokenIssued(let token): issue(token, at: now)
    case .tokenRevoked(let id): tokens[id]?.revokedAt = now
    case .projectCreated(let id, let settings):
      projects[id] = Project(id: id, settings: settings)
    case .projectChanged(let id, let settings):
      projects[id]?.settings = settings
      setAlarm(id)
    case .closedSet(let id, let isClosed): projects[id]?.isClosed = isClosed
    case .memberSet(let id, let user, let role): projects[id]?.members[user] = role
    case .secretCreated, .secretRotated, .secretRevoked, .secretGranted, .secretWithdrawn:
      evolveSecret(decision, at: now)
    case .checkpointShared(let id, let project):
      checkpointShares[id, default: []].insert(project)
    case .checkpointUnshared(let id, let project):
      checkpointShares[id]?.remove(project)
      if checkpointShares[id]?.isEmpty ?? false { checkpointShares[id] = nil }
    case .checkpointForgotten(let id): checkpointShares[id] = nil
    case .quotaSet(let quota): set(quota)
    case .quotaRemoved(let id): removeQuota(id)
    case .burstBegun(let id): bursts[id] = now
    case .jobAdmitted(let charge): admit(charge, at: now)
    case .jobStarted(let job, let type): start(job, on: type, at: now)
    case .jobStopped(let job): stop(job, at: now)
    case .jobEnded(let job): end(job, at: now)
    case .budgetAlerted(let id, let level):
      alerts[id] = BudgetAlert(month: UTCMonth(containing: now), level: level)
      setAlarm(id)
    }
  }

  // MARK: People

  mutating func set(_ user: User) {
    if let old = users[user.id], old.isActiveAdmin { admins -= 1 }
    if user.isActiveAdmin { admins += 1 }
    users[user.id] = user
  }

  /// The user's tokens that are no longer good make room.
  private mutating func issue(_ token: APIToken, at now: Instant) {
    for id in tokensByUser[token.user] ?? [] {
      guard let old = tokens[id], !old.isValid(at: now) else { continue }
      tokens[id] = nil
      tokensByHash[old.hash] = nil
      tokensByUser[token.user]?.remove(id)
    }
    insert(token)
  }

  mutating func insert(_ token: APIToken) {
    tokens[token.id] = token
    tokensByHash[token.hash] = token.id
    tokensByUser[token.user, default: []].insert(token.id)
  }

  private mutating func evolveSecret(_ decision: TenancyDecision, at now: Instant) {
    switch decision {
    case .secretCreated(let id):
      // A name that comes again after a revocation goes on counting, so that a version is one value for ever.
      let version = secrets[id].map { $0.version + 1 } ?? 1
      if secrets[id] == nil { secretsByProject[id.project, default: 0] += 1 }
      secrets[id] = Secret(id: id, version: version, createdAt: now, rotatedAt: now)
    case .secretRotated(let id):
      secrets[id]?.version += 1
      secrets[id]?.rotatedAt = now
    case .secretRevoked(let id): secrets[id]?.revokedAt = now
    case .secretGranted(let id, let project): secrets[id]?.grants.insert(project)
    case .secretWithdrawn(let id, let project): secrets[id]?.grants.remove(project)
    default: preconditionFailure("only decisions about secrets come here")
    }
  }

  // MARK: Quotas

  mutating func set(_ quota: Quota) {
    if let old = quotas[quota.id] {
      removeFromScope(old)
      // A burst is the scope's that used it.
      if old.scope != quota.scope { bursts[quota.id] = nil }
    }
    quotas[quota.id] = quota
    quotasByScope[quota.scope, default: []].insert(quota.id)
  }

  private mutating func removeQuota(_ id: Quota.ID) {
    guard let quota = quotas.removeValue(forKey: id) else { return }
    bursts[id] = nil
    removeFromScope(quota)
  }

  private mutating func removeFromScope(_ quota: Quota) {
    quotasByScope[quota.scope]?.remove(quota.id)
    if quotasByScope[quota.scope]?.isEmpty ?? false { quotasByScope[quota.scope] = nil }
  }

  // MARK: Jobs

  private mutating func admit(_ charge: Charge, at now: Instant) {
    for scope in charge.scopes { accounts[scope, default: Account(at: now)].count(at: now) }
    insert(charge)
  }

  /// Charges a job to its accounts, which are there, as far as that follows from the job.
  mutating func insert(_ charge: Charge) {
    charges[charge.job] = charge
    for scope in charge.scopes {
      accounts[scope]?.charge(charge)
      chargesByScope[scope, default: []].insert(charge.job)
    }
  }

  private mutating func start(_ job: Text, on type: Text?, at now: Instant) {
    guard var charge = charges[job] else { preconditionFailure("a job that starts is admitted") }
    let run = Charge.Run(since: now, placedGPUType: type)
    for scope in charge.scopes { accounts[scope]?.start(charge, run, at: now) }
    charge.run = run
    charges[job] = charge
    setAlarm(charge.project)
  }

  private mutating func stop(_ job: Text, at now: Instant) {
    guard let charge = charges[job], let run = charge.run else {
      preconditionFailure("a job that stops runs")
    }
    let after = charge.stopped(run, at: now)
    for scope in charge.scopes { accounts[scope]?.stop(charge, run, after: after, at: now) }
    charges[job] = after
    setAlarm(charge.project)
  }

  private mutating func end(_ job: Text, at now: Instant) {
    if charges[job]?.run != nil { stop(job, at: now) }
    guard let charge = charges.removeValue(forKey: job) else {
      preconditionFailure("a job that ends is admitted")
    }
    for scope in charge.scopes {
      accounts[scope]?.giveBack(charge)
      chargesByScope[scope]?.remove(job)
      if chargesByScope[scope]?.isEmpty ?? false { chargesByScope[scope] = nil }
    }
  }
}

extension User {
  var isActiveAdmin: Bool { role == .admin && status == .active }
}

extension Charge {
  /// The same job without the attempt that runs.
  func stopped(_ run: Run, at now: Instant) -> Charge {
    var after = self
    after.ran = ran + (now - run.since)
    after.run = nil
    return after
  }
}
