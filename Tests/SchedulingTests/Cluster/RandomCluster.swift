import Model
import Scheduling

/// Small clusters and requests of every kind, from a seed.
enum RandomCluster {
  static func nodes(_ random: inout SeededRandom, count: Int) -> [Node] {
    (0..<count).map { node(&random, name: "node-\($0)") }
  }

  static func node(_ random: inout SeededRandom, name: String) -> Node {
    var labels: [String: String] = [:]
    if random.chance(60) { labels["disk"] = random.pick(["ssd", "hdd"]) }
    if random.chance(60) { labels["rack"] = random.pick(["1", "2", "3"]) }
    var taints: [Taint] = []
    if random.chance(20) {
      taints.append(
        Taint(
          key: random.pick(["gpu", "spot"]), value: random.pick(["", "yes"]),
          effect: random.pick(Taint.Effect.allCases)))
    }
    return Node(
      name: name,
      capacity: Resources(
        cpuMilli: random.within(1...16) * 1000, memoryMB: random.within(1...64) * 1024,
        storageMB: random.within(0...10) * 100, ephemeralStorageMB: random.within(0...3) * 10,
        networkMbps: random.within(0...4) * 100),
      devices: devices(&random), labels: Labels(labels), taints: taints,
      zone: random.pick(["", "east", "west"]),
      state: random.chance(85) ? .ready : random.pick(NodeState.allCases),
      overcommit: Overcommit(
        cpuPercent: random.pick([100, 100, 150]), memoryPercent: random.pick([100, 100, 90])),
      datasets: ["images", "texts"].filter { _ in random.chance(40) },
      costPerHourMicros: random.within(0...5) * 100_000)
  }

  static func devices(_ random: inout SeededRandom) -> [GPUDevice] {
    let count = random.pick([0, 1, 2, 4, 6])
    let hasRegions = random.chance(50)
    var devices = (0..<count).map { number in
      GPUDevice(
        model: random.pick(["A100", "T4"]), memoryMB: random.pick([16_384, 40_960]),
        computeCapability: random.pick([
          ComputeCapability(major: 7, minor: 5), ComputeCapability(major: 8, minor: 0),
        ]),
        numaNode: hasRegions ? number * 2 / max(1, count) : nil,
        division: random.chance(20) ? .instances(MIGProfile.a100) : .shares)
    }
    if random.chance(50) {
      for first in 0..<count {
        for second in 0..<first where random.chance(60) {
          devices[first].linkedPeers.append(second)
          devices[second].linkedPeers.append(first)
        }
      }
    }
    return devices
  }

  static func request(_ random: inout SeededRandom, relates: Bool = false) -> TaskRequest {
    var request = TaskRequest(
      amounts: Resources(
        cpuMilli: random.within(0...4) * 500, memoryMB: random.within(0...8) * 512,
        storageMB: random.chance(20) ? 100 : 0, ephemeralStorageMB: random.chance(20) ? 10 : 0,
        networkMbps: random.chance(20) ? 100 : 0),
      gpu: gpu(&random), gpuConstraints: constraints(&random),
      exclusiveNode: random.chance(5), labels: ["app": random.pick(["a", "b"])])
    if random.chance(20) { request.nodeSelector = ["disk": "ssd"] }
    if random.chance(20) {
      request.nodeAffinity = [
        LabelSelector([.isOneOf(key: "rack", values: ["1", "2"])]),
        LabelSelector([.isAbsent(key: "disk")]),
      ]
    }
    if random.chance(30) {
      request.nodePreferences = [
        NodePreference(LabelSelector([.exists(key: "rack")]), weight: random.within(1...100))
      ]
    }
    if random.chance(30) { request.tolerations = [Toleration(key: random.pick(["gpu", nil]))] }
    if random.chance(15) { request.zones = [random.pick(["east", "west"])] }
    if random.chance(30) { request.datasets = ["images"] }
    if relates { relate(&request, &random) }
    return request
  }

  private static func relate(_ request: inout TaskRequest, _ random: inout SeededRandom) {
    let topology = random.pick([TaskAffinity.Topology.node, .zone, .label("rack")])
    let other = LabelSelector(matching: ["app": random.pick(["a", "b"])])
    switch random.below(3) {
    case 0: request.taskAffinity = [TaskAffinity(other, topology: topology)]
    case 1: request.taskAntiAffinity = [TaskAffinity(other, topology: topology)]
    default:
      request.taskPreferences = [
        TaskPreference(
          TaskAffinity(other, topology: topology), isNear: random.chance(50), weight: 10)
      ]
    }
  }

  static func gpu(_ random: inout SeededRandom) -> GPURequest {
    switch random.below(5) {
    case 0: .none
    case 1, 2: .share(milli: random.pick([100, 250, 300, 500, 700, 999]))
    case 3: .devices(count: random.pick([1, 1, 2, 4]))
    default:
      .instances(
        profile: random.pick(["1g.5gb", "2g.10gb", "3g.20gb", "7g.40gb"]),
        count: random.pick([1, 1, 2, 3]))
    }
  }

  static func constraints(_ random: inout SeededRandom) -> GPUConstraints {
    var constraints = GPUConstraints.any
    if random.chance(20) { constraints.models = [random.pick(["A100", "T4"])] }
    if random.chance(15) { constraints.memoryMB = 40_000 }
    if random.chance(15) { constraints.computeCapability = ComputeCapability(major: 8, minor: 0) }
    if random.chance(20) { constraints.interconnect = .nvlink }
    if random.chance(20) { constraints.sameNUMANode = true }
    return constraints
  }
}

extension Placer {
  /// Places a task of whichever shape.
  mutating func run(_ request: TaskRequest) -> (slot: TaskSlot, placement: Placement)? {
    let shape = shape(for: request)
    return place(shape)
  }

  /// Where a task would be placed.
  func trial(_ request: TaskRequest) -> Placement? {
    var trial = self
    return trial.find(request)
  }

  func fits(_ request: TaskRequest) -> Bool { trial(request) != nil }
}
