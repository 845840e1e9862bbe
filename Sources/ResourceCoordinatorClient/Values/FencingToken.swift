import Model

/// The place of a grant in the order of all grants of one coordinator: rises strictly from grant to grant and never goes
/// back.
///
/// Whoever owns the resource keeps the highest one seen and refuses lower ones: see ``FencingVerifier``.
public struct FencingToken: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Rises at every loss or restore of the coordinator's state.
  public var epoch: UInt64
  /// Rises at every grant of an epoch.
  public var counter: UInt64

  /// A token from its two numbers, as they travel in a message of one's own.
  public init(epoch: UInt64, counter: UInt64) {
    self.epoch = epoch
    self.counter = counter
  }

  /// Earlier grants are lower.
  public static func < (left: FencingToken, right: FencingToken) -> Bool {
    (left.epoch, left.counter) < (right.epoch, right.counter)
  }

  /// Both numbers, epoch first.
  public var description: String { "\(epoch).\(counter)" }

  init(_ token: Model.FencingToken) {
    self.init(epoch: token.epoch, counter: token.counter)
  }
}

/// Keeps late holders off a resource: remembers the newest grant that used it and refuses older ones.
///
/// It belongs beside the resource, behind whatever serialises access to it. A holder that was paused for longer than its
/// lease does not know that it is late; the resource does.
///
/// ```swift
/// var verifier = FencingVerifier()
/// guard verifier.admit(lease.fencing, to: "gpu-0") else { throw TooLate() }
/// ```
public struct FencingVerifier: Hashable, Sendable {
  /// The most resources one verifier keeps track of.
  public let resourcesMax: Int
  private var newest: [String: FencingToken] = [:]

  /// An empty verifier. At `resourcesMax` resources further ones are refused.
  public init(resourcesMax: Int = 65_536) {
    precondition(resourcesMax > 0, "a verifier keeps track of something")
    self.resourcesMax = resourcesMax
  }

  /// Whether the grant may use the resource: it is the newest seen there, or newer. O(1).
  public mutating func admit(_ token: FencingToken, to resource: String) -> Bool {
    if let seen = newest[resource] {
      guard token >= seen else { return false }
    } else if newest.count >= resourcesMax {
      return false
    }
    newest[resource] = token
    return true
  }

  /// The newest grant that used the resource; nil if none did. To be stored with the resource where it outlives the
  /// process.
  public func newestToken(of resource: String) -> FencingToken? { newest[resource] }

  /// Takes over what was stored. Never lowers what is known.
  public mutating func restore(_ token: FencingToken, of resource: String) {
    _ = admit(token, to: resource)
  }
}
