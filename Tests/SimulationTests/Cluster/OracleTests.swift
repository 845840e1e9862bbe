import Model
import Scheduling
import Simulation
import TestSupport
import Testing

/// Small random workloads, all orders, all kinds of backfill: every start is the one that a naive
/// simulation finds.
@Suite struct BatchOracleTests {
  static let orders: [JobOrder] = [
    .firstComeFirstServed, .shortestFirst, .wfp3, .unicep, .f1, .earliestDeadline,
    // A priority reaches the ceiling after seconds, so that it happens within these short
    // workloads.
    .priority(.init(pointsPerHour: 36_000, ceiling: 1000)),
    .priority(.init(pointsPerHour: 0, ceiling: 1000)),
  ]
  static let backfills: [BatchPolicy.Backfill] =
    [.none, .easy, .easyShortestFirst, .conservative]
    + [2, 3].flatMap {
      [
        BatchPolicy.Backfill(reservationDepth: $0),
        BatchPolicy.Backfill(reservationDepth: $0, isShortestFirst: true),
      ]
    }

  enum EstimateKind: CaseIterable {
    case exact, longer, shorterOrLonger
  }

  static func jobs(_ random: inout SeededRandom, processors: Int, _ kind: EstimateKind)
    -> [NaiveSimulation.Job]
  {
    var submit = 0
    return (0..<(5 + random.below(22))).map { index in
      submit += random.chance(50) ? 0 : random.below(6)
      let run = 1 + random.below(20)
      let estimate =
        switch kind {
        case .exact: run
        case .longer: run + random.below(2 * run)
        case .shorterOrLonger: 1 + random.below(2 * run)
        }
      return NaiveSimulation.Job(
        index: index, submit: submit, run: run, estimate: estimate,
        processors: 1 + random.below(random.chance(70) ? (processors + 1) / 2 : processors),
        priority: [0, 200, 400, 600, 1000][random.below(5)],
        deadline: random.chance(60) ? submit + estimate + random.below(40) : nil)
    }
  }

  static func workload(_ jobs: [NaiveSimulation.Job]) -> Workload {
    Workload(
      jobs: jobs.map { job in
        WorkloadJob(
          id: job.index, submitSeconds: Double(job.submit), runSeconds: Double(job.run),
          requestedSeconds: Double(job.estimate), processors: job.processors,
          priority: job.priority, deadlineSeconds: job.deadline.map { Double($0) })
      })
  }

  @Test(arguments: TestSeed.all(200))
  func `every job starts when a naive simulation starts it`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let processors = 1 + random.below(12)
    let kind = random.pick(EstimateKind.allCases)
    let jobs = Self.jobs(&random, processors: processors, kind)
    let workload = Self.workload(jobs)
    for order in Self.orders {
      for backfill in [.easy, random.pick(Self.backfills)] {
        let tieRule = random.pick(TieRule.allCases)
        var naive = NaiveSimulation(
          processors: processors, order: order, backfill: backfill, tieRule: tieRule)
        let expected = naive.run(jobs)
        let simulation = ClusterSimulation(
          processors: processors,
          options: .init(estimates: .user, tieRule: tieRule, keepsSchedule: true))
        let result = try simulation.run(workload, order: order, backfill: backfill)
        let starts = result.schedule.sorted { $0.job < $1.job }.map { Int($0.startSeconds) }
        #expect(
          starts == expected,
          "seed \(seed), \(order), \(backfill), \(tieRule), \(processors) processors, \(kind)")
      }
    }
  }
}
