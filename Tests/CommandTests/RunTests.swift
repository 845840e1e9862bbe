import Foundation
import Model
import Testing

/// A lease round a program.
@Suite struct RunTests {
  @Test func `the lease is held while the command runs and given back after`() async throws {
    try await TestServer.with { (server) async throws in
      let result = try await server.run(
        "run", "--gpu", "8000", "--cpu", "2", "--request-id", "job", "--", Tool.path, "status",
        "gpu", "--json")
      #expect(result.code == 0, "\(result.err)")
      let pools = try #require(result.object["statuses"] as? [[String: Any]])
      #expect(pools.first?["allocated"] as? Int == 8000)
      #expect(try await server.leases() == 0)
      #expect(try await server.leases(of: "cpu") == 0)
    }
  }

  @Test func `the command sees the lease but not its token`() async throws {
    try await TestServer.with { (server) async throws in
      let result = try await server.run(
        "run", "--gpu", "1", "--request-id", "job", "--", "env",
        environment: ["CUDA_VISIBLE_DEVICES": "3"])
      let lines = Set(result.out.split(separator: "\n").map(String.init))
      #expect(lines.contains("COORDINATOR_LEASE_ID=job"))
      #expect(lines.contains("COORDINATOR_LEASE_COMPONENT=tester"))
      #expect(lines.contains("CUDA_VISIBLE_DEVICES=3"))
      #expect(lines.contains { $0.hasPrefix("COORDINATOR_LEASE_FENCING=") })
      #expect(!result.out.contains("TOKEN"))
    }
  }

  @Test func `a command that fails gives the lease back too`() async throws {
    try await TestServer.with { (server) async throws in
      #expect(try await server.run("run", "--gpu", "1", "--", "sh", "-c", "exit 9").code == 9)
      #expect(try await server.leases() == 0)
    }
  }

  @Test func `a lease that is lost stops the command and ends with 7`() async throws {
    try await TestServer.with { (server) async throws in
      async let run = server.run(
        all: [
          "run", "--gpu", "1", "--request-id", "job", "--duration", "3s", "--kill-after",
          "200ms",
          "--", "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done",
        ])
      let isHeld = try await server.wait { try await server.leases() == 1 }
      #expect(isHeld)
      // The coordinator is gone: nothing can be renewed any more.
      server.running.cancel()
      let result = try await run
      #expect(result.code == 7, "\(result.out)\(result.err)")
      #expect(result.err.contains("lease lost"))
    }
  }

  @Test func `the lease is renewed for as long as the command runs`() async throws {
    try await TestServer.with { (server) async throws in
      // The command ends after four renewals, which is longer than the lease is without them.
      let result = try await server.run(
        "run", "--gpu", "1", "--request-id", "job", "--duration", "3s", "--", Tool.path, "watch",
        "--request", "job", "--count", "4", "--json")
      #expect(result.code == 0, "\(result.err)")
      #expect(result.out.contains("EVENT_KIND_RENEWED"))
      let history = try await server.run("history", "--request", "job", "--json")
      let kinds = (history.json as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
      #expect(kinds.count { $0 == "EVENT_KIND_RENEWED" } >= 4)
      #expect(kinds.first == "EVENT_KIND_RELEASED")
      #expect(!kinds.contains("EVENT_KIND_EXPIRED"))
    }
  }

  @Test func `a signal is passed on to the command, whose end is told`() async throws {
    try await TestServer.with { (server) async throws in
      // The command signals its parent, which passes the signal on.
      let result = try await server.run(
        "run", "--gpu", "1", "--", "sh", "-c",
        "trap 'exit 33' TERM; kill -TERM $PPID; while :; do sleep 0.05; done")
      #expect(result.code == 33, "\(result.err)")
      #expect(try await server.leases() == 0)
    }
  }

  @Test func `a command waits for its lease`() async throws {
    try await TestServer.with { (server) async throws in
      let first = try await server.run("request", "--gpu", "20000", "--json")
      let token = try #require(first.object["token"] as? String)
      let id = try #require(first.object["request_id"] as? String)
      async let run = server.run(
        all: ["run", "--gpu", "8000", "--wait", "30s", "--", "echo", "started"])
      let isWaiting = try await server.wait {
        try await server.status(of: "gpu")?.queued == 1
      }
      #expect(isWaiting)
      #expect(try await server.run("release", id, "--token", token).code == 0)
      let result = try await run
      #expect(result.code == 0, "\(result.err)")
      #expect(result.out == "started\n")
      #expect(result.err.contains("queued: position 1 of 1"))
    }
  }
}
