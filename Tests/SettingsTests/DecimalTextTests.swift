import Testing

@testable import Settings

@Suite struct DecimalTextTests {
  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("1", 1_000_000_000), ("1.5", 1_500_000_000), ("0.000000001", 1),
      ("-2.25", -2_250_000_000), ("1e-9", 1), ("1.5E+1", 15_000_000_000),
      ("0.1000000000000", 100_000_000),
      ("9223372036.854775807", .max), ("-9223372036.854775808", .min), ("0e9999", 0),
    ] as [(String, Int64)])
  func `decimal seconds are read exactly`(text: String, nanoseconds: Int64) throws {
    #expect(try DecimalText.scaled(text, decimals: 9) == nanoseconds)
  }

  @Test(
    arguments: [
      ("", .notANumber), ("-", .notANumber), ("1.", .notANumber), (".5", .notANumber),
      ("01", .notANumber), ("1e", .notANumber), ("1_000", .notANumber), ("0x10", .notANumber),
      ("NaN", .notANumber), ("inf", .notANumber), ("1 ", .notANumber), ("１", .notANumber),
      ("1e-10", .tooFine), ("0.0000000001", .tooFine), ("9223372036.854775808", .outOfRange),
      ("1e400", .outOfRange), ("1e99999", .outOfRange),
    ] as [(String, DecimalText.Failure)])
  func `what is no decimal number, too fine or too large is told apart`(
    text: String, failure: DecimalText.Failure
  ) {
    #expect(throws: failure) { try DecimalText.scaled(text, decimals: 9) }
  }

  @Test(arguments: ["0", "0.5", "20", "604800", "0.000000001", "-1.25"])
  func `seconds are written as they are read`(text: String) throws {
    #expect(DecimalText.seconds(nanoseconds: try DecimalText.scaled(text, decimals: 9)) == text)
  }
}
