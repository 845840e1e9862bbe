/// A text that is not JSON, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  /// From 1.
  package let line: Int
  /// In bytes, from 1.
  package let column: Int

  package var description: String { "line \(line), column \(column): \(message)" }
}

/// Reads JSON as RFC 8259 defines it: no comments, no trailing commas, keys unique. O(bytes), but for objects with
/// thousands of keys.
package struct JSONParser {
  /// How deep arrays and objects may be nested.
  package static let depthMax = 64

  private let bytes: [UInt8]
  private var position = 0

  /// The value that the text consists of, blanks around it allowed.
  package static func parse(_ text: String) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8))
  }

  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipBlanks()
    guard parser.position == bytes.count else {
      throw parser.error("text after the end of the value")
    }
    return value
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private func error(_ message: String, at position: Int? = nil) -> JSONError {
    let place = position ?? self.position
    let before = bytes[..<min(place, bytes.count)]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONError(message: message, line: line, column: place - start + 1)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"): return .number(try number())
    case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
      return .number(try number())
    case nil: throw error("the text ends where a value should be")
    default: throw error("a value begins with { [ \" - a digit, true, false or null")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error("expected `\(word)`") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= JSONParser.depthMax else {
      throw error("nested deeper than \(JSONParser.depthMax)")
    }
    position += 1
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    skipBlanks()
    if skip("}") { return .object(members) }
    while true {
      skipBlanks()
      let start = position
      guard next == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw error("the key \"\(key)\" stands twice", at: start)
      }
      skipBlanks()
      guard skip(":") else { throw error("expected `:` after the key") }
      members.append(JSONValue.Member(key, try value(depth: depth)))
      skipBlanks()
      if skip("}") { return .object(members) }
      guard skip(",") else { throw error("expected `,` or `}`") }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= JSONParser.depthMax else {
      throw error("nested deeper than \(JSONParser.depthMax)")
    }
    position += 1
    var values: [JSONValue] = []
    skipBlanks()
    if skip("]") { return .array(values) }
    while true {
      values.append(try value(depth: depth))
      skipBlanks()
      if skip("]") { return .array(values) }
      guard skip(",") else { throw error("expected `,` or `]`") }
    }
  }

  private mutating func number() throws(JSONError) -> String {
    let start = position
    _ = skip("-")
    if !skip("0") {
      guard skipDigits() else { throw error("expected a digit") }
    }
    if skip(".") {
      guard skipDigits() else { throw error("expected a digit after the point") }
    }
    if skip("e") || skip("E") {
      if !skip("-") { _ = skip("+") }
      guard skipDigits() else { throw error("expected a digit in the exponent") }
    }
    if let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      throw error("a number does not begin with 0", at: start)
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw error("the string is not valid UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"):
        position += 1
        try escape(to: &text)
      case 0..<0x20: throw error("a control character must be escaped")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw error("the string does not end", at: start)
  }

  private mutating func escape(to text: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("the string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try scalarEscape()
      text += Array(String(Character(scalar)).utf8)
    default: throw error("no such escape", at: position - 2)
    }
  }

  /// What follows `\u`: four digits, or two times four for a surrogate pair.
  private mutating func scalarEscape() throws(JSONError) -> Unicode.Scalar {
    let start = position - 2
    let high = try hexUnit()
    var value = UInt32(high)
    if (0xD800..<0xDC00).contains(high) {
      guard skip("\\"), skip("u") else { throw error("half of a surrogate pair", at: start) }
      let low = try hexUnit()
      guard (0xDC00..<0xE000).contains(low) else {
        throw error("half of a surrogate pair", at: start)
      }
      value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw error("half of a surrogate pair", at: start)
    }
    return scalar
  }

  private mutating func hexUnit() throws(JSONError) -> UInt16 {
    guard position + 4 <= bytes.count,
      let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
      bytes[position] != UInt8(ascii: "+"), bytes[position] != UInt8(ascii: "-")
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return unit
  }
}
