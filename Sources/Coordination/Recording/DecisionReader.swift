package import Model

/// Reads the records that ``DecisionLog`` writes.
package enum DecisionReader {
  /// The decision of a record, and its time.
  ///
  /// - Parameter before: the time of the decision before it.
  package static func read(
    _ record: ArraySlice<UInt8>, after before: Instant
  ) throws(ByteSource.Malformed) -> (decision: Decision, at: Instant) {
    var source = ByteSource(record)
    let now = try source.instant(since: before)
    guard now >= before else { throw source.malformed("a time that is not earlier") }
    let kind = try source.value(DecisionLog.Kind.self)
    let decision =
      kind == .recorded
      ? try recorded(&source, at: now) : try fields(of: kind, &source, at: now)
    try source.finish()
    return (decision, now)
  }

  private static func recorded(
    _ source: inout ByteSource, at now: Instant
  ) throws(ByteSource.Malformed) -> Decision {
    let (request, admission, flags) = try request(&source)
    let outcome: Outcome
    switch try source.byte() {
    case 0: outcome = .granted(try source.grantTerms(at: now))
    case 1: outcome = .queued(try source.queueTerms(at: now))
    case 2: outcome = .denied(try source.denial())
    default: throw source.malformed("an outcome before this")
    }
    return .recorded(request, admission, outcome, drew: flags.contains(.drew))
  }

  /// What was asked for, and by whom.
  private static func request(
    _ source: inout ByteSource
  ) throws(ByteSource.Malformed) -> (ResourceRequest, Admission, RecordedFlags) {
    let flags = RecordedFlags(rawValue: try source.byte())
    let requestID = try source.text()
    let component = try source.text()
    var admission = Admission(
      claims: try source.claims(), priority: try source.value(Priority.self),
      connection: try source.number())
    // How the client named its pools is not kept: evolve uses the resolved claims.
    var request = ResourceRequest(
      requestID: requestID, component: component,
      claims: Claims(PoolQuantity(pool: PoolReference(), quantity: 0)),
      timeout: try source.optional { source throws(ByteSource.Malformed) in try source.span() },
      duration: try source.optional { source throws(ByteSource.Malformed) in try source.span() },
      metadata: try source.metadata(), wait: flags.contains(.wait),
      allowPartial: flags.contains(.allowPartial), clientSecret: try source.text(),
      cancelOnDisconnect: flags.contains(.cancelOnDisconnect),
      isMultiple: flags.contains(.multiple))
    request.isTraced = flags.contains(.traced)
    if flags.contains(.owned) {
      admission.owner = Party(name: try source.text(), isAdmin: false)
    }
    return (request, admission, flags)
  }

  private static func fields(
    of kind: DecisionLog.Kind, _ source: inout ByteSource, at now: Instant
  ) throws(ByteSource.Malformed) -> Decision {
    switch kind {
    case .recorded: preconditionFailure("it has a function of its own")
    case .served: .served(try source.int32(), try source.grantTerms(at: now))
    case .claimed: .claimed(try source.int32())
    case .attached: .attached(try source.int32(), connection: try source.number())
    case .detached: .detached(try source.int32(), cancelAt: try source.instant(since: now))
    case .promoted: .promoted(try source.int32(), try source.queueKey())
    case .waitEnded: .waitEnded(try source.int32(), try source.value(WaitEnd.self))
    case .leaseEnded:
      .leaseEnded(
        try source.int32(), try source.value(LeaseEnd.self),
        closedUntil: try source.optional { source throws(ByteSource.Malformed) in
          try source.instant(since: now)
        })
    case .lockDelayEnded: .lockDelayEnded(try source.int32())
    case .renewed: .renewed(try source.int32(), expiresAt: try source.instant(since: now))
    case .settled:
      .settled(try source.int32(), pool: try source.int32(), by: try source.signed())
    case .preemptionNoticed:
      .preemptionNoticed(try source.int32(), at: try source.instant(since: now))
    case .preemptionWithdrawn: .preemptionWithdrawn(try source.int32())
    case .releaseRefused: try releaseRefused(&source)
    case .forgotten: .forgotten(try source.int32())
    case .modeChanged:
      .modeChanged(
        try source.value(ResponseMode.self), try source.contention(),
        restartsDraws: try source.flag())
    case .capacityChanged: .capacityChanged(pool: try source.int32(), try source.signed())
    case .draining: .draining(try source.flag())
    case .started:
      .started(cancelAt: try source.instant(since: now), claimBy: try source.instant(since: now))
    case .poolsDefined: .poolsDefined(try pools(&source))
    case .learning:
      .learning(
        until: try source.optional { source throws(ByteSource.Malformed) in
          try source.instant(since: now)
        })
    case .leaseAdopted: try leaseAdopted(&source, at: now)
    }
  }

  private static func leaseAdopted(
    _ source: inout ByteSource, at now: Instant
  ) throws(ByteSource.Malformed) -> Decision {
    let (request, admission, _) = try request(&source)
    return .leaseAdopted(request, admission, try source.grantTerms(at: now))
  }

  private static func releaseRefused(
    _ source: inout ByteSource
  ) throws(ByteSource.Malformed) -> Decision {
    let slot = try source.int32()
    return .releaseRefused(
      slot: slot < 0 ? nil : slot, requestID: try source.text(), component: try source.text(),
      try source.reason())
  }

  private static func pools(
    _ source: inout ByteSource
  ) throws(ByteSource.Malformed) -> [PoolDefinition] {
    let count = try source.count()
    guard count <= source.remaining else { throw source.malformed("pools") }
    var pools: [PoolDefinition] = []
    for _ in 0..<count { pools.append(try source.poolDefinition()) }
    return pools
  }
}
