import Model
import Scheduling
import TestSupport
import Testing

/// One engine over two machines that describe the same.
///
/// Processors that are all alike need no names: a reservation of three of them is a count. A reservation of nodes names them,
/// and several together can then keep out a job that a count would let in: with A on node 1 from 10 to 20 and B on node 2 from 30
/// to 40 there is no node for a job from 15 to 35. So deeper reservations are compared on one node.
@Suite struct ClusterMachineTests {
  @Test(arguments: TestSeed.all(100))
  func `nodes of one processor are a number of processors`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let processors = Int(random.within(1...12))
    let nodes = (0..<processors).map {
      Node(name: "n\($0)", capacity: Resources(cpuMilli: 1000))
    }
    let one = TaskRequest(amounts: Resources(cpuMilli: 1000))
    try compare(
      nodes, processors, depth: random.pick([.none, .first(1)]), seed, &random
    ) { number, size in
      ClusterMachine.Request(number: number, tasks: Array(repeating: one, count: size))
    }
  }

  @Test(arguments: TestSeed.all(100))
  func `a node of many processors is a number of processors`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let processors = Int(random.within(1...12))
    let node = Node(name: "n", capacity: Resources(cpuMilli: Int64(processors) * 1000))
    try compare(
      [node], processors, depth: random.pick([.none, .first(1), .first(3), .all]), seed, &random
    ) { number, size in
      let task = TaskRequest(amounts: Resources(cpuMilli: Int64(size) * 1000))
      return ClusterMachine.Request(number: number, tasks: [task])
    }
  }

  /// The same jobs for both machines: each pass starts the same ones.
  private func compare(
    _ nodes: [Node], _ processors: Int, depth: BackfillSettings.Depth, _ seed: UInt64,
    _ random: inout SeededRandom, request: (_ number: Int, _ size: Int) -> ClusterMachine.Request
  ) throws {
    let settings = BackfillSettings(
      depth: depth, candidates: random.pick([.queueOrder, .shortestFirst]))
    let placer = Placer(
      try Cluster(nodes: nodes), policy: .bestFit, random: SeededRandom(seed: seed))
    var cluster = BatchPlanner(
      machine: ClusterMachine(placer), order: JobOrder.firstComeFirstServed, settings: settings)
    var uniform = BatchPlanner(
      machine: UniformMachine(freeProcessors: processors), order: JobOrder.firstComeFirstServed,
      settings: settings)
    var running: [(slots: (Int, Int), end: Instant)] = []
    var now = Instant.epoch
    for number in 0..<60 {
      now = now + .seconds(random.within(0...20))
      for job in running where job.end <= now {
        cluster.end(job.slots.0, at: now)
        uniform.end(job.slots.1, at: now)
      }
      running.removeAll { $0.end <= now }
      let size = 1 + random.below(processors)
      let facts = JobFacts(
        number: JobNumber(number), submit: now, estimate: .seconds(random.within(1...100)))
      _ = cluster.submit(facts, request(number, size), at: now)
      _ = uniform.submit(facts, size, at: now)
      cluster.pass(at: now)
      uniform.pass(at: now)
      try #require(
        cluster.started.map(\.number) == uniform.started.map(\.number), "seed \(seed), \(depth)")
      for (left, right) in zip(cluster.started, uniform.started) {
        let whole = cluster.facts(of: left.slot).estimate.nanoseconds
        running.append(((left.slot, right.slot), now + .nanoseconds(random.within(1...whole))))
      }
    }
  }
}
