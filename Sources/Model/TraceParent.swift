/// The W3C trace context that a call came with, as its `traceparent` says it: which trace, and which step of it.
///
/// The form is `VERSION-TRACE-PARENT-FLAGS` in lower-case hexadecimal digits of 2, 32, 16 and 2 places. What is not
/// exactly that, the forbidden version `ff` and numbers of zeros alone included, is no trace context: it is ignored, as the
/// recommendation asks, since a trace is no reason to refuse a call.
package struct TraceParent: Hashable, Sendable {
  /// The key in a call's metadata and in a record's.
  package static let key = "traceparent"
  /// The key by which a client may give a request's trace itself.
  package static let idKey = "trace_id"
  /// The length of every value, in bytes.
  package static let byteCount = 55

  /// The whole value: it can be handed on as it is.
  package let text: Text

  /// Nil if the text is no trace context.
  package init?(_ value: String) {
    let bytes = Array(value.utf8)
    guard bytes.count == TraceParent.byteCount else { return nil }
    for (position, byte) in bytes.enumerated() {
      if TraceParent.dashes.contains(position) {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard TraceParent.isLowerHexadecimal(byte) else { return nil }
      }
    }
    let zero = UInt8(ascii: "0")
    guard bytes[0..<2] != [UInt8(ascii: "f"), UInt8(ascii: "f")],
      bytes[3..<35].contains(where: { $0 != zero }), bytes[36..<52].contains(where: { $0 != zero })
    else { return nil }
    text = Text(value)
  }

  private static let dashes = [2, 35, 52]

  private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  /// The 32 digits that all calls of one trace share, by which logs are searched.
  package var traceID: String { String(text.string.dropFirst(3).prefix(32)) }
}
