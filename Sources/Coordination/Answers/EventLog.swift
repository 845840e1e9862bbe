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
  }

  private var ring: ContiguousArray<Entry> = []
  private let capacity: Int
  /// Events ever recorded; the ring holds the last of them.
  private(set) var total: UInt64 = 0
  private var counts: ContiguousArray<Int64>

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
    let first = total - UInt64(kept)
    return ring[Int((first + UInt64(position)) % UInt64(capacity))]
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

  private mutating func append(_ entry: Entry) {
    if ring.count < capacity {
      ring.append(entry)
    } else {
      ring[Int(total % UInt64(capacity))] = entry
    }
    total += 1
    counts[Int(entry.kind.rawValue)] += 1
  }

  // MARK: From decisions

  /// Records what a decision means, after it was applied.
  mutating func append(
    _ decision: Decision, slot: Int32, in state: borrowing CoordinationState
  ) {
    switch decision {
    case .recorded(_, let outcome, _):
      appendRecorded(outcome, slot: slot, in: state)
    case .served(_, let terms):
      var entry = base(slot, in: state)
      entry.metadata = state.records[slot].metadata
      entry.until = terms.expiresAt
      entry.fencing = state.fencing.counter
      append(entry)
    case .claimed:
      append(base(slot, .claimed, in: state))
    case .promoted:
      append(base(slot, .promoted, status: .queued, in: state))
    case .waitEnded(_, let end):
      let kind: EventKind = end == .timeout ? .queueTimeout : .cancelled
      append(base(slot, kind, status: .expired, reason: end.reason, in: state))
    case .leaseEnded(_, let end, _):
      let status: RequestStatus = end == .released ? .released : .expired
      var entry = base(slot, end.eventKind, status: status, reason: end.reason, in: state)
      entry.fencing = state.grant(slot)?.fencingCounter
      append(entry)
    case .renewed(_, let expiresAt):
      append(base(slot, .renewed, until: expiresAt, in: state))
    case .settled:
      append(base(slot, .settled, in: state))
    case .preemptionNoticed(_, let instant):
      append(base(slot, .preemptNotice, reason: .preemptionPending, until: instant, in: state))
    case .releaseRefused(_, let requestID, let component, let reason):
      var entry = bare(.releaseRefused, in: state)
      entry.requestID = requestID
      entry.component = component
      entry.reason = reason
      append(entry)
    case .modeChanged:
      append(bare(.modeChanged, in: state))
    case .capacityChanged(let pool, let capacity):
      var entry = bare(.capacityChanged, in: state)
      entry.claims = PoolClaims(first: PoolClaim(pool: pool, quantity: capacity), rest: [])
      append(entry)
    case .draining(let isDraining):
      var entry = bare(.draining, in: state)
      entry.reason = isDraining ? .draining : nil
      append(entry)
    case .attached, .detached, .lockDelayEnded, .preemptionWithdrawn, .forgotten:
      break
    }
  }

  /// Records the decision about a new request.
  mutating func appendRecorded(
    _ outcome: Outcome, slot: Int32, in state: borrowing CoordinationState
  ) {
    var entry = base(slot, in: state)
    entry.metadata = state.records[slot].metadata
    switch outcome {
    case .granted(let terms):
      entry.until = terms.expiresAt
      entry.fencing = state.fencing.counter
    case .queued(let terms):
      entry.kind = .queued
      entry.status = .queued
      entry.until = terms.deadline
    case .denied(let denial):
      entry.kind = .denied
      entry.status = .denied
      entry.reason = denial.reason
    }
    append(entry)
  }

  private func bare(_ kind: EventKind, in state: borrowing CoordinationState) -> Entry {
    Entry(
      revision: state.revision, at: state.now, kind: kind, requestID: .empty, component: .empty,
      claims: nil, priority: nil, status: nil, metadata: .empty, reason: nil, until: nil,
      fencing: nil, waited: nil)
  }

  /// An entry about a record; granted unless told otherwise.
  private func base(
    _ slot: Int32, _ kind: EventKind = .granted, status: RequestStatus = .granted,
    reason: Reason? = nil, until: Instant? = nil, in state: borrowing CoordinationState
  ) -> Entry {
    var claims = state.records[slot].claims
    if let grant = state.grant(slot) { claims.first.quantity = grant.quantity }
    return Entry(
      revision: state.revision, at: state.now, kind: kind,
      requestID: state.records[slot].requestID,
      component: state.components[state.records[slot].component].name, claims: claims,
      priority: state.records[slot].priority, status: status, metadata: .empty, reason: reason,
      until: until,
      fencing: nil, waited: nil)
  }

  /// Adds the wait to the event recorded last.
  mutating func noteWait(_ waited: TimeSpan?) {
    guard total > 0 else { return }
    ring[Int((total - 1) % UInt64(capacity))].waited = waited
  }
}
