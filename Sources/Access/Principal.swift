package import Model

/// Who asks, once that is known.
package struct Principal: Hashable, Sendable {
  package var name: Text
  package var role: Role

  package init(name: Text, role: Role) {
    self.name = name
    self.role = role
  }

  /// Whoever asks where nobody has to say who they are.
  package static let local = Principal(name: "local", role: .admin)
}

/// What a principal is there for.
package enum Role: Hashable, Sendable {
  /// Reads.
  case viewer
  /// Reads, and asks for and gives back what components of these names need.
  case component(ComponentNames)
  /// Does everything.
  case admin

  /// The name in token files.
  package var name: String {
    switch self {
    case .viewer: "viewer"
    case .component: "component"
    case .admin: "admin"
    }
  }

  package static let names = ["viewer", "component", "admin"]
}

/// Names of components: each a whole name, or the beginning of one with a star behind it.
package struct ComponentNames: Hashable, Sendable {
  private let patterns: [String]

  /// Nil if there is no name, an empty one, or a star anywhere but at the end.
  package init?(_ patterns: [String]) {
    guard !patterns.isEmpty else { return nil }
    for pattern in patterns {
      let name = pattern.hasSuffix("*") ? pattern.dropLast() : pattern[...]
      guard !name.isEmpty, !name.contains("*") else { return nil }
    }
    self.patterns = patterns
  }

  package func cover(_ component: Text) -> Bool {
    let bytes = component.utf8Bytes
    return patterns.contains { pattern in
      // Compared byte by byte: strings count texts as equal that the coordinator tells apart.
      pattern.hasSuffix("*")
        ? bytes.starts(with: pattern.utf8.dropLast()) : bytes.elementsEqual(pattern.utf8)
    }
  }

  /// The form in token files.
  package var text: String { patterns.joined(separator: ",") }
}

/// A principal with the token that it came with, and nothing of that but its hash.
package final class Identity: Sendable {
  package let hash: TokenHash
  package let principal: Principal
  /// The principal as an owner of requests.
  package let party: Party

  package init(hash: TokenHash, principal: Principal) {
    self.hash = hash
    self.principal = principal
    party = Party(name: principal.name, isAdmin: principal.role == .admin)
  }
}
