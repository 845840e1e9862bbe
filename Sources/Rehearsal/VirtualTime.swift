package import Model

/// Virtual times as decimal seconds, exact to the nanosecond.
package enum VirtualTime {
  /// With no more digits than needed: `3.1`, `0`, `12.000000001`.
  package static func text(_ nanoseconds: Int64) -> String {
    let (whole, part) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    var text = (nanoseconds < 0 ? "-" : "") + String(whole)
    if part > 0 {
      var digits = String(part)
      digits = String(repeating: "0", count: 9 - digits.count) + digits
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }

  package static func json(_ instant: Instant) -> JSONValue { .number(text(instant.nanoseconds)) }
  package static func json(_ span: TimeSpan) -> JSONValue { .number(text(span.nanoseconds)) }

  /// The latest time that scripts and traces reach: a hundred years, so that sums with leases stay in range.
  package static let end = Instant.epoch + .seconds(100 * 366 * 86_400)

  /// Reads a number of seconds from 0 on with at most nine decimals; nil for anything else.
  package static func instant(_ text: String) -> Instant? {
    guard let nanoseconds = JSONValue.Decimal(text)?.integer(shiftedBy: 9), nanoseconds >= 0,
      nanoseconds <= end.nanoseconds
    else { return nil }
    return Instant(nanoseconds: nanoseconds)
  }
}
