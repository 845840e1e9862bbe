import Model

/// Nodes that users and projects want for themselves in a time to come.
package struct NodeBooking: Hashable, Sendable {
  /// Which nodes.
  package enum Wish: Hashable, Sendable {
    /// Their places in the list of nodes.
    case nodes([Int])
    /// So many of those that match.
    case count(Int)
    /// As many of those that match as have so many GPUs together.
    case devices(Int)
  }

  /// Unique.
  package var name: String
  package var owners: BookingOwners
  package var wish: Wish
  /// A model of GPUs that each node must have; nil = any, or none.
  package var model: String?
  /// Labels that each node must have.
  package var labels: Labels
  /// Whether no other booking may have the nodes at the same time.
  package var isExclusive: Bool
  package var start: Instant
  /// After the start.
  package var end: Instant
  /// The earlier comes first.
  package var created: Instant

  package init(
    name: String, owners: BookingOwners, wish: Wish, model: String? = nil, labels: Labels = .none,
    isExclusive: Bool = true, start: Instant, end: Instant, created: Instant = .epoch
  ) {
    self.name = name
    self.owners = owners
    self.wish = wish
    self.model = model
    self.labels = labels
    self.isExclusive = isExclusive
    self.start = start
    self.end = end
    self.created = created
  }

  func matches(_ node: Node) -> Bool {
    labels.entries.allSatisfy { node.labels[$0.key] == $0.value } && devices(of: node) > 0
  }

  /// How many of a node's GPUs count; 1 where they do not matter.
  private func devices(of node: Node) -> Int {
    if model == nil, case .devices = wish { return node.devices.count }
    guard let model else { return 1 }
    return node.devices.count { $0.model == model }
  }

  /// As many of the nodes, in their order, as fulfil the wish; nil where they are too few.
  func enough(of free: [Int], _ nodes: [Node]) -> [Int]? {
    switch wish {
    case .nodes(let named): return free.count == named.count ? free : nil
    case .count(let count): return free.count >= count ? Array(free.prefix(count)) : nil
    case .devices(let count):
      var chosen: [Int] = []
      var left = count
      for node in free where left > 0 {
        chosen.append(node)
        left -= devices(of: nodes[node])
      }
      return left <= 0 ? chosen : nil
    }
  }

  /// What is asked for, for people.
  var wishText: String {
    let kind = model.map { " with \($0)" } ?? ""
    switch wish {
    case .nodes(let nodes): return nodes.count == 1 ? "1 node" : "\(nodes.count) nodes"
    case .count(let count): return "\(count) node\(count == 1 ? "" : "s")\(kind)"
    case .devices(let count): return "\(count) GPU\(count == 1 ? "" : "s")\(kind)"
    }
  }
}

/// Whose jobs may use what is booked.
package struct BookingOwners: Hashable, Sendable {
  package var users: Set<String>
  package var projects: Set<String>

  package init(users: Set<String> = [], projects: Set<String> = []) {
    self.users = users
    self.projects = projects
  }

  package func include(user: String?, project: String) -> Bool {
    projects.contains(project) || user.map(users.contains) ?? false
  }

  package func union(_ other: BookingOwners) -> BookingOwners {
    BookingOwners(
      users: users.union(other.users), projects: projects.union(other.projects))
  }
}

/// What became of a booking.
package struct BookingOutcome: Hashable, Sendable {
  package var booking: NodeBooking
  /// Ascending; empty where it is refused.
  package var nodes: [Int]
  /// Why it is refused; nil = it holds.
  package var refusal: String?
}
