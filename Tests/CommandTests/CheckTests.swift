import Foundation
import NIOCore
import NIOPosix
import Testing

/// What says whether all is well.
@Suite struct CheckTests {
  /// A port that accepts connections and never answers.
  private func withSilentPort(_ body: (Int) async throws -> Void) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    do {
      try await body(port)
    } catch {
      try await channel.close()
      throw error
    }
    try await channel.close()
  }

  private func withFile(
    _ text: String, _ body: (String) async throws -> Void
  ) async throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "coordinator-\(UUID().uuidString).yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file.path)
  }

  @Test func `defect 26: a port that accepts but does not answer is not healthy`() async throws {
    try await withSilentPort { (port) async throws in
      let result = try await Tool.run(
        "healthcheck", "--address", "127.0.0.1:\(port)", "--timeout", "300ms")
      #expect(result.code == 1)
      #expect(result.err.contains("no answer"))
      #expect(result.out.isEmpty)
    }
  }

  @Test func `a draining coordinator is not healthy`() async throws {
    try await TestServer.with { (server) async throws in
      #expect(try await server.run("drain").code == 0)
      let result = try await server.run("healthcheck")
      #expect(result.code == 1)
      #expect(result.err.contains("draining"))
      #expect(try await server.run("drain", "--resume").code == 0)
      #expect(try await server.run("healthcheck").code == 0)
    }
  }

  @Test func `doctor names the process that has the port`() async throws {
    try await withSilentPort { (port) async throws in
      try await withFile("server: {port: \(port), http_port: off}") { (file) async throws in
        let result = try await Tool.run(
          "doctor", "--config", file, "--address", "127.0.0.1:1", "--json")
        #expect(result.code == 1)
        let findings = try #require(result.json as? [[String: Any]])
        let finding = try #require(findings.first { $0["check"] as? String == "port" })
        #expect(finding["result"] as? String == "failure")
        let message = try #require(finding["message"] as? String)
        #expect(message.contains("pid \(ProcessInfo.processInfo.processIdentifier) "))
        let coordinator = findings.first { $0["check"] as? String == "coordinator" }
        #expect(coordinator?["result"] as? String == "warning")
      }
    }
  }

  @Test func `every problem of a configuration is listed with its line`() async throws {
    try await withFile("response_mod: x\ngpu_capacity: -5\n") { (file) async throws in
      let result = try await Tool.run("check-config", file)
      #expect(result.code == 3)
      #expect(
        result.err.contains("\(file):1:1: response_mod: unknown key (did you mean response_mode?)"))
      #expect(result.err.contains("\(file):2:15: gpu_capacity"))
      let json = try await Tool.run("check-config", file, "--format", "json")
      #expect(json.code == 3)
      #expect(json.object["valid"] as? Bool == false)
      #expect((json.object["errors"] as? [Any])?.count == 2)
    }
  }

  @Test func `the origin of each value is told`() async throws {
    try await withFile("gpu_capacity: 5\nprofiles: {big: {gpu_capacity: 9}}\n") {
      (file) async throws in
      let result = try await Tool.run(
        "check-config", file, "--origin", "--profile", "big", "--json")
      #expect(result.code == 0, "\(result.err)")
      let values = try #require(result.object["values"] as? [[String: Any]])
      let gpu = try #require(values.first { $0["key"] as? String == "gpu_capacity" })
      #expect(gpu["value"] as? String == "9")
      #expect((gpu["origin"] as? String)?.contains(":2:") == true)
    }
  }

  @Test func `a port that is taken is told with its owner, and with the flag that takes another`()
    async throws
  {
    try await withSilentPort { (port) async throws in
      let result = try await Tool.run(
        "serve", "--host", "127.0.0.1", "--port", "\(port)", "--http-port", "off",
        "--ephemeral")
      #expect(result.code == 1)
      #expect(result.err.contains("port \(port) is in use by pid"))
      #expect(result.err.contains("--port"))
      let http = try await Tool.run(
        "serve", "--host", "127.0.0.1", "--port", "0", "--http-port", "\(port)",
        "--ephemeral")
      #expect(http.code == 1)
      #expect(http.err.contains("--http-port off"))
      #expect(!http.err.contains("Service"))
    }
  }
}
