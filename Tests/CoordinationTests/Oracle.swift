import Model

/// The coordinator as its contract describes it, in the simplest way: arrays that are searched from end to end.
///
/// Knows capacity pools under always_grant and respect_limits, the queue, claims, renewals and expiry.
struct Oracle {
  struct Lease {
    var id: Text
    var claims: [(pool: Int, quantity: Int64)]
    var grantedAt: Instant
    var expiresAt: Instant
    var duration: TimeSpan
    var claimBy: Instant?
    var timerOrder: Int
    var timer: Instant { claimBy.map { min($0, expiresAt) } ?? expiresAt }
  }

  struct Waiter {
    var id: Text
    var component: Text
    var priority: Priority
    var claims: [(pool: Int, quantity: Int64)]
    var queuedAt: Instant
    var deadline: Instant
    var duration: TimeSpan
    var lane: Int
    var round: Int
    var sequence: Int
    var timerOrder: Int

    /// When the next lane is reached; nil in the last.
    var risesAt: Instant? {
      guard lane > 0 else { return nil }
      let points = Oracle.lanePoints[lane - 1] - priority.points
      return queuedAt + .nanoseconds(points * 600_000_000)
    }
    var timer: Instant { risesAt.map { min($0, deadline) } ?? deadline }
    var key: (Int, Int, Int) { (lane, round, sequence) }
  }

  /// Aged, critical, high, normal, low.
  static let lanePoints: [Int64] = [1200, 1000, 600, 400, 0]
  static func lane(_ priority: Priority) -> Int { 5 - Int(priority.rawValue) }

  var capacities: [Int64]
  var respectsLimits = true
  var leases: [Lease] = []
  var waiters: [Waiter] = []
  var standings: [Text: RequestStatus] = [:]
  var grants: [(id: Text, at: Instant)] = []
  var servedRounds = [Int](repeating: 0, count: 5)
  var lastRounds: [Text: [Int]] = [:]
  var ownServedRounds: [Text: [Int]] = [:]
  var counter = 0
  var now: Instant

  init(capacities: [Int64], at now: Instant) {
    self.capacities = capacities
    self.now = now
  }

  mutating func tick() -> Int {
    counter += 1
    return counter
  }

  func held(_ pool: Int) -> Int64 {
    leases.flatMap(\.claims).filter { $0.pool == pool }.reduce(0) { $0 + $1.quantity }
  }

  func free(_ pool: Int) -> Int64 { max(0, capacities[pool] - held(pool)) }

  var ordered: [Waiter] { waiters.sorted { $0.key < $1.key } }

  func neverFits(_ claims: [(pool: Int, quantity: Int64)]) -> Bool {
    respectsLimits && claims.contains { $0.quantity > capacities[$0.pool] }
  }

  private func fits(_ claims: [(pool: Int, quantity: Int64)], _ ahead: [Waiter]) -> Bool {
    claims.allSatisfy { claim in
      let reserved = ahead.filter { !neverFits($0.claims) }.flatMap(\.claims)
        .filter { $0.pool == claim.pool }.reduce(0) { $0 + $1.quantity }
      return !respectsLimits || claim.quantity + reserved <= free(claim.pool)
    }
  }

  private func round(_ component: Text, _ lane: Int) -> Int {
    max(servedRounds[lane], (lastRounds[component]?[lane] ?? 0) + 1)
  }

  mutating func request(
    _ id: Text, _ component: Text, _ priority: Priority, _ claims: [(pool: Int, quantity: Int64)],
    wait: Bool, timeout: TimeSpan, duration: TimeSpan
  ) -> RequestStatus {
    if let standing = standings[id] {
      // Asking again claims a grant that waits for it.
      if let index = leases.firstIndex(where: { $0.id == id && $0.claimBy != nil }) {
        leases[index].claimBy = nil
        leases[index].timerOrder = tick()
      }
      return standing
    }
    let lane = Oracle.lane(priority)
    let newcomer = Waiter(
      id: id, component: component, priority: priority, claims: claims, queuedAt: now,
      deadline: now + timeout, duration: duration, lane: lane, round: round(component, lane),
      sequence: tick(), timerOrder: tick())
    if neverFits(claims) {
      standings[id] = .denied
    } else if fits(claims, ordered.filter { $0.key < newcomer.key }) {
      grant(newcomer, claimBy: nil)
    } else if wait {
      waiters.append(newcomer)
      lastRounds[component, default: [0, 0, 0, 0, 0]][lane] = newcomer.round
      standings[id] = .queued
    } else {
      standings[id] = .denied
    }
    return standings[id] ?? .pending
  }

