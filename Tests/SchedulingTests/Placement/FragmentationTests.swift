import Foundation
import Model
import Scheduling
import TestSupport
import Testing

@Suite struct FragmentationTests {
  static func task(cpu: Int64, _ gpu: GPURequest, models: [String] = []) -> TaskRequest {
    TaskRequest(
      amounts: Resources(cpuMilli: cpu), gpu: gpu, gpuConstraints: GPUConstraints(models: models))
  }

  /// One node of 8 cores and 2 GPUs of which 300 and 1,000 thousandths are free.
  static func node() throws -> Cluster {
    var cluster = try Cluster(nodes: [
      Node(
        name: "a", capacity: Resources(cpuMilli: 8000),
        devices: [GPUDevice(model: "T4"), GPUDevice(model: "T4")])
    ])
    _ = cluster.place(
      task(cpu: 2000, .share(milli: 700)),
      at: Placement(node: 0, gpu: .share(device: 0, milli: 700)))
    return cluster
  }

  /// By hand, on that node with 6 cores free: what each task alone cannot use of the 1,300.
  static let alone: [(TaskRequest, Int64)] = [
    (task(cpu: 1000, .share(milli: 300)), 0),
    (task(cpu: 1000, .share(milli: 500)), 300),
    (task(cpu: 1000, .devices(count: 1)), 300),
    (task(cpu: 1000, .devices(count: 2)), 1300),
    (task(cpu: 6000, .devices(count: 1)), 300),
    (task(cpu: 6001, .devices(count: 1)), 1300),
    (task(cpu: 1000, .none), 1300),
    (task(cpu: 1000, .share(milli: 300), models: ["A100"]), 1300),
    (task(cpu: 1000, .share(milli: 300), models: ["A100", "T4"]), 0),
  ]

  @Test(arguments: alone)
  func `what one task cannot use of a node is fragmented for it`(
    task: TaskRequest, expectedMilli: Int64
  ) throws {
    let cluster = try Self.node()
    let typical = TypicalTasks(of: [task], coveragePercent: 100)
    let meter = FragmentationMeter(typical, for: cluster)
    #expect(meter.fragmented(node: 0, of: cluster) == expectedMilli)
    #expect(meter.fragmentedMilli(of: cluster) == Double(expectedMilli))
  }

  @Test func `fragmentation is the mean over the typical tasks by their popularity`() throws {
    let tasks =
      Array(repeating: Self.task(cpu: 1000, .share(milli: 500)), count: 3)
      + [Self.task(cpu: 1000, .devices(count: 2))]
    let cluster = try Self.node()
    let meter = FragmentationMeter(TypicalTasks(of: tasks, coveragePercent: 100), for: cluster)
    // (3 × 300 + 1 × 1,300) / 4
    #expect(meter.fragmentedMilli(of: cluster) == 550)
  }

  @Test func `typical tasks are the most popular shapes that cover enough, ties by what they ask`()
  {
    func tasks(_ cpu: Int64, _ count: Int) -> [TaskRequest] {
      Array(repeating: Self.task(cpu: cpu, .share(milli: 100)), count: count)
    }
    let all = tasks(1000, 60) + tasks(2000, 20) + tasks(3000, 10) + tasks(4000, 10)
    let typical = TypicalTasks(of: all, coveragePercent: 85)
    #expect(typical.shapes.map(\.cpuMilli) == [1000, 2000, 4000])
    #expect(typical.shapes.map(\.weight) == [60, 20, 10])
    #expect(typical.totalWeight == 90)
    #expect(TypicalTasks(of: all, coveragePercent: 60).shapes.count == 1)
    #expect(TypicalTasks(of: all, coveragePercent: 61).shapes.count == 2)
    #expect(TypicalTasks(of: []).shapes.isEmpty)
  }

  @Test func `memory does not tell shapes apart, and models do by set`() {
    var heavy = Self.task(cpu: 1000, .devices(count: 1), models: ["A", "B"])
    heavy.amounts.memoryMB = 5000
    let tasks = [
      heavy, Self.task(cpu: 1000, .devices(count: 1), models: ["B", "A", "B"]),
      Self.task(cpu: 1000, .devices(count: 1), models: ["A"]),
    ]
    let shapes = TypicalTasks(of: tasks, coveragePercent: 100).shapes
    #expect(shapes.map(\.models) == [["A", "B"], ["A"]])
    #expect(shapes.map(\.weight) == [2, 1])
  }

