package import Model

/// What jobs, secrets and checkpoints belong to, and who may reach them.
package struct Project: Hashable, Sendable {
  package typealias ID = Identifier<Project>

  /// How far what a project has may travel, least guarded first.
  package enum Classification: UInt8, CaseIterable, Hashable, Comparable, Sendable {
    case `public` = 0
    case `internal` = 1
    case confidential = 2
    case restricted = 3

    package static func < (left: Classification, right: Classification) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  package var id: ID
  package var settings: ProjectSettings
  /// Each member's role in this project, which is never more than the user's own role lets it be.
  package var members: [User.ID: Role]
  /// A closed project can be read, and takes nothing new.
  package var isClosed: Bool

  package init(
    id: ID, settings: ProjectSettings = ProjectSettings(), members: [User.ID: Role] = [:],
    isClosed: Bool = false
  ) {
    self.id = id
    self.settings = settings
    self.members = members
    self.isClosed = isClosed
  }
}

/// What those who manage a project choose.
package struct ProjectSettings: Hashable, Sendable {
  /// A name for people.
  package var name: Text = .empty
  package var organization: Organization.ID?
  package var budget = Budget()
  package var classification = Project.Classification.internal
  /// How long what ended jobs leave is kept, in days: 1 to ``TenancyLimits/retentionDaysMax``.
  package var retentionDays: Int64 = 90
  /// Where the project's jobs may run and wait; an empty list allows all.
  package var allowedClusters: [Text] = []
  package var allowedPools: [Text] = []
  package var allowedQueues: [Text] = []
  package var policy = AdmissionPolicy()

  package init() {}
}

/// Where a project's jobs may be.
package enum ProjectPlace: Hashable, Sendable {
  case cluster, pool, queue
}

/// What a project may spend in a month (UTC), and when to say so before.
package struct Budget: Hashable, Sendable {
  /// Nothing for 0: the project has no budget.
  package var monthlyNanodollars: Int64 = 0
  /// The part of the budget at which there is an alert, in thousandths: 1 to 1000.
  package var alertThousandths: Int64 = 800

  package init(monthlyNanodollars: Int64 = 0, alertThousandths: Int64 = 800) {
    self.monthlyNanodollars = monthlyNanodollars
    self.alertThousandths = alertThousandths
  }
}

/// What is known of a secret. Its value lies sealed elsewhere and never comes here.
package struct Secret: Hashable, Sendable {
  /// A secret is known by its project and its name in it.
  package struct ID: Hashable, Comparable, Sendable {
    package var project: Project.ID
    package var name: Identifier<Secret>

    package init(project: Project.ID, name: Identifier<Secret>) {
      self.project = project
      self.name = name
    }

    package static func < (left: ID, right: ID) -> Bool {
      left.project == right.project ? left.name < right.name : left.project < right.project
    }
  }

  package var id: ID
  /// 1 for the first value, one more with each rotation.
  package var version: Int64
  package var createdAt: Instant
  package var rotatedAt: Instant
  /// From then on nobody gets it.
  package var revokedAt: Instant?
  /// The other projects whose jobs may use it.
  package var grants: Set<Project.ID>

  package init(
    id: ID, version: Int64 = 1, createdAt: Instant, rotatedAt: Instant, revokedAt: Instant? = nil,
    grants: Set<Project.ID> = []
  ) {
    self.id = id
    self.version = version
    self.createdAt = createdAt
    self.rotatedAt = rotatedAt
    self.revokedAt = revokedAt
    self.grants = grants
  }
}

/// A checkpoint as far as sharing goes: what it is, and whose.
package struct CheckpointID: Hashable, Comparable, Sendable {
  package var project: Project.ID
  package var name: Identifier<CheckpointID>

  package init(project: Project.ID, name: Identifier<CheckpointID>) {
    self.project = project
    self.name = name
  }

  package static func < (left: CheckpointID, right: CheckpointID) -> Bool {
    left.project == right.project ? left.name < right.name : left.project < right.project
  }
}
