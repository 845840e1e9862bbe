package import Model

extension Coordinator {
  /// The answer to Explain.
  package func explain(
    _ request: borrowing ExplainRequest, connection: UInt64, at now: Instant
  ) throws(CallError) -> Explanation {
    switch copy request {
    case .existing(let requestID):
      guard let slot = state.find(requestID) else {
        throw CallError(.requestNotFound, "Request ID not found", field: "request_id")
      }
      return explanation(of: slot)
    case .hypothetical(let request):
      return try explain(request, connection: connection, at: max(now, state.now))
    }
  }

  /// What would happen to a request now. Nothing is reserved, drawn or recorded.
  private func explain(
    _ request: ResourceRequest, connection: UInt64, at now: Instant
  ) throws(CallError) -> Explanation {
    // What is not made needs no name of its own.
    var named = request
    if request.requestID.isEmpty { named.requestID = "hypothetical" }
    let admission = try state.admit(named, connection: connection)
    let key = newcomerKey(admission.priority, request.component)
    var subject = Subject(
      claims: askable(admission.claims, partial: request.allowPartial),
      priority: admission.priority, component: request.component,
      key: key, isContended: state.mode == .simulateContention && admission.priority != .critical)
    subject.requestID = request.requestID
    let blockers = blockers(of: subject, at: now)
    var explanation = Explanation(status: .granted)
    if !blockers.isEmpty && !subject.isContended {
      explanation.status =
        (request.wait || state.settings.queueWhenExhausted)
          && blockers.first?.reason != Text(Reason.canNeverFit.rawValue) ? .queued : .denied
    }
    fill(&explanation, subject, blockers, at: now)
    return explanation
  }

  /// Why a recorded request stands where it stands.
  package func explanation(of slot: Int32) -> Explanation {
    let record = state.records[slot]
    let now = state.now
    var explanation = Explanation(status: status(of: slot))
    var subject = Subject(
      claims: askable(record.claims, partial: record.options.contains(.allowPartial)),
      priority: record.priority,
      component: state.components[record.component].name, key: nil, isContended: false)
    subject.requestID = record.requestID
    switch record.phase {
    case .waiting(let waiting):
      subject.key = waiting.place
      subject.isContended = waiting.drawnGrantAt != nil
      explanation.queue = place(slot)
      explanation.forecast = explanation.queue?.forecast
      fill(&explanation, subject, blockers(of: subject, at: now), at: now)
    case .denied(let denial, _):
      subject.isContended = denial.reason == .simulatedContention
      subject.denial = denial
      // What it would meet if it were asked again.
      subject.key = newcomerKey(record.priority, subject.component)
      fill(&explanation, subject, blockers(of: subject, at: now), at: now)
    case .held(let grant):
      explanation.requestID = record.requestID
      explanation.summary = "The request is granted; its lease ends by itself."
      var detail = Detail(.fits, "granted")
      detail.until = grant.expiresAt
      explanation.notBlockers = [detail]
    case .closing(_, let end, _), .leaseEnded(_, let end, _):
      explanation.requestID = record.requestID
      explanation.summary = "The request was granted; \(end.sentence)."
      explanation.blockers = [Detail(end.reason, end.sentence)]
    case .waitEnded(let end, _):
      explanation.requestID = record.requestID
      explanation.summary = "The request was not granted: \(end.sentence)."
      explanation.blockers = [Detail(end.reason, end.sentence)]
      // Whoever waited in vain is told what is still in the way.
      if end == .timeout { explanation.blockers += blockers(of: subject, at: now) }
    case .vacant:
      preconditionFailure("the slot holds no record")
    }
    explanation.revision = state.revision
    return explanation
  }

  /// What a request asks for; one that takes less does not ask for more than there is.
  private func askable(_ claims: PoolClaims, partial: Bool) -> PoolClaims {
    guard partial else { return claims }
    var claims = claims
    claims.first.quantity = min(
      claims.first.quantity, max(1, state.pools[Int(claims.first.pool)].largest))
    return claims
  }

  /// What is to be explained: a request that was made, or one that might be.
  struct Subject {
    var requestID: Text = .empty
    var claims: PoolClaims
    var priority: Priority
    var component: Text
    /// Its place in the queue, or the one that it would get.
    var key: QueueKey?
    /// Whether chance and not capacity decides about it.
    var isContended: Bool
    /// Why it was denied, if it was.
    var denial: Denial?
  }

