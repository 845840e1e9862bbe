public import Foundation
import Model
import NIOConcurrencyHelpers
import Session

/// What was granted, and until when.
///
/// All copies are the same lease: renewing or releasing one shows on every copy.
public struct Lease: Sendable, Identifiable, CustomStringConvertible {
  /// The id of the request that was granted.
  public let id: String
  /// Who holds it.
  public let component: String
  /// What is held: what was asked for, unless less was allowed.
  public let amounts: [Amount]
  /// When it was granted, by the coordinator's clock.
  public let grantedAt: Date?
  /// The allowance that is left, if a rate pool was asked.
  public let rate: RateStatus?
  /// The secret that proves ownership: whoever has it can renew and release. Not part of ``description``.
  public let token: String
  /// Whether the coordinator granted it. False if it could not be reached and the rule of every pool asked for allowed
  /// the use.
  public let isConfirmed: Bool

  let state: LeaseState
  /// What each renewal announces, for a coordinator that has lost the lease; nil for one that it never knew.
  let held: HeldLease?

  /// The place in the order of grants, to be shown to the owner of the resource; nil if the coordinator could not be
  /// reached and the client's own rule allowed the use. A coordinator that lost its state gives the lease a new, higher
  /// one when it takes it over again.
  public var fencing: FencingToken? { state.snapshot.fencing }

  /// The id, what is held, and for how long. Without the token.
  public var description: String {
    let held = amounts.map { "\($0.resource.name) \($0.quantity)" }.joined(separator: ", ")
    return "lease \(id) (\(held), \(isValid ? "\(timeLeft) left" : "over"))"
  }

  /// When it ends unless renewed, by the coordinator's clock.
  public var expiresAt: Date? { state.snapshot.expiresAtWall.map { Date($0) } }

  /// How long it is still good for, by the client's monotonic clock: never more than the coordinator would say.
  public var timeLeft: Duration {
    let snapshot = state.snapshot
    guard !snapshot.isOver else { return .zero }
    return max(.zero, (snapshot.keeping.expiresAt - state.clock.instant).duration)
  }

  /// Whether it is still good: neither released, nor lost, nor run out.
  public var isValid: Bool { timeLeft > .zero }

  /// When it will be taken for a request of higher priority, if that was announced, by the coordinator's clock.
  public var preemptAt: Date? { state.snapshot.preemptAtWall.map { Date($0) } }

  /// Throws ``CoordinatorError/Code/leaseLost`` if it is no longer good. To be called before every step that must not
  /// happen without it. O(1), no I/O.
  public func checkValid() throws(CoordinatorError) {
    guard !isValid else { return }
    throw CoordinatorError(
      .leaseLost, state.snapshot.lossReason ?? .leaseExpired, "the lease \(id) is over",
      requestID: id)
  }
}

/// What changes about a lease while it lives.
final class LeaseState: Sendable {
  struct Snapshot: Sendable {
    var keeping: LeaseKeeping
    var expiresAtWall: Instant?
    var preemptAtWall: Instant?
    var fencing: FencingToken?
    /// Released or lost.
    var isOver = false
    var isReleased = false
    var lossReason: Reason?
  }

  let clock: ClientClock
  private let value: NIOLockedValueBox<Snapshot>

  init(_ snapshot: Snapshot, clock: ClientClock) {
    self.clock = clock
    value = NIOLockedValueBox(snapshot)
  }

  var snapshot: Snapshot { value.withLockedValue { $0 } }

  func update<Value: Sendable>(_ body: (inout Snapshot) -> Value) -> Value {
    value.withLockedValue { body(&$0) }
  }
}
