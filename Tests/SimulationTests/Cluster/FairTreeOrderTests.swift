import Model
import TestSupport
import Testing

@testable import Simulation

@Suite struct FairTreeOrderTests {
  private func job(
    _ id: Int, at submit: Double, run: Double, user: Int, group: Int = 1, processors: Int = 4
  ) -> WorkloadJob {
    WorkloadJob(
      id: id, submitSeconds: submit, runSeconds: run, processors: processors, user: user,
      group: group)
  }

  private func starts(_ jobs: [WorkloadJob], processors: Int = 4) throws -> [Int: Double] {
    let simulation = ClusterSimulation(
      processors: processors, options: .init(keepsSchedule: true))
    let workload = Workload(jobs: jobs)
    let result = try simulation.run(workload, policy: .named("fair-tree"))
    #expect(
      ScheduleValidator.faults(in: result.schedule, of: workload, processors: processors).isEmpty)
    return Dictionary(uniqueKeysWithValues: result.schedule.map { ($0.job, $0.startSeconds) })
  }

  @Test func `who used less comes first, and the usage of running jobs counts`() throws {
    // User 1 fills the machine; when it is free, user 2 is ahead of the older job of user 1.
    let starts = try starts([
      job(1, at: 0, run: 1000, user: 1), job(2, at: 1, run: 1000, user: 1),
      job(3, at: 900, run: 1000, user: 2),
    ])
    #expect(starts == [1: 0, 3: 1000, 2: 2000])
  }

  @Test func `a group that used less is ahead with all its users`() throws {
    // User 3 used nothing, but its group did: user 2 of the other group, who used a little, is ahead.
    let starts = try starts([
      job(1, at: 0, run: 2000, user: 1, group: 1), job(2, at: 1, run: 100, user: 2, group: 2),
      job(3, at: 2, run: 500, user: 3, group: 1), job(4, at: 3, run: 500, user: 2, group: 2),
    ])
    #expect(starts == [1: 0, 2: 2000, 4: 2100, 3: 2600])
  }

  @Test(arguments: TestSeed.all(10))
  func `the same workload gives the same schedule, and every job runs`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let jobs = (1...200).map { id in
      job(
        id, at: Double(random.below(20_000)), run: Double(1 + random.below(900)),
        user: random.below(7), group: random.below(3), processors: 1 + random.below(8))
    }
    let first = try starts(jobs, processors: 8)
    #expect(first.count == 200)
    #expect(try starts(jobs, processors: 8) == first)
  }
}
