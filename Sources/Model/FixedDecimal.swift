/// Whole numbers that stand for decimals.
package enum FixedDecimal {
  package static func power(_ places: Int) -> Int64 {
    (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
  }

  /// `digits` × 10^-`places`, without zeros at its end: 1500 and 3 are 1.5.
  package static func text(_ digits: Int64, places: Int) -> String {
    let (whole, rest) = digits.magnitude.quotientAndRemainder(dividingBy: UInt64(power(places)))
    var fraction = String(rest)
    fraction = String(repeating: "0", count: places - fraction.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return (digits < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
  }
}

/// Dates and times as RFC 3339 writes them, in the Gregorian calendar.
package enum DateText {
  /// `2026-01-31T12:00:00.5+01:00`; nil for another text and for a time outside years 1678 to 2261.
  package static func instant(_ text: String) -> Instant? {
    var scan = Scan(rest: Array(text.utf8)[...])
    guard let year = scan.number(4), scan.skip("-"), let month = scan.number(2), scan.skip("-"),
      let day = scan.number(2), scan.skip("T") || scan.skip("t") || scan.skip(" "),
      let hour = scan.number(2), scan.skip(":"), let minute = scan.number(2), scan.skip(":"),
      let second = scan.number(2), (1678...2261).contains(year), (1...12).contains(month),
      (1...days(of: month, year)).contains(day), hour < 24, minute < 60, second <= 60,
      let nanoseconds = scan.fraction(), let offset = scan.offset(), scan.rest.isEmpty
    else { return nil }
    let days = Int64(daysSince1970(year, month, day))
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second) - offset
    return Instant(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
  }

  private static func days(of month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Years are counted from March, so that the day that leap years add is the last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let marchMonth = (month + 9) % 12
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    return marchYear * 365 + leapDays + (marchMonth * 153 + 2) / 5 + day - 1 - 719_468
  }

  private struct Scan {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    mutating func digits() -> ArraySlice<UInt8> {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest[digits.endIndex...]
      return digits
    }

    mutating func number(_ count: Int) -> Int? {
      let digits = rest.prefix(count)
      guard digits.count == count,
        digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      rest = rest[digits.endIndex...]
      return Int(String(decoding: digits, as: UTF8.self))
    }

    /// Nanoseconds behind the point, if there is one.
    mutating func fraction() -> Int64? {
      guard skip(".") else { return 0 }
      let digits = digits()
      guard (1...9).contains(digits.count) else { return nil }
      let text = String(decoding: digits, as: UTF8.self)
      return Int64(text + String(repeating: "0", count: 9 - digits.count))
    }

    /// Seconds that the local time is ahead.
    mutating func offset() -> Int64? {
      if skip("Z") || skip("z") { return 0 }
      let isBehind = skip("-")
      guard isBehind || skip("+"), let hours = number(2), hours < 24, skip(":"),
        let minutes = number(2), minutes < 60
      else { return nil }
      let seconds = Int64(hours * 3600 + minutes * 60)
      return isBehind ? -seconds : seconds
    }
  }
}
