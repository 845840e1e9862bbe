public import Foundation
import Model

/// One thing that happened at the coordinator. Tokens never appear here.
public struct Event: Hashable, Sendable {
  /// Rises by at least one from event to event.
  public var revision: UInt64
  /// When it happened.
  public var at: Date?
  /// What happened, in snake_case: `granted`, `denied`, `queued`, `released`, `expired`, `renewed`, …; `unknown` for what
  /// only a later version knows.
  public var kind: String
  /// The request it is about; empty for changes of the coordinator itself.
  public var requestID: String
  /// Whose request it is.
  public var component: String
  /// What was asked, granted or returned.
  public var amounts: [Amount]
  /// How urgent the request is.
  public var priority: Priority?
  /// What was attached to the request.
  public var metadata: [String: String]
  /// The stable code of the reason, where there is one; empty otherwise.
  public var reason: String
  /// The lease's end, the wait's end or the time of preemption, by kind.
  public var until: Date?
  /// The grant's place in the order of grants.
  public var fencing: FencingToken?
  /// How long the request had waited before its grant.
  public var waited: Duration?

  init(_ event: Model.Event) {
    revision = event.revision
    at = event.at.map { Date($0) }
    kind = event.kind?.name ?? "unknown"
    requestID = event.requestID.string
    component = event.component.string
    amounts = event.pools.map { Amount($0) }
    priority = event.priority.map { Priority($0) }
    metadata = Dictionary(event.metadata)
    reason = event.reason.string
    until = event.until.map { Date($0) }
    fencing = event.fencing.map { FencingToken($0) }
    waited = event.waited?.duration
  }
}

/// Which events are wanted. Empty = all of them.
public struct EventFilter: Hashable, Sendable {
  /// Only those of this component.
  public var component: String?
  /// Only those of this request.
  public var requestID: String?
  /// Only those of this pool.
  public var resource: Resource?

  /// A filter; what is nil is not looked at.
  public init(component: String? = nil, requestID: String? = nil, resource: Resource? = nil) {
    self.component = component
    self.requestID = requestID
    self.resource = resource
  }
}

/// A page of what happened.
public struct HistoryPage: Hashable, Sendable {
  /// The events, newest first unless asked otherwise.
  public var events: [Event]
  /// Asks for the next page; nil on the last one.
  public var nextPage: String?
  /// All events ever recorded.
  public var total: Int64
  /// Events still there; older ones have been dropped.
  public var kept: Int64
  /// How many events of each kind were ever recorded, exact.
  public var counts: [String: Int64]

  init(_ history: HistoryResponse) {
    events = history.events.map { Event($0) }
    nextPage = history.nextPageToken.isEmpty ? nil : history.nextPageToken.string
    total = history.eventsTotal
    kept = history.eventsKept
    counts = Dictionary(
      history.counts.map { ($0.kind?.name ?? "unknown", $0.count) }, uniquingKeysWith: +)
  }
}
