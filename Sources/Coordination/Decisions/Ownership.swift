package import Model

// To whom a request and its lease belong. Where callers say who they are, to the principal that made the request;
// elsewhere to whoever asks on the request's connection, or knows its secret.
extension Coordinator {
  /// Whether a caller may see the token.
  ///
  /// - Parameter party: nil where nobody is asked. Otherwise neither connection nor secret counts. What was made while
  ///   nobody was asked, or by a version before owners were kept, belongs to all who may act for its component.
  package func owns(
    _ slot: Int32, secret: Text, connection: UInt64, by party: Party? = nil
  ) -> Bool {
    let record = state.records[slot]
    if let party { return record.owner.isEmpty || record.owner == party.name }
    return record.connection == connection
      || (!record.clientSecret.isEmpty && record.clientSecret.matchesInConstantTime(secret))
  }

  /// Refuses a principal that would act on what belongs to another one. Nothing is told of requests of other components
  /// than the one for which it asks.
  func check(_ party: Party?, on slot: Int32, for component: Text) throws(CallError) {
    guard let party, !party.isAdmin else { return }
    let record = state.records[slot]
    guard !record.owner.isEmpty, record.owner != party.name,
      state.components[record.component].name == component
    else { return }
    throw CallError(.notTheOwner, "the request was made by another principal")
  }
}

extension CoordinationState {
  /// Owners that share one value each; when there are more, they are shared anew.
  private static let sharedProofsMax = 1024

  /// What tells the owner of a request from others; one value for all requests of a principal that have no secret.
  func proof(owner: Text, secret: Text) -> RequestRecord.Proof? {
    guard !owner.isEmpty, secret.isEmpty else {
      return secret.isEmpty ? nil : RequestRecord.Proof(owner: owner, secret: secret)
    }
    if let known = proofs[owner] { return known }
    if proofs.count >= CoordinationState.sharedProofsMax { proofs.removeAll(keepingCapacity: true) }
    let proof = RequestRecord.Proof(owner: owner, secret: secret)
    proofs[owner] = proof
    return proof
  }
}
