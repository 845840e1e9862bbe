import Foundation
import Monitoring
import Testing

/// The exposition before the eyes of Prometheus' own checker.
@Suite struct PromtoolTests {
  @Test func `promtool finds nothing to complain about`() throws {
    guard let promtool = Promtool.path else {
      Issue.record("promtool is missing: install the package prometheus (Scripts/test does)")
      return
    }
    let text = Samples.metrics().exposition(gauges: Samples.gauges())
    let complaints = try Promtool.check(text, with: promtool)
    #expect(complaints == "")
  }

  @Test func `promtool would notice a broken page`() throws {
    guard let promtool = Promtool.path else {
      Issue.record("promtool is missing: install the package prometheus (Scripts/test does)")
      return
    }
    #expect(try Promtool.check("# TYPE a counter\na{ 1\n", with: promtool) != "")
  }
}

enum Promtool {
  static var path: String? {
    ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  /// What promtool says about a page; empty if it is clean and was accepted.
  static func check(_ text: String, with promtool: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: promtool)
    process.arguments = ["check", "metrics"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let status = process.terminationStatus
    return String(decoding: said, as: UTF8.self) + (status == 0 ? "" : "exit \(status)")
  }
}
