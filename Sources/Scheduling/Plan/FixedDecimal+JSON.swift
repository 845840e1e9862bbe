import Model

// Rounding needs the library of mathematics, which only this target links.
extension FixedDecimal {
  /// A number, rounded to six decimals where it is not huge; null where it is infinite.
  static func json(_ value: Double) -> JSONValue {
    guard value.isFinite else { return .null }
    guard value.magnitude < 1e12 else { return .number("\(value)") }
    return .number(text(Int64((value * 1e6).rounded()), places: 6))
  }
}
