public import Foundation
import Model

/// Why a request was denied or waits, until when, and what would change it.
public struct Explanation: Hashable, Sendable {
  /// One sentence for people.
  public var summary: String
  /// Every reason, most important first.
  public var blockers: [Blocker]
  /// The pools that are not in the way.
  public var notBlockers: [Blocker]
  /// Where the request stands in the queue, if it waits.
  public var place: QueuePlace?
  /// When it is expected to start, where that is known.
  public var forecast: Forecast?
  /// Each one alone would let the request start now, smallest first.
  public var changes: [Change]

  /// One reason.
  public struct Blocker: Hashable, Sendable {
    /// A stable upper-case code, such as `INSUFFICIENT_CAPACITY`; `Docs/ERRORS.md` lists them.
    public var reason: String
    /// One sentence for people.
    public var message: String
    /// The field of the request at fault; empty if it is about none.
    public var field: String
    /// The pool it is about; empty if it is about none.
    public var pool: String
    /// What was asked, in the pool's unit.
    public var requested: Int64
    /// What is free now, in the pool's unit.
    public var available: Int64
    /// What is short, in the pool's unit.
    public var missing: Int64
    /// The capacity, or the limit that was met.
    public var limit: Int64
    /// The pool's unit, such as `MB`.
    public var unit: String
    /// The request in the way: a holder, or a waiter ahead. Empty if there is none.
    public var requestID: String
    /// That request's component.
    public var component: String
    /// Until when the reason stands at the latest, where that is known.
    public var until: Date?
    /// How long to wait before asking again, where that is known.
    public var retryAfter: Duration?
    /// Every request in the way, at most 16: leases that must end, the earliest end first, or waiters that come first.
    public var others: [OtherRequest]
    /// How many there are, named or not.
    public var othersTotal: Int

    init(_ detail: Detail) {
      reason = detail.reason.string
      message = detail.message
      field = detail.field.string
      pool = detail.pool.string
      requested = detail.requested
      available = detail.available
      missing = detail.missing
      limit = detail.limit
      unit = detail.unit.string
      requestID = detail.requestID.string
      component = detail.component.string
      until = detail.until.map { Date($0) }
      retryAfter = detail.retryAfter?.duration
      others = detail.others.map { OtherRequest($0) }
      othersTotal = Int(detail.othersTotal)
    }
  }

  /// A request that is in the way in one pool.
  public struct OtherRequest: Hashable, Sendable {
    /// The lease's or the waiter's request.
    public var requestID: String
    /// The component that made it.
    public var component: String
    /// Held, or reserved for it, in the pool's unit.
    public var quantity: Int64
    /// When the lease ends at the latest; nil for a waiter.
    public var until: Date?

    init(_ other: Model.OtherRequest) {
      requestID = other.requestID.string
      component = other.component.string
      quantity = other.quantity
      until = other.until.map { Date($0) }
    }
  }

  /// A change that would let the request start now.
  public struct Change: Hashable, Sendable {
    /// `REDUCE_QUANTITY`, `RELEASE_LEASE`, `RAISE_CAPACITY`, `RAISE_PRIORITY` or `WAIT`; later servers may know more.
    public var kind: String
    /// One sentence for people.
    public var message: String
    /// The pool it is about.
    public var pool: String
    /// The largest quantity that fits, or the capacity needed, in the pool's unit.
    public var quantity: Int64
    /// The lease whose end would do.
    public var requestID: String
    /// The component that holds it.
    public var component: String
  }

  init(_ explanation: Model.Explanation) {
    summary = explanation.summary
    blockers = explanation.blockers.map { Blocker($0) }
    notBlockers = explanation.notBlockers.map { Blocker($0) }
    place = explanation.queue.map { QueuePlace($0) }
    forecast = explanation.forecast.map { Forecast($0) }
    changes = explanation.changes.map { change in
      Change(
        kind: change.kind.string, message: change.message, pool: change.pool.string,
        quantity: change.quantity, requestID: change.requestID.string,
        component: change.component.string)
    }
  }

  init(summary: String, details: [Detail]) {
    self.summary = summary
    blockers = details.map { Blocker($0) }
    notBlockers = []
    changes = []
  }
}

/// Where a request stands in the queue.
public struct QueuePlace: Hashable, Sendable {
  /// 1 = next.
  public var position: Int64
  /// Requests that wait, this one counted.
  public var length: Int64
  /// When the wait ends without a grant.
  public var deadline: Date?
  /// When the wait began.
  public var queuedAt: Date?
  /// When the grant is expected.
  public var forecast: Forecast?

  init(_ place: Model.QueuePlace) {
    position = place.position
    length = place.length
    deadline = place.deadline.map { Date($0) }
    queuedAt = place.queuedAt.map { Date($0) }
    forecast = place.forecast.map { Forecast($0) }
  }
}

/// When a waiting request is expected to be granted.
public struct Forecast: Hashable, Sendable {
  /// Not before this.
  public var earliest: Date?
  /// Most likely.
  public var expected: Date?
  /// If every holder keeps its lease to the end; nil = not known.
  public var latest: Date?

  init(_ forecast: Model.Forecast) {
    earliest = forecast.earliest.map { Date($0) }
    expected = forecast.expected.map { Date($0) }
    latest = forecast.latest.map { Date($0) }
  }
}

extension Date {
  init(_ instant: Instant) {
    self.init(timeIntervalSince1970: Double(instant.nanoseconds) / 1e9)
  }
}

extension Instant {
  init(_ date: Date) {
    let nanoseconds = date.timeIntervalSince1970 * 1e9
    self.init(nanoseconds: Int64(min(max(nanoseconds, 0), 9.2e18)))
  }
}
