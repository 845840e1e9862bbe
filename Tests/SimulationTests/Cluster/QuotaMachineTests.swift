import Model
import Scheduling
import TestSupport
import Testing

@testable import Simulation

/// Backfill under quotas that remembers which kinds of requests were refused, beside backfill that tries each anew.
@Suite struct QuotaMachineTests {
  private typealias Quotas = QuotaMachine<ClusterMachine>

  private static func machine(_ random: inout SeededRandom) throws -> Quotas {
    let nodes = (0..<(1 + random.below(4))).map { number in
      Node(
        name: "n\(number)",
        capacity: Resources(cpuMilli: random.within(2...8) * 1000, memoryMB: 16_384))
    }
    let cpu = nodes.reduce(0) { $0 + $1.capacity.cpuMilli }
    let queues = ["a", "b", "c"].map { name in
      QueueSettings(
        name: name, parent: random.chance(80) ? "all" : nil, nominal: [random.within(0...cpu)],
        borrowingLimit: [random.chance(30) ? random.within(0...cpu) : nil],
        lendingLimit: [random.chance(30) ? 0 : nil])
    }
    let tree = try QuotaTree(columns: [QuotaColumn(name: "cpu", resource: 0)], queues: queues)
    let placer = Placer(try Cluster(nodes: nodes), policy: .bestFit, random: random)
    return Quotas(ClusterMachine(placer), tree)
  }

  private static func instant(_ second: Int) -> Instant { .epoch + .seconds(Int64(second)) }

  /// Every start of a random workload of few kinds, with its places, in order.
  private static func starts<M: Machine>(
    on machine: M, leaves: [Int], _ settings: BackfillSettings, seed: UInt64
  ) -> [String] where M.Request == Quotas.Request, M.Placement == Quotas.Placement {
    var random = SeededRandom(seed: seed)
    var planner = BatchPlanner(
      machine: machine, order: JobOrder.firstComeFirstServed, settings: settings)
    var starts: [String] = []
    var ends: [(second: Int, slot: Int)] = []
    for second in 0..<150 {
      for end in ends where end.second == second { planner.end(end.slot, at: instant(second)) }
      ends.removeAll { $0.second == second }
      for number in 0..<random.below(3) where second < 120 {
        let facts = JobFacts(
          number: JobNumber(second * 10 + number), submit: instant(second),
          estimate: .seconds(Int64(1 + random.below(20))))
        let cpuMilli = random.pick([500, 1000, 3000] as [Int64])
        let count = random.pick([1, 1, 2])
        let tasks = Array(
          repeating: TaskRequest(amounts: Resources(cpuMilli: cpuMilli, memoryMB: 100)),
          count: count)
        let claim =
          random.chance(10)
          ? QueueClaim.none
          : QueueClaim(queue: random.pick(leaves), amounts: [cpuMilli * Int64(count)])
        _ = planner.submit(
          facts,
          Quotas.Request(
            base: ClusterMachine.Request(
              number: facts.number.value, tasks: tasks, minimumTasks: count), claim: claim),
          at: instant(second))
      }
      planner.pass(at: instant(second))
      for start in planner.started {
        let places = planner.placement(of: start.slot).base.tasks.map { "\($0.placement)" }
        starts.append("\(second) \(start.number.value) \(places)")
        ends.append((second + 1 + start.number.value * 7 % 20, start.slot))
      }
    }
    return starts
  }

  @Test func `property: what is remembered of refused kinds changes no start and no place`() throws
  {
    var started = 0
    for seed in TestSeed.all(60) {
      var random = SeededRandom(seed: seed)
      let machine = try Self.machine(&random)
      let leaves = machine.quota.queues.indices.filter { machine.quota.isLeaf($0) }
      for depth in [BackfillSettings.Depth.none, .first(1), .first(2)] {
        let settings = BackfillSettings(depth: depth, candidates: .queueOrder)
        let remembered = Self.starts(on: machine, leaves: leaves, settings, seed: seed)
        let forgotten = Self.starts(
          on: ForgetfulMachine(machine), leaves: leaves, settings, seed: seed)
        #expect(remembered == forgotten, "seed \(seed), \(settings)")
        started += remembered.count
      }
    }
    #expect(started > 5000)
  }
}
