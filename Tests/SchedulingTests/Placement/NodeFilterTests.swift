import Model
import Scheduling
import TestSupport
import Testing

@Suite struct NodeFilterTests {
  static let gpu = GPUDevice(
    model: "A100", memoryMB: 40_960, computeCapability: ComputeCapability(major: 8, minor: 0),
    numaNode: 0)
  static let node = Node(
    name: "a",
    capacity: Resources(
      cpuMilli: 8000, memoryMB: 1024, storageMB: 100, ephemeralStorageMB: 10,
      networkMbps: 1000),
    devices: [gpu, gpu], labels: ["disk": "ssd"], zone: "east")

  /// One case for each demand that the node alone can fail.
  static let demands: [(Blocker, TaskRequest)] = [
    (.nodeSelector, TaskRequest(nodeSelector: ["disk": "hdd"])),
    (.nodeAffinity, TaskRequest(nodeAffinity: [LabelSelector([.exists(key: "tape")])])),
    (.zone, TaskRequest(zones: ["west", "north"])),
    (.gpuCount, TaskRequest(gpu: .devices(count: 3))),
    (
      .gpuModel,
      TaskRequest(gpu: .share(milli: 1), gpuConstraints: GPUConstraints(models: ["T4", "V100"]))
    ),
    (
      .gpuMemory,
      TaskRequest(gpu: .devices(count: 1), gpuConstraints: GPUConstraints(memoryMB: 50_000))
    ),
    (
      .gpuComputeCapability,
      TaskRequest(
        gpu: .devices(count: 1),
        gpuConstraints: GPUConstraints(
          computeCapability: ComputeCapability(major: 9, minor: 0)))
    ),
    (.gpuDivision, TaskRequest(gpu: .instances(profile: "1g.5gb", count: 1))),
    (
      .gpuInterconnect,
      TaskRequest(gpu: .devices(count: 2), gpuConstraints: GPUConstraints(interconnect: .nvlink))
    ),
    (.cpu, TaskRequest(amounts: Resources(cpuMilli: 8001))),
    (.memory, TaskRequest(amounts: Resources(memoryMB: 1025))),
    (.storage, TaskRequest(amounts: Resources(storageMB: 101))),
    (.ephemeralStorage, TaskRequest(amounts: Resources(ephemeralStorageMB: 11))),
    (.network, TaskRequest(amounts: Resources(networkMbps: 1001))),
    (
      .taskAffinity,
      TaskRequest(taskAffinity: [TaskAffinity(LabelSelector(matching: ["app": "x"]))])
    ),
  ]

  @Test(arguments: demands.indices)
  func `each demand that a node fails is named, alone`(index: Int) throws {
    let (blocker, request) = Self.demands[index]
    let counts = NodeFilter.explain(request, in: try Cluster(nodes: [Self.node]))
    #expect(counts.all.map(\.blocker) == [blocker])
    #expect(counts.lines == ["1 of 1: \(blocker.text)"])
  }

  @Test(arguments: Blocker.allCases)
  func `each blocker can be told from all others, and says something of its own`(blocker: Blocker) {
    #expect(BlockerSet([blocker]).all == [blocker])
    #expect(Blocker.allCases.count { $0.text == blocker.text } == 1)
  }

  @Test func `a request at the very edge of what a node has fits`() throws {
    let request = TaskRequest(
      amounts: Self.node.capacity, gpu: .devices(count: 2),
      gpuConstraints: GPUConstraints(
        models: ["A100"], memoryMB: 40_960,
        computeCapability: ComputeCapability(major: 8, minor: 0), sameNUMANode: true),
      exclusiveNode: true, nodeSelector: ["disk": "ssd"], zones: ["east"])
    let counts = NodeFilter.explain(request, in: try Cluster(nodes: [Self.node]))
    #expect(counts.fitting == 1)
    #expect(counts.lines == [])
  }

  @Test(arguments: NodeState.allCases)
  func `only a node that is ready takes tasks`(state: NodeState) throws {
    var node = Self.node
    node.state = state
    let counts = NodeFilter.explain(TaskRequest(), in: try Cluster(nodes: [node]))
    #expect((counts.fitting == 1) == (state == .ready))
    #expect(counts.all.count == (state == .ready ? 0 : 1))
  }

  @Test func `a taint keeps away who does not tolerate it, and only asks if it is a preference`()
    throws
  {
    func fits(_ effect: Taint.Effect, _ tolerations: [Toleration]) throws -> Bool {
      var node = Self.node
      node.taints = [Taint(key: "spot", effect: effect)]
      let request = TaskRequest(tolerations: tolerations)
      return NodeFilter.explain(request, in: try Cluster(nodes: [node])).fitting == 1
    }
    #expect(try !fits(.noSchedule, []))
    #expect(try !fits(.noExecute, [Toleration(key: "gpu")]))
    #expect(try fits(.noSchedule, [Toleration(key: "spot")]))
    #expect(try fits(.preferNoSchedule, []))
  }

