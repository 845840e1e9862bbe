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

    /// What an entry tells beside the request it is about.
    struct News {
      var kind: EventKind
      var status: RequestStatus?
      var reason: Reason?
      var until: Instant?
      var fencing: UInt64?
    }

    /// Becomes another entry: its parts are handed over, since every decision pays for this.
    @inline(__always)
    fileprivate mutating func write(
      _ news: News, requestID: consuming Text = .empty, component: consuming Text = .empty,
      claims: consuming PoolClaims? = nil, granted: Int64? = nil, priority: Priority? = nil,
      metadata: consuming Metadata = .empty, in state: CoordinationState
    ) {
      revision = state.revision
      at = state.now
      kind = news.kind
      self.requestID = requestID
      self.component = component
      self.claims = claims
      if let granted { self.claims?.first.quantity = granted }
      self.priority = priority
      status = news.status
      self.metadata = metadata
      reason = news.reason
      until = news.until
      fencing = news.fencing
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
      ring[nextPlace(.releaseRefused)].write(
        .init(kind: .releaseRefused, reason: reason), requestID: requestID, component: component,
        in: state)
    case .modeChanged:
      ring[nextPlace(.modeChanged)].write(.init(kind: .modeChanged), in: state)
    case .capacityChanged(let pool, let capacity):
      ring[nextPlace(.capacityChanged)].write(
        .init(kind: .capacityChanged),
        claims: PoolClaims(first: PoolClaim(pool: pool, quantity: capacity)), in: state)
    case .draining(let isDraining):
      ring[nextPlace(.draining)].write(
        .init(kind: .draining, reason: isDraining ? .draining : nil), in: state)
    case .learning(let end):
      ring[nextPlace(.learning)].write(
        .init(kind: .learning, reason: end == nil ? nil : .learning, until: end), in: state)
    case .leaseAdopted(_, _, let terms):
      note(
        .adopted, slot, status: .granted, until: terms.expiresAt, fencing: state.fencing.counter,
        withMetadata: true, in: state)
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
  @inline(__always)
  private mutating func nextPlace(_ kind: EventKind) -> Int {
    let place = next
    if ring.count < capacity { ring.append(.vacant) }
    next = place + 1 == capacity ? 0 : place + 1
    total += 1
    counts[Int(kind.rawValue)] += 1
    return place
  }

  /// Writes an entry about a record in its place.
  @inline(__always)
  private mutating func note(
    _ kind: EventKind, _ slot: Int32, status: RequestStatus, reason: Reason? = nil,
    until: Instant? = nil, fencing: UInt64? = nil, withMetadata: Bool = false,
    in state: CoordinationState
  ) {
    // Field by field, read where it lies: a record is too large to be handed over.
    ring[nextPlace(kind)].write(
      .init(kind: kind, status: status, reason: reason, until: until, fencing: fencing),
      requestID: state.records[slot].requestID,
      component: state.components[state.records[slot].component].name,
      claims: state.records[slot].claims, granted: state.records[slot].grantedQuantity,
      priority: state.records[slot].priority,
      metadata: withMetadata ? state.records[slot].metadata : .empty, in: state)
  }

  /// Adds the wait to the event recorded last.
  mutating func noteWait(_ waited: TimeSpan?) {
    guard total > 0 else { return }
    ring[next == 0 ? capacity - 1 : next - 1].waited = waited
  }
}
