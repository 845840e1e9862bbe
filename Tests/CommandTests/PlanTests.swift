import Foundation
import Testing

/// `coordinator plan`, through its door.
@Suite struct PlanTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Docs/examples/plan"
  ).standardizedFileURL

  @Test(arguments: ["backfill", "queues", "gpus", "shares", "moves", "calendar", "lifecycle"])
  func `an example prints its output`(name: String) async throws {
    let file = Self.folder.appending(path: "\(name).json")
    let expected = try String(
      contentsOf: Self.folder.appending(path: "\(name).output.json"), encoding: .utf8)
    let result = try await Tool.run(["plan", file.path(percentEncoded: false)])
    #expect(result.code == 0 && result.out == expected, "\(result.err)")
    let named = try await Tool.run([
      "plan", file.path(percentEncoded: false), "--format", "json",
    ])
    #expect(named.out == expected)
  }

  @Test func `a snapshot that cannot be read is told of with its place`() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "snapshot-\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path(percentEncoded: false)
    for (text, message) in [
      ("{\n  \"nodes\": [{\"name\": \"a\", \"cpuu\": 4}]}", ":2:27: nodes[0].cpuu: unknown key"),
      ("{\"nodes\": ", ":1:"), ("[]", ":1:1"),
      ("{\"pending\": [{\"name\": \"a\", \"cpu\": -1}]}", "pending[0].cpu"),
    ] {
      try text.write(to: file, atomically: true, encoding: .utf8)
      let result = try await Tool.run(["plan", path])
      #expect(result.code == 2 && result.out.isEmpty, "\(text)")
      #expect(result.err.contains(path) && result.err.contains(message), "\(result.err)")
    }
    let absent = try await Tool.run(["plan", path + ".none"])
    #expect(absent.code == 2 && absent.err.contains("plan"))
  }
}
