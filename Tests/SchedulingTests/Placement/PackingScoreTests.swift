import Model
import Scheduling
import Testing

/// Scores worked out by hand on nodes of up to 10 cores and 4 GPUs.
@Suite struct PackingScoreTests {
  static func cluster(_ tasks: [[TaskRequest]]) throws -> Cluster {
    let nodes = tasks.indices.map { number in
      Node(
        name: "node-\(number)", capacity: Resources(cpuMilli: 10_000),
        devices: Array(repeating: GPUDevice(model: "T4"), count: 4))
    }
    var cluster = try Cluster(nodes: nodes)
    for (node, tasks) in tasks.enumerated() {
      for task in tasks {
        var used = 0
        for device in 0..<4 where cluster.deviceFreeMilli[4 * node + device] < 1000 { used += 1 }
        let gpu: GPUGrant =
          switch task.gpu {
          case .share(let milli): .share(device: used, milli: milli)
          case .devices(let count): .devices(DeviceSet(used..<used + count))
          case .none, .instances: .none
          }
        _ = cluster.place(task, at: Placement(node: node, gpu: gpu))
      }
    }
    return cluster
  }

  static func task(cpu: Int64 = 0, _ gpu: GPURequest) -> TaskRequest {
    TaskRequest(amounts: Resources(cpuMilli: cpu), gpu: gpu)
  }

  static let all = DeviceSet(0..<4)

  @Test func `the dot product prefers the node whose free amounts are least like the task`() throws
  {
    let cluster = try Self.cluster([[], [Self.task(cpu: 5000, .devices(count: 2))]])
    let task = Self.task(cpu: 1000, .devices(count: 1))
    // Empty: (1 × 0.1 + 1 × 0.25) / 2 = 0.175; half full: half of that, 0.0875.
    #expect(PackingScores.dotProduct(task, on: 0, of: cluster) == 82)
    #expect(PackingScores.dotProduct(task, on: 1, of: cluster) == 91)
  }

  @Test func `best fit prefers the node with the least left over`() throws {
    let cluster = try Self.cluster([[], [Self.task(cpu: 5000, .share(milli: 500))]])
    let task = Self.task(cpu: 1000, .devices(count: 1))
    // Empty: 9,000 of 10,000 and 3,000 of 4,000 are left, in the mean 0.825; the other: 0.4 and 0.625.
    #expect(PackingScores.bestFit(task, on: 0, of: cluster) == 17)
    #expect(PackingScores.bestFit(task, on: 1, of: cluster) == 48)
  }

  @Test func `clustering prefers the task's own class, then mixtures with it, then an empty node`()
    throws
  {
    let cluster = try Self.cluster([
      [Self.task(.devices(count: 2))],
      [Self.task(.devices(count: 2)), Self.task(.share(milli: 400))],
      [],
      [Self.task(.share(milli: 400))],
      [Self.task(cpu: 1000, .none)],
    ])
    let task = Self.task(.devices(count: 2))
    let scores = (0..<5).map { PackingScores.gpuClustering(task, on: $0, of: cluster) }
    // A quarter of 100 for each step, and in it 25 × used / 4,000: 12, 15, 0, 2 and 0.
    #expect(scores == [75 + 12, 50 + 15, 25, 2, 25])
    #expect(PackingScores.gpuClustering(Self.task(.none), on: 0, of: cluster) == 0)
  }

  @Test func `packing prefers used devices, then free ones of used nodes, then free nodes`() throws
  {
    let cluster = try Self.cluster([
      [Self.task(.share(milli: 500)), Self.task(.share(milli: 300))],
      [Self.task(.share(milli: 700)), Self.task(.devices(count: 1))],
      [],
    ])
    func score(_ gpu: GPURequest, _ node: Int) -> Int32 {
      PackingScores.gpuPacking(Self.task(gpu), on: node, devices: Self.all, of: cluster)
    }
    // The tightest used device has 500 free: 100 - 50 / 10; the other node's only one 300: 100 - 30 / 10.
    #expect(score(.share(milli: 200), 0) == 95)
    #expect(score(.share(milli: 200), 1) == 97)
    // 600 fits the second device of the first node with 700 free, and on the other only a free one.
    #expect(score(.share(milli: 600), 0) == 93)
    #expect(score(.share(milli: 600), 1) == 49)
    #expect(score(.devices(count: 2), 1) == 48)
    #expect(score(.devices(count: 2), 2) == 29)
    #expect(score(.none, 0) == 0)
  }
}
