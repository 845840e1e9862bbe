import Model
import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct ClusterSimulationTests {
  /// On four processors under EASY: job 2 waits for job 1, and job 3 runs beside it meanwhile.
  static let workload = Workload(jobs: [
    WorkloadJob(
      id: 11, submitSeconds: 100, runSeconds: 50, requestedSeconds: 60, processors: 3, user: 1),
    WorkloadJob(
      id: 12, submitSeconds: 110, runSeconds: 5, requestedSeconds: 10, processors: 4, user: 2),
    WorkloadJob(
      id: 13, submitSeconds: 120, runSeconds: 20, requestedSeconds: 40, processors: 1, user: 2),
  ])

  static func result(_ policy: String, _ options: ClusterSimulation.Options = .init()) throws
    -> ClusterResult
  {
    try ClusterSimulation(processors: 4, options: options).run(workload, policy: .named(policy))
  }

  @Test func `the metrics are those of the definitions`() throws {
    let metrics = try Self.result("easy").metrics
    // Starts at 100, 150 and 120; waits 0, 40 and 0.
    #expect(metrics.jobs == 3)
    #expect(metrics.sumWaitSecondsText == "40")
    #expect(metrics.averageWaitSeconds == 40.0 / 3 && metrics.maxWaitSeconds == 40)
    let meanResponse: Double = 115.0 / 3
    #expect(metrics.averageResponseSeconds == meanResponse)
    // A run of 5 s counts as 10 s.
    #expect(metrics.maxBoundedSlowdown == 4.5)
    let meanSlowdown: Double = 6.5 / 3
    #expect(metrics.averageBoundedSlowdown == meanSlowdown)
    #expect(metrics.makespanSeconds == 55)
    let work: Double = 150 + 20 + 20
    #expect(metrics.utilisation == work / 220)
  }

  @Test func `users' estimates count where they are asked for`() throws {
    let options = ClusterSimulation.Options(estimates: .user, keepsSchedule: true)
    let result = try Self.result("easy", options)
    // Job 11 is expected to end at 160, so that job 13 may take until then.
    #expect(
      result.schedule.map(\.csvLine) == [
        "13,120,120,140,1", "11,100,100,150,3", "12,110,150,155,4",
      ]
    )
  }

  @Test func `a broken second stays exact`() throws {
    let workload = Workload(jobs: [
      WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 0.1, processors: 1),
      WorkloadJob(id: 2, submitSeconds: 0, runSeconds: 0.2, processors: 1),
      WorkloadJob(id: 3, submitSeconds: 0, runSeconds: 0.000_000_001, processors: 1),
    ])
    let metrics = try ClusterSimulation(processors: 1).run(workload, policy: .named("fcfs")).metrics
    #expect(metrics.sumWaitSecondsText == "0.4")
    #expect(metrics.makespanSeconds == 0.300_000_001)
  }

  @Test func `each user's figures and the evenness of them are told`() throws {
    let fairness = try Self.result("easy").fairness
    #expect(fairness.users.map(\.user) == [1, 2])
    #expect(fairness.users.map(\.metrics.jobs) == [1, 2])
    #expect(fairness.users.map(\.metrics.averageWaitSeconds) == [0, 20])
    // Mean slowdowns 1 and 2.75; one of two users waits.
    let squares: Double = 1 + 2.75 * 2.75
    let index: Double = 3.75 * 3.75 / (2 * squares)
    #expect(abs(fairness.slowdownIndex - index) < 1e-15)
    #expect(fairness.waitIndex == 0.5)
  }

  @Test func `busy processors and the queue over time are kept`() throws {
    let result = try Self.result("easy")
    let busy = result.busyProcessors
    #expect(busy.startSeconds == 100 && busy.widthSeconds == 1 && busy.buckets.count == 55)
    let values = busy.means.map(\.value)
    #expect(values[0] == 3 && values[20] == 4)
    #expect(values.reduce(0, +) == 190)
    let waiting = result.queueLength.means.map(\.value)
    #expect(waiting.reduce(0, +) == 40)
    var options = ClusterSimulation.Options()
    options.seriesBucketsMax = 4
    let coarse = try Self.result("easy", options).busyProcessors
    #expect(coarse.buckets.count == 4 && coarse.widthSeconds == 16)
    let integral = coarse.means.map { $0.value * 16 }.reduce(0, +)
    #expect(integral == 190)
    #expect(coarse.buckets.map(\.largest) == [3, 4, 4, 4])
  }

  @Test func `what cannot run is refused`() {
    #expect(throws: SimulationError.jobTooLarge(job: 12, processors: 3)) {
      try ClusterSimulation(processors: 3).run(Self.workload, policy: .named("easy"))
    }
    let without = Workload(jobs: [
      WorkloadJob(id: 5, submitSeconds: 0, runSeconds: 1, processors: 1)
    ])
    #expect(throws: SimulationError.noEstimate(job: 5)) {
      try ClusterSimulation(processors: 3, options: .init(estimates: .user))
        .run(without, policy: .named("easy"))
    }
    #expect(throws: SimulationError.noSuchPolicy("fastest")) { try BatchPolicy.named("fastest") }
    let long = Workload(
      jobs: (0..<4).map {
        WorkloadJob(id: $0, submitSeconds: 0, runSeconds: 2.9e9, processors: 1)
      })
    #expect(throws: SimulationError.beyondTime) {
      try ClusterSimulation(processors: 1).run(long, policy: .named("fcfs"))
    }
  }

  @Test func `a workload without jobs has a result without jobs`() throws {
    let result = try ClusterSimulation(processors: 1).run(
      Workload(jobs: []), policy: .named("easy"))
    #expect(result.metrics.jobs == 0 && result.metrics.averageWaitSeconds == 0)
    #expect(result.metrics.utilisation == 0 && result.metrics.sumWaitSecondsText == "0")
  }

  @Test func `a failure stops the jobs on its node, which start anew`() throws {
    let workload = Workload(jobs: [
      WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 100, processors: 4)
    ])
    let failures = NodeFailures(
      .trace([.init(atSeconds: 30, repairSeconds: 50), .init(atSeconds: 60, repairSeconds: 1)]),
      processorsPerNode: 2)
    let simulation = ClusterSimulation(
      processors: 4, options: .init(failures: failures, keepsSchedule: true))
    let result = try simulation.run(workload, policy: .named("easy"))
    // It needs all nodes: the second failure hits the idle one and is repaired before the first is.
    #expect(result.schedule.map(\.csvLine) == ["1,0,0,30,4", "1,0,80,180,4"])
    #expect(result.interruptions == 1)
    #expect(result.metrics.sumWaitSecondsText == "80")
  }

  @Test func `failures that never let a job end give the simulation up`() {
    let workload = Workload(jobs: [
      WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 1e9, processors: 1)
    ])
    let failures = NodeFailures(.random(meanSecondsBetween: 2, meanRepairSeconds: 1e-3))
    #expect(throws: SimulationError.tooManyInterruptions) {
      try ClusterSimulation(
        processors: 1, options: .init(failures: failures, interruptionsMax: 1000)
      ).run(workload, policy: .named("fcfs"))
    }
  }

  @Test func `the report has the promised fields`() throws {
    let options = ClusterSimulation.Options(estimates: .user, tieRule: .second)
    let entry = ClusterReport.Entry(
      policy: "easy", options: options, result: try Self.result("easy", options))
    guard case .object(let top) = try JSONParser.parse(ClusterReport(entries: [entry]).jsonText),
      case .array(let results)? = top.first?.value, case .object(let members)? = results.first
    else {
      Issue.record("no results")
      return
    }
    let keys = members.map(\.key)
    for key in [
      "policy", "estimates", "jobs", "sum_wait_seconds", "average_wait_seconds",
      "max_wait_seconds", "average_bounded_slowdown", "max_bounded_slowdown",
      "average_response_seconds", "makespan_seconds", "utilisation",
    ] {
      #expect(keys.contains(key), "\(key)")
    }
    #expect(results.first?["sum_wait_seconds"] == .number("40"))
    #expect(results.first?["average_bounded_slowdown"]?.doubleValue == 6.5 / 3)
    #expect(results.first?["tie_rule"] == .string("second"))
  }
}