  private mutating func grant(_ waiter: Waiter, claimBy: Instant?) {
    leases.append(
      Lease(
        id: waiter.id, claims: waiter.claims, grantedAt: now, expiresAt: now + waiter.duration,
        duration: waiter.duration, claimBy: claimBy, timerOrder: tick()))
    standings[waiter.id] = .granted
    grants.append((waiter.id, now))
  }

  private mutating func leave(_ waiter: Waiter, served: Bool) {
    waiters.removeAll { $0.id == waiter.id }
    if served {
      if waiter.lane > 0 {
        servedRounds[waiter.lane] = max(servedRounds[waiter.lane], waiter.round)
      }
      var own = ownServedRounds[waiter.component] ?? [0, 0, 0, 0, 0]
      own[waiter.lane] = max(own[waiter.lane], waiter.round)
      ownServedRounds[waiter.component] = own
    }
    if !waiters.contains(where: { $0.component == waiter.component }) {
      lastRounds[waiter.component] = ownServedRounds[waiter.component] ?? [0, 0, 0, 0, 0]
    }
  }

  mutating func serve() {
    // One at a time, from the front: the first that fits beside all before it.
    while let index = ordered.indices.first(where: { index in
      !neverFits(ordered[index].claims) && fits(ordered[index].claims, Array(ordered[..<index]))
    }) {
      let waiter = ordered[index]
      leave(waiter, served: true)
      grant(waiter, claimBy: now + .seconds(10))
    }
  }

  mutating func release(_ id: Text) -> Bool {
    guard let lease = leases.first(where: { $0.id == id }) else {
      return standings[id] == .released
    }
    leases.removeAll { $0.id == lease.id }
    standings[id] = .released
    serve()
    return true
  }

  /// The new end; nil if there is no lease.
  mutating func renew(_ id: Text, _ duration: TimeSpan, hold: TimeSpan) -> Instant? {
    guard let index = leases.firstIndex(where: { $0.id == id }) else { return nil }
    let latest = leases[index].grantedAt + hold
    let end = min(now + duration, latest)
    leases[index].expiresAt = max(leases[index].expiresAt, end)
    leases[index].timerOrder = tick()
    return leases[index].expiresAt
  }

  mutating func cancel(_ id: Text) -> Bool {
    guard let waiter = waiters.first(where: { $0.id == id }) else { return false }
    leave(waiter, served: false)
    standings[id] = .expired
    serve()
    return true
  }

  /// Everything that is due by the instant, earliest first.
  mutating func pass(to end: Instant) {
    while true {
      let lease = leases.min { ($0.timer, $0.timerOrder) < ($1.timer, $1.timerOrder) }
      let waiter = waiters.min { ($0.timer, $0.timerOrder) < ($1.timer, $1.timerOrder) }
      let isLease =
        switch (lease, waiter) {
        case (let lease?, let waiter?):
          (lease.timer, lease.timerOrder) < (waiter.timer, waiter.timerOrder)
        case (.some, nil): true
        case (nil, _): false
        }
      if isLease, let lease, lease.timer <= end {
        now = max(now, lease.timer)
        leases.removeAll { $0.id == lease.id }
        standings[lease.id] = .expired
        serve()
      } else if !isLease, let waiter, waiter.timer <= end {
        now = max(now, waiter.timer)
        if waiter.deadline <= now {
          leave(waiter, served: false)
          standings[waiter.id] = .expired
        } else if let index = waiters.firstIndex(where: { $0.id == waiter.id }) {
          let lane = waiter.lane - 1
          waiters[index].lane = lane
          waiters[index].round = lane == 0 ? Int(now.nanoseconds) : round(waiter.component, lane)
          waiters[index].timerOrder = tick()
          lastRounds[waiter.component, default: [0, 0, 0, 0, 0]][lane] = waiters[index].round
        }
        serve()
      } else {
        now = end
        return
      }
    }
  }
}
