/// A caller that has said who it is, as far as it matters for what belongs to whom.
package final class Party: Sendable {
  /// The principal's name: one principal may have many tokens and connections.
  package let name: Text
  /// Whether it may also release, renew and cancel what others have.
  package let isAdmin: Bool

  package init(name: Text, isAdmin: Bool) {
    self.name = name
    self.isAdmin = isAdmin
  }
}
