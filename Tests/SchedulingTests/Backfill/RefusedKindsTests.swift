import Model
import Scheduling
import TestSupport
import Testing

/// Backfill on nodes that remembers which kinds of requests were refused, beside backfill that tries each anew.
@Suite struct RefusedKindsTests {
  private static func instant(_ second: Int) -> Instant { .epoch + .seconds(Int64(second)) }

  /// Every start of a random workload of few kinds, with its places, in order.
  private static func starts<M: Machine>(
    on machine: M, _ settings: BackfillSettings, seed: UInt64
  ) -> [String]
  where M.Request == ClusterMachine.Request, M.Placement == ClusterMachine.Placement {
    var random = SeededRandom(seed: seed)
    let shapes = (0..<6).map { _ in RandomCluster.request(&random, relates: random.chance(20)) }
    var planner = BatchPlanner(machine: machine, order: JobOrder.shortestFirst, settings: settings)
    var starts: [String] = []
    var ends: [(second: Int, slot: Int)] = []
    for second in 0..<120 {
      for end in ends where end.second == second { planner.end(end.slot, at: instant(second)) }
      ends.removeAll { $0.second == second }
      for number in 0..<random.below(3) where second < 100 {
        let facts = JobFacts(
          number: JobNumber(second * 10 + number), submit: instant(second),
          estimate: .seconds(Int64(1 + random.below(20))))
        var tasks = Array(repeating: random.pick(shapes), count: random.pick([1, 1, 1, 2, 3]))
        if random.chance(10) { tasks.append(random.pick(shapes)) }
        let request = ClusterMachine.Request(
          number: facts.number.value, tasks: tasks,
          minimumTasks: random.chance(20) ? 1 : tasks.count)
        _ = planner.submit(facts, request, at: instant(second))
      }
      planner.pass(at: instant(second))
      for start in planner.started {
        let places = planner.placement(of: start.slot).tasks.map { "\($0.placement)" }
        starts.append("\(second) \(start.number.value) \(places)")
        // The run time hangs on the job alone; some run for longer than expected.
        ends.append((second + 1 + start.number.value * 7 % 20, start.slot))
      }
    }
    return starts
  }

  @Test(arguments: TestSeed.all(60))
  func `what is remembered of refused kinds changes no start and no place`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let placer = Placer(
      try Cluster(nodes: RandomCluster.nodes(&random, count: 1 + random.below(6))),
      policy: random.pick([.bestFit, .random, .gpuPacking]), random: random)
    let machine = ClusterMachine(placer)
    for candidates in [BackfillSettings.Candidates.queueOrder, .shortestFirst] {
      for depth in [BackfillSettings.Depth.none, .first(1), .first(2)] {
        let settings = BackfillSettings(depth: depth, candidates: candidates)
        let remembered = Self.starts(on: machine, settings, seed: seed)
        let forgotten = Self.starts(on: ForgetfulMachine(machine), settings, seed: seed)
        #expect(remembered == forgotten, "seed \(seed), \(settings)")
      }
    }
  }
}
