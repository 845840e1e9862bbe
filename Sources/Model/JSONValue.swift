/// A JSON value. Objects keep the order of their keys, and numbers their text, so that 64-bit integers and decimals stay
/// exact.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// The number as it is written, in JSON's grammar.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// Keys are unique.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package var key: String
    package var value: JSONValue

    package init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  package static func integer(_ number: some BinaryInteger) -> JSONValue {
    .number(String(number))
  }

  /// What the value is, for error messages.
  package var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a bool"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  package var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The number, if it is an integer in range; `1.0` and `1e3` are integers too.
  package func integerValue<Number: FixedWidthInteger>(as type: Number.Type = Number.self)
    -> Number?
  {
    guard case .number(let text) = self else { return nil }
    return Number(text) ?? Decimal(text)?.integer().flatMap { Number(exactly: $0) }
  }

  package var doubleValue: Double? {
    if case .number(let text) = self { Double(text) } else { nil }
  }
}

extension JSONValue {
  /// A number's digits and scale: the number is `digits` × 10^`-fractionDigits`.
  package struct Decimal: Hashable, Sendable {
    package let digits: Int64
    package let fractionDigits: Int

    /// Reads JSON's number grammar; nil for another text, and for more than 18 digits without leading and trailing zeros.
    package init?(_ text: String) {
      var parser = DecimalParser(text)
      guard let (digits, fractionDigits) = parser.parse() else { return nil }
      self.digits = digits
      self.fractionDigits = fractionDigits
    }

    /// The number times 10^`places`, if that is an integer in range.
    package func integer(shiftedBy places: Int = 0) -> Int64? {
      var value = digits
      var exponent = places - fractionDigits
      guard value != 0 else { return 0 }
      while exponent > 0 {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        value = product
        exponent -= 1
      }
      while exponent < 0 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
        guard remainder == 0, quotient != 0 else { return nil }
        value = quotient
        exponent += 1
      }
      return value
    }
  }
}

/// Reads `-12.50e3` as digits and scale.
private struct DecimalParser {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The largest exponent that is read, of either sign: beyond it nothing fits 64 bits.
  private static let exponentMax = 100_000

  mutating func parse() -> (digits: Int64, fractionDigits: Int)? {
    let isNegative = skip(UInt8(ascii: "-"))
    var digits = takeDigits()
    guard !digits.isEmpty else { return nil }
    var fraction: [UInt8] = []
    if skip(UInt8(ascii: ".")) {
      fraction = takeDigits()
      guard !fraction.isEmpty else { return nil }
    }
    var exponent = 0
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      let isNegativeExponent = skip(UInt8(ascii: "-"))
      if !isNegativeExponent { _ = skip(UInt8(ascii: "+")) }
      let text = String(decoding: takeDigits(), as: UTF8.self)
      guard let value = Int(text), value <= DecimalParser.exponentMax else { return nil }
      exponent = isNegativeExponent ? -value : value
    }
    guard position == bytes.count else { return nil }
    digits += fraction
    var scale = fraction.count - exponent
    while digits.count > 1, digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      scale -= 1
    }
    let text = (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
    guard let value = Int64(text) else { return nil }
    return (value, value == 0 ? 0 : scale)
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits() -> [UInt8] {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    return Array(bytes[start..<position])
  }
}
