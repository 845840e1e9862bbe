import Coordination
package import Model

/// Something that the coordinator decided, as a rehearsal tells of it.
package struct VirtualEvent: Sendable {
  package var kind: EventKind
  package var at: Instant
  /// Empty, like the component and the pools, for changes that are about no request.
  package var requestID: Text = .empty
  package var component: Text = .empty
  /// What is asked for or held, by pool, in the request's order.
  package var pools: [(name: Text, quantity: Int64)] = []
  /// Time in the queue before a grant; nil for a grant that was made at once.
  package var waited: TimeSpan?
  /// Of a grant: the lease's end. Of a preemption notice: when the lease is taken. Of a place in the queue: its deadline.
  package var until: Instant?
  /// Until when a grant from the queue must be fetched.
  package var claimBy: Instant?
  /// The lease's secret, for the script's `$ID`; printed nowhere.
  package var token: Text = .empty

  init(_ effect: Effect, in coordinator: Coordinator) {
    kind = effect.kind
    at = effect.at
    waited = effect.waited
    guard effect.slot >= 0 else { return }
    let record = coordinator.record(effect.slot)
    guard record.component >= 0 else { return }
    requestID = record.requestID
    component = coordinator.componentName(record.component)
    let grant: Grant? =
      switch record.phase {
      case .held(let grant), .closing(let grant, _, _), .leaseEnded(let grant, _, _): grant
      case .vacant, .waiting, .waitEnded, .denied: nil
      }
    pools = (0..<record.claims.count).map { position in
      let claim = record.claims[position]
      let quantity = position == 0 ? grant?.quantity ?? claim.quantity : claim.quantity
      return (coordinator.poolDefinition(claim.pool).name, quantity)
    }
    note(record.phase)
  }

  private mutating func note(_ phase: RequestRecord.Phase) {
    switch phase {
    case .held(let grant):
      token = grant.token.text
      until = kind == .preemptNotice ? grant.preemptAt : grant.expiresAt
      if kind == .granted { claimBy = grant.claimBy }
    case .waiting(let waiting):
      until = waiting.deadline
    case .vacant, .closing, .leaseEnded, .waitEnded, .denied:
      break
    }
  }
}

/// Gathers what the engine tells of, and counts what is still open.
final class EventRecorder {
  private(set) var events: [VirtualEvent] = []
  /// Requests in the queue.
  private(set) var waiting = 0
  /// Grants from the queue that their owners have not fetched.
  private(set) var unclaimed: Set<Text> = []

  func record(_ effect: Effect, in coordinator: Coordinator) {
    let event = VirtualEvent(effect, in: coordinator)
    switch effect.kind {
    case .queued: waiting += 1
    case .granted where effect.waited != nil:
      waiting -= 1
      unclaimed.insert(event.requestID)
    case .queueTimeout, .cancelled: waiting -= 1
    case .claimed, .released, .expired, .claimLapsed, .preempted:
      unclaimed.remove(event.requestID)
    case .granted, .denied, .releaseRefused, .renewed, .preemptNotice, .promoted, .modeChanged,
      .capacityChanged, .draining, .settled, .adopted, .learning:
      break
    }
    events.append(event)
  }

  func take() -> [VirtualEvent] {
    defer { events.removeAll(keepingCapacity: true) }
    return events
  }
}
