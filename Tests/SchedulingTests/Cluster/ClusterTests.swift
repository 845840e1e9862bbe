import Model
import Scheduling
import TestSupport
import Testing

@Suite struct ClusterTests {
  @Test(arguments: TestSeed.all(6))
  func `what is free is what the running tasks leave, after any placing and removing`(
    seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try Cluster(nodes: RandomCluster.nodes(&random, count: 12))
    var placer = Placer(cluster, policy: .random, random: random.child("placer"))
    var running: [TaskSlot] = []
    var placed = 0
    for _ in 0..<300 {
      if random.chance(30), let index = running.indices.randomElement(using: &random) {
        placer.remove(running.remove(at: index))
      } else {
        let request = RandomCluster.request(&random, relates: random.chance(20))
        guard let found = placer.run(request) else { continue }
        running.append(found.slot)
        placed += 1
      }
      Self.recount(placer.cluster)
    }
    #expect(placed > 30)
    for slot in running { placer.remove(slot) }
    #expect(placer.cluster.free == cluster.free)
    #expect(placer.cluster.deviceFreeMilli == cluster.deviceFreeMilli)
    #expect(placer.cluster.deviceSlices == cluster.deviceSlices)
  }

  /// Counts everything anew from the tasks that run.
  static func recount(_ cluster: Cluster) {
    for (number, node) in cluster.nodes.enumerated() {
      let tasks = cluster.tasks.map(\.task).filter { $0.placement.node == number }
      let taken = tasks.reduce(Resources.zero) { $0 + $1.amounts }
      let free = cluster.free[number]
      #expect(free.amounts + taken == node.allocatable)
      #expect(free.amounts.isValid)
      #expect(free.tasks == tasks.count)
      #expect(free.isExclusive == tasks.contains { $0.isExclusive })
      #expect(!free.isExclusive || tasks.count == 1)
      var milli = node.devices.map { $0.division == .shares ? Int32(1000) : 0 }
      var slices = node.devices.map { _ in UInt8(0) }
      for task in tasks {
        switch task.placement.gpu {
        case .none: break
        case .share(let device, let share): milli[device] -= Int32(share)
        case .devices(let devices): for device in devices { milli[device] -= 1000 }
        case .instances(let instances):
          for instance in instances {
            #expect(slices[instance.device] & instance.slices == 0)
            slices[instance.device] |= instance.slices
          }
        }
      }
      let devices = cluster.devices(of: number)
      #expect(Array(cluster.deviceFreeMilli[devices]) == milli)
      #expect(milli.allSatisfy { $0 >= 0 })
      #expect(Array(cluster.deviceSlices[devices]) == slices)
      #expect(free.gpuMilli == milli.reduce(0, +))
      #expect(Int(free.wholeDevices) == milli.count { $0 == 1000 })
      for kind in 0..<GPUClass.count {
        let count = tasks.count { $0.gpuClass?.number == kind }
        #expect((free.gpuClasses & 1 << UInt32(kind) != 0) == (count > 0))
      }
    }
  }

  @Test func `overcommitment lets a node promise more CPU than it has, and never a GPU twice`()
    throws
  {
    let node = Node(
      name: "a", capacity: Resources(cpuMilli: 1000, memoryMB: 100),
      devices: [GPUDevice(model: "T4")],
      overcommit: Overcommit(cpuPercent: 150, memoryPercent: 100))
    let cluster = try Cluster(nodes: [node])
    #expect(cluster.free[0].amounts == Resources(cpuMilli: 1500, memoryMB: 100))
    #expect(cluster.free[0].gpuMilli == 1000)
  }

