import Model

/// The latest events, in a ring of fixed size, and exact counts of all there ever were.
///
/// A projection of the decisions: nothing is decided from it.
package struct EventLog {
  struct Entry {
    var revision: UInt64
    var at: Instant
    var kind: EventKind
    var requestID: Text
    var component: Text
    var claims: PoolClaims?
    var priority: Priority?
    var status: RequestStatus?
    var metadata: Metadata
    var reason: Reason?
    var until: Instant?
    var fencing: UInt64?
    var waited: TimeSpan?

    static let vacant = Entry(
      revision: 0, at: .epoch, kind: .granted, requestID: .empty, component: .empty, claims: nil,
      priority: nil, status: nil, metadata: .empty, reason: nil, until: nil, fencing: nil,
      waited: nil)

    /// Becomes an entry about no record.
    @inline(__always)
    fileprivate mutating func write(
      _ kind: EventKind, status: RequestStatus? = nil, reason: Reason? = nil,
      until: Instant? = nil, fencing: UInt64? = nil, in state: CoordinationState
    ) {
      revision = state.revision
      at = state.now
      self.kind = kind
      requestID = .empty
      component = .empty
      claims = nil
      priority = nil
      self.status = status
      metadata = .empty
      self.reason = reason
      self.until = until
      self.fencing = fencing
      waited = nil
    }
  }

  private var ring: ContiguousArray<Entry> = []
  private let capacity: Int
  /// Events ever recorded; the ring holds the last of them.
  private(set) var total: UInt64 = 0
  private var counts: ContiguousArray<Int64>
  /// Where the next entry goes.
  private var next = 0

  init(capacity: Int) {
    precondition(capacity > 0, "Limits.historyEvents is at least 1")
    self.capacity = capacity
    counts = ContiguousArray(repeating: 0, count: EventKind.allCases.count + 1)
  }

  var kept: Int { ring.count }

  /// The revision of the oldest event kept; nil without any.
  var oldestRevision: UInt64? { kept == 0 ? nil : entry(0).revision }

  /// The `position`-th of the events kept, oldest first.
  func entry(_ position: Int) -> Entry {
    ring[kept < capacity ? position : (next + position) % capacity]
  }

  var countsByKind: [EventCount] {
    EventKind.allCases.compactMap { kind in
      let count = counts[Int(kind.rawValue)]
      return count == 0 ? nil : EventCount(kind: kind, count: count)
    }
  }

  /// The first position whose revision is above the given one.
  func position(after revision: UInt64) -> Int {
    var low = 0
    var high = kept
    while low < high {
      let middle = (low + high) / 2
      if entry(middle).revision <= revision { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// How many events of a kind there ever were.
  func count(_ kind: EventKind) -> Int64 { counts[Int(kind.rawValue)] }

  /// Goes on from exact counts, before the events that are kept come with ``restore(_:)``.
  mutating func restore(total: UInt64, counts: [(kind: EventKind, count: Int64)]) {
    precondition(kept == 0, "only an empty log is restored")
    self.total = total
    for (kind, count) in counts { self.counts[Int(kind.rawValue)] = count }
  }

  /// Puts back an event that was counted before, oldest first.
  mutating func restore(_ entry: Entry) {
    if ring.count < capacity { ring.append(entry) } else { ring[next] = entry }
    next = next + 1 == capacity ? 0 : next + 1
  }

  // MARK: From decisions

  /// Records what a decision means, after it was applied.
  mutating func append(
    _ decision: Decision, slot: Int32, in state: CoordinationState
  ) {
    switch decision {
    case .recorded(_, _, let outcome, _):
      appendRecorded(outcome, slot: slot, in: state)
    case .served(_, let terms):
      note(
        .granted, slot, status: .granted, until: terms.expiresAt, fencing: state.fencing.counter,
        withMetadata: true, in: state)
    case .claimed:
      note(.claimed, slot, status: .granted, in: state)
    case .promoted:
      note(.promoted, slot, status: .queued, in: state)
    case .waitEnded(_, let end):
      let kind: EventKind = end == .timeout ? .queueTimeout : .cancelled
      note(kind, slot, status: .expired, reason: end.reason, in: state)
    case .leaseEnded(_, let end, _):
      appendLeaseEnd(end, slot: slot, in: state)
    case .renewed(_, let expiresAt):
      note(.renewed, slot, status: .granted, until: expiresAt, in: state)
    case .settled:
      note(.settled, slot, status: .granted, in: state)
    case .preemptionNoticed(_, let instant):
      note(
        .preemptNotice, slot, status: .granted, reason: .preemptionPending, until: instant,
        in: state)
    case .releaseRefused(_, let requestID, let component, let reason):
      let place = nextPlace(.releaseRefused)
      ring[place].write(.releaseRefused, reason: reason, in: state)
      ring[place].requestID = requestID
      ring[place].component = component
    case .modeChanged:
      ring[nextPlace(.modeChanged)].write(.modeChanged, in: state)
    case .capacityChanged(let pool, let capacity):
      let place = nextPlace(.capacityChanged)
      ring[place].write(.capacityChanged, in: state)
      ring[place].claims = PoolClaims(first: PoolClaim(pool: pool, quantity: capacity), rest: [])
    case .draining(let isDraining):
      ring[nextPlace(.draining)].write(
        .draining, reason: isDraining ? .draining : nil, in: state)
    case .attached, .detached, .lockDelayEnded, .preemptionWithdrawn, .forgotten, .started,
      .poolsDefined:
      break
    }
  }

  /// Records the decision about a new request.
  mutating func appendRecorded(
    _ outcome: Outcome, slot: Int32, in state: CoordinationState
  ) {
    switch outcome {
    case .granted(let terms):
      note(
        .granted, slot, status: .granted, until: terms.expiresAt, fencing: state.fencing.counter,
        withMetadata: true, in: state)
    case .queued(let terms):
      note(.queued, slot, status: .queued, until: terms.deadline, withMetadata: true, in: state)
    case .denied(let denial):
      note(.denied, slot, status: .denied, reason: denial.reason, withMetadata: true, in: state)
    }
  }

  /// Records the end of a lease.
  mutating func appendLeaseEnd(
    _ end: LeaseEnd, slot: Int32, in state: CoordinationState
  ) {
    note(
      end.eventKind, slot, status: end == .released ? .released : .expired, reason: end.reason,
      fencing: state.records[slot].fencingCounter, in: state)
  }

  /// Makes room for the next entry, the oldest one's once the ring is full, and counts it.
  private mutating func nextPlace(_ kind: EventKind) -> Int {
    let place = next
    if ring.count < capacity { ring.append(.vacant) }
    next = place + 1 == capacity ? 0 : place + 1
    total += 1
    counts[Int(kind.rawValue)] += 1
    return place
  }

  /// Writes an entry about a record in its place: nothing is built beside it, since every decision pays for this.
  @inline(__always)
  private mutating func note(
    _ kind: EventKind, _ slot: Int32, status: RequestStatus, reason: Reason? = nil,
    until: Instant? = nil, fencing: UInt64? = nil, withMetadata: Bool = false,
    in state: CoordinationState
  ) {
    let place = nextPlace(kind)
    ring[place].write(
      kind, status: status, reason: reason, until: until, fencing: fencing, in: state)
    // Field by field, read where it lies: a record is too large to be handed over.
    ring[place].requestID = state.records[slot].requestID
    ring[place].component = state.components[state.records[slot].component].name
    ring[place].claims = state.records[slot].claims
    if let quantity = state.records[slot].grantedQuantity {
      ring[place].claims?.first.quantity = quantity
    }
    ring[place].priority = state.records[slot].priority
    if withMetadata { ring[place].metadata = state.records[slot].metadata }
  }

  /// Adds the wait to the event recorded last.
  mutating func noteWait(_ waited: TimeSpan?) {
    guard total > 0 else { return }
    ring[next == 0 ? capacity - 1 : next - 1].waited = waited
  }
}
