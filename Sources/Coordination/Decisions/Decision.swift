package import Model

/// What the checks of a request found: its pools resolved, its priority, and who asks on which connection.
package struct Admission: Sendable {
  package var claims: PoolClaims
  package var priority: Priority
  package var connection: UInt64
  /// Who asks; nil where nobody is asked.
  package var owner: Party?
}

/// What a new request was answered.
package enum Outcome: Sendable {
  case granted(GrantTerms)
  case queued(QueueTerms)
  case denied(Denial)
}

package struct GrantTerms: Sendable {
  package var token: Token
  /// Of the first claim.
  package var quantity: Int64
  package var expiresAt: Instant
  /// Until when a waiter's grant must be fetched; nil if it is answered at once.
  package var claimBy: Instant?
}

package struct QueueTerms: Sendable {
  package var deadline: Instant
  package var key: QueueKey
  /// Under simulate_contention: when the drawn delay is over.
  package var drawnGrantAt: Instant?
  package var expectedAt: Instant?
}

/// One change of the coordinator's state. `evolve` applies it; the sequence of all decisions is the truth from which
/// the state can be rebuilt.
package enum Decision: Sendable {
  /// A new request; `drew` says that the contention generator moved on by one.
  indirect case recorded(ResourceRequest, Admission, Outcome, drew: Bool)
  /// A waiting request was granted.
  case served(Int32, GrantTerms)
  /// A waiter's grant reached its owner.
  case claimed(Int32)
  /// The owner asks on another connection.
  case attached(Int32, connection: UInt64)
  /// The owner's connection was lost.
  case detached(Int32, cancelAt: Instant)
  case promoted(Int32, QueueKey)
  case waitEnded(Int32, WaitEnd)
  case leaseEnded(Int32, LeaseEnd, closedUntil: Instant?)
  case lockDelayEnded(Int32)
  case renewed(Int32, expiresAt: Instant)
  /// A rate pool's charge was corrected by the difference.
  case settled(Int32, pool: Int32, by: Int64)
  case preemptionNoticed(Int32, at: Instant)
  case preemptionWithdrawn(Int32)
  /// Nothing changed; the history tells of it.
  case releaseRefused(slot: Int32?, requestID: Text, component: Text, Reason)
  case forgotten(Int32)
  case modeChanged(ResponseMode, ContentionSettings, restartsDraws: Bool)
  case capacityChanged(pool: Int32, Int64)
  case draining(Bool)
  /// A learning period begins, or is over (nil).
  case learning(until: Instant?)
  /// A lease that this state does not know was announced by its holder, and is taken over.
  indirect case leaseAdopted(ResourceRequest, Admission, GrantTerms)
  /// The coordinator goes on after a stop. Every connection is gone: waiters that asked for it leave the queue at
  /// `cancelAt` unless their owner comes back, and grants that wait to be fetched can be until `claimBy` at least. A
  /// drain is over.
  case started(cancelAt: Instant, claimBy: Instant)
  /// The configured pools. Those of before that are not among them are retired.
  case poolsDefined([PoolDefinition])
}

/// What a decision means to those who watch: streams, metrics, waiting calls.
package struct Effect: Sendable {
  package var kind: EventKind
  /// The record's slot, valid until the effect is consumed; -1 if it is about none.
  package var slot: Int32
  package var revision: UInt64
  package var at: Instant
  /// Time in the queue before a grant.
  package var waited: TimeSpan?
  /// How far the forecast was off, for a grant that had one.
  package var forecastError: TimeSpan?
}
