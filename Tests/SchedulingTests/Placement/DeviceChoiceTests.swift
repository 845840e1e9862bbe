import Model
import Scheduling
import TestSupport
import Testing

@Suite struct DeviceChoiceTests {
  /// Two regions of four devices; links inside pairs 0-1, 2-3, and all of 4...7 with each other.
  static func node(division: GPUDevice.Division = .shares) -> Node {
    var devices = (0..<8).map { GPUDevice(model: "A100", numaNode: $0 / 4, division: division) }
    for (first, second) in [(0, 1), (2, 3), (4, 5), (4, 6), (4, 7), (5, 6), (5, 7), (6, 7)] {
      devices[first].linkedPeers.append(second)
      devices[second].linkedPeers.append(first)
    }
    return Node(name: "a", capacity: .zero, devices: devices)
  }

  static func place(_ request: TaskRequest, taken: [Int] = []) throws -> GPUGrant? {
    var cluster = try Cluster(nodes: [node()])
    for device in taken {
      _ = cluster.place(
        TaskRequest(gpu: .share(milli: 1)),
        at: Placement(node: 0, gpu: .share(device: device, milli: 1)))
    }
    var placer = Placer(cluster, policy: .bestFit, random: SeededRandom(seed: 1))
    return placer.run(request)?.placement.gpu
  }

  static func devices(_ count: Int, _ constraints: GPUConstraints = .any) -> TaskRequest {
    TaskRequest(gpu: .devices(count: count), gpuConstraints: constraints)
  }

  @Test func `devices near each other are taken together, and large groups are kept whole`() throws
  {
    #expect(try Self.place(Self.devices(2)) == .devices(DeviceSet([0, 1])))
    #expect(try Self.place(Self.devices(3)) == .devices(DeviceSet([4, 5, 6])))
    #expect(try Self.place(Self.devices(2), taken: [0]) == .devices(DeviceSet([2, 3])))
    // No linked pair is left in the first region, which has fewer devices left: links count first.
    #expect(try Self.place(Self.devices(2), taken: [0, 2]) == .devices(DeviceSet([4, 5])))
    // Five are on no region together: the first by number.
    #expect(try Self.place(Self.devices(5)) == .devices(DeviceSet([0, 1, 2, 3, 4])))
  }

  @Test func `required links and regions are not given up`() throws {
    let linked = GPUConstraints(interconnect: .nvlink)
    #expect(try Self.place(Self.devices(4, linked)) == .devices(DeviceSet(4..<8)))
    #expect(try Self.place(Self.devices(4, linked), taken: [7]) == nil)
    #expect(try Self.place(Self.devices(5, linked)) == nil)
    let region = GPUConstraints(sameNUMANode: true)
    #expect(try Self.place(Self.devices(4, region)) == .devices(DeviceSet(4..<8)))
    #expect(try Self.place(Self.devices(4, region), taken: [4]) == .devices(DeviceSet(0..<4)))
    #expect(try Self.place(Self.devices(5, region)) == nil)
  }

  @Test func `what stands against a group of devices is said: links or region`() throws {
    let cluster = try Cluster(nodes: [Self.node()])
    func blockers(_ count: Int, _ constraints: GPUConstraints) -> [Blocker] {
      NodeFilter.explain(Self.devices(count, constraints), in: cluster).all.map(\.blocker)
    }
    #expect(blockers(5, GPUConstraints(interconnect: .nvlink)) == [.gpuInterconnect])
    #expect(blockers(5, GPUConstraints(sameNUMANode: true)) == [.gpuNUMANode])
    #expect(
      blockers(5, GPUConstraints(interconnect: .nvlink, sameNUMANode: true)) == [.gpuNUMANode])
  }

  @Test func `a share goes to the tightest device, the emptiest, or any`() throws {
    var cluster = try Cluster(nodes: [
      Node(
        name: "a", capacity: .zero, devices: Array(repeating: GPUDevice(model: "T4"), count: 4))
    ])
    for (device, milli) in [(0, 500), (1, 700), (2, 700)] {
      _ = cluster.place(
        TaskRequest(gpu: .share(milli: milli)),
        at: Placement(node: 0, gpu: .share(device: device, milli: milli)))
    }
    var random = SeededRandom(seed: 1)
    func device(_ rule: DeviceChoice.Rule, milli: Int) -> Int? {
      let grant = DeviceChoice.grant(
        TaskRequest(gpu: .share(milli: milli)), on: 0, devices: DeviceSet(0..<4), of: cluster,
        rule: rule, random: &random)
      if case .share(let device, milli) = grant { return device }
      return nil
    }
    #expect(device(.bestFit, milli: 300) == 1)
    #expect(device(.bestFit, milli: 301) == 0)
    #expect(device(.worstFit, milli: 300) == 3)
    let drawn = Set((0..<100).map { _ in device(.random, milli: 400) })
    #expect(drawn == [0, 3])
  }

  @Test func `instances begin only where their profile may, on the fullest device first`() throws {
    var placer = Placer(
      try Cluster(nodes: [Self.node(division: .instances(MIGProfile.a100))]), policy: .bestFit,
      random: SeededRandom(seed: 1))
    func run(_ profile: String, _ count: Int) -> [MIGInstance]? {
      let found = placer.run(TaskRequest(gpu: .instances(profile: profile, count: count)))
      if case .instances(let instances) = found?.placement.gpu { return instances }
      return nil
    }
    #expect(run("1g.5gb", 1) == [MIGInstance(device: 0, slices: 0b0000_0001)])
    #expect(run("3g.20gb", 1) == [MIGInstance(device: 0, slices: 0b1111_0000)])
    // Three slices are left on device 0, and two of them are no place for a pair but at 2.
    #expect(
      run("2g.10gb", 2) == [
        MIGInstance(device: 0, slices: 0b0000_1100), MIGInstance(device: 1, slices: 0b0000_0011),
      ])
    #expect(run("7g.40gb", 6)?.map(\.device) == [2, 3, 4, 5, 6, 7])
    #expect(run("7g.40gb", 1) == nil)
    #expect(run("1g.10gb", 3)?.count == 3)
    #expect(run("9g.99gb", 1) == nil)
  }
}
