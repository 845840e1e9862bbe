/// How the score phase ranks the nodes on which a task fits.
package enum PlacementPolicy: Hashable, Sendable {
  /// Each node with the same chance, and each of its devices.
  case random
  /// The node whose free amounts are least like what the task asks, by the dot product of both (Tetris, SIGCOMM 2014).
  case dotProduct
  /// Tasks of one GPU class together (Gandiva's affinity, OSDI 2018).
  case gpuClustering
  /// Used devices before free devices of used nodes before free nodes.
  case gpuPacking
  /// The node with the least left over.
  case bestFit
  /// The node whose fragmentation grows least, by the typical tasks of the workload.
  case fragmentationGradient(TypicalTasks)
  /// The weighted sum of resource fit, affinity, load, data locality and cost.
  case weighted(ScoreWeights)

  /// How a share finds its device on the chosen node.
  package var deviceRule: DeviceChoice.Rule {
    switch self {
    case .random: .random
    case .dotProduct, .gpuClustering, .gpuPacking, .bestFit, .fragmentationGradient: .bestFit
    case .weighted(let weights): weights.strategy == .pack ? .bestFit : .worstFit
    }
  }
}

/// The scores of the packing policies: 0...100 where the task fits, the higher the better.
///
/// Formulas, normalisation and rounding are those of the authors' simulator of Weng et al., USENIX ATC 2023
/// (github.com/hkust-adsl/kubernetes-scheduler-simulator): rounding down makes places equal that differ by little, and the
/// lower number wins among them, which is a part of how full a cluster becomes.
package enum PackingScores {
  /// 100 × (1 - (free CPU × asked CPU + free GPU × asked GPU) / 2), each as a part of the largest node's.
  package static func dotProduct(_ request: TaskRequest, on node: Int, of cluster: Cluster) -> Int32
  {
    let cpu = Double(cluster.largestCPUMilli)
    let gpu = Double(cluster.largestGPUMilli)
    let free = cluster.free[node]
    let product =
      (Double(free.amounts.cpuMilli) / cpu) * (Double(request.amounts.cpuMilli) / cpu)
      + (Double(free.gpuMilli) / gpu) * (Double(request.gpu.milli) / gpu)
    return Int32(100 * (1 - product / 2))
  }

  /// 100 × (1 - (CPU left + GPU left) / 2), each as a part of the largest node's.
  package static func bestFit(_ request: TaskRequest, on node: Int, of cluster: Cluster) -> Int32 {
    let free = cluster.free[node]
    let cpuLeft = Double(free.amounts.cpuMilli - request.amounts.cpuMilli)
    let gpuLeft = Double(Int64(free.gpuMilli) - request.gpu.milli)
    let left =
      cpuLeft / Double(cluster.largestCPUMilli) * 0.5
      + gpuLeft / Double(cluster.largestGPUMilli) * 0.5
    return Int32((1 - left) * 100)
  }

  /// By what runs there: only the task's class 75...100, also others 50...75, nothing 25...50, only others 0...25; inside
  /// each quarter the fuller node is better. A task without GPUs scores 0 everywhere.
  package static func gpuClustering(
    _ request: TaskRequest, on node: Int, of cluster: Cluster
  ) -> Int32 {
    guard let gpuClass = GPUClass(request.gpu) else { return 0 }
    let free = cluster.free[node]
    let largest = cluster.largestGPUMilli
    let fullness = Int32(25 * (largest - Int64(free.gpuMilli)) / largest)
    let mine: UInt32 = 1 << UInt32(gpuClass.number)
    if free.gpuClasses & mine != 0 { return fullness + (free.gpuClasses == mine ? 75 : 50) }
    return fullness + (free.gpuClasses == 0 ? 25 : 0)
  }

  /// On devices that are in use 50...100, the less they have free the better; where free devices of a used node are needed
  /// 33...50, the fewer the better; on an unused node below that, the fewer devices it has the better. A task without
  /// GPUs scores 0 everywhere.
  package static func gpuPacking(
    _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster
  ) -> Int32 {
    let need: Int
    let milli: Int32
    switch request.gpu {
    case .none, .instances: return 0
    case .share(let share): (need, milli) = (1, Int32(share))
    case .devices(let count): (need, milli) = (count, GPUDevice.wholeMilli)
    }
    let all = cluster.devices(of: node)
    let unused = cluster.free[node].wholeDevices
    if unused == all.count { return max(33 - unused, unused) }
    var whole: Int32 = 0
    var freeTenths: Int32 = 0
    var left = devices
    for _ in 0..<need {
      var tightest: (device: Int, free: Int32)?
      for device in left {
        let free = cluster.deviceFreeMilli[all.lowerBound + device]
        if free >= milli, free < tightest?.free ?? .max { tightest = (device, free) }
      }
      guard let tightest else { preconditionFailure("a node is scored where the task fits") }
      left.remove(tightest.device)
      if tightest.free == GPUDevice.wholeMilli { whole += 1 }
      freeTenths += tightest.free / 10
    }
    return whole > 0 ? max(50 - whole, 33) : max(100 - freeTenths / 10, 50)
  }
}
