/// What a user is there for, on the platform and as a member of a project.
package enum Role: UInt8, CaseIterable, Hashable, Sendable {
  case viewer = 0
  case serviceAccount = 1
  case researcher = 2
  case developer = 3
  case admin = 4

  /// The name in requests and answers.
  package var name: String {
    switch self {
    case .viewer: "viewer"
    case .serviceAccount: "service_account"
    case .researcher: "researcher"
    case .developer: "developer"
    case .admin: "admin"
    }
  }

  package init?(name: String) {
    guard let role = Role.allCases.first(where: { $0.name == name }) else { return nil }
    self = role
  }
}
