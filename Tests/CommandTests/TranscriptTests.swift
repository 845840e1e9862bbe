import Foundation
import Model
import Testing

/// Sessions as users see them. A transcript is a text: after `$ ` a command's arguments, then what it printed and how
/// it ended; what differs from run to run stands as a word in capitals.
///
/// `COORDINATOR_REWRITE=1` writes them anew; the difference is to be read.
@Suite struct TranscriptTests {
  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Transcripts")

  @Test(arguments: ["leases", "queue", "administration", "modes"])
  func `a session prints what its transcript says`(name: String) async throws {
    let file = Self.folder.appending(path: "\(name).txt")
    let expected = try String(contentsOf: file, encoding: .utf8)
    let commands = expected.split(separator: "\n").filter { $0.hasPrefix("$ ") }
    #expect(!commands.isEmpty)
    let text = try await TestServer.with { (server) async throws in
      var text = ""
      var values: [String: String] = [:]
      for command in commands {
        let words = command.dropFirst(2).split(separator: " ").map { word in
          values[String(word)] ?? String(word)
        }
        let result = try await server.run(all: words)
        if let token = result.object["token"] as? String { values["TOKEN"] = token }
        text += "\(command)\n" + Self.plain(result.out)
        text += result.err.split(separator: "\n").map { "! \(Self.plain(String($0)))\n" }.joined()
        text += result.code == 0 ? "\n" : "[\(result.code)]\n\n"
      }
      return text
    }
    if Self.rewrites { try text.write(to: file, atomically: true, encoding: .utf8) }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  /// What the page's first lease shows is what the program prints, but for what differs from run to run. The program of
  /// `run` is whatever the reader has; here it is one that does nothing.
  @Test func `the README's first lease is a real one`() async throws {
    let page = Self.folder.appending(path: "../../../README.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let block = try #require(text.firstMatch(of: #/```console\n((?s).*?)```/#)?.output.1)
    let steps = block.split(separator: "$ ").map { step in
      step.split(separator: "\n", omittingEmptySubsequences: false)
    }
    let commands = steps.filter { $0.first?.hasPrefix("coordinator ") == true }
    #expect(commands.count == 4)
    try await TestServer.with { (server) async throws in
      for step in commands {
        let line = step[0].replacing(#/;.*|  +#.*/#, with: "")
        var words = line.split(separator: " ").dropFirst().map(String.init)
        if let program = words.firstIndex(of: "--") { words[(program + 1)...] = ["true"] }
        let result = try await server.run(all: words)
        var printed = result.out + result.err
        if step[0].contains("echo") { printed += "exit \(result.code)\n" }
        let expected = step.dropFirst().joined(separator: "\n")
        #expect(
          Self.shown(printed) == Self.shown(expected), "\(line) prints\n\(Self.plain(printed))")
      }
    }
  }

  /// The words of a text whose blanks depend on what differs.
  private static func shown(_ text: String) -> [Substring] {
    plain(text).replacing(#/\b\d+\.\d\b/#, with: "RATE").split { $0 == " " || $0 == "\n" }
  }

  /// The text without times, tokens and what else differs.
  private static func plain(_ text: String) -> String {
    text
      .replacing(#/\d{4}-\d\d-\d\dT[0-9:.]+Z/#, with: "TIME")
      .replacing(#/\d\d:\d\d:\d\d/#, with: "CLOCK")
      .replacing(#/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/#, with: "UUID")
      .replacing(#/\b\d{13}\.(\d+)/#) { "EPOCH.\($0.output.1)" }
      .replacing(#/"epoch": \d+/#, with: "\"epoch\": EPOCH")
      .replacing(#/\b(in |QUEUED |; )?(\d+(ms|s|m|h))+(–(\d+(ms|s|m|h))+)?/#) { match in
        "\(match.output.1 ?? "")SPAN"
      }
      .replacing(#/\b\d+\.\d  +/#, with: "RATE  ")
      .replacing(#/SPAN  +/#, with: "SPAN  ")
      .replacing(#/ +TIME/#, with: " TIME")
  }
}
