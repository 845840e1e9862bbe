/// What a role lets somebody do to what belongs to a project.
package struct Rights: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let read = Rights(rawValue: 1)
  /// To run jobs of one's own.
  package static let run = Rights(rawValue: 2)
  /// To act on what others of the project run.
  package static let operate = Rights(rawValue: 4)
  /// To say who belongs to the project, and what it shares.
  package static let manage = Rights(rawValue: 8)
  package static let all: Rights = [.read, .run, .operate, .manage]
}

extension Role {
  /// What a member of a project with this role may do there.
  package var inProject: Rights {
    switch self {
    case .viewer: .read
    case .serviceAccount, .researcher: [.read, .run]
    case .developer: [.read, .run, .operate]
    case .admin: .all
    }
  }

  /// What a user with this role may do in a project at most, whatever the project says.
  package var ceiling: Rights {
    switch self {
    case .viewer: .read
    case .serviceAccount: [.read, .run]
    case .researcher: [.read, .run, .operate]
    case .developer, .admin: .all
    }
  }
}

/// What an action needs its caller to be.
package enum Requirement: Hashable, Sendable {
  /// Anybody who is known. What is shown is only what the caller may see.
  case known
  /// The user it is about, or an admin.
  case oneself
  /// An admin of the platform.
  case administrator
  /// A right in the project.
  case member(Rights)
  /// The right to run for one's own, the right to operate for what others have.
  case owner
  /// The right to run, and only for one's own: not even an admin may.
  case ownerAlone
}

extension Action {
  /// The one table of who may do what.
  package var requirement: Requirement {
    switch self {
    case .listPools, .readPool, .listNodes, .readNode, .readSummary, .listQueues, .readQueue,
      .readPolicy, .listProjects, .listOrganizations:
      .known
    case .readUser, .listTokens, .issueToken, .revokeToken:
      .oneself
    case .drainNode, .undrainNode, .cordonNode, .uncordonNode, .labelNode, .createQueue,
      .updateQueue, .changeQueueState, .changePolicy, .createOrganization, .listUsers,
      .createUser, .updateUser, .createProject, .closeProject, .governProject, .changeQuota,
      .readAudit:
      .administrator
    case .readJob, .listJobs, .readLogs, .readMetrics, .readEvents, .readArtifacts,
      .readCheckpoints, .listAllocations, .readUsage, .listReservations, .readProject,
      .readQuotas, .listSecrets:
      .member(.read)
    case .submitJob, .restoreCheckpoint:
      .member(.run)
    case .reserve, .cancelReservation:
      .member(.operate)
    case .updateProject, .changeMembers, .changeSecret, .grantSecret, .shareCheckpoint:
      .member(.manage)
    case .readJobEnvironment, .cancelJob, .suspendJob, .resumeJob, .retryJob, .migrateJob,
      .createCheckpoint, .deleteCheckpoint, .allocate, .releaseAllocation:
      .owner
    case .uploadArtifact:
      .ownerAlone
    }
  }
}

/// Who asks, as far as the table looks: the user's role, the role in the project that the thing belongs to, and whether
/// the thing is the user's own.
package struct Standing: Hashable, Sendable {
  package var role: Role
  /// Nil for somebody who is no member.
  package var membership: Role?
  package var isOwn: Bool
  /// Whether the project still takes anything new; nobody writes to one that is closed.
  package var isClosed: Bool

  package init(role: Role, membership: Role?, isOwn: Bool = false, isClosed: Bool = false) {
    self.role = role
    self.membership = membership
    self.isOwn = isOwn
    self.isClosed = isClosed
  }

  /// The rights in the project: what both the membership and the role grant, all of them for an admin.
  package var rights: Rights {
    let granted =
      role == .admin ? Rights.all : membership.map { $0.inProject.intersection(role.ceiling) } ?? []
    return isClosed ? granted.intersection(.read) : granted
  }

  /// Whether an active user of this standing may do something.
  package func may(_ action: Action) -> Bool {
    switch action.requirement {
    case .known: true
    case .oneself: isOwn || role == .admin
    case .administrator: role == .admin
    case .member(let right): rights.contains(right)
    case .owner: rights.contains(isOwn ? .run : .operate)
    case .ownerAlone: isOwn && rights.contains(.run)
    }
  }
}
