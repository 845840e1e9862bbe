package import Model

/// What became of a hold.
package enum HoldAnswer: Hashable, Sendable {
  /// Held, from now or from before.
  case held(FencingToken)
  /// Nothing was taken: everything that is in the way, with who holds it and the least that is missing.
  case refused([Detail])
}

// Leases of the services in the coordinator's own process: what an attempt of a job runs on is one lease over pools of its
// nodes.
extension Coordinator {
  /// Takes some of several pools, all or nothing, for as long as it is needed.
  ///
  /// Unlike a request a hold never waits and is never drawn, counts as CRITICAL, so that no request takes it away, and has no end: it
  /// lasts, over restarts, until ``letGo(_:at:)``. Who asks again for what is held is answered as before.
  ///
  /// - Parameters:
  ///   - id: names the hold, among request ids.
  ///   - claims: of up to ``Limits/poolsPerHold`` pools, some of each.
  ///   - secret: keeps others from being shown the token; not empty.
  /// - Throws: what is wrong with the claims; that the server drains or learns; that the id stands for something else.
  /// - Complexity: O(pools²) to find one that is named twice.
  package func hold(
    _ id: Text, for component: Text, _ claims: Claims, metadata: Metadata = .empty, secret: Text,
    at now: Instant
  ) throws(CallError) -> HoldAnswer {
    precondition(!secret.isEmpty, "a hold is nobody's to be shown")
    let now = max(now, state.now)
    let request = ResourceRequest(
      requestID: id, component: component, claims: claims,
      priority: Int32(Priority.critical.rawValue), metadata: metadata, clientSecret: secret,
      isMultiple: true)
    let admission = try state.admit(request, connection: 0, poolsMax: limits.poolsPerHold)
    if let slot = state.find(id) {
      guard case .held(let grant) = state.records[slot].phase,
        state.records[slot].claims == admission.claims,
        state.components[state.records[slot].component].name == component
      else {
        throw CallError(
          .requestIDReused, "\(id) stands for something else already", field: "request_id")
      }
      return .held(fencing(of: grant))
    }
    guard !state.isDraining else {
      throw CallError(.draining, "the coordinator is draining and takes no new requests")
    }
    if let end = state.learningEnd { throw learningRefusal(until: end, at: now) }
    try checkTables(for: component)
    let quantity = admission.claims.first.quantity
    guard blocker(request, admission, first: quantity, at: now) == nil else {
      let subject = Subject(
        claims: admission.claims, priority: admission.priority, component: component,
        key: newcomerKey(admission.priority, component), isContended: false)
      return .refused(Array(obstacles(of: subject, at: now).prefix(limits.details)))
    }
    try checkSums(admission.claims, first: quantity)
    let terms = GrantTerms(
      token: Token(entropy: &entropy), quantity: quantity, expiresAt: .distantFuture, claimBy: nil)
    let slot = commit(request, admission, .granted(terms), drew: false, at: now)
    guard let grant = state.grant(slot) else { preconditionFailure("it was granted just now") }
    return .held(fencing(of: grant))
  }

  /// Ends a hold; whoever waits for what it held is served. False if nothing is held under the id.
  package func letGo(_ id: Text, at now: Instant) -> Bool {
    guard let slot = state.find(id), case .held = state.records[slot].phase else { return false }
    endLease(slot, .released, at: max(now, state.now))
    return true
  }

  private func fencing(of grant: borrowing Grant) -> FencingToken {
    FencingToken(epoch: state.fencing.epoch, counter: grant.fencingCounter)
  }
}

extension Grant {
  /// Whether it ends by itself at some time: a hold does not.
  var hasEnd: Bool { expiresAt < .distantFuture }
}
