import Foundation
import Model
import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Server
import Testing

/// Waits on the command line that lose their coordinator.
@Suite struct WaitTests {
  @Test func `a wait outlives a restart of the coordinator`() async throws {
    try await TestServer.with { (first) async throws in
      #expect(try await first.run("request", "--gpu", "20000").code == 0)
      let waiting = Task {
        try await first.run("request", "--gpu", "8000", "--wait", "50s", "--request-id", "later")
      }
      let isWaiting = try await first.wait { try await first.status(of: "gpu")?.queued == 1 }
      #expect(isWaiting)
      first.running.cancel()
      _ = try? await first.running.value
      try await TestServer.with(port: first.server.port) { (second) async throws in
        let result = try await waiting.value
        #expect(result.code == 0, "\(result.err)")
        #expect(result.out.contains("later") && result.out.contains("TOKEN"))
        #expect(result.err.contains("; asking again until "))
        #expect(result.err.contains("connected again"))
        #expect(try await second.leases() == 1)
      }
    }
  }

  @Test func `a wait outlives a cut connection and keeps its place`() async throws {
    try await FakeCoordinator.with(.init(capacities: [.gpu: 8000])) { coordinator in
      let environment = ["COORDINATOR_ADDRESS": coordinator.endpoint.description]
      let holder = try await Tool.run(
        "request", "--gpu", "8000", "--request-id", "first", "--json", environment: environment)
      let token = try #require(holder.object["token"] as? String)
      let waiting = Task {
        try await Tool.run(
          "request", "--gpu", "8000", "--wait", "50s", "--request-id", "later",
          environment: environment)
      }
      await coordinator.wait(for: "queued")
      await coordinator.closeConnections()
      let release = try await Tool.run(
        "release", "first", "--token", token, environment: environment)
      #expect(release.code == 0, "\(release.err)")
      let result = try await waiting.value
      #expect(result.code == 0, "\(result.err)")
      #expect(result.out.contains("TOKEN"))
      #expect(result.err.contains("was lost: "))
      #expect(await coordinator.count(of: "queued") == 1)
      #expect(await coordinator.count(of: "granted") == 2)
    }
  }

  @Test func `an answer that was cut off is asked for again before the command starts`()
    async throws
  {
    try await FakeCoordinator.with(.init(capacities: [.gpu: 8000])) { coordinator in
      await coordinator.cutReplies(1)
      let result = try await Tool.run(
        "run", "--gpu", "8000", "--wait", "50s", "--", "echo", "started",
        environment: ["COORDINATOR_ADDRESS": coordinator.endpoint.description])
      #expect(result.code == 0, "\(result.err)")
      #expect(result.out == "started\n")
      #expect(await coordinator.count(of: "granted") == 1)
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `a wait that the coordinator does not end in time is given up`() async throws {
    try await FakeCoordinator.with(.init(capacities: [.gpu: 8000])) { coordinator in
      let environment = ["COORDINATOR_ADDRESS": coordinator.endpoint.description]
      let holder = try await Tool.run("request", "--gpu", "8000", environment: environment)
      #expect(holder.code == 0)
      // The coordinator's time stands still. One that has forgotten the request counts from the start as well.
      let result = try await Tool.run(
        "request", "--gpu", "8000", "--wait", "1s", environment: environment)
      #expect(result.code == 6, "\(result.err)")
      #expect(result.err.contains("error: still queued at the deadline"))
      #expect(await coordinator.waitingCount() == 0)
    }
  }

  @Test func `a coordinator that drains until the wait is over is there, and ends it with 1`()
    async throws
  {
    try await TestServer.with { (server) async throws in
      #expect(try await server.run("drain").code == 0)
      let result = try await server.run("request", "--gpu", "1", "--wait", "500ms")
      #expect(result.code == 1, "\(result.err)")
      #expect(result.err.contains("; the wait is over"))
    }
  }

  @Test(arguments: [["request"], ["run"]])
  func `a coordinator that stays away until the wait is over ends it with 4`(command: [String])
    async throws
  {
    try await TestServer.with { (server) async throws in
      #expect(try await server.run("request", "--gpu", "20000").code == 0)
      let waiting = Task {
        try await server.run(
          all: command + ["--gpu", "8000", "--wait", "3s"]
            + (command == ["run"] ? ["--", "true"] : []))
      }
      let isWaiting = try await server.wait { try await server.status(of: "gpu")?.queued == 1 }
      #expect(isWaiting)
      server.running.cancel()
      let result = try await waiting.value
      #expect(result.code == 4, "\(result.out)\(result.err)")
      #expect(result.out.isEmpty)
      #expect(result.err.contains("; asking again until "))
      #expect(result.err.contains("error: cannot connect to \(server.address): "))
      #expect(result.err.contains("; the wait is over"))
    }
  }
}
