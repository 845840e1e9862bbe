import Foundation
import TestSupport
import Testing

/// `coordinator simulate spot`, as users run it.
@Suite final class SimulateSpotTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "spot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String {
    folder.appending(path: name).path(percentEncoded: false)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  private func spot(_ arguments: String...) async throws -> Tool.Result {
    try await Tool.run(["simulate", "spot"] + arguments)
  }

  private static let policies = "greedy,fallback,ondemand"
  private static let number = #"[0-9]+\.[0-9]"#

  /// The promised lines of three policies, as a pattern, up to the path at their end.
  private static let promised =
    #"Generating 100 tasks over 48 hours\.\.\.\#n"#
    + #"Generating spot price data \(Ornstein-Uhlenbeck process\)\.\.\.\#n\#n"#
    + ["Greedy", "OnDemandFallback", "OnDemandOnly"].map { name in
      #"Running simulation with \#(name) policy\.\.\.\#n"#
        + #"  Cost: \$\#(number)[0-9]\#n  Avg completion: \#(number)h\#n"#
        + #"  Preemptions: [0-9]+\#n\#n"#
    }.joined() + "Results saved to "

  private func isPromised(_ out: String, _ path: String) throws -> Bool {
    let pattern = try Regex("^" + Self.promised)
    guard let match = out.firstMatch(of: pattern) else { return false }
    return out[match.range.upperBound...] == path + "\n"
  }

  @Test func `the printed lines are the promised ones and nothing more`() async throws {
    let file = path("results.json")
    let result = try await spot(
      "--duration", "48", "--policies", Self.policies, "--tasks", "100", "--output", file,
      "--spot-price", "0.30", "--ondemand-price", "1.00")
    #expect(result.code == 0 && result.err.isEmpty, "\(result.err)")
    #expect(try isPromised(result.out, file), "\(result.out)")
    let short = try await spot("-d", "48", "-p", Self.policies, "-t", "100", "-o", file)
    #expect(short.out == result.out)
  }

  @Test func `without a subcommand it is the spot market that is simulated`() async throws {
    let file = path("results.json")
    let arguments = ["--duration", "48", "--policies", Self.policies, "--output", file]
    let result = try await Tool.run(["simulate"] + arguments)
    #expect(result.code == 0 && result.err.isEmpty, "\(result.err)")
    #expect(try isPromised(result.out, file), "\(result.out)")
    let named = try await Tool.run(["simulate", "spot"] + arguments)
    #expect(named.out == result.out)
  }

  @Test func `the same arguments write the same bytes, and another seed others`() async throws {
    var texts: [String] = []
    for (name, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
      let result = try await spot("--seed", seed, "--repeat", "6", "--output", path(name))
      #expect(result.code == 0, "\(result.err)")
      texts.append(try text(name))
    }
    #expect(texts[0] == texts[1] && texts[0] != texts[2])
  }

  @Test func `a comparison adds a table, and several repeats give margins`() async throws {
    let file = path("results.json")
    let result = try await spot("--compare", "--output", file)
    let parts = result.out.components(separatedBy: "Results saved to \(file)\n")
    try #require(parts.count == 2, "\(result.out)")
    #expect(try isPromised(parts[0] + "Results saved to \(file)\n", file))
    let lines = parts[1].split(separator: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("POLICY"), "\(parts[1])")
    #expect(!parts[1].contains("±"))
    let repeated = try await spot("--compare", "--repeat", "3", "--output", file)
    #expect(repeated.out.contains("±"), "\(repeated.out)")
  }

  @Test func `over thirty repeats greedy is cheapest and most preempted, on-demand dearest`()
    async throws
  {
    let result = try await spot("--repeat", "30", "--format", "json")
    let results = try #require(result.object["results"] as? [[String: Any]])
    func figures(_ name: String) throws -> [Double] {
      try results.map { try #require($0[name] as? Double) }
    }
    let (cost, preemptions) = (try figures("total_cost"), try figures("total_preemptions"))
    let hours = try figures("avg_completion_time")
    #expect(cost[0] < cost[1] && cost[1] < cost[2], "\(cost)")
    #expect(preemptions[0] > preemptions[1] && preemptions[1] > preemptions[2])
    #expect(preemptions[2] == 0)
    #expect(hours[0] >= hours[1] && hours[1] >= hours[2], "\(hours)")
  }

  @Test(
    arguments: [
      (["--duration", "-5"], "--duration"), (["--duration", "nan"], "--duration"),
      (["--duration", "inf"], "--duration"), (["--duration", "0"], "--duration"),
      (["--duration", "soon"], "--duration"), (["--tasks", "0"], "--tasks"),
      (["--tasks", "-1"], "--tasks"), (["--policies", "gredy"], "did you mean greedy?"),
      (["--policies", ""], "--policies"), (["--policies", "greedy,"], "--policies"),
      (["--spot-price", "nan"], "--spot-price"), (["--spot-price", "-1"], "--spot-price"),
      (["--ondemand-price", "0"], "--ondemand-price"), (["--repeat", "0"], "--repeat"),
      (["--preemption-rate", "inf"], "--preemption-rate"), (["--zones", "0"], "--zones"),
      (["--overhead-hours", "nan"], "overhead"), (["--grace-seconds", "-1"], "--grace-seconds"),
      (["--price-model", "oo"], "did you mean ou?"),
      (["--trace", "none.json"], "--trace none.json"),
      (["--zones-together"], "--zones-together"), (["--prices", "p.json"], "--prices"),
      (["--model", "cant-be-late"], "--trace"), (["--billing", "week"], "--billing"),
    ] as [([String], String)])
  func `what cannot be simulated is a usage error that names it`(wrong: [String], names: String)
    async throws
  {
    let result = try await Tool.run(
      ["simulate", "spot", "--output", path("results.json")] + wrong)
    #expect(result.code == 2 && result.out.isEmpty, "\(result.out)")
    #expect(result.err.hasPrefix("error: ") && result.err.contains(names), "\(result.err)")
    #expect(!FileManager.default.fileExists(atPath: path("results.json")))
  }

  @Test(arguments: ["--output", "--csv", "--html"])
  func `a file that cannot be written is told before anything is simulated`(flag: String)
    async throws
  {
    let absent = try await spot(flag, path("none/file"))
    #expect(absent.code == 1 && absent.out.isEmpty, "\(absent.out)")
    #expect(absent.err.contains(flag) && absent.err.contains("there is no folder"))
    let isFolder = try await spot(flag, path(""))
    #expect(isFolder.code == 1 && isFolder.err.contains("it is a folder"), "\(isFolder.err)")
  }

  @Test func `a device is written to, and stays one`() async throws {
    let result = try await spot("--output", "/dev/null", "--tasks", "1")
    #expect(result.code == 0, "\(result.err)")
    let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
    #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
  }

  @Test func `CSV, a page and the tasks on the terminal come beside the results`() async throws {
    let result = try await spot(
      "--output", path("r.json"), "--csv", path("r.csv"), "--html", path("r.html"), "--gantt",
      "--repeat", "2")
    #expect(result.code == 0 && result.err.isEmpty, "\(result.err)")
    let csv = try text("r.csv").split(separator: "\n")
    #expect(csv.count == 7 && csv[0].hasPrefix("policy_name,repeat,seed,total_cost,"))
    let page = try text("r.html")
    #expect(page.contains("Tasks under OnDemandFallback") && !page.contains("<script"))
    #expect(!page.contains("http"), "nothing is fetched")
    #expect(result.out.contains("█ spot  ▒ on-demand"), "\(result.out)")
  }

  @Test func `formats write to standard output and leave no file`() async throws {
    for (format, start) in [
      ("json", "{\n  \"results\": ["), ("csv", "policy_name,"), ("table", "POLICY"),
    ] {
      let result = try await spot("--format", format, "--tasks", "3")
      #expect(result.code == 0 && result.out.hasPrefix(start), "\(result.out)")
    }
  }
}

