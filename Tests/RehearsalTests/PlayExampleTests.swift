import Foundation
import Model
import Testing

/// The examples of the documentation print what their golden files say.
@Suite struct PlayExampleTests {
  static let folder = Rehearsal.root.appending(path: "Docs/examples/play")

  @Test(arguments: ["first", "expiry", "contention", "day"])
  func `an example prints its golden output`(name: String) throws {
    let script = try String(
      contentsOf: Self.folder.appending(path: "\(name).jsonl"), encoding: .utf8)
    let golden = Self.folder.appending(path: "\(name).output.jsonl")
    let output = try Rehearsal.play(script).joined(separator: "\n") + "\n"
    if Rehearsal.rewrites {
      try output.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(output == (try String(contentsOf: golden, encoding: .utf8)))
  }

  @Test(arguments: ["play-script", "play-output"])
  func `the schemas name the keys that lines have`(name: String) throws {
    let url = Rehearsal.root.appending(path: "Docs/schema/\(name).schema.json")
    let schema = try JSONParser.parse(try String(contentsOf: url, encoding: .utf8))
    guard case .array(let forms) = schema["oneOf"] else {
      Issue.record("the schema has no oneOf")
      return
    }
    var known: Set<String> = []
    for form in forms {
      guard case .object(let members) = form["properties"] else { continue }
      known.formUnion(members.map(\.key))
    }
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder, includingPropertiesForKeys: nil)
    let isOutput = name == "play-output"
    for file in files where file.lastPathComponent.hasSuffix(".output.jsonl") == isOutput {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard case .object(let members) = try JSONParser.parse(String(line)) else { continue }
        for member in members {
          #expect(known.contains(member.key), "\(member.key) in \(file.lastPathComponent)")
        }
      }
    }
  }
}
