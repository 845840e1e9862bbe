package import Model

/// Everybody who is known, by the hashes of their tokens.
package struct TokenTable: Sendable {
  package let identities: [Identity]

  package init(_ identities: [Identity]) {
    self.identities = identities
  }

  /// Who has a token. Looks at every entry whatever it finds, so that the time tells nothing.
  package func identity(_ hash: TokenHash) -> Identity? {
    var found: Identity?
    for identity in identities where identity.hash.matchesInConstantTime(hash) { found = identity }
    return found
  }
}

/// How tokens are found out about: the table in force and the hash function, which is not this module's.
package struct AccessControl: Sendable {
  package var tokens: TokenTable
  package let hash: @Sendable (String) -> TokenHash

  package init(tokens: TokenTable, hash: @escaping @Sendable (String) -> TokenHash) {
    self.tokens = tokens
    self.hash = hash
  }

  /// The longest token that is looked at, in bytes.
  package static let tokenBytesMax = 512

  /// Who sends an `authorization` value: `Bearer` in any case, a blank, the token.
  package func identity(authorization value: String) throws(CallError) -> Identity {
    let scheme = "bearer "
    guard value.utf8.count <= scheme.utf8.count + AccessControl.tokenBytesMax,
      value.prefix(scheme.count).lowercased() == scheme,
      let identity = tokens.identity(hash(String(value.dropFirst(scheme.count))))
    else { throw .tokenUnknown }
    return identity
  }
}
