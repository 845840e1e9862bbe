import Foundation
import Model
import Testing

@Suite struct `The catalogue of reasons` {
  /// With `REWRITE=1` in the environment the page is written instead of compared.
  @Test func `is Docs/ERRORS.md`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Docs/ERRORS.md")
    if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
      try Reason.errorsPage.write(to: page, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: page, encoding: .utf8)
    #expect(
      written == Reason.errorsPage,
      "run: REWRITE=1 swift test --filter ModelTests, and commit Docs/ERRORS.md")
  }

  @Test func `says of every reason what it means and what to do`() {
    for reason in Reason.allCases {
      #expect(reason.entry.meaning.hasSuffix("."), "\(reason)")
      #expect(reason.entry.remedy.hasSuffix("."), "\(reason)")
      #expect(!reason.entry.meaning.contains("|") && !reason.entry.remedy.contains("|"))
      #expect(reason.rawValue.utf8.count <= Text.inlineBytesMax)
    }
    #expect(Set(Reason.allCases.map(\.entry.meaning)).count == Reason.allCases.count)
  }
}
