import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct ScheduleValidatorTests {
  static let workload = Workload(jobs: [
    WorkloadJob(id: 1, submitSeconds: 0, runSeconds: 10, processors: 2),
    WorkloadJob(id: 2, submitSeconds: 5, runSeconds: 10, processors: 3),
  ])

  static func record(
    _ job: Int, submit: Double, _ start: Double, _ end: Double, processors: Int
  ) -> ScheduleRecord {
    ScheduleRecord(
      job: job, submitSeconds: submit, startSeconds: start, endSeconds: end,
      processors: processors)
  }

  static let possible = [
    record(1, submit: 0, 0, 10, processors: 2), record(2, submit: 5, 10, 20, processors: 3),
  ]

  static func faults(_ schedule: [ScheduleRecord], processors: Int = 4) -> [ScheduleFault] {
    ScheduleValidator.faults(in: schedule, of: workload, processors: processors)
  }

  /// The possible schedule with one run replaced.
  static func faults(_ index: Int, _ record: ScheduleRecord) -> [ScheduleFault] {
    var schedule = possible
    schedule[index] = record
    return faults(schedule)
  }

  @Test func `a possible schedule has no fault`() {
    #expect(Self.faults(Self.possible) == [])
    #expect(Self.faults(Self.possible.reversed()) == [], "the order of the runs plays no part")
  }

  @Test func `each impossibility is found`() {
    let early = Self.record(2, submit: 5, 4, 14, processors: 3)
    #expect(Self.faults(1, early).contains(.startsBeforeSubmission(job: 2)))
    #expect(
      Self.faults(1, Self.record(2, submit: 5, 9, 19, processors: 3)) == [
        .tooManyProcessors(atSeconds: 9, used: 5, processors: 4)
      ])
    let backward = Self.faults(1, Self.record(2, submit: 5, 20, 20, processors: 3))
    #expect(backward.contains(.endsBeforeStart(job: 2)))
    #expect(
      Self.faults(1, Self.record(7, submit: 5, 10, 20, processors: 3)).contains(.unknownJob(7)))
    #expect(Self.faults(Array(Self.possible.prefix(1))) == [.missingJob(2)])
    #expect(
      Self.faults(1, Self.record(2, submit: 6, 10, 20, processors: 3)) == [
        .otherSubmission(job: 2)
      ])
    #expect(
      Self.faults(1, Self.record(2, submit: 5, 10, 20, processors: 1)) == [
        .otherProcessors(job: 2, found: 1, expected: 3)
      ])
    #expect(
      Self.faults(1, Self.record(2, submit: 5, 10, 21, processors: 3)) == [
        .otherRunTime(job: 2, foundSeconds: 11, expectedSeconds: 10)
      ])
  }

  @Test func `an interrupted run may be short, but none may overlap its own job's`() {
    let restarted = [
      Self.record(1, submit: 0, 0, 4, processors: 2),
      Self.record(1, submit: 0, 6, 16, processors: 2),
      Self.record(2, submit: 5, 16, 26, processors: 3),
    ]
    #expect(Self.faults(restarted) == [])
    var overlapping = restarted
    overlapping[0] = Self.record(1, submit: 0, 0, 7, processors: 2)
    #expect(Self.faults(overlapping) == [.overlapsItself(job: 1)])
  }

  @Test func `a workload that has a number twice cannot be checked`() {
    let twice = Workload(jobs: Self.workload.jobs + Self.workload.jobs.prefix(1))
    let faults = ScheduleValidator.faults(in: Self.possible, of: twice, processors: 4)
    #expect(faults == [.ambiguousJob(1)])
  }

  @Test func `only so many faults are named`() {
    let schedule = (0..<1000).map {
      Self.record(100 + $0, submit: 0, Double($0), Double($0 + 1), processors: 1)
    }
    #expect(Self.faults(schedule).count == ScheduleValidator.faultsMax)
  }

  @Test(arguments: BatchPolicy.all)
  func `what every policy makes of a generated workload is possible`(policy: BatchPolicy) throws {
    let workload = LublinModel(processors: 64).workload(jobs: 1000, load: 1.1, seed: 3)
      .with(JobTraits(estimateExcess: 3), seed: 4)
    for failures in [nil, NodeFailures(.random(meanSecondsBetween: 1e6, meanRepairSeconds: 5e4))] {
      let simulation = ClusterSimulation(
        processors: 64,
        options: .init(estimates: .user, failures: failures, keepsSchedule: true))
      let result = try simulation.run(workload, policy: policy)
      #expect(
        ScheduleValidator.faults(in: result.schedule, of: workload, processors: 64) == [],
        "\(policy.name)")
      #expect((result.interruptions > 0) == (failures != nil))
      #expect(result.schedule.count == 1000 + result.interruptions)
    }
  }
}
