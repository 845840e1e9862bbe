import Model

extension Coordinator {
  /// When a waiting request is expected to be granted; nil if it does not wait.
  func forecast(of slot: Int32) -> Forecast? {
    guard case .waiting(let waiting) = state.records[slot].phase else { return nil }
    if let due = waiting.drawnGrantAt {
      return Forecast(earliest: due, expected: due, latest: due)
    }
    return forecast(neededClaims(state.records[slot]), ahead: waiting.place, at: state.now)
  }

  /// When claims that come at a place of the queue could be granted; nil if nothing tells.
  ///
  /// The latest time is when, with every lease held to its end, enough is free for all ahead and this one. The expected
  /// and the earliest time scale each remaining hold by how long the pool's leases were held before (median, and the
  /// tenth part). Looks at no more than ``Limits/forecastHolders`` leases of each pool.
  func forecast(_ claims: PoolClaims, ahead key: QueueKey, at now: Instant) -> Forecast? {
    let isMetered = (0..<claims.count).contains { state.pools[Int(claims[$0].pool)].isRate }
    let ahead = reservedAhead(of: key, claims, all: isMetered)
    var forecast = Forecast(earliest: now, expected: now, latest: now)
    for position in 0..<claims.count {
      let pool = claims[position].pool
      guard state.isLimited(pool) else { continue }
      let needed = claims[position].quantity.addingSaturated(ahead[position].quantity)
      guard let free = free(needed, of: pool, at: now) else { return nil }
      forecast.earliest = later(forecast.earliest, free.earliest)
      forecast.expected = later(forecast.expected, free.expected)
      forecast.latest = later(forecast.latest, free.latest)
    }
    return forecast
  }

  private func later(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return nil }
    return max(one, other)
  }

  /// When a pool has the quantity free; nil if it never will by itself.
  private func free(_ needed: Int64, of pool: Int32, at now: Instant) -> Forecast? {
    let poolState = state.pools[Int(pool)]
    if let meter = poolState.meter, let rate = poolState.rate {
      let due = meter.serves(needed, rate, at: now)
      return due.map { Forecast(earliest: $0, expected: $0, latest: $0) }
    }
    var missing = needed.subtractingSaturated(
      poolState.capacity - poolState.held.addingSaturated(poolState.closed))
    guard missing > 0 else { return Forecast(earliest: now, expected: now, latest: now) }
    let delay = poolState.definition.lockDelay ?? state.settings.lockDelay
    var holders: [(end: Instant, quantity: Int64, grantedAt: Instant)] = []
    forEachHolder(of: pool, closed: true) { _, record, grant, until in
      let end = grant.preemptAt.map { min($0, grant.expiresAt) } ?? grant.expiresAt
      holders.append(
        (until ?? end + delay, state.quantity(grant, of: pool, record.claims), grant.grantedAt))
    }
    holders.sort { $0.end < $1.end }
    let median = poolState.holdRatios.quantile(0.5)
    let tenth = poolState.holdRatios.quantile(0.1)
    for holder in holders {
      missing = missing.subtractingSaturated(holder.quantity)
      guard missing <= 0 else { continue }
      return Forecast(
        earliest: scaled(holder.end, holder.grantedAt, by: tenth ?? 0, at: now),
        expected: scaled(holder.end, holder.grantedAt, by: median ?? 1, at: now),
        latest: holder.end)
    }
    return nil
  }

  /// The end of a lease that is held for a share of its time, but not before now.
  private func scaled(
    _ end: Instant, _ grantedAt: Instant, by share: Double, at now: Instant
  ) -> Instant {
    let length = Double((end - grantedAt).nanoseconds) * share
    return max(now, grantedAt + .nanoseconds(Int64(length)))
  }
}
