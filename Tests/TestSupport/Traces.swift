package import Model

/// Traces of calls for tests.
package enum Traces {
  package static let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  package static let id = "0af7651916cd43dd8448eb211c80319c"
  package static let otherText = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

  package static let one = trace(text)
  package static let other = trace(otherText)

  private static func trace(_ text: String) -> TraceParent {
    guard let trace = TraceParent(text) else { preconditionFailure("\(text) is well formed") }
    return trace
  }
}
