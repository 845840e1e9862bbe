import Model
import TestSupport
import Testing

@testable import DocumentStore

func value(_ text: String) throws -> DocumentValue {
  try ExtendedJSON.value(JSONParser.parse(text))
}

func document(_ text: String) throws -> Document {
  try ExtendedJSON.document(JSONParser.parse(text))
}

@Suite struct OrderTests {
  /// From the first to the last; no two are equal.
  static let ascending = [
    "null", #"{"$numberDouble":"NaN"}"#, #"{"$numberDouble":"-Infinity"}"#, "-1", "0", "0.5", "1",
    "9007199254740992.0", "9007199254740993", "9223372036854775807", "9223372036854775808",
    #""""#, #""A""#, #""a""#, #""aa""#, "{}", #"{"b":1}"#, #"{"a":"x"}"#, "[]", "[null]", "[1]",
    "[1,0]", "[2]", #"{"$oid":"00000000000000000000000a"}"#, "false", "true", #"{"$date":-5}"#,
    #"{"$date":0}"#,
  ]

  @Test func `values of all types stand in one order`() throws {
    let values = try OrderTests.ascending.map(value)
    for (i, left) in values.enumerated() {
      for (j, right) in values.enumerated() {
        #expect(left.ordering(to: right) == Ordering(i, j), "\(left) and \(right)")
      }
    }
  }

  @Test func `numbers are equal across types, and not identical`() throws {
    let whole = try value("1")
    let long = try value(#"{"$numberLong":"1"}"#)
    let double = try value("1.0")
    #expect(whole.isEqual(to: long) && long.isEqual(to: double) && whole.isEqual(to: double))
    #expect(!whole.isIdentical(to: long) && !long.isIdentical(to: double))
  }

  @Test func `texts with other bytes are different though they look alike`() {
    #expect(!DocumentValue.string("\u{E9}").isEqual(to: .string("e\u{301}")))
  }

  @Test func `canonical JSON gives every value back with its type`() throws {
    for text in OrderTests.ascending {
      let original = try value(text)
      let copy = try value(ExtendedJSON.canonical(original).text)
      #expect(copy.isIdentical(to: original), "\(text)")
    }
  }

  @Test(arguments: [
    #"{"$oid":"xyz"}"#, #"{"$numberInt":"3000000000"}"#, #"{"$numberLong":1}"#, #"{"$date":"x"}"#,
  ])
  func `a typed value that is not of its type is refused`(text: String) throws {
    #expect(throws: DocumentError.self) { try value(text) }
  }
}
