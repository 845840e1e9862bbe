import Foundation
import Model
import Server
import Testing

/// Every command obeys the format that was asked for, and keeps talk away from data.
@Suite struct FormatTests {
  static let commands: [[String]] = [
    ["status"], ["status", "gpu"], ["request", "--gpu", "1"], ["explain", "--gpu", "30000"],
    ["explain", "held"], ["history"], ["history", "--component", "nobody"],
    ["history", "--counts"],
    ["mode"], ["mode", "get"], ["mode", "set", "respect_limits"], ["capacity"],
    ["capacity", "get", "cpu"], ["capacity", "set", "cpu", "20"], ["drain", "--resume"],
    ["healthcheck"], ["call", "get_mode"], ["release", "held", "--token", "wrong"],
    ["cancel", "held"], ["doctor"], ["watch", "--from-start", "--count", "1"],
    ["watch", "--status", "--count", "1"], ["request", "--gpu", "30000"],
  ]

  @Test(arguments: commands)
  func `standard output is JSON and nothing else when JSON is asked for`(command: [String])
    async throws
  {
    try await TestServer.with { (server) async throws in
      let held = try await server.run("request", "--gpu", "10", "--request-id", "held")
      #expect(held.code == 0, "\(held.err)")
      for format in ["json", "ndjson"] {
        let result = try await server.run(all: command + ["--format", format])
        #expect(result.code <= 5 && result.code != 2, "\(result.err)")
        if format == "json" {
          #expect(result.json != nil, "\(result.out)")
        } else {
          for line in result.out.split(separator: "\n") {
            let value = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            #expect(value != nil, "\(line)")
          }
        }
        #expect(!result.out.contains("\u{1B}"))
      }
    }
  }

  @Test func `an empty list is an empty JSON list and no failure`() async throws {
    try await TestServer.with { (server) async throws in
      let result = try await server.run("history", "--format", "json")
      #expect(result.out == "[]\n")
      #expect(result.code == 0)
      let lines = try await server.run("history", "--format", "ndjson")
      #expect(lines.out.isEmpty)
      #expect(lines.code == 0)
    }
  }

  @Test func `a renewal and a release answer in JSON`() async throws {
    try await TestServer.with { (server) async throws in
      let granted = try await server.run("request", "--cpu", "2", "--json")
      let id = try #require(granted.object["request_id"] as? String)
      let token = try #require(granted.object["token"] as? String)
      let renewed = try await server.run(
        "renew", id, "--token", token, "--duration", "2h", "--json")
      #expect(renewed.object["expires_at"] is String)
      let released = try await server.run(
        "release", id, "--json", environment: ["COORDINATOR_TOKEN": token])
      #expect(released.object["success"] as? Bool == true)
      #expect(try await server.leases(of: "cpu") == 0)
    }
  }

  @Test func `the format comes from the environment, and flags go over it`() async throws {
    try await TestServer.with { (server) async throws in
      let json = try await server.run("mode", environment: ["COORDINATOR_FORMAT": "json"])
      #expect(json.object["mode"] as? String == "RESPONSE_MODE_RESPECT_LIMITS")
      let table = try await server.run(
        "mode", "--format", "table", environment: ["COORDINATOR_FORMAT": "json"])
      #expect(table.out.hasPrefix("MODE      respect_limits\n"))
      let wrong = try await server.run("mode", environment: ["COORDINATOR_FORMAT": "xml"])
      #expect(wrong.code == 2)
      #expect(wrong.err.contains("COORDINATOR_FORMAT"))
    }
  }

  @Test func `colours are off without a terminal, on when forced, and off again by NO_COLOR`()
    async throws
  {
    try await TestServer.with { (server) async throws in
      let escape = "\u{1B}["
      #expect(try await !server.run("status").out.contains(escape))
      #expect(
        try await server.run("status", environment: ["FORCE_COLOR": "1"]).out.contains(escape))
      #expect(
        try await !server.run("status", environment: ["FORCE_COLOR": "1", "NO_COLOR": "1"]).out
          .contains(escape))
      #expect(try await server.run("status", "--color", "always").out.contains(escape))
      #expect(
        try await !server.run(
          "status", "--color", "never", environment: ["FORCE_COLOR": "1"]
        ).out.contains(escape))
    }
  }

  @Test func `a table is cut to the width that is told, and a wide one is not`() async throws {
    try await TestServer.with { (server) async throws in
      let id = String(repeating: "x", count: 120)
      #expect(try await server.run("request", "--gpu", "1", "--request-id", id).code == 0)
      let narrow = try await server.run("history", environment: ["COLUMNS": "80"])
      #expect(narrow.out.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(narrow.out)")
      // The long id gives way, not what happened to it.
      #expect(narrow.out.contains("x…") && narrow.out.contains("gpu 1 MB"), "\(narrow.out)")
      let wide = try await server.run(
        "history", "--format", "wide", environment: ["COLUMNS": "80"])
      #expect(wide.out.contains(id))
    }
  }

  @Test func `control characters from others are shown and not obeyed`() async throws {
    try await TestServer.with { (server) async throws in
      let result = try await server.run("explain", "a\u{1B}[31mb")
      #expect(result.code == 1)
      #expect(!(result.err + result.out).contains("\u{1B}"))
    }
  }

  @Test func `over-commitment shows as more than all`() async throws {
    try await TestServer.with(mode: .alwaysGrant) { (server) async throws in
      #expect(try await server.run("request", "--gpu", "36000").code == 0)
      let result = try await server.run("status", "gpu")
      #expect(result.out.contains("████████████████████  150%"))
      #expect(result.out.contains("0 MB (12000 too many held)"))
    }
  }

  @Test func `a watcher goes on behind the revision that it is given`() async throws {
    try await TestServer.with { (server) async throws in
      for id in ["one", "two", "three"] {
        #expect(try await server.run("request", "--gpu", "1", "--request-id", id).code == 0)
      }
      let first = try await server.run("watch", "--from-start", "--count", "1", "--json")
      let revision = try #require(first.object["revision"] as? Int)
      let second = try await server.run("watch", "--after", "\(revision)", "--count", "1", "--json")
      #expect(second.object["request_id"] as? String == "two")
    }
  }

  /// A coordinator keeps its state in memory: after a restart its events are counted from 1 again.
  @Test func `a watcher misses nothing of a coordinator that was started anew`() async throws {
    let (watching, port) = try await TestServer.with { (server) async throws in
      for id in ["one", "two"] {
        #expect(try await server.run("request", "--gpu", "1", "--request-id", id).code == 0)
      }
      let environment = server.environment
      let watching = Task {
        try await Tool.run(
          "watch", "--from-start", "--count", "3", "--json", environment: environment)
      }
      while await server.server.metrics()?.contains("\ncoordinator_stream_clients 1\n") != true {
        try await Task.sleep(for: .milliseconds(10))
      }
      return (watching, server.server.port)
    }
    let result = try await TestServer.with(port: port) { (server) async throws in
      #expect(try await server.run("request", "--gpu", "1", "--request-id", "three").code == 0)
      return try await watching.value
    }
    #expect(result.code == 0, "\(result.err)")
    #expect(result.err.contains("started anew"))
    let ids = result.out.split(separator: "\n").map { $0.contains("\"request_id\":\"") ? $0 : "" }
    #expect(ids.first?.contains("\"one\"") == true)
    #expect(ids.last?.contains("\"three\"") == true, "\(result.out)")
  }
}
