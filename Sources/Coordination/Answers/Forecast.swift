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
  /// Plays the queue forward: those ahead start in their order, hold what they ask for and end. In the latest time every
  /// lease is held to its end; in the expected and the earliest one it is held for as much of its time as the pool's
  /// leases were before (median, and the tenth part). Looks at no more than ``Limits/forecastHolders`` leases of each
  /// pool; with more than ``Limits/forecastWaiters`` ahead nothing tells. O(w log l + l log l) for w of those ahead and l
  /// leases.
  func forecast(_ claims: PoolClaims, ahead key: QueueKey, at now: Instant) -> Forecast? {
    guard state.queue.countAhead(of: key) <= limits.forecastWaiters else { return nil }
    var latest = Outlook(quantile: nil, at: now)
    var expected = Outlook(quantile: 0.5, at: now)
    var earliest = Outlook(quantile: 0.1, at: now)
    forEachWaiter(before: key) { slot in
      let ahead = state.records[slot]
      guard !isHeldBack(ahead), case .waiting(let waiting) = ahead.phase else { return true }
      let length = leaseLength(ahead.duration)
      latest.enter(ahead.claims, for: length, orUntil: waiting.deadline, self)
      expected.enter(ahead.claims, for: length, orUntil: waiting.deadline, self)
      earliest.enter(ahead.claims, for: length, orUntil: waiting.deadline, self)
      return true
    }
    guard let last = latest.start(claims, self) else { return nil }
    return Forecast(
      earliest: earliest.start(claims, self), expected: expected.start(claims, self), latest: last)
  }
}

/// What becomes free when, if leases are held for a share of their time.
private struct Outlook {
  /// Which share of their time leases are held: this quantile of the pool's earlier ones; nil for all of it.
  let quantile: Double?
  let now: Instant
  /// Those pools that were asked about.
  var pools: [Int32: PoolOutlook] = [:]

  init(quantile: Double?, at now: Instant) {
    self.quantile = quantile
    self.now = now
  }

  /// When the claims can all be had beside those that entered before; nil if never by themselves.
  mutating func start(_ claims: PoolClaims, _ coordinator: Coordinator) -> Instant? {
    var start = now
    for position in 0..<claims.count {
      let claim = claims[position]
      guard coordinator.state.isLimited(claim.pool) else { continue }
      look(at: claim.pool, coordinator)
      guard
        let fits = pools[claim.pool]?.fits(
          claim.quantity, coordinator.state.pools[Int(claim.pool)], at: now)
      else { return nil }
      start = max(start, fits, coordinator.learningEnd ?? fits)
    }
    return start
  }

  /// Lets a request that comes first take its claims, from now on reserved, until it has been held for its length, or
  /// until its wait ends where it does not start before.
  mutating func enter(
    _ claims: PoolClaims, for length: TimeSpan, orUntil deadline: Instant,
    _ coordinator: Coordinator
  ) {
    let start = start(claims, coordinator).flatMap { $0 <= deadline ? $0 : nil }
    for position in 0..<claims.count {
      let claim = claims[position]
      guard coordinator.state.isLimited(claim.pool) else { continue }
      look(at: claim.pool, coordinator)
      pools[claim.pool]?.take(claim.quantity, from: start, for: length, orUntil: deadline)
    }
  }

  private mutating func look(at index: Int32, _ coordinator: Coordinator) {
    guard pools[index] == nil else { return }
    pools[index] = PoolOutlook(index, quantile: quantile, coordinator, at: now)
  }
}

/// What becomes free when in one pool.
private struct PoolOutlook {
  /// The share of their time for which leases are held; nil for all of it.
  let share: Double?
  let lockDelay: TimeSpan
  /// Free now, less what those who entered hold or reserve; negative where more is reserved than exists.
  var free: Int64
  /// What becomes free, the earliest first.
  private var ends: [(at: Instant, quantity: Int64)] = []
  /// How many of the ends the last answer needed, and what they add up to. Whoever comes later needs them too, but
  /// for what those who entered give back, so that the next answer is looked for from here.
  private var needed = 0
  private var neededQuantity: Int64 = 0
  /// What those who entered spend of a rate.
  var spent: Int64 = 0

  init(_ index: Int32, quantile: Double?, _ coordinator: Coordinator, at now: Instant) {
    let pool = coordinator.state.pools[Int(index)]
    share = quantile.map { pool.holdRatios.quantile($0) ?? ($0 < 0.5 ? 0 : 1) }
    lockDelay = pool.definition.lockDelay ?? coordinator.state.settings.lockDelay
    free = pool.capacity.subtractingSaturated(pool.held.addingSaturated(pool.closed))
    guard !pool.isRate else { return }
    coordinator.forEachHolder(of: index, closed: true) { _, record, grant, until in
      guard grant.hasEnd || until != nil else { return }
      let expiry = grant.preemptAt.map { min($0, grant.expiresAt) } ?? grant.expiresAt
      let end = until ?? expiry + lockDelay
      ends.append(
        (
          max(now, grant.grantedAt + held(end - grant.grantedAt)),
          coordinator.state.quantity(grant, of: index, record.claims)
        ))
    }
    ends.sort { $0.at < $1.at }
  }

  /// For how long a lease of this length is held.
  func held(_ length: TimeSpan) -> TimeSpan {
    guard let share else { return length }
    return .nanoseconds(Int64(Double(length.nanoseconds) * share))
  }

  /// When this much is free; nil if it never is by itself.
  mutating func fits(_ quantity: Int64, _ pool: PoolState, at now: Instant) -> Instant? {
    if let meter = pool.meter, let rate = pool.rate {
      return meter.serves(quantity.addingSaturated(spent), rate, at: now)
    }
    let missing = quantity.subtractingSaturated(free)
    while needed > 0, neededQuantity.subtractingSaturated(ends[needed - 1].quantity) >= missing {
      needed -= 1
      neededQuantity = neededQuantity.subtractingSaturated(ends[needed].quantity)
    }
    while neededQuantity < missing {
      guard needed < ends.count else { return nil }
      neededQuantity = neededQuantity.addingSaturated(ends[needed].quantity)
      needed += 1
    }
    return needed == 0 ? now : ends[needed - 1].at
  }

  /// Takes a quantity from its start on for a length or, without a start, until its wait ends.
  mutating func take(
    _ quantity: Int64, from start: Instant?, for length: TimeSpan, orUntil deadline: Instant
  ) {
    spent = spent.addingSaturated(quantity)
    free = free.subtractingSaturated(quantity)
    let end = start.map { $0 + held(length + lockDelay) } ?? deadline
    let index = ends.partitionPoint { $0.at <= end }
    ends.insert((end, quantity), at: index)
    guard index < needed else { return }
    needed += 1
    neededQuantity = neededQuantity.addingSaturated(quantity)
  }
}
