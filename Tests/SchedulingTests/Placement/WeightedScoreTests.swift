import Model
import Scheduling
import Testing

@Suite struct WeightedScoreTests {
  static let plain = Node(
    name: "plain", capacity: Resources(cpuMilli: 10_000, memoryMB: 1000),
    devices: [GPUDevice(model: "T4"), GPUDevice(model: "T4")])

  static func score(
    _ request: TaskRequest, nodes: [Node], running: [TaskRequest] = [],
    strategy: ScoreWeights.Strategy = .pack
  ) throws -> WeightedScore {
    var cluster = try Cluster(nodes: nodes)
    for task in running { _ = cluster.place(task, at: Placement(node: 0, gpu: .none)) }
    return WeightedScore(
      request, on: 0, of: cluster, relations: TaskRelations(request, in: cluster),
      strategy: strategy)
  }

  @Test func `resource fit is how full the node becomes of what is asked, or how empty it stays`()
    throws
  {
    let running = [TaskRequest(amounts: Resources(cpuMilli: 4000, memoryMB: 100))]
    let task = TaskRequest(amounts: Resources(cpuMilli: 1000), gpu: .share(milli: 500))
    // CPU 5,000 of 10,000, GPU 500 of 2,000; memory is not asked for.
    let packed = try Self.score(task, nodes: [Self.plain], running: running)
    #expect(packed.resourceFit == (500 + 250) / 2)
    let spread = try Self.score(task, nodes: [Self.plain], running: running, strategy: .spread)
    #expect(spread.resourceFit == 1000 - (500 + 250) / 2)
  }

  @Test func `load is what is free of the scarcest resource`() throws {
    let running = [TaskRequest(amounts: Resources(cpuMilli: 4000, memoryMB: 700))]
    let score = try Self.score(TaskRequest(), nodes: [Self.plain], running: running)
    #expect(score.load == 300)
  }

  @Test func `affinity is the share of the wishes that are fulfilled, by weight`() throws {
    var node = Self.plain
    node.labels = ["disk": "ssd"]
    let near = TaskAffinity(LabelSelector(matching: ["app": "db"]))
    let request = TaskRequest(
      nodePreferences: [
        NodePreference(LabelSelector([.exists(key: "disk")]), weight: 30),
        NodePreference(LabelSelector([.exists(key: "tape")]), weight: 50),
      ], taskPreferences: [TaskPreference(near, isNear: true, weight: 20)])
    #expect(try Self.score(request, nodes: [node]).affinity == 300)
    let database = [TaskRequest(labels: ["app": "db"])]
    #expect(try Self.score(request, nodes: [node], running: database).affinity == 500)
    #expect(try Self.score(TaskRequest(), nodes: [node]).affinity == 1000)
    node.taints = [Taint(key: "spot", effect: .preferNoSchedule)]
    #expect(try Self.score(request, nodes: [node], running: database).affinity == 0)
  }

  @Test func `data of the node counts whole, data of its zone half`() throws {
    var node = Self.plain
    node.zone = "east"
    node.datasets = ["images"]
    let neighbour = Node(
      name: "neighbour", capacity: .zero, zone: "east", datasets: ["texts", "images"])
    let far = Node(name: "far", capacity: .zero, zone: "west", datasets: ["sounds"])
    let request = TaskRequest(datasets: ["images", "texts", "sounds", "films"])
    #expect(try Self.score(request, nodes: [node, neighbour, far]).dataLocality == 375)
    #expect(try Self.score(TaskRequest(), nodes: [node]).dataLocality == 1000)
  }

  @Test func `cost is how much cheaper the node is than the dearest`() throws {
    var node = Self.plain
    node.costPerHourMicros = 250_000
    let dear = Node(name: "dear", capacity: .zero, costPerHourMicros: 1_000_000)
    #expect(try Self.score(TaskRequest(), nodes: [node, dear]).cost == 750)
    #expect(try Self.score(TaskRequest(), nodes: [Self.plain]).cost == 1000)
  }

  @Test func `the total weighs the parts with 30, 20, 20, 20 and 10 percent`() throws {
    var score = try Self.score(TaskRequest(), nodes: [Self.plain])
    score.resourceFit = 1
    score.affinity = 10
    score.load = 100
    score.dataLocality = 200
    score.cost = 1000
    #expect(score.total(ScoreWeights()) == 30 + 200 + 2000 + 4000 + 10_000)
  }
}
