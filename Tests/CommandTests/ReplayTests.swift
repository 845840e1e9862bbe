import Foundation
import Model
import Testing

/// `coordinator replay` against real servers, much faster than any of them is.
@Suite struct ReplayTests {
  /// The files of a crowded trace, in a folder of their own.
  struct Files {
    let folder: URL
    var pods: String { folder.appending(path: "pods.csv").path }
    var nodes: String { folder.appending(path: "nodes.csv").path }

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var random = SeededRandom(seed: 7)
      var text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,qos,creation_time,deletion_time\n"
      var time = 0
      for index in 0..<Files.count {
        time += Int.random(in: 1...20, using: &random)
        let cpu = Int.random(in: 0...9, using: &random) * 1000
        let hold = Int.random(in: 1...200, using: &random)
        text +=
          "p\(index),\(cpu),\(index % 5 + 1),\(index % 2),500,q\(index % 3),\(time),\(time + hold)\n"
      }
      try text.write(toFile: pods, atomically: true, encoding: .utf8)
      try "cpu_milli,memory_mib,gpu\n16000,100000,8\n"
        .write(toFile: nodes, atomically: true, encoding: .utf8)
    }

    static let count = 150

    func replay(_ more: [String]) async throws -> Tool.Result {
      try await Tool.run(
        ["replay", pods, "--node-list", nodes, "--wait", "100", "--format", "json"] + more,
        // Some seconds alone; among all other tests on two cores, more than a minute.
        limit: .seconds(240))
    }
  }

  private func numbers(_ result: Tool.Result, _ group: String = "total") -> [String: Int] {
    result.object[group] as? [String: Int] ?? [:]
  }

  private func means(_ result: Tool.Result) -> [Double] {
    (result.object["utilisation"] as? [[String: Any]] ?? []).map {
      $0["mean_percent"] as? Double ?? -1
    }
  }

  @Test func `one call at a time a live replay has the virtual one's result`() async throws {
    let files = try Files()
    defer { try? FileManager.default.removeItem(at: files.folder) }
    let virtual = try await files.replay(["--virtual"])
    let live = try await files.replay(["--speed", "1e9", "--slack", "0"])
    #expect(live.code == 0, "\(live.err)")
    #expect(numbers(live) == numbers(virtual))
    #expect(numbers(virtual)["granted_after_wait"] ?? 0 > 10, "the trace is to be crowded")
    #expect(numbers(virtual)["timed_out"] ?? 0 > 10, "the trace is to be crowded")
    #expect(
      live.object["queue_wait"] as? [String: Double]
        == virtual.object["queue_wait"] as? [String: Double])
    // A pod that is granted out of the queue and over at once may be told of a moment after its end.
    for (one, other) in zip(means(live), means(virtual)) { #expect(abs(one - other) < 0.5) }
    #expect(means(virtual).count == 3)
    let check = live.object["check"] as? [String: Any]
    #expect(check?["never_exceeded"] as? Bool == true)
    #expect(check?["leases_left"] as? Int == 0)
  }

  @Test func `many calls at a time against a server elsewhere lose no pod and grant nothing twice`()
    async throws
  {
    let files = try Files()
    defer { try? FileManager.default.removeItem(at: files.folder) }
    let pools = ["cpu_milli", "memory_mib", "gpu_milli"].map {
      PoolDefinition(name: Text($0), unit: "", capacity: 1)
    }
    try await TestServer.with(pools: pools) { server in
      let live = try await files.replay(
        ["--speed", "1e9", "--slack", "86400", "--address", server.address])
      #expect(live.code == 0, "\(live.err)")
      let total = numbers(live)
      #expect(total["pods"] == Files.count)
      #expect(total["failed"] == 0, "\(live.out)")
      let decided = ["granted_at_once", "granted_after_wait", "denied", "timed_out"]
        .reduce(0) { $0 + (total[$1] ?? 0) }
      #expect(decided == Files.count)
      let check = live.object["check"] as? [String: Any]
      #expect(check?["never_exceeded"] as? Bool == true)
      #expect(check?["leases_left"] as? Int == 0)
      #expect(live.object["pace"] != nil)
      #expect(live.err.contains("replayed \(Files.count) pods in "))
      #expect(!live.err.contains("\r"), "no bar without a terminal")
      for pool in pools { #expect(try await server.leases(of: pool.name) == 0) }
    }
  }

  @Test func `a server without the trace's pools is refused with what to do`() async throws {
    let files = try Files()
    defer { try? FileManager.default.removeItem(at: files.folder) }
    try await TestServer.with { server in
      let live = try await files.replay(["--address", server.address])
      #expect(live.code == 2)
      #expect(live.err.contains("no pool cpu_milli"))
      #expect(live.err.contains("--print-config"))
    }
    for (arguments, words) in [
      (["--address", "nowhere:0"], "--address"), (["--slack", "-1"], "--slack"),
      (["--speed", "0"], "--speed"),
    ] {
      let live = try await files.replay(arguments)
      #expect(live.code == 2)
      #expect(live.err.contains(words), "\(live.err)")
    }
  }
}
