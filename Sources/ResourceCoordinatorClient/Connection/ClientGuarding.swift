package import Encryption
package import Model

/// How a connection is kept from others, who is at its end, and for which trace.
package struct ClientGuarding: Hashable, Sendable {
  /// Nil = no TLS.
  package var encryption: ClientEncryption?
  /// Nil = none is shown.
  package var token: BearerToken?
  /// Of all calls that have no other one; nil = none.
  package var trace: TraceParent?

  package init(
    encryption: ClientEncryption? = nil, token: BearerToken? = nil, trace: TraceParent? = nil
  ) {
    self.encryption = encryption
    self.token = token
    self.trace = trace
  }
}

/// A token that is shown to the coordinator and to nobody else: it has no description.
package struct BearerToken: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  private let text: String

  /// Nil for a text without anything in it, or with what no token has: blanks, line ends and the like.
  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.text = text
  }

  /// The token itself, for who shows it.
  package var secret: String { text }

  /// What a call is sent with to show it.
  package var metadata: Metadata { Metadata([("authorization", "Bearer \(text)")]) }

  package var description: String { "(secret)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
