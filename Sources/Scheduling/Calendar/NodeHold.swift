import Model

/// Who may have a node for a time.
package struct NodeHold: Hashable, Sendable {
  /// Each bit is a hold; a task runs only where it passes all of them (``TaskRequest/passes``).
  package var bits: UInt64
  /// Whether nobody begins there, though those that pass may have begun before.
  package var isShut: Bool

  package init(bits: UInt64 = 0, isShut: Bool = false) {
    self.bits = bits
    self.isShut = isShut
  }

  /// The hold that work passes which may be cut off at any time.
  package static let maintenance: UInt64 = 1 << 63
  /// Different groups of owners at most: a bit for each, and one for maintenance.
  package static let groupsMax = 63
}

/// A time in which nodes are held.
package struct HeldSpan: Hashable, Sendable {
  package var nodes: [Int]
  package var start: Instant
  package var end: Instant
  package var hold: NodeHold
}
