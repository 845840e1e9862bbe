import Model
import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct NodeSimulationTests {
  /// Two nodes with two T4 each, the second one labelled, and one node without devices.
  static let nodes: [Node] = [
    Node(
      name: "a", capacity: Resources(cpuMilli: 8000, memoryMB: 1000),
      devices: [GPUDevice(model: "T4"), GPUDevice(model: "T4")]),
    Node(
      name: "b", capacity: Resources(cpuMilli: 8000, memoryMB: 1000),
      devices: [GPUDevice(model: "V100"), GPUDevice(model: "V100")], labels: ["disk": "fast"]),
    Node(name: "c", capacity: Resources(cpuMilli: 4000, memoryMB: 1000)),
  ]

  static func run(
    _ lines: String, nodes: [Node] = nodes, policy: String = "easy",
    placement: PlacementPolicyName = .bestFit, failures: NodeFailures? = nil
  ) throws -> (workload: Workload, result: ClusterResult) {
    let workload = try JobLines.read(Array(lines.utf8))
    let simulation = ClusterSimulation(
      try NodeCluster(nodes: nodes, placement: placement),
      options: .init(failures: failures, keepsSchedule: true))
    return (workload, try simulation.run(workload, policy: .named(policy)))
  }

  static func lines(_ result: ClusterResult, _ nodes: [Node] = nodes) -> [String] {
    result.schedule.map { $0.csvLine(nodes: nodes) }
  }

  @Test
  func `tasks find places by devices, models, labels and company, and wait where there is none`()
    throws
  {
    let (_, result) = try Self.run(
      """
      {"id": 1, "submit_seconds": 0, "run_seconds": 10, "cpu": 1, "gpus": 2, "gpu_model": "V100"}
      {"id": 2, "submit_seconds": 1, "run_seconds": 10, "cpu": 1, "gpus": 0.5, "gpu_model": "T4"}
      {"id": 3, "submit_seconds": 2, "run_seconds": 10, "cpu": 1, "gpus": 0.5, "gpu_model": "T4"}
      {"id": 4, "submit_seconds": 3, "run_seconds": 5, "cpu": 1, "node_selector": {"disk": "fast"}}
      {"id": 5, "submit_seconds": 4, "run_seconds": 5, "cpu": 1, "gpus": 1, "tasks": 2}
      {"id": 6, "submit_seconds": 5, "run_seconds": 2, "cpu": 0.25, "memory_mb": 1000}
      """)
    // 2 and 3 share a device; 5 needs two whole ones at a time, of which one is free until 1 ends. 6 ends before that, so it
    // may have what is kept for 5.
    #expect(
      Self.lines(result) == [
        "6,5,5,7,1,b", "4,3,3,8,1,b", "1,0,0,10,1,b:0+1", "2,1,1,11,1,a:0", "3,2,2,12,1,a:0",
        "5,4,10,15,2,a:1 b:0",
      ])
    let figures = try #require(result.nodes)
    #expect(figures.resources.map(\.name) == ["cpu_milli", "memory_mb", "gpu_milli"])
    #expect(figures.resources.map(\.capacity) == [20000, 3000, 4000])
    // Two devices for 10 s, half a one twice for 10 s, two for 5 s, of 4 devices over 15 s.
    let held: Double = 20 + 10 + 10
    #expect(figures.resources[2].utilisation == held / 60)
    #expect(figures.resources[2].peak == 3000)
    // Three processors for 10 s, one for 5 s, two for 5 s, a quarter for 2 s, of 20 over 15 s.
    let used: Double = 30 + 5 + 10 + 0.5
    #expect(result.metrics.utilisation == used / 300)
  }

  @Test func `a job that no set of nodes could take is refused, or left out and counted`() throws {
    let lines = """
      {"id": 1, "submit_seconds": 0, "run_seconds": 10, "cpu": 1, "gpus": 3}
      {"id": 2, "submit_seconds": 0, "run_seconds": 10, "cpu": 1}
      """
    #expect(throws: SimulationError.fitsNowhere(job: 1)) { try Self.run(lines) }
    var report = FilterReport()
    let left = try NodeCluster(nodes: Self.nodes).fitting(
      try JobLines.read(Array(lines.utf8)), &report)
    #expect(left.jobs.map(\.id) == [2])
    #expect(report.fitsNowhere == 1)
  }

  @Test func `a named node that fails stops the jobs on it alone, and takes none until it is back`()
    throws
  {
    let lines = """
      {"id": 1, "submit_seconds": 0, "run_seconds": 20, "cpu": 1, "gpu_model": "T4", "gpus": 1}
      {"id": 2, "submit_seconds": 0, "run_seconds": 20, "cpu": 1, "gpu_model": "V100", "gpus": 1}
      """
    let outages: [NodeFailures.Outage] = [
      .init(atSeconds: 5, repairSeconds: 10, node: "a"),
      .init(atSeconds: 6, repairSeconds: 1, node: "a"),
    ]
    let (workload, result) = try Self.run(lines, failures: NodeFailures(.trace(outages)))
    #expect(
      Self.lines(result) == ["1,0,0,5,1,a:0", "2,0,0,20,1,b:0", "1,0,15,35,1,a:0"])
    #expect(result.interruptions == 1)
    let figures = try #require(result.nodes)
    #expect(figures.outages.map(\.node) == [0])
    #expect(
      PlacementValidator.faults(
        in: result.schedule, of: workload, on: Self.nodes, outages: figures.outages) == [])
    #expect(throws: SimulationError.noSuchNode("z")) {
      let outage = NodeFailures.Outage(atSeconds: 5, repairSeconds: 10, node: "z")
      return try Self.run(lines, failures: NodeFailures(.trace([outage])))
    }
  }

  @Test func `failures are read from a table, in the order of time`() throws {
    let outages = try NodeFailures.outages(
      "node,at_seconds,repair_seconds\nb,20,1\n,10,2\na,20,3\n", file: "f.csv")
    #expect(outages.map(\.node) == [nil, "b", "a"])
    #expect(outages.map(\.atSeconds) == [10, 20, 20])
    #expect(outages.map(\.repairSeconds) == [2, 1, 3])
    let error = #expect(throws: CommaTableError.self) {
      try NodeFailures.outages("at_seconds,repair_seconds\n5,0\n", file: "f.csv")
    }
    #expect(error?.line == 2 && error?.column == "repair_seconds")
  }

  @Test(arguments: TestSeed.all(8))
  func `nodes of one processor each are a machine of equal processors`(seed: UInt64) throws {
    var workload = PoissonModel(
      jobsPerHour: 40, meanRunSeconds: 1800, processorsMax: 16
    ).workload(jobs: 60, seed: seed)
    workload = workload.with(JobTraits(estimateExcess: 3), seed: seed)
    let nodes = (0..<16).map { Node(name: "n\($0)", capacity: Resources(cpuMilli: 1000)) }
    for name in ["fcfs", "easy", "sjf", "fair-tree"] {
      let options = ClusterSimulation.Options(estimates: .user, keepsSchedule: true)
      let equal = try ClusterSimulation(processors: 16, options: options).run(
        workload, policy: .named(name))
      let placed = try ClusterSimulation(try NodeCluster(nodes: nodes), options: options).run(
        workload, policy: .named(name))
      #expect(placed.schedule.map(\.csvLine) == equal.schedule.map(\.csvLine), "\(name), \(seed)")
      #expect(placed.metrics == equal.metrics)
      #expect(placed.busyProcessors == equal.busyProcessors)
    }
  }

  @Test(arguments: TestSeed.all(3))
  func `every node and device holds at each time no more than it has, whatever fails`(
    seed: UInt64
  ) throws {
    let workload = Self.drawn(seed)
    let failures = NodeFailures(
      .random(meanSecondsBetween: 4000, meanRepairSeconds: 300), seed: seed)
    for placement in PlacementPolicyName.allCases {
      for policy in ["fcfs", "easy", "conservative"] {
        let cluster = try NodeCluster(nodes: Self.nodes + [Self.divided], placement: placement)
        let options = ClusterSimulation.Options(failures: failures, keepsSchedule: true)
        let result = try ClusterSimulation(cluster, options: options).run(
          workload, policy: .named(policy))
        let figures = try #require(result.nodes)
        let name = "\(placement), \(policy), seed \(seed)"
        #expect(
          ScheduleValidator.faults(in: result.schedule, of: workload, processors: 1000) == [],
          "\(name)")
        #expect(
          PlacementValidator.faults(
            in: result.schedule, of: workload, on: cluster.nodes, outages: figures.outages) == [],
          "\(name)")
        // What was held, summed up run by run.
        let asks = Dictionary(
          uniqueKeysWithValues: workload.jobs.map { ($0.id, workload.asks[$0.ask]) })
        var held = Int128(0)
        for run in result.schedule {
          held += Int128((run.end - run.start).nanoseconds) * Int128(asks[run.job]?.gpuMilli ?? 0)
        }
        let whole = Double(figures.resources[2].capacity) * result.metrics.makespanSeconds * 1e9
        #expect(abs(figures.resources[2].utilisation - Double(held) / whole) < 1e-12, "\(name)")
        #expect((0...1).contains(figures.fragmentation))
      }
    }
  }

  static let divided = Node(
    name: "d", capacity: Resources(cpuMilli: 8000, memoryMB: 1000),
    devices: [GPUDevice(model: "A100", division: .instances(MIGProfile.a100))])

  /// Jobs of all kinds that the nodes can take.
  static func drawn(_ seed: UInt64, queues: Int = 1) -> Workload {
    var random = SeededRandom(seed: seed)
    var queueDraws = random.child("queues")
    var lines = ""
    var at = 0
    for id in 1...40 {
      at += random.below(60)
      let run = 1 + random.below(400)
      let cpu = 1 + random.below(3)
      let memory = random.below(300)
      let more: String
      switch random.below(7) {
      case 0: more = "\"gpus\": \(1 + random.below(2))"
      case 1: more = "\"gpus\": 0.\(1 + random.below(9)), \"tasks\": \(1 + random.below(3))"
      case 2: more = "\"gpus\": 1, \"gpu_model\": \"V100\", \"tasks\": \(1 + random.below(2))"
      case 3: more = "\"exclusive_node\": true"
      case 4: more = "\"node_selector\": {\"disk\": \"fast\"}"
      case 5: more = "\"mig\": {\"profile\": \"3g.20gb\"}"
      default: more = "\"tasks\": \(1 + random.below(4))"
      }
      lines += "{\"id\": \(id), \"submit_seconds\": \(at), \"run_seconds\": \(run), "
      lines += "\"cpu\": \(cpu), \"memory_mb\": \(memory), "
      lines += "\"queue\": \(queueDraws.below(queues)), \(more)}\n"
    }
    do {
      return try JobLines.read(Array(lines.utf8))
    } catch {
      preconditionFailure("the drawn jobs are well formed: \(error)")
    }
  }

  @Test func `progress is told while jobs end`() throws {
    let workload = PoissonModel(jobsPerHour: 60, meanRunSeconds: 600, processorsMax: 8)
      .workload(jobs: 500, seed: 1)
    var told: [Int] = []
    _ = try ClusterSimulation(processors: 8).run(workload, policy: .named("easy")) {
      told.append($0)
    }
    #expect(told.count == 500 / ClusterSimulation.jobsBetweenReports)
    #expect(told == told.sorted() && told.allSatisfy { (64...500).contains($0) })
  }
}
