package import Model

/// The JSON forms of `google.protobuf.Duration` and `google.protobuf.Timestamp`.
package enum JSONTimes {
  // MARK: Writing

  /// RFC 3339 in UTC, exact to the nanosecond.
  package static func timestamp(_ instant: Instant) -> JSONValue {
    let (seconds, nanos) = floored(Int128(instant.nanoseconds), by: 1_000_000_000)
    return timestamp(seconds: Int64(seconds), nanos: Int32(nanos))
  }

  /// Seconds as an exact decimal.
  static func duration(seconds: Int64, nanos: Int32) -> JSONValue {
    decimal(nanoseconds: Int128(seconds) * 1_000_000_000 + Int128(nanos))
  }

  private static func decimal(nanoseconds: Int128) -> JSONValue {
    let (whole, part) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    return .number((nanoseconds < 0 ? "-" : "") + String(whole) + fraction(Int64(part)))
  }

  /// `.5` for 500,000,000 nanoseconds; nothing for none.
  private static func fraction(_ nanos: Int64) -> String {
    guard nanos > 0 else { return "" }
    var digits = padded(nanos, 9)
    while digits.hasSuffix("0") { digits.removeLast() }
    return "." + digits
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// RFC 3339 in UTC with as many decimals as needed; outside the years 1 to 9999 seconds as a decimal.
  static func timestamp(seconds: Int64, nanos: Int32) -> JSONValue {
    let total = Int128(seconds) * 1_000_000_000 + Int128(nanos)
    let second = floored(total, by: 1_000_000_000)
    guard (minSecond...maxSecond).contains(second.quotient) else {
      return decimal(nanoseconds: total)
    }
    let day = floored(second.quotient, by: 86_400)
    let date = CivilDate(daysSince1970: Int64(day.quotient))
    let time = Int64(day.remainder)
    return .string(
      "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        + "T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
        + "\(fraction(Int64(second.remainder)))Z")
  }

  /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
  private static let minSecond: Int128 = -62_135_596_800
  private static let maxSecond: Int128 = 253_402_300_799

  private static func floored(
    _ number: Int128, by divisor: Int128
  ) -> (quotient: Int128, remainder: Int128) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  // MARK: Reading

  /// A number of seconds, a text such as "3.5s", or `{"seconds", "nanos"}`.
  static func duration(_ value: JSONValue, path: String) throws(TranscodingError) -> [UInt8] {
    if let parts = try parts(value, path: path) { return parts }
    var text: String?
    if case .number(let digits) = value { text = digits }
    if let string = value.stringValue, string.hasSuffix("s") { text = String(string.dropLast()) }
    guard let nanoseconds = text.flatMap({ JSONValue.Decimal($0)?.integer(shiftedBy: 9) }) else {
      throw TranscodingError(
        path: path,
        message: "expected a number of seconds with at most 9 decimals, such as 3.5 or \"3.5s\"")
    }
    let (seconds, nanos) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return message(seconds: seconds, nanos: Int32(nanos))
  }

  /// An RFC 3339 text, a number of seconds since 1970, or `{"seconds", "nanos"}`.
  static func timestamp(_ value: JSONValue, path: String) throws(TranscodingError) -> [UInt8] {
    if let parts = try parts(value, path: path) { return parts }
    var nanoseconds: Int64?
    if case .number(let digits) = value {
      nanoseconds = JSONValue.Decimal(digits)?.integer(shiftedBy: 9)
    }
    if let text = value.stringValue { nanoseconds = TimestampParser.nanoseconds(text) }
    guard let nanoseconds else {
      throw TranscodingError(
        path: path,
        message: "expected a time such as \"2026-01-31T12:00:00.5Z\", or seconds since 1970")
    }
    let floored = floored(Int128(nanoseconds), by: 1_000_000_000)
    return message(seconds: Int64(floored.quotient), nanos: Int32(floored.remainder))
  }

  private static func parts(_ value: JSONValue, path: String) throws(TranscodingError) -> [UInt8]? {
    guard case .object(let members) = value else { return nil }
    var seconds: Int64 = 0
    var nanos: Int32 = 0
    for member in members {
      let number = member.value.stringValue.map(JSONValue.number) ?? member.value
      if member.key == "seconds", let value = number.integerValue(as: Int64.self) {
        seconds = value
      } else if member.key == "nanos", let value = number.integerValue(as: Int32.self) {
        nanos = value
      } else {
        throw TranscodingError(
          path: "\(path).\(member.key)", message: "expected the integers `seconds` and `nanos`")
      }
    }
    return message(seconds: seconds, nanos: nanos)
  }

  private static func message(seconds: Int64, nanos: Int32) -> [UInt8] {
    var out: [UInt8] = []
    if seconds != 0 {
      out.append(0x08)
      out.appendVarint(UInt64(bitPattern: seconds))
    }
    if nanos != 0 {
      out.append(0x10)
      out.appendVarint(UInt64(bitPattern: Int64(nanos)))
    }
    return out
  }
}

/// A day of the Gregorian calendar, extended to all years.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", the era-based conversions.
struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  init(daysSince1970 days: Int64) {
    // Years that begin in March have the leap day at their end; 146,097 days make an era of 400 years.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * march + 2) / 5 + 1
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Nil for a date that does not exist.
  init?(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    let same = CivilDate(daysSince1970: daysSince1970)
    guard same.month == month, same.day == day else { return nil }
  }

  var daysSince1970: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let march = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * march + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Reads `2026-01-31T12:00:00.5Z` and `…+01:00`.
private struct TimestampParser {
  private var rest: Substring.UTF8View

  static func nanoseconds(_ text: String) -> Int64? {
    var parser = TimestampParser(rest: text[...].utf8)
    return parser.parse()
  }

  private mutating func parse() -> Int64? {
    guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
      skip("T") || skip("t") || skip(" "), let hour = digits(2), skip(":"), let minute = digits(2),
      skip(":"), let second = digits(2), let nanos = fraction(), let offset = offset(),
      rest.isEmpty, let date = CivilDate(year: year, month: month, day: day),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
    let total = Int128(seconds) * 1_000_000_000 + Int128(nanos)
    return Int64(exactly: total)
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func digits(_ count: Int) -> Int64? {
    let text = rest.prefix(count)
    guard text.count == count,
      text.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    else { return nil }
    rest = rest.dropFirst(count)
    return Int64(String(Substring(text)))
  }

  /// At most nine decimals, as nanoseconds; 0 where there are none.
  private mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    var nanos: Int64 = 0
    var count = 0
    while let digit = digits(1) {
      guard count < 9 else { return nil }
      nanos = nanos * 10 + digit
      count += 1
    }
    guard count > 0 else { return nil }
    for _ in count..<9 { nanos *= 10 }
    return nanos
  }

  /// Seconds east of UTC.
  private mutating func offset() -> Int64? {
    if skip("Z") || skip("z") { return 0 }
    let sign: Int64 = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0, let hours = digits(2), skip(":"), let minutes = digits(2), hours < 24,
      minutes < 60
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
