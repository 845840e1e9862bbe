import Foundation
import Testing

/// The runbook quotes what the coordinator says: every quoted line must be somewhere in the sources.
@Suite struct `The runbook` {
  /// Messages as they are written in the sources: literals that are put together are made one.
  private static let sources: String = Repository.swiftFiles
    .filter { $0.path.hasPrefix("Sources/") }
    .map { joined($0.lines.joined(separator: "\n")) }.joined(separator: "\n")

  private static func joined(_ text: String) -> String {
    text.replacing(/"\s*\+\s*"/, with: "").replacing(/\\\n\s*/, with: "")
  }

  /// The quoted lines of a page: a mark, a blank, and the words between backticks.
  static func quotes(in page: String) -> [String] {
    page.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("> `"), line.hasSuffix("`") else { return nil }
      return String(line.dropFirst(3).dropLast())
    }
  }

  /// The parts of a message that are always the same, and that the text has nowhere.
  static func missing(_ message: String, in text: String) -> [String] {
    message.components(separatedBy: "…").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.contains { $0.isLetter } && !text.contains($0) }
  }

  @Test func `quotes what is said, word for word`() throws {
    let page = try Repository.text("Docs/RUNBOOK.md")
    let quotes = Self.quotes(in: page)
    #expect(quotes.count > 20)
    #expect(
      page.components(separatedBy: "\n>").count - 1 == quotes.count, "every quoted line is read")
    for quote in quotes {
      #expect(Self.missing(quote, in: Self.sources) == [], "\(quote)")
    }
  }

  @Test func `a message that is nowhere is found`() {
    let text = Self.joined("talk(\"the disk is \" + \"full: \\(cause); free it\")")
    #expect(Self.missing("the disk is full: …; free it", in: text) == [])
    #expect(Self.missing("the disc is full: …; free it", in: text) == ["the disc is full:"])
    #expect(Self.quotes(in: "> `one … two`\n> not one\n`nor this`") == ["one … two"])
  }

  @Test func `says of each case what is seen, what to do and how to check`() throws {
    let page = try Repository.text("Docs/RUNBOOK.md")
    let cases = page.components(separatedBy: "\n## ").dropFirst()
    #expect(cases.count == 8)
    for text in cases {
      for part in ["What you see:", "What to do:", "How to check:"] {
        #expect(text.contains(part), "\(text.prefix(30))")
      }
    }
  }
}
