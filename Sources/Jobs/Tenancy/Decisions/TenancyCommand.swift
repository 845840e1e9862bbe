package import Model

/// What is asked of the tenancy.
package enum TenancyCommand: Hashable, Sendable {
  case createOrganization(Organization)
  case createUser(User)
  case updateUser(User)
  /// - Parameters:
  ///   - token: its id.
  ///   - hash: the SHA-256 of the secret, as 64 lower-case hexadecimal digits.
  case issueToken(APIToken.ID, User.ID, hash: Text, expiresAt: Instant)
  case revokeToken(APIToken.ID)
  case createProject(Project.ID, ProjectSettings)
  case updateProject(Project.ID, ProjectSettings)
  /// A closed project takes nothing new until it is opened again.
  case setClosed(Project.ID, Bool)
  /// Nil takes the user out of the project.
  case setMember(Project.ID, User.ID, Role?)
  case createSecret(Secret.ID)
  case rotateSecret(Secret.ID)
  case revokeSecret(Secret.ID)
  case grantSecret(Secret.ID, to: Project.ID)
  case withdrawSecret(Secret.ID, from: Project.ID)
  case shareCheckpoint(CheckpointID, with: Project.ID)
  case unshareCheckpoint(CheckpointID, with: Project.ID)
  /// A checkpoint that is deleted is shared with nobody. Told by the platform.
  case forgetCheckpoint(CheckpointID)
  case setQuota(Quota)
  case removeQuota(Quota.ID)
  case admit(Demand)
  // Told by the platform.
  case startJob(Text, gpuType: Text?)
  /// An attempt is over, the job is not.
  case stopJob(Text)
  /// The job is over, with its last attempt if one runs.
  case endJob(Text)
}

/// What was decided: one change of the state.
package enum TenancyDecision: Hashable, Sendable {
  case organizationCreated(Organization)
  case userSet(User)
  case tokenIssued(APIToken)
  case tokenRevoked(APIToken.ID)
  case projectCreated(Project.ID, ProjectSettings)
  case projectChanged(Project.ID, ProjectSettings)
  case closedSet(Project.ID, Bool)
  case memberSet(Project.ID, User.ID, Role?)
  case secretCreated(Secret.ID)
  case secretRotated(Secret.ID)
  case secretRevoked(Secret.ID)
  case secretGranted(Secret.ID, to: Project.ID)
  case secretWithdrawn(Secret.ID, from: Project.ID)
  case checkpointShared(CheckpointID, with: Project.ID)
  case checkpointUnshared(CheckpointID, with: Project.ID)
  case checkpointForgotten(CheckpointID)
  case quotaSet(Quota)
  case quotaRemoved(Quota.ID)
  case burstBegun(Quota.ID)
  case jobAdmitted(Charge)
  case jobStarted(Text, gpuType: Text?)
  case jobStopped(Text)
  case jobEnded(Text)
  /// Once for each level, project and month.
  case budgetAlerted(Project.ID, BudgetLevel)
}

/// How much of a project's budget is spent.
package enum BudgetLevel: UInt8, CaseIterable, Hashable, Comparable, Sendable {
  /// The part at which there is an alert.
  case threshold = 1
  /// All of it.
  case spent = 2

  package static func < (left: BudgetLevel, right: BudgetLevel) -> Bool {
    left.rawValue < right.rawValue
  }
}