/// `coordinator simulate spot` on recorded zones.
@Suite struct SimulateRecordedSpotTests {
  private static let zones = ["us-east-1c", "us-east-1d", "us-east-2a", "us-west-2a"]
  private static func file(_ zone: String) -> String {
    SpotTraceFiles.url(zone).path(percentEncoded: false)
  }

  private func results(_ arguments: [String]) async throws -> [[String: Any]] {
    let result = try await Tool.run(["simulate", "spot"] + arguments + ["--format", "json"])
    #expect(result.code == 0 && result.err.isEmpty, "\(result.err)")
    return try #require(result.object["results"] as? [[String: Any]])
  }

  @Test(.enabled(if: SpotTraceFiles.isPresent, "\(SpotTraceFiles.absence)"))
  func `the published table comes out of the command line`() async throws {
    let rows = try await results([
      "--model", "cant-be-late", "--trace", Self.zones.map(Self.file).joined(separator: ","),
      "--policies", "on-demand,greedy,uniform-progress", "--job-hours", "48",
      "--deadline-hours", "70", "--overhead-hours", "0.2", "--start-every-hours", "48",
    ])
    let costs = try rows.map { try #require($0["mean_cost"] as? Double) }
    let published = [
      147.518, 107.836, 100.771, 147.518, 108.923, 101.620, 147.518, 65.685, 62.113, 147.518,
      49.222, 52.743,
    ]
    try #require(costs.count == published.count)
    for (cost, expected) in zip(costs, published) { #expect(abs(cost - expected) < 0.000_501) }
    #expect(rows.allSatisfy { $0["runs"] as? Int == 22 && $0["deadline_misses"] as? Int == 0 })
  }

  @Test(.enabled(if: SpotTraceFiles.isPresent, "\(SpotTraceFiles.absence)"))
  func `tasks run on recorded zones too, each policy under the net in time`() async throws {
    let rows = try await results([
      "--trace", Self.zones.map(Self.file).joined(separator: ","), "--tasks", "30",
      "--deadline-factor", "2", "--overhead-hours", "0.1", "--policies",
      "uniform-progress,threshold,ondemand",
    ])
    #expect(rows.map { $0["deadline_misses"] as? Int } == [0, 0, 0])
    let costs = try rows.map { try #require($0["total_cost"] as? Double) }
    #expect(costs[0] < costs[2] && costs[1] < costs[2], "\(costs)")
  }

  @Test func `what a deadline cannot be is a usage error`() async throws {
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appending(path: "zone-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try
      #"{"metadata": {"gap_seconds": 3600, "price_info": {"price": 1, "on_demand_price": 3}}, "data": [0, 0, 1, 0, 0, 0]}"#
      .write(to: file, atomically: true, encoding: .utf8)
    let base = [
      "simulate", "spot", "--model", "cant-be-late", "--trace", file.path(percentEncoded: false),
      "--job-hours", "2", "--deadline-hours", "3",
    ]
    let table = try await Tool.run(base)
    #expect(table.code == 0 && table.out.contains("uniform-progress"), "\(table.err)")
    for (wrong, names) in [
      (["--deadline-hours", "1"], "the deadline"), (["--deadline-hours", "nan"], "the deadline"),
      (["--job-hours", "inf"], "the job's length"), (["--policies", "ondemand"], "on-demand?"),
      (["--deadline-hours", "9"], "no run fits"), (["--html", "x.html"], "--model market"),
      (["--spot-price", "1e9"], "--spot-price"),
    ] {
      let refused = try await Tool.run(base + wrong)
      #expect(refused.code == 2 && refused.out.isEmpty, "\(wrong): \(refused.out)")
      #expect(refused.err.contains(names), "\(wrong): \(refused.err)")
    }
  }
}
