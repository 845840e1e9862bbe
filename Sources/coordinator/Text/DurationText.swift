import Model

/// Lengths of time as people write them: `90`, `1.5s`, `500ms`, `5m`, `2h30m`, `1d`.
enum DurationText {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("ms", 1_000_000), ("us", 1000), ("ns", 1), ("s", 1_000_000_000), ("m", 60_000_000_000),
    ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
  ]

  /// Reads a length of time; a number alone is seconds. Nil for anything else, and for what no 64 bits hold.
  static func parse(_ text: String) -> TimeSpan? {
    var rest = Substring(text)
    guard !rest.isEmpty else { return nil }
    var total: Int64 = 0
    var isFirst = true
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(number.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      if name.isEmpty && !(isFirst && rest.isEmpty) { return nil }
      guard let unit = units.first(where: { $0.name == (name.isEmpty ? "s" : name) }),
        let part = DecimalNumber.scaled(number, by: unit.nanoseconds)
      else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !overflow else { return nil }
      total = sum
      isFirst = false
    }
    return TimeSpan(nanoseconds: total)
  }

  /// Two units at most, rounded down: `3m10s`, `2h14m`, `12d`, `350ms`.
  static func short(_ span: TimeSpan) -> String {
    let nanoseconds = max(0, span.nanoseconds)
    let seconds = nanoseconds / 1_000_000_000
    if seconds == 0 { return nanoseconds == 0 ? "0s" : "\(max(1, nanoseconds / 1_000_000))ms" }
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return pair(seconds / 60, "m", seconds % 60, "s") }
    if seconds < 86_400 { return pair(seconds / 3600, "h", seconds % 3600 / 60, "m") }
    return pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
  }

  private static func pair(_ big: Int64, _ bigUnit: String, _ small: Int64, _ smallUnit: String)
    -> String
  {
    small == 0 ? "\(big)\(bigUnit)" : "\(big)\(bigUnit)\(small)\(smallUnit)"
  }
}

/// Decimal numbers read exactly, without floating point.
enum DecimalNumber {
  /// The number times the scale, if that is a whole number of 64 bits: `1.5` by 1000 is 1500.
  static func scaled(_ text: some StringProtocol, by scale: Int64) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = digits(parts.first ?? ""), whole.count > 0 else {
      return nil
    }
    guard let integer = Int64(String(whole)) else { return nil }
    let (product, overflow) = integer.multipliedReportingOverflow(by: scale)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return product }
    guard let fraction = digits(parts[1]), !fraction.isEmpty, fraction.count <= 18 else {
      return nil
    }
    var numerator: Int64 = 0
    var denominator: Int64 = 1
    for digit in fraction {
      numerator = numerator * 10 + Int64(digit.wholeNumberValue ?? 0)
      denominator *= 10
    }
    let (high, low) = numerator.multipliedFullWidth(by: scale)
    let (quotient, remainder) = denominator.dividingFullWidth((high, low))
    guard remainder == 0 else { return nil }
    let (sum, sumOverflow) = product.addingReportingOverflow(quotient)
    return sumOverflow ? nil : sum
  }

  private static func digits(_ text: some StringProtocol) -> String? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? String(text) : nil
  }
}
