import Model

/// One pool: its definition and what is taken from it.
///
/// Invariant: for capacity and hold pools `held` is the sum of the pool's live leases and `closed` the sum of those
/// whose lock delay runs; neither is ever negative.
struct PoolState {
  private(set) var definition: PoolDefinition
  /// The configuration does not name the pool any more. It is kept for what refers to it, and grants nothing.
  private(set) var isRetired = false
  /// May change at run time; for rate pools the units per period.
  var capacity: Int64
  var held: Int64 = 0
  var closed: Int64 = 0
  var leases = 0
  var waiting = 0
  var rate: RateState?
  /// The slots of the live leases and of those whose lock delay runs.
  var holders = SlotSet()
  var holdRatios = HoldRatios()

  init(_ definition: PoolDefinition) {
    self.definition = definition
    capacity = definition.capacity
    rate = definition.rate.map(RateState.init)
  }

  /// A pool without leases as a snapshot describes it.
  init(
    _ definition: PoolDefinition, isRetired: Bool, capacity: Int64, rate: RateState?,
    holdRatios: HoldRatios
  ) {
    self.definition = definition
    self.isRetired = isRetired
    self.capacity = capacity
    self.rate = rate
    self.holdRatios = holdRatios
  }

  /// Takes a new definition of the same name. The capacity stays, unless the pool was retired: changing that is a
  /// decision of its own.
  ///
  /// Units spent of a rate pool stay spent under a new rule.
  mutating func redefine(_ new: PoolDefinition, at now: Instant) {
    let old = self
    definition = new
    if isRetired { capacity = new.capacity }
    isRetired = false
    guard new.rate != old.definition.rate else { return }
    rate = new.rate.map(RateState.init)
    if let meter, let fresh = rate, let oldMeter = old.meter, let spent = old.rate {
      rate = meter.spending(oldMeter.spent(spent, at: now), fresh, at: now)
    }
  }

  var isShown: Bool { !isRetired || leases > 0 || waiting > 0 || closed > 0 }

  mutating func retire() {
    isRetired = true
    capacity = 0
  }

  var meter: RateMeter? {
    definition.rate.map { RateMeter(rule: $0, limit: capacity) }
  }

  /// What can be granted at once now, by capacity alone.
  func available(at now: Instant) -> Int64 {
    if let meter, let rate { return meter.remaining(rate, at: now) }
    return max(0, capacity - held.addingSaturated(closed))
  }

  /// The largest quantity that could ever be granted.
  var largest: Int64 { meter?.largest ?? capacity }

  func allocated(at now: Instant) -> Int64 {
    if let meter, let rate { return meter.spent(rate, at: now) }
    return held
  }

  var isRate: Bool { rate != nil }

  /// Takes a lease's quantity. Answers whether it is held: what is spent of a rate pool is not.
  mutating func take(_ quantity: Int64, for slot: Int32, at now: Instant) -> Bool {
    leases += 1
    holders.insert(slot)
    if let meter, let rate {
      self.rate = meter.spending(quantity, rate, at: now)
      return false
    }
    let (sum, overflow) = held.addingReportingOverflow(quantity)
    precondition(!overflow, "a grant beyond what a number holds must have been refused")
    held = sum
    return true
  }

  /// Ends a lease of the quantity, which may stay closed for its lock delay. Answers whether it was held.
  mutating func giveBack(
    _ quantity: Int64, from slot: Int32, _ grant: Grant, staysClosed: Bool, at now: Instant
  ) -> Bool {
    leases -= 1
    if grant.hasEnd {
      holdRatios.add(held: now - grant.grantedAt, granted: grant.expiresAt - grant.grantedAt)
    }
    if !staysClosed { holders.remove(slot) }
    guard !isRate else { return false }
    held -= quantity
    precondition(held >= 0, "a pool never holds less than nothing")
    if staysClosed { closed = closed.addingSaturated(quantity) }
    return true
  }

  /// Opens what stayed closed after a lease.
  mutating func open(_ quantity: Int64, from slot: Int32) {
    holders.remove(slot)
    guard !isRate else { return }
    closed -= quantity
    precondition(closed >= 0, "no pool closes less than nothing")
  }

  /// Why the pool cannot give the quantity beside what is reserved; nil if it can.
  func blocker(_ quantity: Int64, reserved: Int64, at now: Instant) -> Reason? {
    if let meter, let rate {
      let remaining = meter.remaining(rate, at: now)
      guard quantity <= remaining else { return .rateLimited }
      return quantity > remaining - min(reserved, remaining) ? .aheadInQueue : nil
    }
    let taken = held.addingSaturated(closed)
    if taken > capacity { return held > capacity ? .overCommitted : .lockDelay }
    if quantity > capacity - taken {
      return quantity <= capacity - held ? .lockDelay : .insufficientCapacity
    }
    return quantity > capacity - taken - min(reserved, capacity) ? .aheadInQueue : nil
  }
}

/// How long leases of a pool are really held, as shares of the granted time: the basis of forecasts.
struct HoldRatios: Sendable {
  private static let buckets = 16
  private var counts: [16 of UInt32] = .init(repeating: 0)
  private var total: UInt32 = 0
  /// Old leases fade: at this many all counts are halved.
  static let fadeAt: UInt32 = 1024
  /// Fewer ends than this tell nothing.
  private static let fewest: UInt32 = 8

  init() {}

  /// - Parameter counts: ``all`` of another one.
  init(_ counts: [16 of UInt32]) {
    self.counts = counts
    for index in counts.indices { total += counts[index] }
  }

  /// Leases by the share of their time for which they were held.
  var all: [UInt32] { counts.indices.map { counts[$0] } }

  mutating func add(held: TimeSpan, granted: TimeSpan) {
    guard granted.nanoseconds > 0 else { return }
    let share = Double(held.nanoseconds) / Double(granted.nanoseconds)
    let bucket = min(HoldRatios.buckets - 1, max(0, Int(share * Double(HoldRatios.buckets))))
    counts[bucket] += 1
    total += 1
    guard total >= HoldRatios.fadeAt else { return }
    total = 0
    for index in counts.indices {
      counts[index] /= 2
      total += counts[index]
    }
  }

  /// The share below which the given part of the leases ended, from 0 to 1; nil without experience.
  func quantile(_ part: Double) -> Double? {
    guard total >= HoldRatios.fewest else { return nil }
    var sum: UInt32 = 0
    for index in counts.indices {
      sum += counts[index]
      if Double(sum) >= part * Double(total) {
        return Double(index + 1) / Double(HoldRatios.buckets)
      }
    }
    return 1
  }
}
