import Model
import Scheduling
import Simulation
import Testing

@Suite struct FairnessOrderTests {
  static let usageJobs = Workload(jobs: [
    WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 410, processors: 1, user: 2),
    WorkloadJob(id: 2, submitSeconds: 20, runSeconds: 10_000, processors: 1, user: 1),
    WorkloadJob(id: 3, submitSeconds: 350, runSeconds: 10, processors: 1, user: 1),
    WorkloadJob(id: 4, submitSeconds: 351, runSeconds: 10, processors: 1, user: 2),
  ])

  @Test(arguments: ["fair-tree", "fair-share"])
  func `who used less is ahead, and with an entry penalty who is expected to`(
    policy: String
  ) throws {
    var options = ClusterSimulation.Options(keepsSchedule: true)
    var first: [Int?] = []
    for hasEntryPenalty in [false, true] {
      options.hasEntryPenalty = hasEntryPenalty
      let result = try ClusterSimulation(processors: 2, options: options).run(
        Self.usageJobs, policy: .named(policy))
      first.append(result.schedule.first { $0.startSeconds == 410 }?.job)
    }
    #expect(first == [3, 4], "\(policy)")
  }

  @Test func `on nodes a user is billed for the dearest of what its jobs block`() throws {
    // User 1 blocks all memory with one processor, user 2 two of eight processors.
    let lines = """
      {"id": 1, "submit_seconds": 0, "run_seconds": 310, "cpu": 1, "memory_mb": 1000, "user": 1}
      {"id": 2, "submit_seconds": 0, "run_seconds": 310, "cpu": 2, "user": 2}
      {"id": 3, "submit_seconds": 305, "run_seconds": 10, "cpu": 6, "user": 1}
      {"id": 4, "submit_seconds": 306, "run_seconds": 10, "cpu": 6, "user": 2}
      """
    let node = Node(name: "n", capacity: Resources(cpuMilli: 8000, memoryMB: 1000))
    for policy in ["fair-tree", "fair-share"] {
      let (_, result) = try NodeSimulationTests.run(lines, nodes: [node], policy: policy)
      #expect(result.schedule.first { $0.startSeconds == 310 }?.job == 4, "\(policy)")
    }
  }

  @Test func `dominant shares come to what the paper's example says`() throws {
    // Ghodsi et al., NSDI 2011: 9 processors and 18 GB, tasks of 1 and 4 GB, and of 3 and 1 GB.
    var lines = ""
    for id in 0..<10 {
      let (user, ask) =
        id < 5 ? (1, "\"cpu\": 1, \"memory_gb\": 4") : (2, "\"cpu\": 3, \"memory_gb\": 1")
      lines +=
        "{\"id\": \(id), \"submit_seconds\": 0, \"run_seconds\": 100, \(ask), \"user\": \(user)}\n"
    }
    let workload = try JobLines.read(Array(lines.utf8))
    let node = Node(name: "n", capacity: Resources(cpuMilli: 9000, memoryMB: 18 * 1024))
    let simulation = ClusterSimulation(
      try NodeCluster(nodes: [node]), options: .init(tieRule: .second, keepsSchedule: true))
    let result = try simulation.run(workload, policy: .named("drf"))
    let first = result.schedule.filter { $0.startSeconds == 0 }
    #expect(first.count { $0.job < 5 } == 3)
    #expect(first.count { $0.job >= 5 } == 2)
  }

  @Test func `one who holds much waits for one who holds little, whoever came first`() throws {
    let workload = Workload(jobs: [
      WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 100, processors: 3, user: 1),
      WorkloadJob(id: 2, submitSeconds: 0, runSeconds: 10, processors: 1, user: 2),
      WorkloadJob(id: 3, submitSeconds: 1, runSeconds: 10, processors: 1, user: 1),
      WorkloadJob(id: 4, submitSeconds: 2, runSeconds: 10, processors: 1, user: 2),
      WorkloadJob(id: 5, submitSeconds: 3, runSeconds: 10, processors: 1, user: 3),
    ])
    let result = try ClusterSimulation(processors: 4, options: .init(keepsSchedule: true)).run(
      workload, policy: .named("drf"))
    // At 10 user 2 holds nothing, as user 3: the earlier job first.
    #expect(
      result.schedule.sorted { $0.startSeconds < $1.startSeconds }.suffix(3).map(\.job)
        == [4, 5, 3])
  }
}
