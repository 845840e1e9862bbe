import Model
import Scheduling
import TestSupport
import Testing

@Suite struct PlacerTests {
  static func policies(_ workload: [TaskRequest]) -> [PlacementPolicy] {
    [
      .random, .dotProduct, .gpuClustering, .gpuPacking, .bestFit,
      .fragmentationGradient(TypicalTasks(of: workload)), .weighted(ScoreWeights()),
      .weighted(ScoreWeights(strategy: .spread)),
    ]
  }

  @Test(arguments: TestSeed.all(4))
  func `kept scores give the same places as scoring every node anew`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 15))
    let workload = (0..<20).map { _ in
      RandomCluster.request(&random, relates: random.chance(15))
    }
    for policy in Self.policies(workload) {
      var placer = Placer(cluster, policy: policy, random: random.child("placer"))
      var running: [TaskSlot] = []
      var found = 0
      for _ in 0..<150 {
        switch random.below(20) {
        case 0:
          placer.setState(random.pick(NodeState.allCases), of: random.below(15))
        case 1..<7 where !running.isEmpty:
          placer.remove(running.remove(at: random.below(running.count)))
        default:
          let request = random.pick(workload)
          let expected = placer.trial(request)
          let place = placer.run(request)
          #expect(place?.placement == expected, "\(policy)")
          if let place {
            running.append(place.slot)
            found += 1
          }
        }
      }
      #expect(found > 10, "\(policy)")
    }
  }

  @Test(arguments: TestSeed.all(2))
  func `scores are kept past the end of the log of changes`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 4))
    let rare = RandomCluster.request(&random)
    let often = TaskRequest(amounts: Resources(cpuMilli: 100))
    var placer = Placer(cluster, policy: .bestFit, random: random)
    for round in 0..<2_000 {
      if round % 150 == 0 {
        let expected = placer.trial(rare)
        let place = placer.run(rare)
        #expect(place?.placement == expected)
        if let place { placer.remove(place.slot) }
      }
      let place = placer.run(often)
      if let place, random.chance(95) { placer.remove(place.slot) }
    }
  }

  @Test
  func `the best score decides, written down independently, and the lowest node among equals`()
    throws
  {
    var random = SeededRandom(seed: 7)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 20))
    var placer = Placer(cluster, policy: .bestFit, random: random)
    for _ in 0..<200 {
      let request = RandomCluster.request(&random)
      var best: (node: Int, score: Int32)?
      for node in cluster.nodes.indices
      where NaiveFilter.fits(request, on: node, of: placer.cluster) {
        let score = PackingScores.bestFit(request, on: node, of: placer.cluster)
        if score > best?.score ?? -1 { best = (node, score) }
      }
      let place = placer.run(request)
      #expect(place?.placement.node == best?.node)
    }
  }

  @Test func `two runs of one seed are equal, and another seed of a random policy is not`() throws {
    func run(_ seed: UInt64) throws -> [Placement?] {
      var random = SeededRandom(seed: 3)
      let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 15))
      var placer = Placer(cluster, policy: .random, random: SeededRandom(seed: seed))
      return (0..<60).map { _ in placer.run(RandomCluster.request(&random))?.placement }
    }
    #expect(try run(1) == run(1))
    #expect(try run(1) != run(2))
  }

  @Test func `a random place is any that fits, each with the same chance`() throws {
    let nodes = (0..<4).map {
      Node(name: "\($0)", capacity: Resources(cpuMilli: $0 == 2 ? 0 : 1000))
    }
    var placer = Placer(
      try Cluster(nodes: nodes), policy: .random, random: SeededRandom(seed: 5))
    let shape = placer.shape(for: TaskRequest(amounts: Resources(cpuMilli: 1000)))
    var counts = [0, 0, 0, 0]
    for _ in 0..<3000 {
      if let place = placer.find(shape) { counts[place.node] += 1 }
    }
    #expect(counts[2] == 0)
    for node in [0, 1, 3] { #expect((900...1100).contains(counts[node])) }
  }

  @Test func `a gang is placed whole or not at all`() throws {
    let nodes = (0..<3).map { Node(name: "\($0)", capacity: Resources(cpuMilli: 1000)) }
    let cluster = try Cluster(nodes: nodes)
    var placer = Placer(cluster, policy: .bestFit, random: SeededRandom(seed: 1))
    let member = placer.shape(for: TaskRequest(amounts: Resources(cpuMilli: 600)))
    let four = placer.placeTogether(Array(repeating: member, count: 4))
    #expect(four == nil)
    #expect(placer.cluster.free == cluster.free)
    #expect(placer.cluster.tasks.isEmpty)
    let three = placer.placeTogether(Array(repeating: member, count: 3))
    #expect(three?.map(\.placement.node) == [0, 1, 2])
  }

  @Test func `packing fills a node before the next, spreading takes turns`() throws {
    func places(_ strategy: ScoreWeights.Strategy) throws -> [Int] {
      let nodes = (0..<3).map { Node(name: "\($0)", capacity: Resources(cpuMilli: 4000)) }
      var weights = ScoreWeights(strategy: strategy)
      weights.load = 0
      var placer = Placer(
        try Cluster(nodes: nodes), policy: .weighted(weights), random: SeededRandom(seed: 1))
      return (0..<6).compactMap { _ in
        placer.run(TaskRequest(amounts: Resources(cpuMilli: 1000)))?.placement.node
      }
    }
    #expect(try places(.pack) == [0, 0, 0, 0, 1, 1])
    #expect(try places(.spread) == [0, 1, 2, 0, 1, 2])
  }
}
