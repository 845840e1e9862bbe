/// An upper bound of how many tasks of a kind find places, kept up while nodes change.
///
/// What it says is too little is too little, without a look at the cluster; what it says is enough is to be looked at.
struct RoomGauge {
  private let request: TaskRequest
  private let needed: Int
  private let fixed: [NodeFilter.Fixed]
  /// By node: how many of the tasks have room there, at most as many as are needed.
  private var counts: [Int]
  private var sum = 0

  /// - Parameters:
  ///   - tasks: which are placed together.
  ///   - minimum: how many of them must find places.
  init(_ tasks: [TaskRequest], minimum: Int, in cluster: Cluster) {
    request = tasks[0]
    let areEqual = tasks.allSatisfy { $0 == tasks[0] }
    // Of tasks that differ the first must find a place before all others, if all must.
    needed = areEqual ? minimum : minimum == tasks.count ? 1 : 0
    let request = self.request
    fixed = cluster.exampleOfKind.map { NodeFilter.fixed(request, on: $0) }
    counts = Array(repeating: 0, count: cluster.nodes.count)
    for node in cluster.nodes.indices { update(node, in: cluster) }
  }

  var isEnough: Bool { sum >= needed }

  /// The node changed.
  mutating func update(_ node: Int, in cluster: Cluster) {
    let count = room(on: node, in: cluster)
    sum += count - counts[node]
    counts[node] = count
  }

  private func room(on node: Int, in cluster: Cluster) -> Int {
    let fixed = fixed[Int(cluster.kindOfNode[node])]
    guard needed > 0, fixed.blockers.isEmpty,
      NodeFilter.current(request, on: node, devices: fixed.devices, of: cluster).isEmpty
    else { return 0 }
    guard needed > 1, !request.exclusiveNode else { return 1 }
    var most = needed
    let (asked, free) = (request.amounts, cluster.free[node].amounts)
    let pairs = [
      (asked.cpuMilli, free.cpuMilli), (asked.memoryMB, free.memoryMB),
      (asked.storageMB, free.storageMB), (asked.ephemeralStorageMB, free.ephemeralStorageMB),
      (asked.networkMbps, free.networkMbps),
    ]
    for (asked, free) in pairs where asked > 0 { most = min(most, Int(free / asked)) }
    let start = cluster.deviceStart[node]
    switch request.gpu {
    case .none, .instances: break
    case .share(let milli):
      let shares = fixed.devices.reduce(0) {
        $0 + Int(cluster.deviceFreeMilli[start + $1]) / milli
      }
      most = min(most, shares)
    case .devices(let count):
      let whole = NodeFilter.freeDevices(
        fixed.devices, on: node, with: GPUDevice.wholeMilli, of: cluster)
      most = min(most, whole.count / count)
    }
    return most
  }
}
