/// How a lease ended.
package enum LeaseEnd: UInt8, Sendable, CaseIterable {
  /// Its owner gave it back.
  case released
  /// It came to its end.
  case expired
  /// A waiter's grant that nobody fetched in time was taken back.
  case claimLapsed
  /// It was taken for a request of higher priority.
  case preempted

  /// Whether the holder may not know: such losses keep capacity closed for the lock delay.
  package var isAbnormal: Bool { self == .expired || self == .preempted }

  package var reason: Reason {
    switch self {
    case .released: .leaseReleased
    case .expired: .leaseExpired
    case .claimLapsed: .claimLapsed
    case .preempted: .leasePreempted
    }
  }

  /// The word in metrics.
  package var name: String {
    switch self {
    case .released: "released"
    case .expired: "expired"
    case .claimLapsed: "claim_lapsed"
    case .preempted: "revoked"
    }
  }
}
