import Model

/// Decides which bookings hold, one by one in the order of their creation, then of their names.
///
/// A booking gets nodes that nothing else has in its time: no maintenance, no exclusive booking, and for an exclusive one no
/// booking at all. Of nodes that match it takes those first on which the fewest jobs are in its way, then those with the
/// smaller numbers. Cost: bookings² × nodes.
package struct BookingDesk: Sendable {
  private struct Taken {
    var what: String
    var nodes: Set<Int>
    var start: Instant
    var end: Instant
    var isExclusive: Bool
  }

  private let nodes: [Node]
  private var taken: [Taken] = []

  /// Names that a refusal lists.
  private static let namesMax = 5

  /// - Parameter closed: when nodes are in maintenance or out of service.
  package init(_ nodes: [Node], closed: [NodeReservation]) {
    self.nodes = nodes
    taken = closed.map {
      Taken(
        what: "is out of service (\($0.name))", nodes: Set($0.nodes), start: $0.start,
        end: $0.end, isExclusive: true)
    }
  }

  /// - Parameter inTheWay: of a booking and a node, how many jobs of others run there that are expected to go on in its time.
  /// - Returns: the outcomes, in the order in which they were decided on.
  package mutating func decide(
    _ bookings: [NodeBooking], inTheWay: (NodeBooking, Int) -> Int
  ) -> [BookingOutcome] {
    bookings.sorted { ($0.created, $0.name) < ($1.created, $1.name) }.map { booking in
      decide(booking) { inTheWay(booking, $0) }
    }
  }

  private mutating func decide(
    _ booking: NodeBooking, inTheWay: (Int) -> Int
  ) -> BookingOutcome {
    let matching: [Int]
    switch booking.wish {
    case .nodes(let named): matching = named
    case .count, .devices:
      matching = nodes.indices.filter {
        nodes[$0].state.takesTasks && booking.matches(nodes[$0])
      }
    }
    var free: [Int] = []
    var collisions: [String] = []
    for node in matching {
      if let other = collision(of: booking, on: node) {
        collisions.append("\(nodes[node].name) \(other)")
      } else {
        free.append(node)
      }
    }
    if case .nodes = booking.wish {
    } else {
      let counts = free.map(inTheWay)
      free = free.indices.sorted { (counts[$0], free[$0]) < (counts[$1], free[$1]) }
        .map { free[$0] }
    }
    guard let chosen = booking.enough(of: free, nodes) else {
      return BookingOutcome(
        booking: booking, nodes: [],
        refusal: refusal(booking, matching: matching.count, free: free.count, collisions))
    }
    taken.append(
      Taken(
        what: "is booked by \(booking.name)", nodes: Set(chosen), start: booking.start,
        end: booking.end, isExclusive: booking.isExclusive))
    return BookingOutcome(booking: booking, nodes: chosen.sorted(), refusal: nil)
  }

  /// What else has a node in a booking's time; nil where nothing does that keeps it away.
  private func collision(of booking: NodeBooking, on node: Int) -> String? {
    taken.first {
      $0.nodes.contains(node) && $0.start < booking.end && booking.start < $0.end
        && ($0.isExclusive || booking.isExclusive)
    }?.what
  }

  private func refusal(
    _ booking: NodeBooking, matching: Int, free: Int, _ collisions: [String]
  ) -> String {
    let match = matching == 1 ? "1 node matches" : "\(matching) nodes match"
    var text = "\(booking.wishText) asked; \(match), \(free) of them free in that time"
    guard !collisions.isEmpty else { return text }
    text += ": " + collisions.prefix(Self.namesMax).joined(separator: ", ")
    if collisions.count > Self.namesMax {
      text += " and \(collisions.count - Self.namesMax) more"
    }
    return text
  }
}
