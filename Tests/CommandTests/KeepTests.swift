import Foundation
import Model
import Server
import Testing

/// What is kept, through the commands for it, with a coordinator that runs meanwhile.
@Suite struct KeepTests {
  private static func withFolder(_ body: (String) async throws -> Void) async throws {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private static func kept(in path: String) -> ServerStorage {
    .directory(path: path, given: GivenSettings())
  }

  @Test func `drill: a backup of a running coordinator, its loss, and a life after the restore`()
    async throws
  {
    try await Self.withFolder { path in
      let (data, copy) = (path + "/data", path + "/copy")
      let before = try await TestServer.with(storage: Self.kept(in: data)) { server in
        let lease = try await server.run(
          "request", "--gpu", "20000", "--request-id", "mine", "--json")
        let backup = try await Tool.run("backup", "--data-dir", data, "--to", copy)
        #expect(backup.code == 0 && backup.out.hasPrefix("backed up to \(copy): snapshot-"))
        let later = try await server.run("request", "--cpu", "2", "--request-id", "lost")
        #expect(later.code == 0)
        return lease.object
      }
      try FileManager.default.removeItem(atPath: data)
      let restored = try await Tool.run(
        "restore", "--from", copy, "--data-dir", data, "--json")
      #expect(restored.code == 0, "\(restored.err)")
      let again = try await Tool.run("restore", "--from", copy, "--data-dir", data)
      #expect(again.code == 1 && again.err.contains("there is a journal already"))
      var limits = Limits()
      limits.learning = .seconds(1)
      try await TestServer.with(limits: limits, storage: Self.kept(in: data)) { server in
        let token = try #require(before["token"] as? String)
        let renewed = try await server.run("renew", "mine", "--token", token, "--json")
        #expect(renewed.code == 0, "\(renewed.err)")
        // Nothing is granted before those who had leases could say so.
        let fresh = try await server.run("request", "--gpu", "1", "--wait", "60s", "--json")
        let fencing = try #require(fresh.object["fencing"] as? [String: Any])
        let old = try #require(before["fencing"] as? [String: Any])
        #expect(try #require(fencing["epoch"] as? Int) > #require(old["epoch"] as? Int))
        #expect(try await server.status(of: "cpu")?.allocated == 0)
        #expect(try await server.status(of: "gpu")?.allocated == 20_001)
      }
    }
  }

  @Test func `inspect, verify and export tell what was decided, and no secret`() async throws {
    try await Self.withFolder { path in
      let token = try await TestServer.with(storage: Self.kept(in: path)) { server in
        let lease = try await server.run(
          "request", "--gpu", "8000", "--request-id", "mine", "--json")
        let token = try #require(lease.object["token"] as? String)
        #expect(try await server.run("release", "mine", "--token", "wrong").code == 1)
        #expect(try await server.run("release", "mine", "--token", token).code == 0)
        let inspected = try await Tool.run("journal", "inspect", "--data-dir", path)
        #expect(inspected.code == 0 && inspected.out.contains("journal-0000000000000001.log"))
        return token
      }
      let inspected = try await Tool.run("journal", "inspect", "--data-dir", path, "--json")
      let segments = try #require(inspected.object["segments"] as? [[String: Any]])
      #expect(segments.count == 1 && inspected.object["starts"] as? Bool == true)
      let verified = try await Tool.run("journal", "verify", "--data-dir", path)
      #expect(verified.code == 0 && verified.out.hasPrefix("valid to position "))
      #expect(verified.out.contains(", 0 leases, 0 waiting"))
      let exported = try await Tool.run("journal", "export", "--data-dir", path)
      let lines = try exported.out.split(separator: "\n").map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
      let kinds = lines.compactMap { $0["decision"] as? String }
      #expect(
        kinds == [
          "pools_defined", "mode_changed", "recorded", "release_refused", "lease_ended", "draining",
        ])
      #expect(lines.map { $0["position"] as? Int } == Array(1...6))
      #expect(lines[2]["request_id"] as? String == "mine")
      #expect(lines[2]["outcome"] as? String == "granted")
      #expect(!exported.out.contains(token))
    }
  }

  @Test func `damage is told with file, byte and what to do, and nothing starts on it`()
    async throws
  {
    try await Self.withFolder { path in
      try await TestServer.with(storage: Self.kept(in: path)) { (server) async throws in
        for number in 0..<5 {
          #expect(
            try await server.run("request", "--cpu", "1", "--request-id", "\(number)").code == 0)
        }
      }
      let file = path + "/journal-0000000000000001.log"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      bytes[150] ^= 4
      try bytes.write(to: URL(fileURLWithPath: file))
      for command in [["journal", "verify"], ["journal", "inspect"]] {
        let result = try await Tool.run(command + ["--data-dir", path])
        #expect(result.code == 1)
        #expect(result.err.contains("journal-0000000000000001.log, byte 64"), "\(result.err)")
        #expect(result.err.contains("Restore a backup."))
      }
      let started = try await Tool.run(
        "serve", "--port", "0", "--http-port", "off", "--data-dir", path)
      #expect(started.code == 1 && started.err.contains("cannot start from the data directory"))
      let missing = try await Tool.run("journal", "verify", "--data-dir", path + "/none")
      #expect(missing.code == 2 && missing.err.contains("there is no folder"))
    }
  }
}
