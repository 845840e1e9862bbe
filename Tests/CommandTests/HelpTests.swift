import Foundation
import Testing

/// The help, and the reference made of it.
@Suite struct HelpTests {
  /// Set to write the reference anew instead of comparing it.
  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"
  static let page = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Docs/CLI.md")

  struct Command {
    let words: [String]
    let help: String
  }

  /// Every command and subcommand, in the order of the help, with its help.
  private func commands() async throws -> [Command] {
    let dump = try await Tool.run("--experimental-dump-help")
    let root = try #require(dump.object["command"] as? [String: Any])
    var found: [[String]] = []
    func visit(_ command: [String: Any], _ path: [String]) {
      for child in command["subcommands"] as? [[String: Any]] ?? [] {
        guard let name = child["commandName"] as? String, name != "help" else { continue }
        found.append(path + [name])
        visit(child, path + [name])
      }
    }
    visit(root, [])
    var commands: [Command] = []
    for words in [[]] + found {
      let result = try await Tool.run(words + ["--help"], environment: ["COLUMNS": "80"])
      #expect(result.code == 0)
      #expect(result.err.isEmpty)
      commands.append(Command(words: words, help: result.out))
    }
    return commands
  }

  @Test func `every command's help starts with two examples of it`() async throws {
    let commands = try await commands()
    #expect(commands.count > 20)
    for command in commands {
      let examples = command.help.components(separatedBy: "Examples:\n").dropFirst().first ?? ""
      let lines = examples.split(separator: "\n", omittingEmptySubsequences: false)
        .prefix { !$0.isEmpty }
      let name = (["coordinator"] + command.words).joined(separator: " ")
      #expect(lines.filter { $0.contains(name) }.count >= 2, "\(name): \(lines)")
    }
  }

  @Test func `every command that talks to a coordinator takes its address and a timeout`()
    async throws
  {
    let others: Set<String> = [
      "", "check-config", "completion", "serve", "ui", "bench", "play", "journal", "backup",
      "restore", "token", "simulate", "plan",
    ]
    for command in try await commands()
    where !others.contains(command.words.first ?? "")
      && !["mode", "capacity"].contains(command.words.joined(separator: " "))
      && !["replay"].contains(command.words.first ?? "")
    {
      #expect(command.help.contains("--address <host:port>"), "\(command.words)")
      #expect(command.help.contains("--timeout <time>"), "\(command.words)")
    }
  }

  @Test func `the reference is the help of every command`() async throws {
    var text = """
      # The command line

      Every command with its help, as the program prints it: `COORDINATOR_REWRITE=1 swift test --filter HelpTests` \
      writes this page anew, and the tests compare it.

      Data goes to standard output, everything else to standard error. Colours are off without a terminal, with \
      `NO_COLOR` or `TERM=dumb`; `FORCE_COLOR` turns them on. Times are relative on a terminal and RFC 3339 in UTC \
      elsewhere. JSON names are the protocol's; streams give one JSON value a line in both `json` and `ndjson`.

      | exit code | meaning |
      |---|---|
      | 0 | ok: granted, released, healthy |
      | 1 | failed |
      | 2 | usage or bad input |
      | 3 | bad configuration |
      | 4 | cannot connect |
      | 5 | denied |
      | 6 | still queued, at the deadline or with `--detach` |
      | 7 | lease lost |
      | 125, 126, 127 | `run`: a fault of its own, the command cannot be executed, it is not found |

      """
    for command in try await commands() {
      let name = (["coordinator"] + command.words).joined(separator: " ")
      let help = command.help.trimmingCharacters(in: .whitespacesAndNewlines)
      text += "\n## \(name)\n\n```text\n\(help)\n```\n"
    }
    if Self.rewrites { try text.write(to: Self.page, atomically: true, encoding: .utf8) }
    let written = try String(contentsOf: Self.page, encoding: .utf8)
    #expect(written == text, "write the page anew as it says")
  }

  @Test func `completion scripts name the commands`() async throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try await Tool.run("completion", shell)
      for name in ["request", "healthcheck", "check-config"] {
        #expect(script.out.contains(name), "\(shell)")
      }
    }
  }
}
