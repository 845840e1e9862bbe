import Model
import Scheduling
import TestSupport
import Testing

@Suite struct MigrationSearchTests {
  @Test(arguments: TestSeed.all(120))
  func `moves for less fragmentation are possible one after the other and gain what they say`(
    seed: UInt64
  ) throws {
    let trial = try Trial(seed: seed)
    var search = trial.search(limit: 6)
    search.defragment()
    let after = try trial.replay(search.moves)
    #expect(search.moves.count <= 6)
    #expect(search.moves.allSatisfy { $0.gainMilli > 0 }, "seed \(seed)")
    let meter = FragmentationMeter(trial.typical, for: trial.cluster)
    let gained = meter.fragmentedMilli(of: trial.cluster) - meter.fragmentedMilli(of: after)
    let said = search.moves.reduce(Int64(0)) { $0 + $1.gainMilli }
    // Each says its gain in whole thousandths, rounded down.
    #expect(Double(said) <= gained + 0.001, "seed \(seed)")
    #expect(gained < Double(said + Int64(search.moves.count)) + 0.001, "seed \(seed)")
  }

  @Test(arguments: TestSeed.all(120))
  func `a single move is found where one is enough, and none dearer`(seed: UInt64) throws {
    let trial = try Trial(seed: seed)
    var random = SeededRandom(seed: seed).child("request")
    let request = TaskRequest(
      amounts: Resources(cpuMilli: random.within(1...6) * 1000),
      gpu: .devices(count: Int(random.within(1...4))))
    var search = trial.search(limit: 6)
    let hasRoom = search.makeRoom(for: [request])
    let after = try trial.replay(search.moves)
    if hasRoom {
      #expect(trial.fits(request, in: after), "seed \(seed)")
    } else {
      #expect(search.moves.isEmpty, "seed \(seed)")
    }
    let cost = search.moves.reduce(TimeSpan.zero) { $0 + $1.cost }
    if trial.fits(request, in: trial.cluster) {
      #expect(hasRoom && search.moves.isEmpty, "seed \(seed)")
    } else if let cheapest = trial.cheapestSingle(for: request) {
      #expect(hasRoom && cost <= cheapest, "seed \(seed)")
    }
  }

  @Test func `a search that may not move anything moves nothing`() throws {
    var search = try Trial(seed: 3).search(limit: 0)
    search.defragment()
    #expect(search.moves.isEmpty)
  }
}

/// A small cluster in use, and what of it may move.
private struct Trial {
  var cluster: Cluster
  var movable: [MovableTask] = []
  var requests: [TaskRequest] = []
  let isClosed: [Bool]

  init(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let nodes = (0..<6).map { number in
      Node(
        name: "n\(number)",
        capacity: Resources(cpuMilli: 12_000, memoryMB: 4096),
        devices: Array(
          repeating: GPUDevice(model: random.pick(["A100", "T4"]), memoryMB: 1024),
          count: random.pick([0, 2, 4])))
    }
    isClosed = nodes.map { _ in random.chance(15) }
    cluster = try Cluster(nodes: nodes)
    var placer = Placer(cluster, policy: .random, random: random.child("places"))
    for job in 0..<14 {
      let request = TaskRequest(
        amounts: Resources(cpuMilli: random.within(0...3) * 1000, memoryMB: 128),
        gpu: random.pick([
          .none, .share(milli: 300), .share(milli: 500), .devices(count: 1), .devices(count: 2),
        ]), exclusiveNode: random.chance(3))
      guard let placement = placer.find(request) else { continue }
      _ = placer.occupy(request, at: placement)
      let slot = cluster.place(request, at: placement)
      requests.append(request)
      guard random.chance(70) else { continue }
      movable.append(
        MovableTask(
          job: job, task: 0, request: request, slot: slot, placement: placement,
          cost: .seconds(random.within(0...20))))
    }
  }

  var typical: TypicalTasks { TypicalTasks(of: requests) }

  func search(limit: Int) -> MigrationSearch {
    MigrationSearch(cluster, movable: movable, typical: typical, isClosed: isClosed, limit: limit)
  }

  /// The cluster after moves, each of which must be possible when it is made.
  func replay(_ moves: [Migration]) throws -> Cluster {
    var cluster = cluster
    var left = movable
    for move in moves {
      let index = try #require(left.firstIndex { $0.job == move.job && $0.task == move.task })
      let task = left.remove(at: index)
      #expect(task.placement == move.from && move.from.node != move.to.node)
      #expect(!isClosed[move.to.node] && fits(task.request, on: move.to.node, in: cluster))
      cluster.remove(task.slot)
      _ = cluster.place(task.request, at: move.to)
    }
    return cluster
  }

  func fits(_ request: TaskRequest, on node: Int, in cluster: Cluster) -> Bool {
    let fixed = NodeFilter.fixed(request, on: cluster.nodes[node])
    return !isClosed[node] && fixed.blockers.isEmpty
      && NodeFilter.current(request, on: node, devices: fixed.devices, of: cluster).isEmpty
  }

  func fits(_ request: TaskRequest, in cluster: Cluster) -> Bool {
    cluster.nodes.indices.contains { fits(request, on: $0, in: cluster) }
  }

  /// The least cost of one move that makes room; nil where no single one does.
  func cheapestSingle(for request: TaskRequest) -> TimeSpan? {
    var cheapest: TimeSpan?
    for task in movable {
      let movesAway = cluster.nodes.indices.contains {
        $0 != task.placement.node && fits(task.request, on: $0, in: cluster)
      }
      guard movesAway else { continue }
      var after = cluster
      after.remove(task.slot)
      if fits(request, on: task.placement.node, in: after) {
        cheapest = min(cheapest ?? task.cost, task.cost)
      }
    }
    return cheapest
  }
}
