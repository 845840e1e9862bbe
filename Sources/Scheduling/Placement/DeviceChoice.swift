import Model

/// Which of a node's devices a task gets.
package enum DeviceChoice {
  /// How a share finds its device.
  package enum Rule: Hashable, Sendable {
    /// The device with the least free that is enough.
    case bestFit
    /// The device with the most free.
    case worstFit
    /// Each with the same chance.
    case random
  }

  /// Chooses the devices of a task on a node where it fits; of equal ones those with the lowest numbers.
  ///
  /// - Precondition: the filter phase found nothing against the node.
  package static func grant(
    _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster, rule: Rule,
    random: inout SeededRandom
  ) -> GPUGrant {
    switch request.gpu {
    case .none: return .none
    case .share(let milli):
      let enough = NodeFilter.freeDevices(devices, on: node, with: Int32(milli), of: cluster)
      let device = device(from: enough, on: node, of: cluster, rule: rule, random: &random)
      return .share(device: device, milli: milli)
    case .devices(let count):
      return .devices(whole(count, request, on: node, devices: devices, of: cluster))
    case .instances(let profile, let count):
      guard
        let instances = instances(profile, count: count, from: devices, on: node, of: cluster)
      else { preconditionFailure("devices are chosen on a node where the task fits") }
      return .instances(instances)
    }
  }

  /// The whole devices of a task on a node where it fits.
  static func whole(
    _ count: Int, _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster
  ) -> DeviceSet {
    let whole = NodeFilter.freeDevices(
      devices, on: node, with: GPUDevice.wholeMilli, of: cluster)
    let chosen = group(
      count, from: whole, constraints: request.gpuConstraints, on: node, of: cluster)
    guard let chosen else {
      preconditionFailure("devices are chosen on a node where the task fits")
    }
    return chosen
  }

  private static func device(
    from enough: DeviceSet, on node: Int, of cluster: Cluster, rule: Rule,
    random: inout SeededRandom
  ) -> Int {
    let start = cluster.deviceStart[node]
    let left = rule == .random ? random.below(enough.count) : 0
    var chosen: Int?
    for (index, device) in enough.enumerated() {
      guard let best = chosen else {
        chosen = device
        continue
      }
      let free = cluster.deviceFreeMilli[start + device]
      let isBetter =
        switch rule {
        case .bestFit: free < cluster.deviceFreeMilli[start + best]
        case .worstFit: free > cluster.deviceFreeMilli[start + best]
        case .random: index == left
        }
      if isBetter { chosen = device }
    }
    guard let chosen else {
      preconditionFailure("devices are chosen on a node where the task fits")
    }
    return chosen
  }
}

extension DeviceChoice {
  /// Why so many free devices that are enough in number are not enough together; nil where they are.
  static func topologyBlocker(
    _ count: Int, from devices: DeviceSet, constraints: GPUConstraints, on node: Int,
    of cluster: Cluster
  ) -> Blocker? {
    guard constraints.interconnect != .any || constraints.sameNUMANode else { return nil }
    if group(count, from: devices, constraints: constraints, on: node, of: cluster) != nil {
      return nil
    }
    guard constraints.interconnect != .any else { return .gpuNUMANode }
    var withoutLinks = constraints
    withoutLinks.interconnect = .any
    return group(count, from: devices, constraints: withoutLinks, on: node, of: cluster) == nil
      ? .gpuNUMANode : .gpuInterconnect
  }

  /// So many of the devices: those nearest to each other. On one memory region and all linked is best, then all linked, then
  /// on one region, then the lowest numbers; what the constraints require is not given up. Nil where there are none.
  static func group(
    _ count: Int, from devices: DeviceSet, constraints: GPUConstraints, on node: Int,
    of cluster: Cluster
  ) -> DeviceSet? {
    guard count <= devices.count else { return nil }
    let needsLinks = constraints.interconnect == .nvlink
    let needsRegion = constraints.sameNUMANode
    if !cluster.nodes[node].hasTopology, !needsLinks, !needsRegion {
      return devices.first(count)
    }
    let node = cluster.nodes[node]
    let regions = regions(of: devices, node: node)
    let wishes = [(true, true), (false, true), (true, false), (false, false)]
    for (inRegion, linked) in wishes where (inRegion || !needsRegion) && (linked || !needsLinks) {
      for candidates in inRegion ? regions : [devices] {
        if let found = pick(count, from: candidates, linked: linked, node: node) { return found }
      }
    }
    return nil
  }

  /// The devices of each memory region, those of fewer devices first, so that large groups stay whole.
  private static func regions(of devices: DeviceSet, node: Node) -> [DeviceSet] {
    var byRegion: [(region: Int, devices: DeviceSet)] = []
    for device in devices {
      guard let region = node.devices[device].numaNode else { continue }
      if let index = byRegion.firstIndex(where: { $0.region == region }) {
        byRegion[index].devices.insert(device)
      } else {
        byRegion.append((region, DeviceSet(CollectionOfOne(device))))
      }
    }
    return byRegion.sorted { ($0.devices.count, $0.region) < ($1.devices.count, $1.region) }
      .map(\.devices)
  }

  /// The first group by number; where they must be linked, each with each.
  private static func pick(
    _ count: Int, from devices: DeviceSet, linked: Bool, node: Node
  ) -> DeviceSet? {
    guard count > 0 else { return .empty }
    guard devices.count >= count else { return nil }
    if !linked || count == 1 { return devices.first(count) }
    var left = devices
    for device in devices {
      left.remove(device)
      let peers = DeviceSet(node.devices[device].linkedPeers).intersection(left)
      if var found = pick(count - 1, from: peers, linked: true, node: node) {
        found.insert(device)
        return found
      }
    }
    return nil
  }

  /// Places for instances of a profile: on the devices with the fewest free slices first, at the first place of each. Nil where
  /// not all of them find one.
  static func instances(
    _ profile: String, count: Int, from devices: DeviceSet, on node: Int, of cluster: Cluster
  ) -> [MIGInstance]? {
    let start = cluster.deviceStart[node]
    let order = devices.sorted {
      let taken = (cluster.deviceSlices[start + $0], cluster.deviceSlices[start + $1])
      return (-taken.0.nonzeroBitCount, $0) < (-taken.1.nonzeroBitCount, $1)
    }
    var instances: [MIGInstance] = []
    for device in order {
      guard case .instances(let profiles) = cluster.nodes[node].devices[device].division,
        let profile = profiles.first(where: { $0.name == profile })
      else { continue }
      var taken = cluster.deviceSlices[start + device]
      for place in profile.starts where instances.count < count {
        let slices = profile.slices(at: place)
        guard taken & slices == 0 else { continue }
        taken |= slices
        instances.append(MIGInstance(device: device, slices: slices))
      }
      if instances.count == count { return instances }
    }
    return nil
  }
}
