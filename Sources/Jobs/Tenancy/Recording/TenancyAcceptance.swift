package import Model

extension TenancyState {
  /// Whether a decision that was read can be applied to this state. What ``decide(_:by:at:)`` answers always can;
  /// bytes that say something else must be refused before ``evolve(_:at:)`` meets them.
  package func accepts(_ decision: TenancyDecision, at now: Instant) -> Bool {
    guard now >= decidedAt else { return false }
    if case .budgetAlerted(let project, let level) = decision {
      return alarms.first.map { $0.at == now && $0.project == project && $0.level == level }
        ?? false
    }
    // What was due came first.
    if let nextDeadline, nextDeadline <= now { return false }
    switch decision {
    case .budgetAlerted: return false
    case .organizationCreated(let organization): return organizations[organization.id] == nil
    case .userSet(let user): return user.id != User.local.id
    case .tokenIssued(let token):
      return users[token.user] != nil && tokens[token.id] == nil && tokensByHash[token.hash] == nil
        && token.createdAt == now && token.isValid(at: now)
    case .tokenRevoked(let id): return tokens[id].map { $0.revokedAt == nil } ?? false
    case .projectCreated(let id, let settings): return projects[id] == nil && accepts(settings)
    case .projectChanged(let id, let settings): return projects[id] != nil && accepts(settings)
    case .closedSet(let id, let isClosed): return projects[id]?.isClosed == !isClosed
    case .memberSet(let id, let user, let role):
      return projects[id].map { role != nil || $0.members[user] != nil } ?? false
    case .secretCreated(let id):
      return projects[id.project] != nil && secrets[id].map { $0.revokedAt != nil } ?? true
    case .secretRotated(let id), .secretRevoked(let id): return isLive(id)
    case .secretGranted(let id, let project):
      return isLive(id) && projects[project] != nil
        && secrets[id]?.grants.contains(project) == false
    case .secretWithdrawn(let id, let project):
      return isLive(id) && secrets[id]?.grants.contains(project) ?? false
    case .checkpointShared(let id, let project):
      return projects[id.project] != nil && projects[project] != nil
    case .checkpointUnshared(let id, let project):
      return checkpointShares[id]?.contains(project) ?? false
    case .checkpointForgotten: return true
    case .quotaSet(let quota): return isScope(quota.scope)
    case .quotaRemoved(let id), .burstBegun(let id): return quotas[id] != nil
    case .jobAdmitted(let charge): return accepts(charge)
    case .jobStarted(let job, let type):
      guard let charge = charges[job], charge.run == nil else { return false }
      return type == nil || charge.gpuType == nil && charge.holdings.gpuThousandths > 0
    case .jobStopped(let job): return charges[job]?.run != nil
    case .jobEnded(let job): return charges[job] != nil
    }
  }

  private func accepts(_ settings: ProjectSettings) -> Bool {
    settings.organization.map { organizations[$0] != nil } ?? true
  }

  private func isLive(_ id: Secret.ID) -> Bool {
    secrets[id].map { $0.revokedAt == nil && $0.version < .max - 1 } ?? false
  }

  func isScope(_ scope: Scope) -> Bool {
    switch scope {
    case .user(let id): users[id] != nil || id == User.local.id
    case .project(let id): projects[id] != nil
    case .organization(let id): organizations[id] != nil
    }
  }

  /// Sums over all jobs stay numbers as long as each is in its range, and no more than the most there may be.
  private func accepts(_ charge: Charge) -> Bool {
    charges[charge.job] == nil && charge.isInRange && charge.run == nil && charge.ran == .zero
      && charges.count < TenancyLimits.chargesMax && charge.scopes.allSatisfy(isScope)
  }
}
