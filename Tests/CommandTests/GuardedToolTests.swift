import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The built program with tokens and TLS, as a user sets it up.
@Suite(.timeLimit(.minutes(3)))
struct GuardedToolTests {
  /// A server of the built program, with all that it says.
  private final class Running {
    let process = Process()
    private let talk = Pipe()
    private(set) var said = ""
    let port: Int
    let pagePort: Int

    init(_ arguments: [String]) throws {
      process.executableURL = URL(fileURLWithPath: Tool.path)
      process.arguments =
        ["serve", "--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--ephemeral"]
        + ["--mode", "respect_limits", "--log-level", "trace", "--log-format", "json"] + arguments
      process.environment = Tool.plainEnvironment
      process.standardError = talk
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while !said.contains("Ctrl-C drains") {
        let data = talk.fileHandleForReading.availableData
        guard !data.isEmpty else { throw Ended(said: said) }
        said += String(decoding: data, as: UTF8.self)
      }
      port = try Running.number(
        after: "://127.0.0.1:", in: said.components(separatedBy: "mode").last)
      pagePort = try Running.number(after: "page http", in: said)
    }

    struct Ended: Error {
      let said: String
    }

    private static func number(after mark: String, in text: String?) throws -> Int {
      guard let rest = text?.components(separatedBy: mark).dropFirst().first,
        let digits = rest.components(separatedBy: ":").first(where: {
          Int($0.prefix { $0.isNumber }) != nil
        }),
        let number = Int(digits.prefix { $0.isNumber })
      else { throw Ended(said: text ?? "") }
      return number
    }

    /// Waits until the server says something.
    func wait(for text: String) throws {
      while !said.contains(text) {
        let data = talk.fileHandleForReading.availableData
        guard !data.isEmpty else { throw Ended(said: said) }
        said += String(decoding: data, as: UTF8.self)
      }
    }

    /// Ends it and answers all that it said.
    func end() -> String {
      process.terminate()
      said += String(decoding: talk.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return said
    }
  }

  /// Makes a token and adds it to a file.
  private func token(_ arguments: [String], file: String) async throws -> String {
    let made = try await Tool.run(["token", "create", "--file", file] + arguments)
    #expect(made.code == 0, "\(made.err)")
    let token = made.out.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(token.hasPrefix("rct_"))
    #expect(!made.err.contains(token))
    return token
  }

  private func keep(_ token: String, _ path: String) throws {
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data((token + "\n").utf8), attributes: [.posixPermissions: 0o600])
    else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Runs curl to its end; what it prints, and the status of HTTP last.
  private func curl(_ arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .path("/usr/bin/env"),
      arguments: Arguments(["curl", "-s", "-m", "20", "-w", "\n%{http_code}"] + arguments),
      output: .string(limit: 4 << 20), error: .string(limit: 1 << 16))
    return result.standardOutput
  }

