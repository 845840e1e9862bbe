import Testing

/// The walls of ARCHITECTURE.md stand; the samples show that each rule can fail.
@Suite struct WallTests {
  private static func sample(_ path: String, _ text: String) -> SwiftText {
    SwiftText(path: path, text: text)
  }

  private static func manifest() throws -> [(target: String, settings: String?)] {
    WallRules.settings(
      ofTargetsIn: SwiftText(path: "Package.swift", text: try Repository.text("Package.swift")))
  }

  @Test func `every file imports only what its target may`() {
    let files = Repository.swiftFiles
    let found = files.flatMap(WallRules.forbiddenImports)
    #expect(found == [])
    // The rule has something to look at.
    #expect(files.filter { !$0.imports.isEmpty }.count > 50)
  }

  @Test(arguments: [
    ("Sources/Model/A.swift", "import Foundation"),
    ("Sources/Coordination/A.swift", "package import NIOCore"),
    ("Sources/Coordination/A.swift", "import Jobs"),
    ("Sources/Jobs/A.swift", "import Scheduling"),
    ("Sources/Scheduling/A.swift", "@testable import Coordination"),
    ("Sources/Session/A.swift", "import struct NIOPosix.MultiThreadedEventLoopGroup"),
    ("Sources/Settings/A.swift", "private import Foundation"),
    ("Sources/Wire/Parts/A.swift", "#if canImport(Glibc)\n  import Glibc\n#endif"),
    ("Sources/Server/A.swift", "import CResourceCoordinator"),
    ("Tests/WireTests/A.swift", "import CProtobufC"),
    ("Sources/Journal/A.swift", "import CChecksum"),
    ("Sources/Wire/A.swift", "import CChecksum"),
  ])
  func `a forbidden import is found`(_ path: String, _ text: String) {
    #expect(WallRules.forbiddenImports(Self.sample(path, text)).count == 1)
  }

  @Test(arguments: [
    ("Sources/Durability/A.swift", "package import Model\nimport DequeModule"),
    ("Sources/Wire/A.swift", "import CResourceCoordinator\nimport struct NIOCore.ByteBuffer"),
    ("Sources/Server/A.swift", "import NIOPosix\nimport Foundation"),
    ("Sources/Journal/Checksum.swift", "import CChecksum"),
    ("Sources/Model/A.swift", "// import Foundation\nlet a = \"import Foundation\""),
  ])
  func `an allowed import is left alone`(_ path: String, _ text: String) {
    #expect(WallRules.forbiddenImports(Self.sample(path, text)) == [])
  }

  @Test func `pure targets have no clock, no chance and no I/O`() {
    let found = Repository.swiftFiles.flatMap(WallRules.impureCode)
    #expect(found == [])
    let clock = Self.sample("Sources/Coordination/A.swift", "let now = ContinuousClock.now")
    #expect(WallRules.impureCode(clock).count == 1)
    let shell = Self.sample("Sources/Server/A.swift", "let now = ContinuousClock.now")
    #expect(WallRules.impureCode(shell) == [])
  }

  @Test func `unsafe code stands in Wire and in the two files that are named alone`() {
    let found = Repository.swiftFiles.flatMap(WallRules.unsafeCode)
    #expect(found == [])
    let text = "let a = unsafe b.pointee"
    #expect(WallRules.unsafeCode(Self.sample("Sources/Server/A.swift", text)).count == 1)
    #expect(WallRules.unsafeCode(Self.sample("Sources/Journal/A.swift", text)).count == 1)
    #expect(WallRules.unsafeCode(Self.sample("Sources/Wire/A.swift", text)) == [])
    #expect(WallRules.unsafeCode(Self.sample("Sources/Journal/Checksum.swift", text)) == [])
  }

  @Test func `every target but Wire and C has strict memory safety`() throws {
    let targets = try Self.manifest()
    #expect(targets.count > 20)
    for (target, settings) in targets where !WallRules.cTargets.contains(target) {
      let mayBeUnsafe = WallRules.withUnsafeCode.contains(target)
      let strict = WallRules.genericTargets.contains(target) ? "safeGeneric" : "safe"
      #expect(settings == (mayBeUnsafe ? "common" : strict), "\(target)")
    }
    let text = try Repository.text("Package.swift")
    #expect(text.contains("let safe: [SwiftSetting] = common + [.strictMemorySafety()]"))
    #expect(text.contains("let safeGeneric: [SwiftSetting] = base + [.strictMemorySafety()]"))
    #expect(text.contains(".treatAllWarnings(as: .error)"))
  }

  @Test func `settings of targets are read from a package description`() {
    let text = """
      let a = [.target(name: "A", dependencies: ["B"], swiftSettings: safe),
        // .target(name: "C")
        .testTarget(
          name: "D",
          swiftSettings: common), .executableTarget(name: "E")]
      """
    let found = WallRules.settings(ofTargetsIn: Self.sample("Package.swift", text))
    #expect(found.map(\.target) == ["A", "D", "E"])
    #expect(found.map(\.settings) == ["safe", "common", nil])
  }

  @Test func `every target has its row in ARCHITECTURE`() throws {
    let page = try Repository.text("ARCHITECTURE.md")
    for (target, _) in try Self.manifest()
    where Repository.paths.contains(where: { $0.hasPrefix("Sources/\(target)/") }) {
      #expect(page.contains("| `\(target)` |"), "\(target) has no row")
    }
  }
}
