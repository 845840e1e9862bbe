package import Model

/// Whether a coordinator that lost its state, or was given an older one, still learns who holds what.
enum LearningPeriod: Hashable {
  case over
  /// The state was restored: the next start begins a period.
  case due
  case until(Instant)
}

// While it lasts nothing is granted that must respect a limit: what is free is not known. Holders say what they hold
// when they renew, and a lease that nobody else's announcement contradicts is taken over with its token and a new
// fencing number. What is not announced by the end is free.
extension Coordinator {
  /// Until when the coordinator learns; nil if it does not.
  package var learningEnd: Instant? { state.learningEnd }

  /// Marks the state as older than what was acknowledged: the start that follows begins a learning period.
  package func markRestored() { state.learning = .due }

  /// Begins a learning period, or ends one where the limit says that there is none.
  func beginLearning(at now: Instant) {
    let length = limits.learning
    guard length > .zero || state.learning != .over else { return }
    commit(.learning(until: length > .zero ? now + length : nil), at: now)
  }

  /// What a request that does not wait is told meanwhile.
  func learningRefusal(until end: Instant, at now: Instant) -> CallError {
    var error = CallError(
      .learning, "the coordinator lost its state and grants nothing before it knows who holds what")
    error.details[0].until = end
    error.details[0].retryAfter = end - now
    return error
  }

  /// Takes a lease over that this coordinator has lost: same token, a new fencing number.
  ///
  /// - Throws: ``Reason/leaseNotAdopted`` with the holders in the way if it does not fit beside what is known; the
  ///   reasons of a request for what is not valid.
  func adopt(
    _ request: borrowing RenewRequest, _ held: HeldLease, connection: UInt64, by party: Party?,
    at now: Instant
  ) throws(CallError) -> RenewResponse {
    let asked = ResourceRequest(
      requestID: request.requestID, component: request.component, claims: held.claims,
      priority: held.priority, duration: held.duration, metadata: held.metadata,
      clientSecret: held.clientSecret, isMultiple: !held.claims.rest.isEmpty)
    var admission = try state.admit(asked, connection: connection)
    admission.owner = party
    let terms = try adoptionTerms(request, held, admission, at: now)
    try checkTables(for: request.component)
    return adopted(
      commit(.leaseAdopted(asked, admission, terms), at: now), expiresAt: terms.expiresAt)
  }

  /// Takes a lease over whose request still waits in the older state that was restored. Nil if the request is another
  /// one than the holder's, or not its own.
  func adopt(
    waiting slot: Int32, _ request: borrowing RenewRequest, _ held: HeldLease,
    connection: UInt64, by party: Party?, at now: Instant
  ) throws(CallError) -> RenewResponse? {
    let record = state.records[slot]
    guard case .waiting = record.phase,
      state.components[record.component].name == request.component,
      owns(slot, secret: held.clientSecret, connection: connection, by: party)
    else { return nil }
    let asked = ResourceRequest(
      requestID: request.requestID, component: request.component, claims: held.claims,
      priority: held.priority, metadata: held.metadata)
    let admission = try state.admit(asked, connection: connection)
    let isPart =
      record.options.contains(.allowPartial)
      && admission.claims.first.quantity <= record.claims.first.quantity
    var claims = record.claims
    if isPart { claims.first.quantity = admission.claims.first.quantity }
    guard claims == admission.claims else { return nil }
    let terms = try adoptionTerms(request, held, admission, at: now)
    return adopted(commit(.served(slot, terms), at: now), expiresAt: terms.expiresAt)
  }

  private func adoptionTerms(
    _ request: borrowing RenewRequest, _ held: HeldLease, _ admission: borrowing Admission,
    at now: Instant
  ) throws(CallError) -> GrantTerms {
    guard let token = Token(request.token) else {
      throw CallError(.invalidToken, "Invalid token", field: "token")
    }
    guard admission.claims.first.quantity > 0 else {
      throw CallError(.invalidField, "a lease holds some of each pool", field: "held")
    }
    try checkSums(admission.claims, first: admission.claims.first.quantity)
    let subject = Subject(
      claims: admission.claims, priority: admission.priority, component: request.component,
      key: nil, isContended: false)
    let obstacles = obstacles(of: subject, at: now)
    guard obstacles.isEmpty else {
      var error = CallError(
        .leaseNotAdopted,
        "the coordinator lost its state, and the lease does not fit beside what is known to be held"
      )
      error.details += obstacles.prefix(limits.details - 1)
      throw error
    }
    let asked = request.duration.flatMap { $0 > .zero ? $0 : nil } ?? held.duration
    return GrantTerms(
      token: token, quantity: admission.claims.first.quantity,
      expiresAt: now + leaseLength(asked), claimBy: nil)
  }

  private func adopted(_ slot: Int32, expiresAt: Instant) -> RenewResponse {
    RenewResponse(
      expiresAt: expiresAt, atMaximum: false,
      fencing: FencingToken(
        epoch: state.fencing.epoch, counter: state.records[slot].fencingCounter ?? 0),
      isAdopted: true)
  }
}

extension CoordinationState {
  var isLearning: Bool { learningEnd != nil }

  var learningEnd: Instant? {
    guard case .until(let end) = learning else { return nil }
    return end
  }

  /// Whether a pool grants nothing because it is not known what of it is held.
  func isClosedToLearn(_ pool: Int32) -> Bool { isLearning && isLimited(pool) }
}