  @Test func `from a certificate and tokens to calls, a rotation, and no secret anywhere`()
    async throws
  {
    let made = try Certificates()
    let tokens = made.folder + "/tokens"
    let audit = made.folder + "/audit.jsonl"
    let ops = try await token(["--name", "ops", "--role", "admin"], file: tokens)
    let trainer = try await token(
      ["--name", "trainer", "--role", "component", "--component", "train*"], file: tokens)
    try keep(ops, made.folder + "/ops.token")
    let server = try Running(
      ["--tls-cert", made.server, "--tls-key", made.serverKey, "--tokens", tokens]
        + ["--audit-file", audit])
    defer { if server.process.isRunning { server.process.terminate() } }
    var shown = ""
    func run(_ arguments: [String], _ token: String?, tls: Bool = true) async throws -> Tool.Result
    {
      var environment = ["COORDINATOR_ADDRESS": "127.0.0.1:\(server.port)"]
      if tls { environment["COORDINATOR_TLS_CA"] = made.authority }
      environment["COORDINATOR_API_KEY"] = token
      environment["COORDINATOR_TIMEOUT"] = "60s"
      let result = try await Tool.run(arguments, environment: environment)
      shown += result.out + result.err
      return result
    }

    let none = try await run(["status"], nil)
    #expect(none.code == 1)
    #expect(none.err.contains("asks for a token; name its file with --token-file"), "\(none.err)")
    let wrong = try await run(["status"], "rct_wrong")
    #expect(wrong.err.contains("does not know this token"))
    #expect(try await run(["status"], trainer, tls: false).err.contains("speaks TLS"))
    #expect(try await run(["status"], trainer).code == 0)
    #expect(try await run(["healthcheck"], trainer).code == 0)

    let lease = ["request", "--gpu", "100", "--component", "trainer", "--request-id", "t1"]
    #expect(try await run(lease, trainer).out.contains("GRANTED"))
    #expect(try await run(lease, trainer).out.contains("TOKEN"), "the same principal asks again")
    let foreign = try await run(["request", "--gpu", "1", "--component", "eval"], trainer)
    #expect(foreign.err.contains("may act for train*"), "\(foreign.err)")
    let change = ["capacity", "set", "gpu", "7000"]
    #expect(try await run(change, trainer).code == 1)
    let byFile = try await run(
      change + ["--token-file", made.folder + "/ops.token"], nil)
    #expect(byFile.code == 0, "\(byFile.err)")
    #expect(try await run(["history"], trainer).code == 0)

    try await checkHTTP(server.pagePort, made, token: trainer, into: &shown)

    // Another token, and the old one away: by the file alone, without a restart.
    let next = try await token(["--name", "ops2", "--role", "admin"], file: tokens)
    try server.wait(for: "tokens read anew")
    #expect(try await run(["mode", "get"], next).code == 0)
    let lines = try String(contentsOfFile: tokens, encoding: .utf8).split(separator: "\n")
    try lines.filter { !$0.contains(" trainer ") }.joined(separator: "\n")
      .write(toFile: tokens, atomically: false, encoding: .utf8)
    try server.wait(for: "\"tokens\":\"2\"")
    #expect(try await run(["status"], trainer).err.contains("does not know this token"))

    try checkSecrets(server.end(), audit, tokens, shown, [ops, trainer, next, "rct_wrong"])
  }

  /// No token stands in anything that was written or printed.
  private func checkSecrets(
    _ told: String, _ audit: String, _ tokens: String, _ shown: String, _ secrets: [String]
  ) throws {
    let audited = try String(contentsOfFile: audit, encoding: .utf8)
    #expect(audited.split(separator: "\n").count == 2)
    #expect(audited.contains(#""principal":"trainer""#))
    #expect(audited.contains(#""outcome":"ROLE_NOT_ALLOWED""#))
    #expect(audited.contains(#""arguments":{"pool":"gpu","capacity":7000},"outcome":"ok""#))
    for secret in secrets {
      for (place, text) in [
        ("log", told), ("audit", audited), ("commands", shown),
        ("file", try String(contentsOfFile: tokens, encoding: .utf8)),
      ] {
        #expect(!text.contains(secret), "a token stands in the \(place)")
      }
    }
  }

  private func checkHTTP(
    _ port: Int, _ made: Certificates, token: String, into shown: inout String
  ) async throws {
    let url = "https://localhost:\(port)"
    let ca = ["--cacert", made.authority]
    #expect(try await curl(ca + ["\(url)/livez"]).hasSuffix("200"))
    #expect(try await curl(ca + ["\(url)/api/status"]).hasSuffix("401"))
    for path in ["/api/status", "/api/health", "/metrics"] {
      let answer = try await curl(ca + ["-H", "Authorization: Bearer \(token)", url + path])
      #expect(answer.hasSuffix("200"), "\(path)")
      shown += answer
    }
  }

