package import Model

/// What administrators said of a node.
package struct NodeOrders: Hashable, Sendable {
  package var node: Text
  package var isCordoned = false
  /// Nil = it is not drained; then nothing is placed on it, and what runs has until here.
  package var drainEnd: Instant?
  /// Why it is cordoned or drained.
  package var reason: Text = .empty
  package var labels: [NamedValue<String>] = []

  package init(node: Text) {
    self.node = node
  }

  package var takesJobs: Bool { !isCordoned && drainEnd == nil }
  var isUsual: Bool { takesJobs && labels.isEmpty }
}

/// A node that is kept free for a time.
package struct NodeBooking: Hashable, Sendable {
  package var number: Int64
  package var node: Text
  package var start: Instant
  package var end: Instant
  /// Whose jobs may use it then; nil = nobody's: it is under maintenance.
  package var project: Text?
  package var reason: Text

  package init(
    number: Int64 = 0, node: Text, start: Instant, end: Instant, project: Text? = nil,
    reason: Text = .empty
  ) {
    self.number = number
    self.node = node
    self.start = start
    self.end = end
    self.project = project
    self.reason = reason
  }
}

package enum NodeCommand: Hashable, Sendable {
  case cordon(Text, reason: Text)
  case uncordon(Text)
  /// What runs there is preempted by whoever follows the book: ``JobBook/jobs(onNode:)``.
  case drain(Text, grace: TimeSpan, reason: Text)
  case undrain(Text)
  case label(Text, [NamedValue<String>])
  /// The number is given by the book.
  case book(NodeBooking)
  case endBooking(Int64)
}

extension JobBook {
  /// What was said of a node; nothing, if nothing was.
  package func orders(ofNode node: Text) -> NodeOrders { nodes[node] ?? NodeOrders(node: node) }

  func decideNode(_ command: NodeCommand, at now: Instant) throws(JobRefusal) -> [JobDecision] {
    switch command {
    case .cordon(let node, let reason):
      return try change(node) { orders in
        orders.isCordoned = true
        orders.reason = reason
      }
    case .uncordon(let node): return try change(node) { $0.isCordoned = false }
    case .drain(let node, let grace, let reason):
      guard (.zero...JobLimits.graceMaximum).contains(grace) else {
        throw JobRefusal(.invalid, "must be 0 to 60 minutes", field: "grace_period_minutes")
      }
      return try change(node) { orders in
        orders.drainEnd = now + grace
        orders.reason = reason
      }
    case .undrain(let node): return try change(node) { $0.drainEnd = nil }
    case .label(let node, let labels):
      guard labels.count <= JobLimits.entries,
        labels.allSatisfy({ $0.name.utf8.count + $0.value.utf8.count <= JobLimits.nameBytes })
      else { throw .limit("labels", "at most \(JobLimits.entries), each of 255 bytes") }
      return try change(node) { $0.labels = labels }
    case .book(let booking): return [.booked(try checked(booking, at: now))]
    case .endBooking(let number):
      guard bookings[number] != nil else { throw .unknown("Booking", number) }
      return [.bookingEnded(number)]
    }
  }

  private func change(
    _ node: Text, _ change: (inout NodeOrders) -> Void
  ) throws(JobRefusal) -> [JobDecision] {
    guard (1...JobLimits.nameBytes).contains(node.utf8Count) else {
      throw JobRefusal(
        .invalid, "a node's name has 1 to \(JobLimits.nameBytes) bytes", field: "node")
    }
    var orders = orders(ofNode: node)
    let before = orders
    change(&orders)
    guard orders.reason.utf8Count <= JobLimits.textBytes else {
      throw .limit("reason", "has \(orders.reason.utf8Count) bytes; shorten it")
    }
    guard nodes[node] != nil || nodes.count < JobLimits.nodes else {
      throw .limit("nodes", "orders for \(nodes.count) nodes are kept, the most")
    }
    return orders == before ? [] : [.nodeSet(orders)]
  }

  private func checked(
    _ booking: NodeBooking, at now: Instant
  ) throws(JobRefusal) -> NodeBooking {
    guard booking.start < booking.end, booking.end > now else {
      throw JobRefusal(
        .invalid, "must begin before it ends, and end after now", field: "start_time")
    }
    guard bookings.count < JobLimits.bookings else {
      throw .limit("bookings", "there are \(bookings.count), the most; end one first")
    }
    if let other = bookings(ofNode: booking.node).first(where: {
      $0.start < booking.end && booking.start < $0.end
    }) {
      throw JobRefusal(.conflict, "Node \(booking.node) is booked by booking \(other.number) then")
    }
    guard (1...JobLimits.nameBytes).contains(booking.node.utf8Count),
      booking.reason.utf8Count <= JobLimits.textBytes
    else { throw JobRefusal(.invalid, "a text is empty or too long", field: "node") }
    var booking = booking
    booking.number = nextBooking
    return booking
  }

  /// In the order of their numbers.
  package func bookings(ofNode node: Text) -> [NodeBooking] {
    (bookingsByNode[node] ?? []).compactMap { bookings[$0] }
  }

  /// Why nothing of a project may be placed on a node now; nil = it may.
  func obstacle(onNode node: Text, for project: Text, at now: Instant) -> String? {
    guard orders(ofNode: node).takesJobs else { return "Node \(node) is cordoned or drained" }
    let booking = bookings(ofNode: node).first { booking in
      booking.start <= now && now < booking.end && booking.project != project
    }
    return booking.map { "Node \(node) is booked by booking \($0.number)" }
  }
}
