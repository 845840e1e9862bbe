import Model

/// Bookings that hold, and maintenance, as holds on nodes that jobs pass or do not.
package struct HeldSpans: Sendable {
  /// Ascending by start.
  package private(set) var spans: [HeldSpan] = []
  /// By bit: who passes.
  package private(set) var groups: [BookingOwners] = []

  /// - Returns: nil where there are more different groups of owners than ``NodeHold/groupsMax``.
  package init?(_ outcomes: [BookingOutcome], maintenance: [NodeReservation]) {
    var nodesOfSpan: [Key: [Int]] = [:]
    var bookingsOfNode: [Int: [NodeBooking]] = [:]
    for outcome in outcomes {
      for node in outcome.nodes { bookingsOfNode[node, default: []].append(outcome.booking) }
    }
    for node in bookingsOfNode.keys.sorted() {
      for (key, owners) in Self.segments(bookingsOfNode[node] ?? []) {
        guard let bit = bit(of: owners) else { return nil }
        nodesOfSpan[Key(start: key.start, end: key.end, bit: bit), default: []].append(node)
      }
    }
    for (key, nodes) in nodesOfSpan {
      spans.append(
        HeldSpan(
          nodes: nodes, start: key.start, end: key.end, hold: NodeHold(bits: 1 << UInt64(key.bit)))
      )
    }
    for window in maintenance {
      spans.append(
        HeldSpan(
          nodes: window.nodes, start: window.start, end: window.end,
          hold: NodeHold(bits: NodeHold.maintenance, isShut: true)))
    }
    spans.sort { ($0.start, $0.end, $0.hold.bits) < ($1.start, $1.end, $1.hold.bits) }
  }

  private struct Key: Hashable {
    var start: Instant
    var end: Instant
    var bit: Int
  }

  /// The times between the starts and ends of a node's bookings, each with all that have it then.
  private static func segments(
    _ bookings: [NodeBooking]
  ) -> [(key: (start: Instant, end: Instant), owners: BookingOwners)] {
    let cuts = Set(bookings.flatMap { [$0.start, $0.end] }).sorted()
    return zip(cuts, cuts.dropFirst()).compactMap { start, end in
      let there = bookings.filter { $0.start <= start && end <= $0.end }
      guard let first = there.first else { return nil }
      return ((start, end), there.dropFirst().reduce(first.owners) { $0.union($1.owners) })
    }
  }

  private mutating func bit(of owners: BookingOwners) -> Int? {
    if let bit = groups.firstIndex(of: owners) { return bit }
    guard groups.count < NodeHold.groupsMax else { return nil }
    groups.append(owners)
    return groups.count - 1
  }

  /// The holds that someone's work passes.
  package func passes(user: String?, project: String, mayBeCutOff: Bool) -> UInt64 {
    var passes: UInt64 = mayBeCutOff ? NodeHold.maintenance : 0
    for (bit, owners) in groups.enumerated()
    where owners.include(user: user, project: project) {
      passes |= 1 << UInt64(bit)
    }
    return passes
  }
}
