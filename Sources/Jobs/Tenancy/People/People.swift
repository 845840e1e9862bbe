package import Model

/// Some projects under one roof, which quotas can bound together.
package struct Organization: Hashable, Sendable {
  package typealias ID = Identifier<Organization>
  package var id: ID
  /// A name for people.
  package var name: Text

  package init(id: ID, name: Text = .empty) {
    self.id = id
    self.name = name
  }
}

/// Somebody, or something, that calls.
package struct User: Hashable, Sendable {
  package typealias ID = Identifier<User>

  /// Whether a user may do anything at all.
  package enum Status: UInt8, CaseIterable, Hashable, Sendable {
    case active = 0
    case suspended = 1
  }

  /// Who vouches for a user. All but the first are told by the shell that a user is who they say.
  package enum Provider: UInt8, CaseIterable, Hashable, Sendable {
    case `internal` = 0
    case ldap = 1
    case oauth = 2
    case saml = 3
  }

  package var id: ID
  /// A name for people.
  package var name: Text
  package var role: Role
  package var status: Status
  package var provider: Provider

  package init(
    id: ID, name: Text = .empty, role: Role, status: Status = .active,
    provider: Provider = .internal
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.status = status
    self.provider = provider
  }

  /// Whoever calls where nobody has to say who they are.
  package static let local = User(id: "local", role: .admin)
}

/// Who asks for a change.
package enum Caller: Hashable, Sendable {
  /// The platform itself: its loop tells of jobs that start, stop and end, and its configuration names the first admin.
  case platform
  case user(User.ID)
}

/// A credential that stands for a user until it expires or is revoked. Of the secret itself only the hash is kept.
package struct APIToken: Hashable, Sendable {
  package typealias ID = Identifier<APIToken>
  package var id: ID
  package var user: User.ID
  /// The SHA-256 as 64 lower-case hexadecimal digits. The shell hashes.
  package var hash: Text
  package var createdAt: Instant
  package var expiresAt: Instant
  package var revokedAt: Instant?

  package init(
    id: ID, user: User.ID, hash: Text, createdAt: Instant, expiresAt: Instant,
    revokedAt: Instant? = nil
  ) {
    self.id = id
    self.user = user
    self.hash = hash
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }

  /// Whether the token is good at this time.
  package func isValid(at now: Instant) -> Bool { revokedAt == nil && now < expiresAt }
}
