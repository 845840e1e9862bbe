import Model

/// What stands against a task over all nodes, and on which of them the least is missing: one look at each. O(nodes).
struct PlaceSurvey {
  let counts: BlockerCounts
  /// Nil where no node lacks amounts alone. Of equal ones the first.
  let lack: NodeLack?

  init(_ request: TaskRequest, in cluster: Cluster) {
    let mayTell = !request.looksAtTasks && cluster.antiAffineTasks == 0
    var least: (node: Int, devices: DeviceSet, sizeMilli: Int64)?
    counts = NodeFilter.explain(request, in: cluster) { node, fixed, blockers in
      guard mayTell, fixed.blockers.isEmpty, !blockers.isEmpty,
        blockers.isSubset(of: NodeLack.blockers),
        let size = NodeLack.sizeMilli(request, on: node, fixed.devices, in: cluster)
      else { return }
      if let least, least.sizeMilli <= size { return }
      least = (node, fixed.devices, size)
    }
    lack = least.map { NodeLack(request, on: $0.node, $0.devices, in: cluster) }
  }
}

/// Surveys by kind, kept as long as the machine is the same.
struct PlaceSurveys {
  private var version = -1
  private var byKind: [Int: PlaceSurvey] = [:]

  mutating func survey(of kind: Int, version: Int, _ make: () -> PlaceSurvey) -> PlaceSurvey {
    if version != self.version {
      self.version = version
      byKind.removeAll(keepingCapacity: true)
    }
    if let known = byKind[kind] { return known }
    let survey = make()
    byKind[kind] = survey
    return survey
  }
}

/// What a node lacks for a task that finds no place there.
struct NodeLack {
  /// What can be lacking: amounts, and nothing that a node is.
  static let blockers = BlockerSet([
    .cpu, .memory, .storage, .ephemeralStorage, .network, .gpuFree,
  ])

  /// "8 GPUs and 4 CPU cores more free on node a".
  let text: String

  /// - Parameter devices: those of the node that the task accepts.
  init(_ request: TaskRequest, on node: Int, _ devices: DeviceSet, in cluster: Cluster) {
    var parts: [String] = []
    _ = NodeLack.forEach(request, on: node, devices, in: cluster) { amount, missing, _ in
      parts.append(amount.text(missing))
    }
    text = "\(parts.joined(separator: " and ")) more free on node \(cluster.nodes[node].name)"
  }

  /// How much is missing, in thousandths of what the node has, summed over the amounts; nil where the node never has as
  /// much as the task asks, or lacks nothing that can be counted.
  static func sizeMilli(
    _ request: TaskRequest, on node: Int, _ devices: DeviceSet, in cluster: Cluster
  ) -> Int64? {
    var size: Int64?
    let isTold = forEach(request, on: node, devices, in: cluster) { _, missing, all in
      size = (size ?? 0) + missing * 1000 / max(1, all)
    }
    return isTold ? size : nil
  }

  private enum Amount {
    case cpu, memory, storage, ephemeralStorage, network, gpuShare, gpus

    func text(_ missing: Int64) -> String {
      switch self {
      case .cpu:
        missing == 1000 ? "1 CPU core" : "\(FixedDecimal.text(missing, places: 3)) CPU cores"
      case .memory: "\(missing) MB of memory"
      case .storage: "\(missing) MB of storage"
      case .ephemeralStorage: "\(missing) MB of ephemeral storage"
      case .network: "\(missing) Mbit/s of network"
      case .gpuShare: "\(missing) gpu_milli of one GPU"
      case .gpus: missing == 1 ? "1 GPU" : "\(missing) GPUs"
      }
    }
  }

  /// Names every amount that is missing. False if the node never has as much as the task asks.
  private static func forEach(
    _ request: TaskRequest, on node: Int, _ devices: DeviceSet, in cluster: Cluster,
    _ body: (_ amount: Amount, _ missing: Int64, _ all: Int64) -> Void
  ) -> Bool {
    let (asked, free) = (request.amounts, cluster.free[node].amounts)
    let all = cluster.allocatable[node]
    func tell(_ amount: Amount, _ asked: Int64, _ free: Int64, _ all: Int64) -> Bool {
      if asked > free { body(amount, asked - free, all) }
      return asked <= all
    }
    guard tell(.cpu, asked.cpuMilli, free.cpuMilli, all.cpuMilli),
      tell(.memory, asked.memoryMB, free.memoryMB, all.memoryMB),
      tell(.storage, asked.storageMB, free.storageMB, all.storageMB),
      tell(
        .ephemeralStorage, asked.ephemeralStorageMB, free.ephemeralStorageMB,
        all.ephemeralStorageMB),
      tell(.network, asked.networkMbps, free.networkMbps, all.networkMbps)
    else { return false }
    switch request.gpu {
    case .none: return true
    case .share(let milli):
      let start = cluster.deviceStart[node]
      var most: Int32 = 0
      for device in devices { most = max(most, cluster.deviceFreeMilli[start + device]) }
      return tell(.gpuShare, Int64(milli), Int64(most), Int64(GPUDevice.wholeMilli))
    case .devices(let count):
      let whole = NodeFilter.freeDevices(
        devices, on: node, with: GPUDevice.wholeMilli, of: cluster)
      return tell(.gpus, Int64(count), Int64(whole.count), Int64(devices.count))
    case .instances: return false
    }
  }
}