  @Test func `what others hold is told apart from what a node lacks`() throws {
    var placer = Placer(
      try Cluster(nodes: [Self.node]), policy: .bestFit, random: SeededRandom(seed: 1))
    func place(_ request: TaskRequest) throws -> TaskSlot {
      let found = placer.run(request)
      return try #require(found).slot
    }
    let slot = try place(TaskRequest(gpu: .share(milli: 1)))
    let both = TaskRequest(gpu: .devices(count: 2))
    #expect(NodeFilter.explain(both, in: placer.cluster).all.map(\.blocker) == [.gpuFree])
    let alone = TaskRequest(exclusiveNode: true)
    #expect(NodeFilter.explain(alone, in: placer.cluster).all.map(\.blocker) == [.nodeInUse])
    placer.remove(slot)
    _ = try place(alone)
    #expect(
      NodeFilter.explain(TaskRequest(), in: placer.cluster).all.map(\.blocker) == [.nodeTaken])
  }

  @Test func `blockers are counted over all nodes, the most frequent first`() throws {
    var small = Self.gpu
    small.memoryMB = 16_384
    var nodes: [Node] = []
    for number in 0..<8 {
      var node = Self.node
      node.name = "node-\(number)"
      if number < 3 { node.devices = [small, small] }
      if number == 3 { node.state = .draining }
      if number > 4 { node.capacity.cpuMilli = 500 }
      nodes.append(node)
    }
    nodes[0].state = .draining
    let request = TaskRequest(
      amounts: Resources(cpuMilli: 1000), gpu: .devices(count: 1),
      gpuConstraints: GPUConstraints(memoryMB: 40_000))
    let counts = NodeFilter.explain(request, in: try Cluster(nodes: nodes))
    #expect(counts.fitting == 1)
    #expect(
      counts.lines == [
        "3 of 8: too little GPU memory", "3 of 8: too little CPU free", "2 of 8: draining",
      ])
  }

  @Test(arguments: TestSeed.all(8))
  func `the filter lets through exactly what a search over all sets of devices finds`(
    seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 10))
    var placer = Placer(cluster, policy: .random, random: random.child("placer"))
    var fitting = 0
    for _ in 0..<150 {
      let request = RandomCluster.request(&random)
      let expected = cluster.nodes.indices.count {
        NaiveFilter.fits(request, on: $0, of: placer.cluster)
      }
      let counts = NodeFilter.explain(request, in: placer.cluster)
      #expect(counts.fitting == expected, "\(request): \(counts.lines)")
      let place = placer.trial(request)
      #expect((place != nil) == (expected > 0))
      if let place {
        #expect(NaiveFilter.fits(request, on: place.node, of: placer.cluster))
      }
      fitting += expected
      _ = placer.run(request)
    }
    #expect(fitting > 30)
  }
}

/// The rules without any preparation: one node, one request, every set of devices.
enum NaiveFilter {
  static func fits(_ request: TaskRequest, on number: Int, of cluster: Cluster) -> Bool {
    let node = cluster.nodes[number]
    let free = cluster.free[number]
    let isOpen =
      node.state == .ready && !free.isExclusive && (!request.exclusiveNode || free.tasks == 0)
    let tolerates = node.taints.allSatisfy { taint in
      taint.effect == .preferNoSchedule || request.tolerations.contains { $0.tolerates(taint) }
    }
    let isWanted =
      request.nodeSelector.entries.allSatisfy { node.labels[$0.key] == $0.value }
      && (request.nodeAffinity.isEmpty
        || request.nodeAffinity.contains { $0.matches(node.labels) })
      && (request.zones.isEmpty || request.zones.contains(node.zone))
    return isOpen && tolerates && isWanted && request.amounts.fits(in: free.amounts)
      && hasDevices(request, on: number, of: cluster)
  }

  private static func hasDevices(
    _ request: TaskRequest, on number: Int, of cluster: Cluster
  ) -> Bool {
    let node = cluster.nodes[number]
    let start = cluster.deviceStart[number]
    let accepted = node.devices.indices.filter {
      isAccepted(node.devices[$0], request.gpuConstraints)
    }
    let shared = accepted.filter { node.devices[$0].division == .shares }
    switch request.gpu {
    case .none: return true
    case .share(let milli):
      return shared.contains { cluster.deviceFreeMilli[start + $0] >= Int32(milli) }
    case .devices(let count):
      let whole = shared.filter { cluster.deviceFreeMilli[start + $0] == 1000 }
      return subsets(of: whole, count: count).contains { devices in
        isNear(devices, of: node, constraints: request.gpuConstraints)
      }
    case .instances(let name, let count):
      let places = accepted.reduce(0) { sum, device in
        guard case .instances(let profiles) = node.devices[device].division,
          let profile = profiles.first(where: { $0.name == name })
        else { return sum }
        return sum + room(for: profile, taken: cluster.deviceSlices[start + device])
      }
      return places >= count
    }
  }

  private static func isAccepted(_ device: GPUDevice, _ constraints: GPUConstraints) -> Bool {
    let isModel = constraints.models.isEmpty || constraints.models.contains(device.model)
    return isModel && device.memoryMB >= constraints.memoryMB
      && !(device.computeCapability < constraints.computeCapability)
  }

  private static func isNear(_ devices: [Int], of node: Node, constraints: GPUConstraints) -> Bool {
    if constraints.sameNUMANode {
      guard let region = node.devices[devices[0]].numaNode,
        devices.allSatisfy({ node.devices[$0].numaNode == region })
      else { return false }
    }
    guard constraints.interconnect == .nvlink else { return true }
    return devices.allSatisfy { first in
      devices.allSatisfy { first == $0 || node.devices[first].linkedPeers.contains($0) }
    }
  }

  private static func subsets(of elements: [Int], count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    guard let first = elements.first else { return [] }
    let rest = Array(elements.dropFirst())
    return subsets(of: rest, count: count - 1).map { [first] + $0 }
      + subsets(of: rest, count: count)
  }

  /// The most instances that a device has room for, whatever their order.
  private static func room(for profile: MIGProfile, taken: UInt8) -> Int {
    profile.starts.map { profile.slices(at: $0) }.filter { $0 & taken == 0 }
      .map { 1 + room(for: profile, taken: taken | $0) }.max() ?? 0
  }
}
