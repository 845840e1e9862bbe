import Scheduling
import Simulation
import Testing

/// Orders from outside the library.
@Suite struct OrderingPolicyTests {
  struct Shortest: OrderingPolicy {
    let lifetime: ScoreLifetime
    func score(of job: JobView) -> Double { job.requestedSeconds }
  }

  struct Cubed: OrderingPolicy {
    var lifetime: ScoreLifetime { .onePass }
    func score(of job: JobView) -> Double {
      let relative = job.waitSeconds / job.requestedSeconds
      return -(relative * relative * relative) * Double(job.processors)
    }
  }

  /// Who has had less comes first.
  struct LeastServed: OrderingPolicy {
    var used: [Double] = [0, 0, 0]
    var lifetime: ScoreLifetime { .onePass }
    func score(of job: JobView) -> Double { used[job.user] }
    mutating func started(_ job: JobView, atSeconds now: Double) {
      used[job.user] += job.requestedSeconds * Double(job.processors)
    }
  }

  static let workload = LublinModel(processors: 64).workload(jobs: 400, load: 1.2, seed: 1)

  static func starts(_ ordering: some OrderingPolicy) throws -> [ScheduleRecord] {
    try ClusterSimulation(processors: 64, options: .init(keepsSchedule: true))
      .run(workload, ordering: ordering, backfill: .easy).schedule
  }

  static func starts(_ order: JobOrder) throws -> [ScheduleRecord] {
    try ClusterSimulation(processors: 64, options: .init(keepsSchedule: true))
      .run(workload, order: order, backfill: .easy).schedule
  }

  @Test func `an outside policy orders like the library's own with the same score`() throws {
    let shortest = try Self.starts(.shortestFirst)
    #expect(try Self.starts(Shortest(lifetime: .whileWaiting)) == shortest)
    #expect(try Self.starts(Shortest(lifetime: .onePass)) == shortest)
    #expect(try Self.starts(Shortest(lifetime: .seconds(100))) == shortest)
    #expect(try Self.starts(Cubed()) == Self.starts(.wfp3))
    #expect(try Self.starts(.firstComeFirstServed) != shortest)
  }

  @Test func `an outside policy may remember what it saw`() throws {
    // One processor, ten jobs of each of two users, the first user's in front: they take turns all
    // the same.
    let jobs = (0..<20).map {
      WorkloadJob(
        id: $0, submitSeconds: 0, runSeconds: 10, processors: 1, user: $0 < 10 ? 1 : 2)
    }
    let result = try ClusterSimulation(
      processors: 1, options: .init(tieRule: .second, keepsSchedule: true)
    ).run(Workload(jobs: jobs), ordering: LeastServed(), backfill: .none)
    #expect(result.schedule.map(\.job) == (0..<10).flatMap { [$0, $0 + 10] })
  }
}
