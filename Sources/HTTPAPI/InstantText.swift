import Model

extension Instant {
  /// The time in RFC 3339, UTC, with as many digits of the second as it needs, in groups of three.
  var rfc3339: String {
    let (seconds, fraction) = Instant.divide(nanoseconds, by: 1_000_000_000)
    let (days, secondOfDay) = Instant.divide(seconds, by: 86_400)
    let date = Instant.civilDate(daysSinceEpoch: days)
    let hours = Instant.padded(secondOfDay / 3600, 2)
    let minutes = Instant.padded(secondOfDay / 60 % 60, 2)
    let text =
      "\(Instant.padded(date.year, 4))-\(Instant.padded(date.month, 2))-"
      + "\(Instant.padded(date.day, 2))T\(hours):\(minutes):\(Instant.padded(secondOfDay % 60, 2))"
    return text + Instant.fractionText(fraction) + "Z"
  }

  private static func fractionText(_ nanoseconds: Int64) -> String {
    guard nanoseconds > 0 else { return "" }
    if nanoseconds % 1_000_000 == 0 { return "." + padded(nanoseconds / 1_000_000, 3) }
    if nanoseconds % 1000 == 0 { return "." + padded(nanoseconds / 1000, 6) }
    return "." + padded(nanoseconds, 9)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = value.description
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Division that rounds down, so that times before 1970 come out right.
  private static func divide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// The date of a day in the Gregorian calendar. Years are counted from March, so that the leap day is the last one
  /// of a year; 400 years have 146,097 days and repeat.
  private static func civilDate(
    daysSinceEpoch: Int64
  ) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = divide(daysSinceEpoch + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}