  @Test(arguments: TestSeed.all(6))
  func `the grouped measure equals the sum over the typical tasks one by one`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 12))
    let workload = (0..<80).map { _ in RandomCluster.request(&random) }
    let typical = TypicalTasks(of: workload)
    let meter = FragmentationMeter(typical, for: cluster)
    var placer = Placer(cluster, policy: .random, random: random.child("placer"))
    for request in workload {
      _ = placer.run(request)
      for node in cluster.nodes.indices {
        let naive = Self.naive(typical, node: node, of: placer.cluster)
        #expect(meter.fragmented(node: node, of: placer.cluster) == naive)
      }
    }
  }

  /// The definition, shape by shape and device by device.
  static func naive(_ typical: TypicalTasks, node: Int, of cluster: Cluster) -> Int64 {
    let devices = cluster.devices(of: node)
    let idle = devices.reduce(Int64(0)) { $0 + Int64(cluster.deviceFreeMilli[$1]) }
    return typical.shapes.reduce(Int64(0)) { sum, shape in
      let usable = devices.filter {
        let model = cluster.nodes[node].devices[$0 - devices.lowerBound].model
        return (shape.models.isEmpty || shape.models.contains(model))
          && cluster.deviceFreeMilli[$0] >= shape.gpuMilli
      }
      let serves =
        shape.gpuMilli > 0 && usable.count >= shape.deviceCount
        && cluster.free[node].amounts.cpuMilli >= shape.cpuMilli
      let served =
        serves ? usable.reduce(Int64(0)) { $0 + Int64(cluster.deviceFreeMilli[$1]) } : 0
      return sum + shape.weight * (idle - served)
    }
  }

  @Test func `the score is a hundred times the sigmoid of the decrease, rounded down`() {
    #expect(FragmentationScore.score(decreaseInDevices: 0) == 50)
    #expect(FragmentationScore.score(decreaseInDevices: 1) == 73)
    #expect(FragmentationScore.score(decreaseInDevices: -1) == 26)
    #expect(FragmentationScore.score(decreaseInDevices: 8) == 99)
    #expect(FragmentationScore.score(decreaseInDevices: -8) == 0)
    var random = SeededRandom(seed: 1)
    for _ in 0..<10_000 {
      let x = (random.next().asUnitInterval - 0.5) * 12
      let exact = 100 / (1 + exp(-x))
      let score = Double(FragmentationScore.score(decreaseInDevices: x))
      // Beside a whole number the library's rounding may differ from the table's.
      #expect(score == exact.rounded(.down) || abs(exact - exact.rounded()) < 1e-9, "\(x)")
    }
  }

  @Test func `descent fills the broken device before it breaks a whole one`() throws {
    let workload =
      Array(repeating: Self.task(cpu: 1000, .share(milli: 300)), count: 1)
      + Array(repeating: Self.task(cpu: 1000, .devices(count: 1)), count: 9)
    let cluster = try Self.node()
    var placer = Placer(
      cluster, policy: .fragmentationGradient(TypicalTasks(of: workload)),
      random: SeededRandom(seed: 1))
    let found = placer.run(Self.task(cpu: 1000, .share(milli: 300)))
    #expect(found?.placement == Placement(node: 0, gpu: .share(device: 0, milli: 300)))
  }

  @Test func `of devices that score the same the first is taken, and models tell devices apart`()
    throws
  {
    func device(_ models: [String], typical: TaskRequest) throws -> GPUGrant? {
      let node = Node(
        name: "a", capacity: Resources(cpuMilli: 8000),
        devices: models.map { GPUDevice(model: $0) })
      var cluster = try Cluster(nodes: [node])
      _ = cluster.place(
        TaskRequest(gpu: .share(milli: 200)),
        at: Placement(node: 0, gpu: .share(device: 2, milli: 200)))
      var placer = Placer(
        cluster, policy: .fragmentationGradient(TypicalTasks(of: [typical])),
        random: SeededRandom(seed: 1))
      return placer.run(TaskRequest(gpu: .share(milli: 500)))?.placement.gpu
    }
    // For a task without a GPU all that is free is fragmented, wherever the share goes.
    let plain = Self.task(cpu: 1000, .none)
    #expect(try device(["T4", "T4", "T4"], typical: plain) == .share(device: 0, milli: 500))
    // Whole A100 are asked for: a T4 or the broken A100 is the one to take, and the T4 is the first of both.
    let whole = Self.task(cpu: 1000, .devices(count: 1), models: ["A100"])
    #expect(try device(["A100", "T4", "A100"], typical: whole) == .share(device: 1, milli: 500))
    #expect(try device(["A100", "T4", "T4"], typical: whole) == .share(device: 1, milli: 500))
  }
}
