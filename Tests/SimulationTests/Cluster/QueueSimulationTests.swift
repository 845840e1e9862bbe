import Model
import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct QueueSimulationTests {
  static func queues(_ text: String) throws -> ClusterQueues {
    try ClusterQueues(try Snapshot.parse(Array(text.utf8)).0)
  }

  static func run(
    _ lines: String, _ queues: String, processors: Int = 4, policy: String = "easy",
    tieRule: TieRule = .event
  ) throws -> ClusterResult {
    var simulation = ClusterSimulation(
      processors: processors, options: .init(tieRule: tieRule, keepsSchedule: true))
    simulation.queues = try Self.queues(queues)
    return try simulation.run(try JobLines.read(Array(lines.utf8)), policy: .named(policy))
  }

  static func pair(_ more: String) -> String {
    """
    {"queues": [
      {"name": "a", "parent": "all", "nominal": {"cpu": 2}\(more)},
      {"name": "b", "parent": "all", "nominal": {"cpu": 2}\(more)}
    ]}
    """
  }

  /// Four jobs of one processor in queue a, then one in b.
  static let borrowing =
    (1...4).map {
      "{\"id\": \($0), \"submit_seconds\": \($0), \"run_seconds\": 1000, \"processors\": 1, \"queue\": \"a\"}\n"
    }.joined()
    + "{\"id\": 5, \"submit_seconds\": 400, \"run_seconds\": 10, \"processors\": 2, \"queue\": \"b\"}\n"

  @Test func `a queue borrows what the others do not use, and keeps it until its jobs end`() throws
  {
    let result = try Self.run(Self.borrowing, Self.pair(""))
    #expect(result.schedule.map(\.csvLine).suffix(1) == ["5,400,1002,1012,2"])
    #expect(result.schedule.first { $0.job == 4 }?.startSeconds == 4)
    #expect(result.preemptions == 0)
  }

  @Test func `a queue that does not borrow leaves processors free`() throws {
    let result = try Self.run(Self.borrowing, Self.pair(", \"borrowing_limit\": {\"cpu\": 0}"))
    #expect(result.schedule.first { $0.job == 5 }?.startSeconds == 400)
    #expect(result.schedule.first { $0.job == 3 }?.startSeconds == 1001)
  }

  @Test func `what was lent is taken back from the jobs that came last, which run anew`() throws {
    let result = try Self.run(Self.borrowing, Self.pair(", \"reclaim\": \"any\""))
    #expect(result.preemptions == 2 && result.interruptions == 0)
    #expect(
      result.schedule.map(\.csvLine) == [
        "4,4,4,400,1", "3,3,3,400,1", "5,400,400,410,2", "1,1,1,1001,1", "2,2,2,1002,1",
        "3,3,410,1410,1", "4,4,410,1410,1",
      ])
  }

  @Test func `a queue that is not there, or is too small for ever, is named`() {
    let line =
      "{\"id\": 7, \"submit_seconds\": 0, \"run_seconds\": 1, \"processors\": 3, \"queue\": "
    #expect(throws: SimulationError.noSuchQueue(job: 7, queue: "c")) {
      try Self.run(line + "\"c\"}", Self.pair(""))
    }
    #expect(throws: SimulationError.exceedsQueue(job: 7, queue: "a")) {
      try Self.run(line + "\"a\"}", Self.pair(", \"borrowing_limit\": {\"cpu\": 0}"))
    }
    #expect(throws: SnapshotError.self) { try Self.queues("{}") }
    #expect(throws: SnapshotError.self) {
      try Self.queues("{\"queues\": [{\"name\": \"a\", \"state\": \"paused\"}]}")
    }
  }

  @Test
  func
    `queues of a log are named by their numbers, and share the machine where they have no groups`()
    throws
  {
    let lines = """
      {"id": 1, "submit_seconds": 0, "run_seconds": 10, "processors": 4, "queue": 3}
      {"id": 2, "submit_seconds": 0, "run_seconds": 10, "processors": 1, "queue": 4}
      """
    let text =
      "{\"queues\": [{\"name\": \"3\", \"nominal\": {\"cpu\": 2}}, {\"name\": \"4\", \"nominal\": {\"cpu\": 1}}]}"
    let result = try Self.run(lines, text)
    #expect(result.schedule.map(\.csvLine) == ["1,0,0,10,4", "2,0,10,20,1"])
  }

  @Test func `dominant shares of queues in a tree go by group first, then by weight`() throws {
    var lines = ""
    for id in 0..<36 {
      let queue = ["a", "b", "c"][id / 12]
      lines +=
        "{\"id\": \(id), \"submit_seconds\": 0, \"run_seconds\": 100, \"processors\": 1, \"queue\": \"\(queue)\"}\n"
    }
    let text = """
      {"queues": [
        {"name": "g", "parent": "all"}, {"name": "all", "nominal": {"cpu": 12}},
        {"name": "a", "parent": "g", "weight": 2}, {"name": "b", "parent": "g"},
        {"name": "c", "parent": "all"}
      ]}
      """
    let result = try Self.run(lines, text, processors: 12, policy: "drf", tieRule: .second)
    let first = result.schedule.filter { $0.startSeconds == 0 }.map { $0.job / 12 }
    // Half for c, and of the other half two parts for a and one for b.
    #expect(first.count { $0 == 0 } == 4)
    #expect(first.count { $0 == 1 } == 2)
    #expect(first.count { $0 == 2 } == 6)
  }

  @Test(arguments: TestSeed.all(4))
  func `no queue ever holds more than the tree lets it, also on nodes and with preemption`(
    seed: UInt64
  ) throws {
    let workload = NodeSimulationTests.drawn(seed, queues: 3)
    let text = """
      {"queues": [
        {"name": "0", "parent": "g", "nominal": {"cpu": 12, "gpus": 2}, "reclaim": "any", "within": "lower"},
        {"name": "1", "parent": "g", "nominal": {"cpu": 6, "gpus": 2}, "lending_limit": {"cpu": 3}},
        {"name": "2", "parent": "g", "nominal": {"cpu": 12, "gpus": 1}, "reclaim": "any"}
      ]}
      """
    let snapshot = try Snapshot.parse(Array(text.utf8)).0
    for policy in ["fcfs", "easy", "conservative", "drf", "fair-share"] {
      let cluster = try NodeCluster(
        nodes: NodeSimulationTests.nodes + [NodeSimulationTests.divided])
      var simulation = ClusterSimulation(cluster, options: .init(keepsSchedule: true))
      simulation.queues = try ClusterQueues(snapshot)
      let result = try simulation.run(workload, policy: .named(policy))
      let name = "\(policy), seed \(seed)"
      #expect(
        ScheduleValidator.faults(in: result.schedule, of: workload, processors: 1000) == [],
        "\(name)")
      #expect(
        PlacementValidator.faults(
          in: result.schedule, of: workload, on: cluster.nodes, outages: []) == [], "\(name)")
      var tree = try QuotaTree(
        columns: snapshot.columns.map(\.quotaColumn), queues: snapshot.queues)
      let jobs = Dictionary(uniqueKeysWithValues: workload.jobs.map { ($0.id, $0) })
      var changes = result.schedule.flatMap { [($0.start, 1, $0.job), ($0.end, -1, $0.job)] }
      changes.sort { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }
      for (at, sign, id) in changes {
        let job = try #require(jobs[id])
        let queue = try #require(tree.index(of: "\(job.queue)"))
        let ask = workload.asks[job.ask]
        let amounts = snapshot.columns.map { $0.amount(ask.task) * Int64(ask.count) }
        guard sign > 0 else {
          tree.remove(amounts, from: queue)
          continue
        }
        #expect(tree.canAdmit(amounts, to: queue), "\(name), job \(id) at \(at)")
        tree.add(amounts, to: queue)
      }
    }
  }
}
