package import Model

/// Why something is not done.
package struct JobRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sorts of refusals; each has one code and so one answer over HTTP.
  package enum Sort: String, CaseIterable, Hashable, Sendable {
    case invalid = "INVALID_FIELD"
    case notFound = "NOT_FOUND"
    case alreadyExists = "ALREADY_EXISTS"
    /// Not in the state that it is in.
    case conflict = "CONFLICT"
    /// What was seen has changed since.
    case stale = "STALE"
    /// A named bound.
    case limitReached = "LIMIT_REACHED"

    package var code: StatusCode {
      switch self {
      case .invalid: .invalidArgument
      case .notFound: .notFound
      case .alreadyExists: .alreadyExists
      case .conflict: .failedPrecondition
      case .stale: .aborted
      case .limitReached: .resourceExhausted
      }
    }
  }

  package var sort: Sort
  /// What, where and what to do, for people.
  package var message: String
  /// The field that is at fault; empty where none is.
  package var field: String

  package init(_ sort: Sort, _ message: String, field: String = "") {
    self.sort = sort
    self.message = message
    self.field = field
  }

  package var description: String { field.isEmpty ? message : "\(field): \(message)" }

  static func unknown(_ what: String, _ name: some CustomStringConvertible) -> JobRefusal {
    JobRefusal(.notFound, "\(what) \(name) not found")
  }

  static func limit(_ field: String, _ message: String) -> JobRefusal {
    JobRefusal(.limitReached, message, field: field)
  }

  /// The first platform's text.
  static func cannot(_ action: String, _ status: JobStatus) -> JobRefusal {
    JobRefusal(.conflict, "Cannot \(action) job in status \(status.rawValue)")
  }
}