  private func fill(
    _ explanation: inout Explanation, _ subject: Subject, _ blockers: [Detail], at now: Instant
  ) {
    explanation.requestID = subject.requestID
    explanation.blockers = Array(blockers.prefix(limits.details))
    explanation.notBlockers = notBlockers(of: subject, at: now)
    let never = Text(Reason.canNeverFit.rawValue)
    if blockers.contains(where: { $0.reason == never }) {
      explanation.forecast = nil
    } else if explanation.queue == nil, !blockers.isEmpty, !subject.isContended,
      let key = subject.key
    {
      explanation.forecast = forecast(subject.claims, ahead: key, at: now)
    }
    if !subject.isContended { explanation.changes = changes(for: subject, at: now) }
    explanation.summary =
      blockers.first.map(\.message)
      ?? (explanation.status == .granted
        ? "Nothing is in the way." : "Nothing is in the way any more; ask again.")
    explanation.revision = state.revision
  }

  // MARK: Blockers

  private func blockers(of subject: Subject, at now: Instant) -> [Detail] {
    if subject.isContended {
      return [
        Detail(.simulatedContention, "simulate_contention decides by chance; nothing is short")
      ]
    }
    let obstacles = obstacles(of: subject, at: now)
    guard let end = state.learningEnd, subject.denial == nil,
      (0..<subject.claims.count).contains(where: { state.isLimited(subject.claims[$0].pool) }),
      !obstacles.contains(where: { $0.reason == Text(Reason.canNeverFit.rawValue) })
    else { return obstacles }
    return learningRefusal(until: end, at: now).details + obstacles
  }

  /// Everything that stands in the way but a learning period.
  func obstacles(of subject: Subject, at now: Instant) -> [Detail] {
    var details: [Detail] = []
    let component = state.components.find(subject.component)
    if let denial = componentBlocker(
      component, subject.component, subject.claims, first: subject.claims.first.quantity)
    {
      details.append(componentDetail(denial, subject))
    }
    if let denial = subject.denial,
      denial.reason == .queueFull || denial.reason == .componentQueueLimit
    {
      details.append(queueDetail(denial))
    }
    let reserved = subject.key.map { reservedAhead(of: $0, subject.claims) }
    for position in 0..<subject.claims.count {
      let claim = subject.claims[position]
      guard state.isLimited(claim.pool) else { continue }
      details += poolReasons(
        claim, ahead: reserved?[position].quantity ?? 0, subject, at: now)
    }
    return details
  }

  private func componentDetail(_ denial: Denial, _ subject: Subject) -> Detail {
    let limits = state.components.limits(of: subject.component)
    var detail: Detail
    if denial.reason == .componentLeaseLimit {
      detail = Detail(
        .componentLeaseLimit, "\(subject.component) holds \(limits.leases ?? 0) leases, its limit")
      detail.limit = Int64(limits.leases ?? 0)
    } else {
      let definition = state.pools[Int(denial.pool)].definition
      detail = Detail(
        .componentShareLimit,
        "\(subject.component) may hold \(definition.amount(denial.available)) more of \(definition.name)"
      )
      detail.pool = definition.name
      detail.unit = definition.unit
      detail.available = denial.available
      detail.limit = Int64(
        (limits.poolShare ?? 1) * Double(state.pools[Int(denial.pool)].capacity))
    }
    detail.component = subject.component
    return detail
  }

  private func queueDetail(_ denial: Denial) -> Detail {
    var detail = Detail(
      denial.reason,
      denial.reason == .queueFull
        ? "\(limits.queueLength) requests wait already"
        : "the component's places in the queue are taken")
    detail.limit = Int64(limits.queueLength)
    return detail
  }

  private func notBlockers(of subject: Subject, at now: Instant) -> [Detail] {
    guard !subject.isContended else { return [] }
    let reserved = subject.key.map { reservedAhead(of: $0, subject.claims) }
    return (0..<subject.claims.count).compactMap { position in
      let claim = subject.claims[position]
      let isFree =
        !state.isLimited(claim.pool)
        || (claim.quantity <= state.pools[Int(claim.pool)].largest
          && poolBlocker(
            claim.pool, claim.quantity, reserved: reserved?[position].quantity ?? 0, at: now) == nil)
      guard isFree else { return nil }
      let definition = state.pools[Int(claim.pool)].definition
      return detail(
        .fits, "\(definition.name): \(definition.amount(claim.quantity)) fit", claim, at: now)
    }
  }
}
