/// The filter phase: what stands against a task on a node.
///
/// In two halves. What a node *is* (its state, labels, zone, devices) is asked once for a task and a node and kept until the
/// node's description changes; what is *free* of it is asked at each decision.
package enum NodeFilter {
  /// The half that only the node's description decides.
  package struct Fixed: Hashable, Sendable {
    package var blockers: BlockerSet
    /// The devices that the task accepts, whatever is free of them.
    package var devices: DeviceSet
    /// Whether these are too few, so that what is free of them need not be asked.
    package var lacksDevices: Bool
  }

  package static func fixed(_ request: TaskRequest, on node: Node) -> Fixed {
    var blockers = BlockerSet()
    if let blocker = Blocker(state: node.state) { blockers.insert(blocker) }
    let repels = node.taints.contains { taint in
      taint.effect != .preferNoSchedule && !request.tolerations.contains { $0.tolerates(taint) }
    }
    if repels { blockers.insert(.taint) }
    if !request.nodeSelector.entries.allSatisfy({ node.labels[$0.key] == $0.value }) {
      blockers.insert(.nodeSelector)
    }
    if !request.nodeAffinity.isEmpty,
      !request.nodeAffinity.contains(where: { $0.matches(node.labels) })
    {
      blockers.insert(.nodeAffinity)
    }
    if !request.zones.isEmpty, !request.zones.contains(node.zone) { blockers.insert(.zone) }
    let (blocker, devices) = acceptedDevices(request, of: node)
    if let blocker { blockers.insert(blocker) }
    return Fixed(blockers: blockers, devices: devices, lacksDevices: blocker != nil)
  }

  /// The other half: what is free now. The devices that the task accepts come from ``fixed(_:on:)``.
  package static func current(
    _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster
  ) -> BlockerSet {
    var blockers = BlockerSet()
    let free = cluster.free[node]
    if !request.amounts.fits(in: free.amounts) {
      if request.amounts.cpuMilli > free.amounts.cpuMilli { blockers.insert(.cpu) }
      if request.amounts.memoryMB > free.amounts.memoryMB { blockers.insert(.memory) }
      if request.amounts.storageMB > free.amounts.storageMB { blockers.insert(.storage) }
      if request.amounts.ephemeralStorageMB > free.amounts.ephemeralStorageMB {
        blockers.insert(.ephemeralStorage)
      }
      if request.amounts.networkMbps > free.amounts.networkMbps { blockers.insert(.network) }
    }
    let hold = cluster.holds[node]
    if hold.bits & ~request.passes != 0 {
      blockers.insert(hold.bits & ~request.passes == NodeHold.maintenance ? .maintenance : .booked)
    } else if hold.isShut {
      blockers.insert(.maintenance)
    }
    if free.isExclusive { blockers.insert(.nodeTaken) }
    if request.exclusiveNode, free.tasks > 0 { blockers.insert(.nodeInUse) }
    switch request.gpu {
    case .none: break
    case .share(let milli):
      if freeDevices(devices, on: node, with: Int32(milli), of: cluster).isEmpty {
        blockers.insert(.gpuFree)
      }
    case .devices(let count):
      let whole = freeDevices(devices, on: node, with: GPUDevice.wholeMilli, of: cluster)
      if whole.count < count {
        blockers.insert(.gpuFree)
      } else if let blocker = DeviceChoice.topologyBlocker(
        count, from: whole, constraints: request.gpuConstraints, on: node, of: cluster)
      {
        blockers.insert(blocker)
      }
    case .instances(let profile, let count):
      if DeviceChoice.instances(profile, count: count, from: devices, on: node, of: cluster) == nil
      {
        blockers.insert(.gpuFree)
      }
    }
    return blockers
  }

  /// What stands against a task over all nodes.
  ///
  /// - Parameter look: is shown each node, what the node is to the task, and all that stands against it there.
  package static func explain(
    _ request: TaskRequest, in cluster: Cluster,
    showing look: (_ node: Int, _ fixed: Fixed, _ blockers: BlockerSet) -> Void = { _, _, _ in }
  ) -> BlockerCounts {
    let relations = TaskRelations(request, in: cluster)
    let fixed = cluster.exampleOfKind.map { self.fixed(request, on: $0) }
    var withoutDevices = request
    withoutDevices.gpu = .none
    var counts = BlockerCounts()
    for node in cluster.nodes.indices {
      let fixed = fixed[Int(cluster.kindOfNode[node])]
      var blockers = fixed.blockers
      // Two calls rather than one of a choice, which would copy the request for each node.
      blockers.formUnion(
        fixed.lacksDevices
          ? current(withoutDevices, on: node, devices: fixed.devices, of: cluster)
          : current(request, on: node, devices: fixed.devices, of: cluster))
      blockers.formUnion(relations.blockers(on: node, of: cluster))
      counts.count(blockers)
      look(node, fixed, blockers)
    }
    return counts
  }

  /// The devices of a set of which at least `milli` thousandths are free.
  static func freeDevices(
    _ devices: DeviceSet, on node: Int, with milli: Int32, of cluster: Cluster
  ) -> DeviceSet {
    let start = cluster.deviceStart[node]
    var found = DeviceSet.empty
    for device in devices where cluster.deviceFreeMilli[start + device] >= milli {
      found.insert(device)
    }
    return found
  }

  /// The devices of a node that a task accepts, and the first demand that leaves too few of them.
  private static func acceptedDevices(
    _ request: TaskRequest, of node: Node
  ) -> (blocker: Blocker?, devices: DeviceSet) {
    let need: Int
    switch request.gpu {
    case .none: return (nil, .empty)
    case .share, .instances: need = 1
    case .devices(let count): need = count
    }
    let constraints = request.gpuConstraints
    var left = Array(node.devices.indices)
    guard left.count >= need else { return (.gpuCount, DeviceSet(left)) }
    let demands: [(blocker: Blocker, holds: (GPUDevice) -> Bool)] = [
      (.gpuModel, { constraints.models.isEmpty || constraints.models.contains($0.model) }),
      (.gpuMemory, { $0.memoryMB >= constraints.memoryMB }),
      (.gpuComputeCapability, { $0.computeCapability >= constraints.computeCapability }),
      (.gpuDivision, { isDivided($0, for: request.gpu) }),
    ]
    for demand in demands {
      left = left.filter { demand.holds(node.devices[$0]) }
      guard left.count >= need else { return (demand.blocker, DeviceSet(left)) }
    }
    return (nil, DeviceSet(left))
  }

  private static func isDivided(_ device: GPUDevice, for request: GPURequest) -> Bool {
    switch (device.division, request) {
    case (.shares, .share), (.shares, .devices): true
    case (.instances(let profiles), .instances(let name, _)): profiles.contains { $0.name == name }
    case (.shares, .instances), (.instances, .share), (.instances, .devices), (_, .none): false
    }
  }
}
