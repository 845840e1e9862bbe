/// Reads and writes decimal numbers exactly, without a binary floating-point number in between.
enum DecimalText {
  enum Failure: Error, Hashable {
    /// Not the form of a number, such as `lots`, `NaN` or `0x10`.
    case notANumber
    /// More decimals than the unit has.
    case tooFine
    case outOfRange
  }

  /// The most characters that are looked at; no sensible number is longer.
  private static let charactersMax = 64

  /// `text` times ten to the `decimals`, as a whole number: `("1.5", 9)` is 1,500,000,000.
  ///
  /// The form is that of JSON: an optional sign, digits without leading zeros, an optional fraction and exponent.
  static func scaled(_ text: String, decimals: Int) throws(Failure) -> Int64 {
    precondition(decimals >= 0 && decimals <= 18, "more decimals than 64 bits have")
    let parts = try split(text)
    var digits = parts.digits
    var shift = decimals + parts.exponent
    while shift < 0, digits.last == 0 {
      digits.removeLast()
      shift += 1
    }
    if digits.isEmpty { return 0 }
    guard shift >= 0 else { throw .tooFine }
    var value: Int64 = 0
    for digit in digits {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, more) = product.subtractingReportingOverflow(Int64(digit))
      guard !overflow, !more else { throw .outOfRange }
      value = sum
    }
    // `value` is negative on the way, since the negative side has one number more.
    while shift > 0, value != 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw .outOfRange }
      value = product
      shift -= 1
    }
    if parts.isNegative { return value }
    guard value != .min else { throw .outOfRange }
    return -value
  }

  /// A number of the form of JSON as a floating-point number; never NaN or infinite.
  static func double(_ text: String) throws(Failure) -> Double {
    _ = try split(text)
    guard let value = Double(text), value.isFinite else { throw .outOfRange }
    return value
  }

  /// Nanoseconds as decimal seconds, with no more digits than needed.
  static func seconds(nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    let whole = magnitude / 1_000_000_000
    let fraction = magnitude % 1_000_000_000
    var text = (nanoseconds < 0 ? "-" : "") + String(whole)
    if fraction > 0 {
      var digits = String(fraction)
      digits = String(repeating: "0", count: 9 - digits.count) + digits
      while digits.hasSuffix("0") { digits.removeLast() }
      text += "." + digits
    }
    return text
  }

  /// The digits with leading zeros dropped, and the power of ten that they are to be multiplied by.
  private static func split(
    _ text: String
  ) throws(Failure) -> (digits: [UInt8], exponent: Int, isNegative: Bool) {
    var rest = Array(text.utf8)[...]
    guard rest.count <= charactersMax else { throw .notANumber }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    let whole = takeDigits(&rest)
    guard !whole.isEmpty, whole.count == 1 || whole.first != 0 else { throw .notANumber }
    var digits = whole
    var exponent = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      let fraction = takeDigits(&rest)
      guard !fraction.isEmpty else { throw .notANumber }
      digits += fraction
      exponent -= fraction.count
    }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      let sign = rest.first
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
      let written = takeDigits(&rest)
      guard !written.isEmpty else { throw .notANumber }
      guard written.count <= 4 else { throw .outOfRange }
      let size = written.reduce(0) { $0 * 10 + Int($1) }
      exponent += sign == UInt8(ascii: "-") ? -size : size
    }
    guard rest.isEmpty else { throw .notANumber }
    return (Array(digits.drop { $0 == 0 }), exponent, isNegative)
  }

  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var digits: [UInt8] = []
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      digits.append(byte - UInt8(ascii: "0"))
      rest.removeFirst()
    }
    return digits
  }
}
