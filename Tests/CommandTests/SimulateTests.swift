import Foundation
import Testing

/// `coordinator simulate`, through its door.
@Suite struct SimulateTests {
  private static let log = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Docs/examples/simulate/small.swf"
  ).standardizedFileURL.path(percentEncoded: false)

  private func results(_ arguments: String...) async throws -> [[String: Any]] {
    let result = try await Tool.run(
      ["simulate", "cluster", "--trace", Self.log, "--json"] + arguments)
    #expect(result.code == 0, "\(result.err)")
    return try #require(result.object["results"] as? [[String: Any]])
  }

  @Test func `policies stand side by side with the figures that the contract names`() async throws {
    let results = try await results("--policy", "fcfs,easy", "--estimates", "exact")
    #expect(results.map { $0["policy"] as? String } == ["fcfs", "easy"])
    // 1 runs 0 to 10, 2 10 to 20, 3 20 to 25, 4 20 to 50; with EASY 3 runs 2 to 7 and 4 20 to 50.
    #expect(results.map { $0["sum_wait_seconds"] as? Int } == [0 + 9 + 18 + 17, 0 + 9 + 0 + 17])
    #expect(results.map { $0["jobs"] as? Int } == [4, 4])
    #expect(results.map { $0["makespan_seconds"] as? Double } == [50, 50])
    #expect(results[0]["average_wait_seconds"] as? Double == 11)
    #expect(results[0]["max_wait_seconds"] as? Double == 18)
    #expect(results[0]["utilisation"] as? Double == (30 + 40 + 5 + 30) / 200.0)
    #expect(results[0]["average_response_seconds"] as? Double == (10 + 19 + 23 + 47) / 4.0)
    #expect(results[0]["max_bounded_slowdown"] as? Double == 2.3)
  }

  @Test func `the schedule comes as a table, and the same bytes on every run`() async throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    var texts: [String] = []
    for _ in 0..<2 {
      _ = try await results(
        "--policy", "easy", "--estimates", "user", "--schedule", folder.path("out.csv"))
      texts.append(try folder.text("out.csv"))
    }
    #expect(
      texts[0] == """
        job,submit,start,end,processors
        1,0,0,10,3
        3,2,2,7,1
        2,1,10,20,4
        4,3,20,50,1

        """)
    #expect(texts[0] == texts[1])
  }

  @Test func `pictures and tables are written beside the figures`() async throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let result = try await Tool.run([
      "simulate", "cluster", "--trace", Self.log, "--policy", "easy", "--gantt", "--report",
      folder.path("page.html"), "--svg", folder.path("gantt.svg"), "--trace-events",
      folder.path("events.json"),
      "--series", folder.path("series.csv"),
    ])
    #expect(result.code == 0, "\(result.err)")
    #expect(result.out.contains("│") && result.out.contains("from 0s to 50s"), "\(result.out)")
    #expect(try folder.text("page.html").contains("<h1>small.swf</h1>"))
    #expect(try folder.text("gantt.svg").hasPrefix("<svg xmlns"))
    #expect(try folder.text("events.json").contains("\"name\":\"job 3\""))
    #expect(try folder.text("series.csv").contains("\neasy,0.0,3.0,"))
    let refused = try await Tool.run([
      "simulate", "cluster", "--trace", Self.log, "--report", folder.path("no/such/page.html"),
    ])
    #expect(refused.code == 1 && refused.err.contains("--report"), "\(refused.err)")
  }

  @Test func `the commands of the documentation make its pictures`() async throws {
    let docs = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Docs"
    ).standardizedFileURL
    let page = try String(
      contentsOf: docs.appending(path: "CLUSTER_SIMULATION.md"), encoding: .utf8)
    let file = FileManager.default.temporaryDirectory.appending(path: "picture-\(UUID()).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    let commands = page.split(separator: "\n").filter { $0.contains("--svg Docs/pictures/") }
    #expect(commands.count == 3)
    for command in commands {
      var words = command.split(separator: " ").dropFirst().map(String.init)
      let place = try #require(words.firstIndex { $0.hasPrefix("Docs/pictures/") })
      let name = words[place].dropFirst("Docs/".count)
      words[place] = file.path(percentEncoded: false)
      let result = try await Tool.run(words)
      #expect(result.code == 0, "\(result.err)")
      let kept = try Data(contentsOf: docs.appending(path: name))
      #expect(try Data(contentsOf: file) == kept, "\(name)")
    }
  }

  @Test(arguments: [
    (["--policy", "esy"], "did you mean easy?"), (["--estimates", "best"], "exact or user"),
    (["--processors", "0"], "--processors"),
    (["--reservation-depth", "-1"], "--reservation-depth"),
    (["--policy", "fcfs,easy", "--schedule", "x.csv"], "--schedule"),
    (["--policy", "fcfs,easy", "--svg", "x.svg"], "--svg"), (["--picture", "waits"], "waiting"),
    (["--load", "0"], "--load"),
    (["--processors", "2"], "no job is left"), (["--node-mtbf-hours", "0"], "--node-mtbf-hours"),
  ])
  func `a wrong argument is named and ends with 2`(arguments: [String], names: String) async throws
  {
    let log = arguments.contains("2") ? try Self.onlyLarge() : Self.log
    let result = try await Tool.run(["simulate", "cluster", "--trace", log] + arguments)
    #expect(result.code == 2 && result.err.contains(names), "\(result.err)")
  }

  /// A log whose one job needs three processors.
  private static func onlyLarge() throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "large-\(UUID()).swf")
    try "1 0 -1 10 3 -1 -1 3 10 -1 1 1 1 -1 1 -1 -1 -1\n".write(
      to: file, atomically: true, encoding: .utf8)
    return file.path(percentEncoded: false)
  }

  @Test func `jobs are drawn from a model, the same for the same seed, and can be kept`()
    async throws
  {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let drawn = ["simulate", "cluster", "--policy", "easy,fair-tree", "--json"]
    for (model, more) in [
      ("lublin", ["--offered-load", "0.9", "--estimate-excess", "4", "--users", "9"]),
      ("poisson", ["--users", "3"]), ("mix", ["--processors", "4"]),
    ] {
      let arguments = drawn + ["--generate", model, "--jobs", "300"] + more
      let first = try await Tool.run(arguments)
      #expect(first.code == 0, "\(model): \(first.err)")
      #expect(try await Tool.run(arguments).out == first.out)
      #expect(try await Tool.run(arguments + ["--workload-seed", "2"]).out != first.out)
      let kept = folder.path("\(model).jsonl")
      _ = try await Tool.run(arguments + ["--save-workload", kept])
      #expect(try await Tool.run(drawn + ["--trace", kept]).out == first.out, "\(model)")
    }
    for wrong in [
      ["--generate", "lublin", "--trace", Self.log], [],
      ["--generate", "poisson", "--offered-load", "1"],
      ["--generate", "lublin", "--processors", "4"], ["--generate", "lublin", "--jobs", "0"],
      ["--generate", "lubin"],
    ] {
      #expect(try await Tool.run(["simulate", "cluster"] + wrong).code == 2, "\(wrong)")
    }
  }

  @Test func `a log without requested times has no users' estimates, and a bad row is named`()
    async throws
  {
    let file = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID()).swf")
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path(percentEncoded: false)
    try "1 0 -1 10 3 -1 -1 3 -1 -1 1 1 1 -1 1 -1 -1 -1\n".write(
      to: file, atomically: true, encoding: .utf8)
    let none = try await Tool.run([
      "simulate", "cluster", "--trace", path, "--processors", "4", "--estimates", "user",
    ])
    #expect(none.code == 2 && none.err.contains("have no requested times"), "\(none.err)")
    try "; MaxProcs: 4\n1 zero -1 10 3\n".write(to: file, atomically: true, encoding: .utf8)
    let bad = try await Tool.run(["simulate", "cluster", "--trace", path])
    #expect(
      bad.code == 2 && bad.err.contains("\(path):2:3: the submission is not a number"), "\(bad.err)"
    )
    let absent = try await Tool.run(["simulate", "cluster", "--trace", path + ".none"])
    #expect(absent.code == 2 && absent.err.contains("--trace"))
  }

  @Test func `placement fills the cluster that it is given, as the contract names it`() async throws
  {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let nodes = try folder.write(
      """
      sn,cpu_milli,memory_mib,gpu,model
      a,8000,16000,2,T4
      b,8000,16000,2,T4

      """, "nodes.csv")
    let pods = try folder.write(
      """
      name,cpu_milli,memory_mib,num_gpu,gpu_milli
      p,1000,1000,1,500

      """, "pods.csv")
    let arguments = ["simulate", "placement", "--nodes", nodes, "--pods", pods]
    let result = try await Tool.run(
      arguments + ["--load", "1.5", "--at", "50,100,150", "--seeds", "1..3", "--json"])
    #expect(result.code == 0, "\(result.err)")
    let results = try #require(result.object["results"] as? [[String: Any]])
    #expect(
      results.map { $0["policy"] as? String }
        == ["random", "dotprod", "gpuclustering", "gpupacking", "bestfit", "fgd"].flatMap {
          [$0, $0, $0]
        })
    // Half a device each: two fit a device, and CPUs are enough, so all arrive until the cluster is full.
    for (index, row) in results.enumerated() {
      #expect(row["at"] as? Double == [50, 100, 150][index % 3])
      #expect(row["allocated_percent_mean"] as? Double == [50, 100, 100][index % 3])
      #expect(row["allocated_percent_stddev"] as? Double == 0)
      #expect(row["fragmented_percent_mean"] as? Double == 0)
    }
    let table = try await Tool.run(arguments + ["--policy", "fgd", "--at", "100"])
    #expect(table.out.contains("fgd") && table.out.contains("100.000%"), "\(table.out)")
    for (wrong, names) in [
      (["--policy", "fdg"], "did you mean fgd?"), (["--seeds", "5..2"], "--seeds"),
      (["--at", "140"], "while pods arrive"), (["--load", "0"], "the load"),
      (["--nodes", "none.csv"], "--nodes"),
    ] {
      let refused = try await Tool.run(arguments + wrong)
      #expect(refused.code == 2 && refused.err.contains(names), "\(wrong): \(refused.err)")
    }
  }

  @Test func `jobs are placed on nodes that differ, with failures from a table`() async throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let table = try folder.write(
      "sn,cpu_milli,memory_mib,gpu,model\na,8000,16000,2,T4\nb,8000,16000,0,\n", "nodes.csv")
    let list = try folder.write(
      """
      [{"name": "a", "cpu": 8, "memory_mb": 16000, "gpus": 2, "gpu_model": "T4"},
       {"name": "b", "cpu": 8, "memory_mb": 16000}]
      """, "nodes.json")
    let pods = try folder.write(
      """
      cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time
      1000,1000,2,1000,0,10
      1000,1000,1,500,2,12
      1000,1000,9,1000,3,13

      """, "pods.csv")
    let failures = try folder.write("at_seconds,repair_seconds,node\n4,6,a\n", "failures.csv")
    let schedule = folder.path("runs.csv")
    var texts: [String] = []
    for nodes in [table, list] {
      let result = try await Tool.run([
        "simulate", "cluster", "--nodes", nodes, "--pods", pods, "--policy", "easy", "--placement",
        "fgd", "--node-failures", failures, "--schedule", schedule, "--json",
      ])
      #expect(result.code == 0, "\(result.err)")
      let results = try #require(result.object["results"] as? [[String: Any]])
      #expect(results[0]["interruptions"] as? Int == 1 && results[0]["jobs"] as? Int == 2)
      let resources = try #require(results[0]["resources"] as? [[String: Any]])
      #expect(resources.map { $0["capacity"] as? Int } == [16000, 32000, 2000])
      // Of two devices for 30 seconds: both for 4 and for 10, then half a one for 10.
      #expect(resources[2]["utilisation"] as? Double == 0.55)
      texts.append(try folder.text("runs.csv"))
    }
    #expect(
      texts[0] == """
        job,submit,start,end,processors,places
        0,0,0,4,1,a:0+1
        0,0,10,20,1,a:0+1
        1,2,20,30,1,a:0

        """)
    #expect(texts[0] == texts[1])
    let shown = try await Tool.run([
      "simulate", "cluster", "--nodes", table, "--pods", pods, "--policy", "fcfs,easy",
    ])
    #expect(shown.out.contains("FRAGMENTED GPUS"), "\(shown.out)")
    #expect(shown.err.contains("1 dropped: asks for what the nodes do not have"), "\(shown.err)")
    for (wrong, names) in [
      (["--pods", pods], "--nodes"), (["--nodes", table], "--pods"),
      (["--nodes", table, "--pods", pods, "--placement", "fdg"], "did you mean fgd?"),
      (["--nodes", pods, "--pods", pods], "sn"),
      (["--nodes", table, "--pods", pods, "--node-failures", table], "at_seconds"),
      (["--nodes", table, "--pods", pods, "--processors", "5"], "--processors"),
      (
        ["--nodes", table, "--pods", pods, "--node-failures", failures, "--node-mtbf-hours", "1"],
        "--node-mtbf-hours"
      ),
    ] {
      let refused = try await Tool.run(["simulate", "cluster"] + wrong)
      #expect(refused.code == 2 && refused.err.contains(names), "\(wrong): \(refused.err)")
    }
  }

  @Test func `queues admit by quota, and take back what they lent`() async throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let jobs = try folder.write(
      """
      {"processors": 2}
      {"id": 1, "submit_seconds": 0, "run_seconds": 1000, "processors": 1, "queue": "a"}
      {"id": 2, "submit_seconds": 1, "run_seconds": 1000, "processors": 1, "queue": "a"}
      {"id": 3, "submit_seconds": 400, "run_seconds": 10, "processors": 1, "queue": "b"}

      """, "jobs.jsonl")
    let queues = try folder.write(
      """
      {"queues": [{"name": "a", "parent": "all", "nominal": {"cpu": 1}},
       {"name": "b", "parent": "all", "nominal": {"cpu": 1}, "reclaim": "any"}]}
      """, "queues.json")
    let arguments = ["simulate", "cluster", "--trace", jobs, "--policy", "easy,drf"]
    let result = try await Tool.run(arguments + ["--queues", queues, "--json"])
    #expect(result.code == 0, "\(result.err)")
    let results = try #require(result.object["results"] as? [[String: Any]])
    #expect(results.map { $0["preemptions"] as? Int } == [1, 1])
    // Job 2 makes room at 400, runs anew from 410 on, and has waited since 1.
    #expect(results.map { $0["sum_wait_seconds"] as? Int } == [409, 409])
    let penalised = try await Tool.run(
      ["simulate", "cluster", "--trace", jobs, "--policy", "fair-share", "--entry-penalty"])
    #expect(penalised.code == 0, "\(penalised.err)")
    let other = try folder.write("{\"queues\": [{\"name\": \"c\"}]}", "other.json")
    for (file, names) in [(other, "queue a, which is not there"), (jobs, "jobs.jsonl:")] {
      let refused = try await Tool.run(arguments + ["--queues", file])
      #expect(refused.code == 2 && refused.err.contains(names), "\(refused.err)")
    }
  }

  @Test func `a comparison says who waits longer and where the schedules part`() async throws {
    let arguments = [
      "simulate", "cluster", "--trace", Self.log, "--policy", "easy", "--compare", "fcfs",
      "--estimates", "exact",
    ]
    let text = try await Tool.run(arguments)
    #expect(
      text.out.contains(
        "easy against fcfs, waits of jobs: 1 shorter (18s in all), 0 longer (0s), 3 the same"),
      "\(text.out)\(text.err)")
    #expect(
      text.out.contains(
        "first difference at 2s: easy started job 3; fcfs had 1 of 4 processors free and held the job"
      ))
    let json = try await Tool.run(arguments + ["--json"])
    let comparison = try #require(json.object["comparison"] as? [String: Any])
    #expect(comparison["base"] as? String == "fcfs")
    let policies = try #require(comparison["policies"] as? [[String: Any]])
    #expect(policies.count == 1 && policies[0]["saved_seconds"] as? Double == 18)
    let first = try #require(policies[0]["first_difference"] as? [String: Any])
    #expect(first["at_seconds"] as? Double == 2 && first["job"] as? Int == 3)
    let wrong = try await Tool.run(
      ["simulate", "cluster", "--trace", Self.log, "--compare", "fcsf"])
    #expect(wrong.code == 2 && wrong.err.contains("did you mean fcfs?"), "\(wrong.err)")
  }

  @Test func `the kernel's queue waits as long as Erlang's formula says`() async throws {
    let result = try await Tool.run(["simulate", "kernel", "--count", "300000", "--json"])
    #expect(result.code == 0, "\(result.err)")
    let mean = try #require(result.object["mean_wait_seconds"] as? Double)
    let expected = try #require(result.object["expected_wait_seconds"] as? Double)
    #expect(abs(mean - expected) < 0.1 * expected, "\(mean) and \(expected)")
    #expect(result.object["events"] as? Int == 600_000)
    let hold = try await Tool.run([
      "simulate", "kernel", "--model", "hold", "--count", "1000", "--pending", "50",
    ])
    #expect(hold.out.contains("events_per_second"), "\(hold.out)\(hold.err)")
    let refused = try await Tool.run(["simulate", "kernel", "--count", "0"])
    #expect(refused.code == 2 && refused.err.contains("--count"))
  }
}