  @Test func `a server that cannot use its files says so and ends with 3`() async throws {
    let made = try Certificates()
    let open = made.folder + "/open"
    try Data("".utf8).write(to: URL(fileURLWithPath: open))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
    let cases: [([String], String)] = [
      (["--tokens", open], "chmod 600 \(open)"), (["--tokens", "/no/tokens"], "/no/tokens"),
      (["--tls-cert", made.server, "--tls-key", made.clientKey], "are they a pair?"),
    ]
    for (flags, says) in cases {
      let result = try await Tool.run(
        ["serve", "--port", "0", "--http-port", "off", "--ephemeral"] + flags)
      #expect(result.code == 3, "\(result.err)")
      #expect(result.err.contains(says), "\(result.err)")
    }
    let beyond = try await Tool.run(["serve", "--host", "0.0.0.0", "--port", "0", "--ephemeral"])
    #expect(beyond.code == 2)
    #expect(beyond.err.contains("--tls-cert FILE --tls-key FILE"))
    #expect(beyond.err.contains("coordinator token create"))
  }

  @Test func `tokens are made and checked`() async throws {
    let made = try Certificates()
    let file = made.folder + "/tokens"
    let loose = try await Tool.run("token", "create", "--name", "a", "--role", "viewer")
    #expect(loose.code == 0)
    #expect(loose.err.contains("sha256:"))
    _ = try await token(["--name", "grafana", "--role", "viewer"], file: file)
    _ = try await token(
      ["--name", "t", "--role", "component", "--component", "a", "--component", "b-*"], file: file)
    let check = try await Tool.run("token", "check", file)
    #expect(check.code == 0)
    #expect(check.out == "grafana  viewer\nt  component  a,b-*\n2 tokens\n")
    let bad: [([String], String)] = [
      (["--name", "x", "--role", "root"], "viewer, component or admin"),
      (["--name", "x", "--role", "component"], "needs the names"),
      (["--name", "x y", "--role", "viewer"], "without blanks"),
      (["--name", "x", "--role", "viewer", "--component", "a"], "takes no component names"),
    ]
    for (arguments, says) in bad {
      let result = try await Tool.run(["token", "create"] + arguments)
      #expect(result.code == 2)
      #expect(result.out.isEmpty)
      #expect(result.err.contains(says), "\(result.err)")
    }
    let other = try await Tool.run(
      "token", "create", "--name", "grafana", "--role", "admin", "--file", file)
    #expect(other.code == 1)
    #expect(other.err.contains("another role"))
    try "nonsense\n".write(toFile: file, atomically: false, encoding: .utf8)
    let broken = try await Tool.run("token", "check", file)
    #expect(broken.code == 3)
    #expect(broken.err.contains("line 1"))
  }

  @Test func `bench and replay measure a coordinator with TLS and tokens`() async throws {
    let made = try Certificates()
    let tokens = made.folder + "/tokens"
    let admin = try await token(["--name", "ops", "--role", "admin"], file: tokens)
    try keep(admin, made.folder + "/ops.token")
    let files = try ReplayTests.Files()
    defer { try? FileManager.default.removeItem(at: files.folder) }
    let printed = try await files.replay(["--print-config"])
    let config = files.folder.appending(path: "config.json").path
    try printed.out.write(toFile: config, atomically: true, encoding: .utf8)
    let server = try Running(
      ["--tls-cert", made.server, "--tls-key", made.serverKey, "--tokens", tokens]
        + ["--config", config])
    defer { _ = server.end() }
    let address = ["--address", "127.0.0.1:\(server.port)"]
    let guarding = ["--tls-ca", made.authority, "--token-file", made.folder + "/ops.token"]
    let bench =
      ["bench", "--connections", "2", "--depth", "2", "--seconds", "0.3", "--streams", "3"]
      + ["--pool", "memory", "--format", "json"] + address
    let measured = try await Tool.run(bench + guarding)
    #expect(measured.code == 0, "\(measured.err)")
    #expect(measured.object["requests"] as? Int ?? 0 > 0 && measured.object["failed"] as? Int == 0)
    let strange = try await Tool.run(bench + guarding.prefix(2))
    #expect(strange.code != 0 && strange.err.contains("token"), "\(strange.err)")
    let replayed = try await files.replay(
      ["--speed", "1e9", "--slack", "0", "--limit", "30"] + address + guarding)
    #expect(replayed.code == 0, "\(replayed.err)")
    #expect((replayed.object["total"] as? [String: Int])?["granted_at_once"] ?? 0 > 0)
  }
}
