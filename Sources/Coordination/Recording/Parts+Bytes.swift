import Model

// The parts that decisions and snapshots share, as bytes. Each writer stands beside its reader.

extension ByteSink {
  mutating func append(_ claims: PoolClaims) {
    append(claims.count)
    for position in 0..<claims.count {
      append(claims[position].pool)
      append(claims[position].quantity)
    }
  }

  mutating func append(_ terms: GrantTerms, at now: Instant) {
    append(terms.token)
    append(terms.quantity)
    append(terms.expiresAt, since: now)
    append(optional: terms.claimBy) { $0.append($1, since: now) }
  }

  mutating func append(_ terms: QueueTerms, at now: Instant) {
    append(terms.deadline, since: now)
    append(terms.key)
    append(optional: terms.drawnGrantAt) { $0.append($1, since: now) }
    append(optional: terms.expectedAt) { $0.append($1, since: now) }
  }

  mutating func append(_ key: QueueKey) {
    append(byte: key.lane.rawValue)
    append(key.round)
    append(key.sequence)
  }

  mutating func append(_ denial: Denial) {
    append(denial.reason)
    append(denial.pool)
    append(denial.available)
  }

  /// By its name: the names are part of the protocol and never change.
  mutating func append(_ reason: Reason) {
    append(Text(reason.rawValue))
  }

  mutating func append(_ contention: ContentionSettings) {
    append(contention.denyProbability)
    append(contention.queueProbability)
    append(word: contention.seed)
  }

  mutating func append(_ pool: PoolDefinition) {
    append(pool.name)
    append(pool.number)
    append(pool.unit)
    append(byte: pool.kind.rawValue)
    append(optional: pool.rate) { sink, rate in
      sink.append(byte: rate.algorithm.rawValue)
      sink.append(rate.period)
      sink.append(rate.burst)
    }
    append(pool.capacity)
    append(optional: pool.safeCapacity) { $0.append($1) }
    append(optional: pool.lockDelay) { $0.append($1) }
    append(pool.alwaysRespectsLimits)
  }
}

extension ByteSource {
  mutating func claims() throws(Malformed) -> PoolClaims {
    let count = try count()
    guard count >= 1, count <= remaining else { throw malformed("claims") }
    let first = try claim()
    var claims = PoolClaims(first: first, rest: [])
    for _ in 1..<count { claims.rest.append(try claim()) }
    return claims
  }

  private mutating func claim() throws(Malformed) -> PoolClaim {
    PoolClaim(pool: try int32(), quantity: try signed())
  }

  mutating func grantTerms(at now: Instant) throws(Malformed) -> GrantTerms {
    GrantTerms(
      token: try token(), quantity: try signed(), expiresAt: try instant(since: now),
      claimBy: try optional { source throws(Malformed) in try source.instant(since: now) })
  }

  mutating func queueTerms(at now: Instant) throws(Malformed) -> QueueTerms {
    QueueTerms(
      deadline: try instant(since: now), key: try queueKey(),
      drawnGrantAt: try optional { source throws(Malformed) in try source.instant(since: now) },
      expectedAt: try optional { source throws(Malformed) in try source.instant(since: now) })
  }

  mutating func queueKey() throws(Malformed) -> QueueKey {
    QueueKey(lane: try value(QueueLane.self), round: try number(), sequence: try number())
  }

  mutating func denial() throws(Malformed) -> Denial {
    Denial(reason: try reason(), pool: try int32(), available: try signed())
  }

  mutating func reason() throws(Malformed) -> Reason {
    guard let reason = Reason(rawValue: try text().string) else {
      throw malformed("a reason before this")
    }
    return reason
  }

  mutating func contention() throws(Malformed) -> ContentionSettings {
    ContentionSettings(
      denyProbability: try double(), queueProbability: try double(), seed: try word())
  }

  mutating func poolDefinition() throws(Malformed) -> PoolDefinition {
    let name = try text()
    let number = try int32()
    let unit = try text()
    let kind = try value(PoolKind.self)
    let rate = try optional { source throws(Malformed) in
      RateRule(
        algorithm: try source.value(RateRule.Algorithm.self), period: try source.span(),
        burst: try source.signed())
    }
    guard (kind == .rate) == (rate != nil), rate.map({ $0.period > .zero }) ?? true else {
      throw malformed("a pool with a rule exactly if it is a rate pool")
    }
    return PoolDefinition(
      name: name, number: number, unit: unit, kind: kind, rate: rate, capacity: try signed(),
      safeCapacity: try optional { source throws(Malformed) in try source.signed() },
      lockDelay: try optional { source throws(Malformed) in try source.span() },
      alwaysRespectsLimits: try flag())
  }
}
