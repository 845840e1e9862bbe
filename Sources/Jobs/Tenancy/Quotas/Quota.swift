package import Model

/// Whose use a quota bounds, and an account adds up.
package enum Scope: Hashable, Comparable, Sendable {
  /// One user, in all projects.
  case user(User.ID)
  case project(Project.ID)
  /// All projects of an organisation.
  case organization(Organization.ID)

  package var description: String {
    switch self {
    case .user(let id): "user \(id)"
    case .project(let id): "project \(id)"
    case .organization(let id): "organization \(id)"
    }
  }
}

/// Bounds on what a scope may use.
package struct Quota: Hashable, Sendable {
  package typealias ID = Identifier<Quota>

  /// What a limit of a quota means.
  package enum Kind: Hashable, Sendable {
    /// Not to be passed.
    case hard
    /// May be passed, which is said.
    case soft
    /// May be passed up to a multiple for a while, and then not for a while.
    case burst(BurstTerms)
  }

  /// What comes of a limit that would be passed.
  package enum Enforcement: UInt8, CaseIterable, Hashable, Sendable {
    /// As the kind says.
    case strict = 0
    /// It is said, and nothing is refused.
    case warning = 1
    /// It is noted for those who read the quota, and nobody is told.
    case monitoring = 2
  }

  package var id: ID
  package var scope: Scope
  package var kind: Kind
  package var enforcement: Enforcement
  /// At least 0, in the units that ``Measure`` names.
  package var limits: [Measure: Int64]
  /// From then on the quota bounds nothing.
  package var expiresAt: Instant?

  package init(
    id: ID, scope: Scope, kind: Kind = .hard, enforcement: Enforcement = .strict,
    limits: [Measure: Int64], expiresAt: Instant? = nil
  ) {
    self.id = id
    self.scope = scope
    self.kind = kind
    self.enforcement = enforcement
    self.limits = limits
    self.expiresAt = expiresAt
  }

  package func isInForce(at now: Instant) -> Bool { expiresAt.map { now < $0 } ?? true }
}

/// How far and how long a burst goes.
///
/// A burst begins when a job is admitted above the limit. For `duration` from then the limit is multiplied; for
/// `cooldown` after that it is the plain one. Jobs that run on when a burst ends are left alone.
package struct BurstTerms: Hashable, Sendable {
  /// In thousandths, 1000 to 100,000.
  package var multiplierThousandths: Int64 = 1_500
  package var duration = TimeSpan.seconds(24 * 3_600)
  package var cooldown = TimeSpan.seconds(168 * 3_600)

  package init() {}

  /// Where a burst that began at a time, if one did, stands now.
  package func phase(begun: Instant?, at now: Instant) -> Phase {
    guard let begun else { return .ready }
    let end = begun + duration
    if now < end { return .bursting(until: end) }
    return now < end + cooldown ? .cooling(until: end + cooldown) : .ready
  }

  package enum Phase: Hashable, Sendable {
    /// One may begin.
    case ready
    case bursting(until: Instant)
    case cooling(until: Instant)
  }
}
