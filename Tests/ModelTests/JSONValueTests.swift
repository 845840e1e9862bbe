import Model
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    "null", "true", "[]", "{}", "0", "-0.5e+10", "18446744073709551615", "1.000000000000000000001",
    #"{"b":1,"a":[2,{"c":""}]}"#, #""\"\\\n\r\t\u0001ä€😀\u2028""#,
  ])
  func `a value is written as it was read`(_ text: String) throws {
    #expect(try JSONParser.parse(text).text == text)
    #expect(try JSONParser.parse(JSONParser.parse(text).indentedText).text == text)
  }

  @Test func `escapes and surrogate pairs are read`() throws {
    #expect(try JSONParser.parse(#""\ud83d\ude00\/\b\f\u00e4""#) == .string("😀/\u{8}\u{c}ä"))
  }

  @Test(arguments: [
    ("", 1, 1), ("[1,]", 1, 4), ("{\"a\":1,\n \"a\":2}", 2, 2), ("01", 1, 1), ("1.", 1, 3),
    ("\"\u{1}\"", 1, 2), ("\"abc", 1, 1), ("[1] x", 1, 5), ("{a:1}", 1, 2), ("tru", 1, 1),
    (#""\ud83d""#, 1, 2), (#""\x""#, 1, 2), ("[1 2]", 1, 4), ("{\"a\" 1}", 1, 6), ("+1", 1, 1),
    ("\n\n  nul", 3, 3), (#""\u+123""#, 1, 4),
  ])
  func `a text that is not JSON is refused at its place`(_ text: String, _ line: Int, _ column: Int)
    throws
  {
    let error = try #require(throws: JSONError.self) { try JSONParser.parse(text) }
    #expect(error.line == line && error.column == column, "\(error)")
  }

  @Test func `invalid UTF-8 in a string is refused`() {
    #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func `nesting to the bound is read and one level more is refused`() throws {
    let most = String(repeating: "[", count: JSONParser.depthMax)
    _ = try JSONParser.parse(most + String(repeating: "]", count: JSONParser.depthMax))
    #expect(throws: JSONError.self) { try JSONParser.parse("[" + most) }
  }

  @Test(arguments: [
    ("3.1", 3_100_000_000), ("0", 0), ("-1.5", -1_500_000_000), ("1e-9", 1),
    ("1.50e1", 15_000_000_000),
    ("9223372036.854775807", Int64.max), ("100", 100_000_000_000), ("-0.0", 0),
  ])
  func `decimals are exact to the nanosecond`(_ text: String, _ nanoseconds: Int64) {
    #expect(JSONValue.Decimal(text)?.integer(shiftedBy: 9) == nanoseconds)
  }

  @Test(arguments: ["1e-10", "9223372036.854775808", "1e100000", "0.00000000001"])
  func `decimals that do not fit are refused`(_ text: String) {
    #expect(JSONValue.Decimal(text)?.integer(shiftedBy: 9) == nil)
  }

  @Test func `integers may be written with a point or an exponent`() {
    #expect(JSONValue.number("1e3").integerValue(as: Int64.self) == 1000)
    #expect(JSONValue.number("5.0").integerValue(as: UInt8.self) == 5)
    #expect(JSONValue.number("256").integerValue(as: UInt8.self) == nil)
    #expect(JSONValue.number("0.5").integerValue(as: Int.self) == nil)
    #expect(JSONValue.string("1").integerValue(as: Int.self) == nil)
  }
}
