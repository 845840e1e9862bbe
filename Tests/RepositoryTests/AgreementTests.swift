import Foundation
import Model
import Testing

/// What stands in several places says the same in all of them.
@Suite struct AgreementTests {
  /// The numbers of an enum of the .proto, by name. The zero, which means "not given", is left out.
  static func numbers(of enumeration: String, in proto: String) -> [String: Int] {
    guard let start = proto.firstRange(of: "\nenum \(enumeration) {"),
      let end = proto[start.upperBound...].firstRange(of: "\n}")
    else { return [:] }
    var numbers: [String: Int] = [:]
    for line in proto[start.upperBound..<end.lowerBound].split(separator: "\n") {
      let parts = line.prefix { $0 != ";" && $0 != "/" }.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1].trimmingCharacters(in: .whitespaces)),
        number != 0
      else { continue }
      numbers[parts[0].trimmingCharacters(in: .whitespaces)] = number
    }
    return numbers
  }

  /// The Markdown links of a page, code left out: what they point to.
  static func links(in page: String) -> [String] {
    var links: [String] = []
    var isCode = false
    for line in page.split(separator: "\n") {
      if line.hasPrefix("```") { isCode.toggle() }
      if isCode { continue }
      var rest = line[...]
      while let open = rest.firstRange(of: "](") {
        rest = rest[open.upperBound...]
        guard let close = rest.firstIndex(of: ")") else { break }
        links.append(String(rest[..<close]))
        rest = rest[close...]
      }
    }
    return links
  }

  /// The anchors that headings make: lower case, blanks as hyphens, other marks left out.
  static func anchors(in page: String) -> Set<String> {
    var anchors: Set<String> = []
    var isCode = false
    for line in page.split(separator: "\n") {
      if line.hasPrefix("```") { isCode.toggle() }
      guard !isCode, line.hasPrefix("#") else { continue }
      let title = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
      anchors.insert(
        String(
          title.compactMap { character -> Character? in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || "-_".contains(character)
              ? character : nil
          }))
    }
    return anchors
  }

  /// The links of a page to files or headings of the repository that are not there.
  static func brokenLinks(of path: String, _ page: String) throws -> [String] {
    let folder = (path as NSString).deletingLastPathComponent
    return try links(in: page).filter { link in
      if link.contains("://") || link.hasPrefix("mailto:") { return false }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let target = ((folder as NSString).appendingPathComponent(name) as NSString)
        .standardizingPath
      if !name.isEmpty, !Repository.exists(target) { return true }
      guard parts.count == 2, name.isEmpty || target.hasSuffix(".md") else { return false }
      let text = name.isEmpty ? page : try Repository.text(target)
      return !anchors(in: text).contains(String(parts[1]))
    }
  }

  @Test func `the protocol's numbers are those of the values`() throws {
    let proto = try Repository.text("Proto/resource_coordinator.proto")
    func expect(_ enumeration: String, _ prefix: String, _ cases: [(String, UInt8)]) {
      let expected = cases.map { (prefix + $0.0.uppercased(), Int($0.1)) }
      #expect(
        Self.numbers(of: enumeration, in: proto) == Dictionary(uniqueKeysWithValues: expected))
    }
    expect("Method", "METHOD_", Model.Method.allCases.map { ($0.name, $0.rawValue) })
    expect("Priority", "PRIORITY_", Priority.allCases.map { ($0.name, $0.rawValue) })
    expect(
      "RequestStatus", "REQUEST_STATUS_", RequestStatus.allCases.map { ($0.name, $0.rawValue) })
    expect("ResponseMode", "RESPONSE_MODE_", ResponseMode.allCases.map { ($0.name, $0.rawValue) })
    expect("PoolKind", "POOL_KIND_", PoolKind.allCases.map { ($0.name, $0.rawValue) })
    expect("EventKind", "EVENT_KIND_", EventKind.allCases.map { ($0.name, $0.rawValue) })
  }

  @Test func `numbers are read from a .proto`() {
    let proto =
      "\nenum A {\n  A_NONE = 0;\n  A_B = 1;  // = 2\n  // A_C = 3;\n}\nenum D {\n  D_E = 4;\n}"
    #expect(Self.numbers(of: "A", in: proto) == ["A_B": 1])
    #expect(Self.numbers(of: "D", in: proto) == ["D_E": 4])
  }

  @Test func `every call is specified in the protocol's page`() throws {
    let page = try Repository.text("Proto/PROTOCOL.md")
    for method in Model.Method.allCases {
      let name = "METHOD_" + method.name.uppercased()
      #expect(page.contains(name), "\(name) is not described")
    }
  }

  @Test func `every call begins with the number that the original clients send`() {
    let original: [Model.Method] = [
      .requestResource, .releaseResource, .getResourceStatus, .healthCheck, .streamResourceStatus,
    ]
    #expect(original.map(\.rawValue) == [1, 2, 3, 4, 5])
  }

  @Test func `the version is one`() throws {
    let page = try Repository.text("CHANGELOG.md")
    let newest = page.split(separator: "\n").first { $0.hasPrefix("## ") }
    #expect(newest?.hasPrefix("## \(coordinatorVersion)") == true)
    #expect(
      try Repository.text("docker-compose.yml")
        .contains("image: resource-coordinator:\(coordinatorVersion)\n"))
    if Repository.exists("Clients/python/pyproject.toml") {
      #expect(
        try Repository.text("Clients/python/pyproject.toml")
          .contains("\nversion = \"\(coordinatorVersion)\"\n"))
    }
  }

  @Test func `links between the pages lead somewhere`() throws {
    let pages = Repository.paths.filter { $0.hasSuffix(".md") }
    #expect(pages.count >= 4)
    for path in pages {
      #expect(try Self.brokenLinks(of: path, try Repository.text(path)) == [], "\(path)")
    }
  }

  @Test func `a broken link is found`() throws {
    let page = "# A title, here\n[a](STYLE.md) [b](#a-title-here) [c](https://example.org/x)"
    #expect(try Self.brokenLinks(of: "SAMPLE.md", page) == [])
    let broken = "# A\n[a](Docs/nothing.md) and [b](#b), [c](STYLE.md#no-such-heading)"
    #expect(try Self.brokenLinks(of: "SAMPLE.md", broken).count == 3)
    #expect(try Self.brokenLinks(of: "SAMPLE.md", "```\n[a](nothing.md)\n```") == [])
  }

  /// The numbers behind `defect` in the names of tests: ``func `defect 4: …` `` and `def test_defect_24_…`.
  static func defects(in test: String) -> Set<Int> {
    Set(
      test.matches(of: #/func `defect (\d+): |def test_defect_(\d+)_/#).compactMap { match in
        (match.output.1 ?? match.output.2).flatMap { Int($0) }
      })
  }

  @Test func `each of the 28 defects of the original has a test that names it`() throws {
    var named: Set<Int> = []
    for path in Repository.paths
    where path.hasPrefix("Tests/") || path.hasPrefix("Clients/python/tests/") {
      named.formUnion(Self.defects(in: try Repository.text(path)))
    }
    #expect(Set(1...28).subtracting(named) == [])
    let sample = "@Test func `defect 0: a`() {}\n// defect 2: b\ndef test_defect_31_c():"
    #expect(Self.defects(in: sample) == [0, 31])
  }

  /// The tests that a page of guarantees names, and commands left out: sentences in backticks, over lines if need be.
  static func namedTests(in page: String) -> [String] {
    page.matches(of: #/`([^`]+)`/#).map {
      $0.output.1.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    }.filter { $0.contains(" ") && !$0.hasPrefix("swift test") && !$0.hasPrefix("Scripts/") }
  }

  @Test func `each guarantee has tests, and they are there`() throws {
    var known: Set<String> = []
    for path in Repository.paths where path.hasPrefix("Tests/") && path.hasSuffix(".swift") {
      for match in try Repository.text(path).matches(of: #/(func|struct) `([^`]+)`/#) {
        known.insert(String(match.output.2))
      }
    }
    let page = try Repository.text("Docs/GUARANTEES.md")
    #expect(Self.namedTests(in: page).filter { !known.contains($0) } == [])
    // Each numbered sentence names one, or a command.
    let sentences = page.split(separator: #/\n\d+\. /#).dropFirst()
    #expect(sentences.count > 20)
    #expect(sentences.filter { !$0.contains("`") } == [])
    #expect(Self.namedTests(in: "`a\n   b` and `Scripts/x y` and `code`") == ["a b"])
  }

  /// The parts of a patch as they stand before it: the file, and the lines of each hunk that it looks for.
  static func hunks(of patch: String) -> [(path: String, before: String)] {
    var hunks: [(path: String, before: String)] = []
    var path = ""
    for line in patch.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("--- a/") {
        path = String(line.dropFirst("--- a/".count))
      } else if line.hasPrefix("@@") {
        hunks.append((path, ""))
      } else if !hunks.isEmpty, line.hasPrefix(" ") || line.hasPrefix("-") {
        hunks[hunks.count - 1].before += line.dropFirst() + "\n"
      }
    }
    return hunks
  }

  @Test func `every planted bug can still be planted`() throws {
    let folder = Repository.root.appending(path: "Museum").path()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".patch") }
    #expect(names.count >= 25)
    for name in names {
      let hunks = Self.hunks(of: try Repository.text("Museum/" + name))
      #expect(!hunks.isEmpty, "\(name)")
      for hunk in hunks {
        #expect(try Repository.text(hunk.path).contains(hunk.before), "\(name), \(hunk.path)")
      }
    }
    let sample = "Words.\n\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    #expect(Self.hunks(of: sample).map(\.before) == ["a\nb\n"])
  }

  @Test func `the licence is there`() throws {
    let text = try Repository.text("LICENSE")
    #expect(text.contains("Apache License"))
    #expect(text.contains("Version 2.0, January 2004"))
    #expect(text.contains("The Resource Coordinator authors"))
  }
}