  @Test func `a task that has its node for itself keeps it until it ends`() throws {
    let nodes = [Node(name: "a", capacity: Resources(cpuMilli: 4000))]
    var placer = Placer(
      try Cluster(nodes: nodes), policy: .bestFit, random: SeededRandom(seed: 1))
    let alone = TaskRequest(amounts: Resources(cpuMilli: 1000), exclusiveNode: true)
    let small = TaskRequest(amounts: Resources(cpuMilli: 1000))
    let first = placer.run(alone)
    #expect(!placer.fits(small))
    placer.remove(try #require(first).slot)
    let second = placer.run(small)
    #expect(!placer.fits(alone))
    placer.remove(try #require(second).slot)
    #expect(placer.fits(alone))
  }

  @Test func `a description that contradicts itself is refused by the node's name`() {
    let plain = Resources(cpuMilli: 1000)
    let bad: [Node] = [
      Node(name: "", capacity: plain),
      Node(name: "negative", capacity: Resources(cpuMilli: -1)),
      Node(name: "overcommitted", capacity: plain, overcommit: Overcommit(cpuPercent: 0)),
      Node(
        name: "crowded", capacity: plain,
        devices: Array(repeating: GPUDevice(model: "T4"), count: 17)),
      Node(
        name: "one way", capacity: plain,
        devices: [GPUDevice(model: "T4", linkedPeers: [1]), GPUDevice(model: "T4")]),
      Node(
        name: "no profile", capacity: plain,
        devices: [GPUDevice(model: "A100", division: .instances([]))]),
      Node(
        name: "off the device", capacity: plain,
        devices: [
          GPUDevice(
            model: "A100",
            division: .instances([MIGProfile(name: "4g", length: 4, starts: [6])]))
        ]),
    ]
    for node in bad {
      let error = #expect(throws: ClusterError.self) { try Cluster(nodes: [node]) }
      #expect(error?.node == node.name)
    }
    let twice = #expect(throws: ClusterError.self) {
      try Cluster(nodes: [Node(name: "a", capacity: plain), Node(name: "a", capacity: plain)])
    }
    #expect(twice?.description == "node a: expected a name of its own")
    let models = (0...ClusterLimits.models).map {
      Node(name: "\($0)", capacity: plain, devices: [GPUDevice(model: "model \($0)")])
    }
    #expect(throws: ClusterError.self) { try Cluster(nodes: models) }
  }

  @Test func `nodes that differ in name and amounts alone are of one kind, until one changes`()
    throws
  {
    var cluster = try Cluster(nodes: [
      Node(name: "a", capacity: Resources(cpuMilli: 1000)),
      Node(name: "b", capacity: Resources(cpuMilli: 2000)),
      Node(name: "c", capacity: Resources(cpuMilli: 1000), zone: "east"),
    ])
    #expect(Array(cluster.kindOfNode) == [0, 0, 1])
    cluster.setState(.cordoned, of: 0)
    #expect(Array(cluster.kindOfNode) == [2, 0, 1])
    cluster.setState(.ready, of: 0)
    #expect(Array(cluster.kindOfNode) == [0, 0, 1])
  }

  @Test func `a restriction that takes only slices of devices changes the node as well`() throws {
    let node = Node(
      name: "a", capacity: Resources(cpuMilli: 1000),
      devices: [GPUDevice(model: "A100", division: .instances(MIGProfile.a100))])
    func cluster(slices: UInt8) throws -> Cluster {
      var cluster = try Cluster(nodes: [node])
      let instance = MIGInstance(device: 0, slices: slices)
      _ = cluster.place(
        TaskRequest(gpu: .instances(profile: "1g.5gb", count: 1)),
        at: Placement(node: 0, gpu: .instances([instance])))
      return cluster
    }
    var first = try cluster(slices: 0b01)
    #expect(first.restrict(to: try cluster(slices: 0b10)) == [0])
    #expect(first.restrict(to: try cluster(slices: 0b10)) == [])
  }

  @Test func `a request outside its ranges is known as such`() {
    #expect(TaskRequest().isValid)
    let wish = NodePreference(LabelSelector([]), weight: 0)
    let bad = [
      TaskRequest(amounts: Resources(memoryMB: -1)), TaskRequest(gpu: .share(milli: 0)),
      TaskRequest(gpu: .share(milli: 1000)), TaskRequest(gpu: .devices(count: 0)),
      TaskRequest(gpu: .devices(count: 17)), TaskRequest(gpu: .instances(profile: "", count: 1)),
      TaskRequest(gpu: .instances(profile: "1g.5gb", count: 0)),
      TaskRequest(gpuConstraints: GPUConstraints(memoryMB: -1)),
      TaskRequest(nodePreferences: [wish]),
    ]
    for request in bad { #expect(!request.isValid, "\(request)") }
  }
}
