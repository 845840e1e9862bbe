/// What jobs run on, as backfill sees it: what is free now, and whether something fits.
///
/// A value of this type is a state. Backfill copies it and plays on the copy what is expected to
/// happen (jobs end, reserved jobs start), so that whatever a machine distinguishes (processors,
/// nodes, devices) is respected by reservations too, without a word about time in here.
package protocol Machine: Sendable {
  /// What a job asks for.
  associatedtype Request: Sendable
  /// What one job holds, exactly.
  associatedtype Placement: Sendable
  /// What requests have in common that fit into the same states.
  associatedtype Kind: Hashable & Sendable = Never

  /// Where the request would be placed in this state; nil where it does not fit.
  func placement(of request: Request) -> Placement?

  /// The same, but where there is a choice, what will be free in this state and is not in the other: a reservation that
  /// takes that leaves what is free now to those who could use it now.
  func placement(of request: Request, sparing other: Self) -> Placement?

  /// Takes what the placement names, which must be free.
  mutating func occupy(_ placement: Placement)

  /// Gives back what the placement names, which must be taken.
  mutating func vacate(_ placement: Placement)

  /// Keeps only what is free in the other state as well.
  mutating func restrict(to other: Self)

  /// A number such that a request with a larger ``bulk(of:)`` does not fit; any such bound is
  /// right, a tight one is fast.
  var room: Int { get }

  /// At least 0, and larger only for requests that need more.
  static func bulk(of request: Request) -> Int

  /// The kind of a request that fits into everything larger than what it fits into; nil where that is not known of it.
  static func kind(of request: Request) -> Kind?

  /// Whether a request that did not fit might since a placement was given back; true where that is not known.
  func mayFit(_ request: Request, since returned: Placement) -> Bool
}

extension Machine {
  package func mayFit(_ request: Request, since returned: Placement) -> Bool { true }

  /// For machines without a choice.
  package func placement(of request: Request, sparing other: Self) -> Placement? {
    placement(of: request)
  }
}

extension Machine where Kind == Never {
  package static func kind(of request: Request) -> Never? { nil }
}
