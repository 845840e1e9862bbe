import Foundation
import Testing

/// The repository keeps the rules of STYLE.md that a test can see; the samples show that each rule can fail.
@Suite struct StyleTests {
  private static let generated = [
    "Sources/CResourceCoordinator/", "Clients/python/resource_coordinator/resource_coordinator_pb2",
  ]

  private static func check(_ rule: (String, String) -> [Finding]) throws -> [Finding] {
    try Repository.paths.filter { path in !generated.contains { path.hasPrefix($0) } }
      .flatMap { rule($0, try Repository.text($0)) }
  }

  private static func check(_ rule: (SwiftText) -> [Finding]) -> [Finding] {
    Repository.swiftFiles.flatMap(rule)
  }

  private static func swift(_ text: String) -> SwiftText { SwiftText(path: "sample", text: text) }

  @Test func `the repository was found, with its files`() {
    #expect(Repository.paths.contains("Package.swift"))
    #expect(Repository.paths.contains("Sources/Model/Version.swift"))
    #expect(Repository.paths.contains("Scripts/test"))
    #expect(Repository.paths.count > 150)
  }

  @Test func `nothing is left to do`() throws {
    let found = try Self.check(StyleRules.unfinishedWork)
    #expect(found == [])
    for mark in StyleRules.unfinished {
      #expect(StyleRules.unfinishedWork("sample", "a\n// \(mark) later").map(\.line) == [2])
    }
  }

  @Test func `defect 26: no path of one machine is in the repository`() throws {
    let found = try Self.check(StyleRules.machinePaths)
    #expect(found == [])
    for place in StyleRules.machinePlaces {
      #expect(StyleRules.machinePaths("sample", "cd \(place)x").count == 1)
    }
  }

  @Test func `no merge is half done`() throws {
    let found = try Self.check(StyleRules.unfinishedMerge)
    #expect(found == [])
    #expect(StyleRules.unfinishedMerge("sample", "a\n<<<<<<" + "< HEAD\nb").count == 1)
  }

  @Test func `files are short enough to read`() throws {
    let found = try Self.check(StyleRules.longFile)
    #expect(found == [])
    #expect(StyleRules.longFile("sample", String(repeating: "a\n", count: 600)) == [])
    #expect(StyleRules.longFile("sample", String(repeating: "a\n", count: 601)).count == 1)
  }

  @Test func `functions are short enough to read`() {
    let found = Self.check(StyleRules.longFunctions)
    #expect(found == [])
    let body = String(repeating: "  a()\n", count: 69)
    #expect(StyleRules.longFunctions(Self.swift("func f() {\n\(body)}")).map(\.line) == [1])
    #expect(StyleRules.longFunctions(Self.swift("func f() {\n\(body.dropFirst(6))}")) == [])
  }

  @Test(arguments: [
    "let a = b!", "let a = c()!.d", "try! f()", "a as! B", "var a: Int!", "a[0]!", "`x`!",
  ])
  func `a forced unwrap is found`(_ sample: String) {
    #expect(StyleRules.force(Self.swift(sample)).count == 1)
  }

  @Test(arguments: [
    "if !a { }", "a != b", "let a = \"b!\"", "// wow!", "/* a!\n b! */", "f(!a)",
    "func `stop!`() {}", "let a = \"\\(b ? \"c!\" : \"d\")!\"", "#\"a\"!\"#",
    "\"\"\"\n a!\n \"\"\"",
  ])
  func `what only looks like one is left alone`(_ sample: String) {
    #expect(StyleRules.force(Self.swift(sample)) == [])
  }

  @Test func `nothing is unwrapped by force`() {
    let found = Self.check(StyleRules.force)
    #expect(found == [])
  }

  @Test func `unchecked Sendable gives its reason`() {
    let found = Self.check(StyleRules.uncommentedUnchecked)
    #expect(found == [])
    #expect(
      StyleRules.uncommentedUnchecked(Self.swift("class A: @unchecked Sendable {}")).count == 1)
    #expect(
      StyleRules.uncommentedUnchecked(Self.swift("// One loop.\nclass A: @unchecked Sendable {}"))
        == [])
  }

  @Test func `what threads share is behind locks that the thread sanitizer sees`() {
    let found = Self.check(StyleRules.unseenLocks)
    #expect(found == [])
    #expect(StyleRules.unseenLocks(Self.swift("import Synchronization")).map(\.line) == [1])
    #expect(StyleRules.unseenLocks(Self.swift("import NIOConcurrencyHelpers")) == [])
  }

  @Test func `functions are measured from their first line to their last`() {
    let file = Self.swift(
      """
      protocol P {
        func a(_ b: Int)
        var c: Int { get }
      }
      struct S {
        init(a: Int = [1].map({ $0 })[0]) {
          b()
        }
        func d(
          _ e: () -> Void = {}
        ) -> Int {
          if f { g() }
          return 1
        }
      }
      """)
    #expect(file.functions.map(\.name) == ["init", "d"])
    #expect(file.functions.map(\.line) == [6, 9])
    #expect(file.functions.map(\.length) == [3, 6])
  }
}
