import Foundation
import Model
import Testing

@testable import HTTPAPI

@Suite struct TextFormTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
      (1_700_000_000_120_000_000, "2023-11-14T22:13:20.120Z"),
      (1_700_000_000_000_001_000, "2023-11-14T22:13:20.000001Z"),
      (.max, "2262-04-11T23:47:16.854775807Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
    ] as [(Int64, String)])
  func `times are RFC 3339`(nanoseconds: Int64, text: String) {
    #expect(Instant(nanoseconds: nanoseconds).rfc3339 == text)
  }

  @Test func `a day of every month of 400 years agrees with Foundation's calendar`() {
    let formatter = ISO8601DateFormatter()
    for month in stride(from: -2400 as Int64, to: 2400, by: 1) {
      let seconds = month * 2_629_746 / 2
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(Instant(nanoseconds: seconds * 1_000_000_000).rfc3339 == expected)
    }
  }

  @Test func `any text survives JSON`() throws {
    let text = "\"\\/\u{0}\u{7}\n\r\t\u{1F}\u{7F}<b>&é漢🚀\u{2028}"
    let document: JSON = .object([
      ("text", .string(text)), ("numbers", .array([.integer(.min), .integer(.max)])),
      ("nothing", .null), ("yes", .bool(true)),
    ])
    struct Read: Decodable {
      var text: String
      var numbers: [Int64]
      var nothing: Bool?
      var yes: Bool
    }
    let read = try JSONDecoder().decode(Read.self, from: Data(document.bytes))
    #expect(read.text == text)
    #expect(read.numbers == [.min, .max])
    #expect(read.nothing == nil)
    #expect(read.yes)
    #expect(!document.bytes.contains(UInt8(ascii: "<")))
  }
}
