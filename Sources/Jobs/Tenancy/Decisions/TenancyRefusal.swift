package import Model

/// Why something is not done.
package struct TenancyRefusal: Error, Hashable, Sendable {
  /// The sorts of refusals; each has one code and so one answer over HTTP.
  package enum Sort: String, CaseIterable, Hashable, Sendable {
    /// Nobody knows who asks.
    case unauthenticated = "UNAUTHENTICATED"
    case suspended = "USER_SUSPENDED"
    case accessDenied = "ACCESS_DENIED"
    case notFound = "NOT_FOUND"
    case alreadyExists = "ALREADY_EXISTS"
    case invalid = "INVALID_FIELD"
    /// A named bound of ``TenancyLimits``.
    case limitReached = "LIMIT_REACHED"
    case quotaExceeded = "QUOTA_EXCEEDED"
    case policyViolated = "POLICY_VIOLATED"
    /// Not in this state: it is closed, revoked, over.
    case conflict = "CONFLICT"

    package var code: StatusCode {
      switch self {
      case .unauthenticated: .unauthenticated
      case .suspended, .accessDenied, .policyViolated: .permissionDenied
      case .notFound: .notFound
      case .alreadyExists: .alreadyExists
      case .invalid: .invalidArgument
      case .limitReached, .quotaExceeded: .resourceExhausted
      case .conflict: .failedPrecondition
      }
    }
  }

  package var sort: Sort
  /// What, where and what to do, for people.
  package var message: String
  /// The field of the request that is at fault; empty where none is.
  package var field: String = ""
  /// Every limit that is in the way, where a quota is.
  package var findings: [QuotaFinding] = []
  /// Every rule that is broken, where a policy is.
  package var violations: [PolicyViolation] = []

  package init(_ sort: Sort, _ message: String, field: String = "") {
    self.sort = sort
    self.message = message
    self.field = field
  }
}

extension TenancyRefusal {
  static func invalid(_ field: String, _ message: String) -> TenancyRefusal {
    TenancyRefusal(.invalid, message, field: field)
  }

  static func limit(_ field: String, _ message: String) -> TenancyRefusal {
    TenancyRefusal(.limitReached, message, field: field)
  }

  static func unknown(_ what: String, _ name: some CustomStringConvertible) -> TenancyRefusal {
    TenancyRefusal(.notFound, "\(what) \(name) not found", field: what.lowercased() + "_id")
  }

  static func taken(_ what: String, _ name: some CustomStringConvertible) -> TenancyRefusal {
    TenancyRefusal(
      .alreadyExists, "\(what) \(name) exists already", field: what.lowercased() + "_id")
  }

  /// It says nothing of what was sent, and not whether a token is unknown, expired or revoked.
  package static let unauthenticated = TenancyRefusal(
    .unauthenticated, "Invalid authentication credentials", field: "authorization")
}
