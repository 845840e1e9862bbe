/// Nodes, the tasks that run on them, and exactly what is free.
///
/// A value: a copy is a trial. Nodes and devices are numbers; what the scores read at each decision lies in flat arrays by
/// these numbers. Free amounts change by ``place(_:at:)`` and ``remove(_:)`` alone, in whole numbers, so that what a task
/// took is what it gives back.
package struct Cluster: Sendable {
  /// What is free of one node, its devices aside.
  package struct Free: Hashable, Sendable {
    package var amounts: Resources
    /// Thousandths of all devices together.
    package var gpuMilli: Int32
    /// Devices of which nothing is taken.
    package var wholeDevices: Int32
    package var tasks: Int32
    /// Whether a task has the node for itself.
    package var isExclusive: Bool
    /// The GPU classes of the tasks that run there, one bit each.
    package var gpuClasses: UInt32
  }

  package private(set) var nodes: [Node]
  package private(set) var free: ContiguousArray<Free>
  /// By ``deviceStart``: thousandths that are free of each device; 0 for one that is divided into instances.
  package private(set) var deviceFreeMilli: ContiguousArray<Int32>
  /// By ``deviceStart``: slices that are taken of each device.
  package private(set) var deviceSlices: ContiguousArray<UInt8>
  /// Where each node's devices begin; one more than there are nodes.
  package let deviceStart: ContiguousArray<Int>
  /// By ``deviceStart``: the number of each device's model in ``models``.
  package let deviceModel: ContiguousArray<UInt8>
  /// The models of devices by number, in the order of the nodes.
  package let models: [String]
  /// What the nodes may give in all.
  package let allocatable: ContiguousArray<Resources>
  /// What the nodes have of devices that are not divided into instances, in thousandths.
  package let shareableMilli: ContiguousArray<Int32>
  /// The largest amount of processors that a node may give, and the most thousandths of devices: what packing scores
  /// are measured against. At least 1.
  package let largestCPUMilli: Int64
  package let largestGPUMilli: Int64
  /// The dearest node's cost.
  package let largestCostMicros: Int64
  /// Thousandths of all devices that are not divided into instances.
  package let gpuMilli: Int64
  /// Data sets by the zone that has a copy of them.
  package let datasetsByZone: [String: Set<String>]

  /// By node: the number of its kind. Nodes of one kind differ in name and amounts alone, so that what a task asks of a
  /// description is asked once for each kind.
  package private(set) var kindOfNode: ContiguousArray<Int32> = []
  /// By kind: a node of it, as it was described when it was the first.
  package private(set) var exampleOfKind: ContiguousArray<Node> = []
  private var kinds: [NodeKind: Int32] = [:]

  /// By node: who may have it.
  package private(set) var holds: ContiguousArray<NodeHold>
  /// By node and class.
  private var gpuClassCounts: ContiguousArray<Int32>
  private var slots: ContiguousArray<RunningTask?> = []
  private var freeSlots: [Int] = []
  /// How many running tasks keep others away.
  package private(set) var antiAffineTasks = 0
  /// How many running tasks others may relate to: those that have labels or keep others away.
  package private(set) var relatedTasks = 0

  /// An empty cluster of these nodes, in this order; a node's number is its place.
  ///
  /// - Throws: ``ClusterError`` for a description that contradicts itself or passes a bound of ``ClusterLimits``.
  package init(nodes: [Node]) throws(ClusterError) {
    try Cluster.check(nodes)
    self.nodes = nodes
    allocatable = ContiguousArray(nodes.map(\.allocatable))
    let layout = try DeviceLayout(nodes)
    deviceStart = layout.start
    deviceModel = layout.model
    models = layout.models
    deviceFreeMilli = layout.freeMilli
    deviceSlices = ContiguousArray(repeating: 0, count: layout.freeMilli.count)
    free = []
    free.reserveCapacity(nodes.count)
    for (index, amounts) in allocatable.enumerated() {
      let devices = layout.freeMilli[layout.start[index]..<layout.start[index + 1]]
      free.append(
        Free(
          amounts: amounts, gpuMilli: devices.reduce(0, +),
          wholeDevices: Int32(devices.count { $0 > 0 }), tasks: 0, isExclusive: false,
          gpuClasses: 0))
    }
    shareableMilli = ContiguousArray(free.map(\.gpuMilli))
    gpuClassCounts = ContiguousArray(repeating: 0, count: nodes.count * GPUClass.count)
    holds = ContiguousArray(repeating: NodeHold(), count: nodes.count)
    largestCPUMilli = max(1, allocatable.map(\.cpuMilli).max() ?? 1)
    largestGPUMilli = max(1, Int64(free.map(\.gpuMilli).max() ?? 1))
    largestCostMicros = nodes.map(\.costPerHourMicros).max() ?? 0
    gpuMilli = free.reduce(0) { $0 + Int64($1.gpuMilli) }
    var datasets: [String: Set<String>] = [:]
    for node in nodes where !node.zone.isEmpty {
      datasets[node.zone, default: []].formUnion(node.datasets)
    }
    datasetsByZone = datasets
    kindOfNode.reserveCapacity(nodes.count)
    for node in nodes.indices { kindOfNode.append(kind(of: node)) }
  }

  /// The number of a node's kind as it is described now, a new one if need be.
  private mutating func kind(of node: Int) -> Int32 {
    let key = NodeKind(nodes[node])
    if let kind = kinds[key] { return kind }
    let kind = Int32(exampleOfKind.count)
    kinds[key] = kind
    exampleOfKind.append(nodes[node])
    return kind
  }

  /// The devices of a node, as indexes of the flat arrays.
  package func devices(of node: Int) -> Range<Int> { deviceStart[node]..<deviceStart[node + 1] }

  /// A task that runs; nil for a slot that is free.
  package func task(_ slot: TaskSlot) -> RunningTask? {
    slots.indices.contains(slot.value) ? slots[slot.value] : nil
  }

  /// The tasks that run, by slot.
  package var tasks: [(slot: TaskSlot, task: RunningTask)] {
    slots.enumerated().compactMap { index, task in task.map { (TaskSlot(value: index), $0) } }
  }

  /// Shows each running task, by slot.
  package func forEachTask(_ body: (RunningTask) -> Void) {
    for task in slots { if let task { body(task) } }
  }
}

extension Cluster {
  /// Lets a task run at a place that was found for it.
  ///
  /// - Precondition: the place has what the task takes: see ``NodeFilter``.
  package mutating func place(_ request: TaskRequest, at placement: Placement) -> TaskSlot {
    let node = placement.node
    precondition(
      request.amounts.fits(in: free[node].amounts), "a task is placed where its amounts are free")
    precondition(
      !free[node].isExclusive && (!request.exclusiveNode || free[node].tasks == 0),
      "a task that has its node for itself is alone there")
    take(placement.gpu, on: node)
    free[node].amounts = free[node].amounts - request.amounts
    free[node].tasks += 1
    free[node].isExclusive = request.exclusiveNode
    let task = RunningTask(
      placement: placement, amounts: request.amounts, isExclusive: request.exclusiveNode,
      labels: request.labels, taskAntiAffinity: request.taskAntiAffinity,
      gpuClass: GPUClass(request.gpu))
    count(task, by: 1)
    if let index = freeSlots.popLast() {
      slots[index] = task
      return TaskSlot(value: index)
    }
    slots.append(task)
    return TaskSlot(value: slots.count - 1)
  }

  /// Ends a task and gives back what it took.
  ///
  /// - Precondition: the slot is taken.
  /// - Returns: the task that ran.
  @discardableResult
  package mutating func remove(_ slot: TaskSlot) -> RunningTask {
    guard let task = task(slot) else { preconditionFailure("only a task that runs is removed") }
    slots[slot.value] = nil
    freeSlots.append(slot.value)
    let node = task.placement.node
    giveBack(task.placement.gpu, on: node)
    free[node].amounts = free[node].amounts + task.amounts
    free[node].tasks -= 1
    if task.isExclusive { free[node].isExclusive = false }
    count(task, by: -1)
    return task
  }

  /// Changes whether a node takes new tasks; what runs there runs on.
  package mutating func setState(_ state: NodeState, of node: Int) {
    guard nodes[node].state != state else { return }
    nodes[node].state = state
    kindOfNode[node] = kind(of: node)
  }

  /// Holds a node, beside what holds it already.
  package mutating func hold(_ node: Int, _ hold: NodeHold) {
    holds[node].bits |= hold.bits
    holds[node].isShut = holds[node].isShut || hold.isShut
  }

  /// Keeps only what is free in another state of the same nodes as well, and lets the tasks that others may relate to run in
  /// both. A node that is only shut in the other state stays open here: what begins in this state has begun before the other.
  /// For trials: what runs in such a state is not to be removed from it.
  ///
  /// - Returns: the nodes of which less is free now, or that take no tasks any more or those of fewer.
  package mutating func restrict(to other: Cluster) -> [Int] {
    precondition(nodes.count == other.nodes.count, "both states are of the same nodes")
    var changed: [Int] = []
    for node in nodes.indices {
      let before = (free[node], nodes[node].state, holds[node].bits)
      let takesSlices = devices(of: node).contains {
        other.deviceSlices[$0] & ~deviceSlices[$0] != 0
      }
      restrictFree(of: node, to: other)
      if !other.nodes[node].state.takesTasks { setState(other.nodes[node].state, of: node) }
      holds[node].bits |= other.holds[node].bits
      if takesSlices || (free[node], nodes[node].state, holds[node].bits) != before {
        changed.append(node)
      }
    }
    for (index, task) in other.slots.enumerated() {
      guard let task, !task.labels.isEmpty || !task.taskAntiAffinity.isEmpty,
        !(slots.indices.contains(index) && slots[index] == task)
      else { continue }
      slots.append(task)
      relatedTasks += 1
      if !task.taskAntiAffinity.isEmpty { antiAffineTasks += 1 }
    }
    return changed
  }

  /// Makes of one node what ``restrict(to:)`` would make of it, begun from the first of these states with the others in turn.
  ///
  /// - Precondition: no task relates to others in any of them, for only amounts are taken over.
  package mutating func setFree(of node: Int, leastOf states: [Cluster]) {
    guard let first = states.first else { return }
    precondition(relatedTasks == 0, "tasks that others relate to are restricted as a whole")
    free[node] = first.free[node]
    for device in devices(of: node) {
      deviceFreeMilli[device] = first.deviceFreeMilli[device]
      deviceSlices[device] = first.deviceSlices[device]
    }
    let classes = node * GPUClass.count
    for index in classes..<classes + GPUClass.count {
      gpuClassCounts[index] = first.gpuClassCounts[index]
    }
    setState(first.nodes[node].state, of: node)
    holds[node] = first.holds[node]
    for other in states.dropFirst() {
      restrictFree(of: node, to: other)
      holds[node].bits |= other.holds[node].bits
      if !other.nodes[node].state.takesTasks { setState(other.nodes[node].state, of: node) }
    }
  }

  private mutating func restrictFree(of node: Int, to other: Cluster) {
    let (mine, theirs) = (free[node], other.free[node])
    guard mine != theirs || !devices(of: node).isEmpty else { return }
    free[node].amounts = Resources(
      cpuMilli: min(mine.amounts.cpuMilli, theirs.amounts.cpuMilli),
      memoryMB: min(mine.amounts.memoryMB, theirs.amounts.memoryMB),
      storageMB: min(mine.amounts.storageMB, theirs.amounts.storageMB),
      ephemeralStorageMB: min(mine.amounts.ephemeralStorageMB, theirs.amounts.ephemeralStorageMB),
      networkMbps: min(mine.amounts.networkMbps, theirs.amounts.networkMbps))
    free[node].tasks = max(mine.tasks, theirs.tasks)
    free[node].isExclusive = mine.isExclusive || theirs.isExclusive
    free[node].gpuClasses = mine.gpuClasses | theirs.gpuClasses
    for device in devices(of: node) {
      let milli = min(deviceFreeMilli[device], other.deviceFreeMilli[device])
      if deviceFreeMilli[device] == GPUDevice.wholeMilli, milli < GPUDevice.wholeMilli {
        free[node].wholeDevices -= 1
      }
      free[node].gpuMilli -= deviceFreeMilli[device] - milli
      deviceFreeMilli[device] = milli
      deviceSlices[device] |= other.deviceSlices[device]
    }
    let classes = node * GPUClass.count
    for index in classes..<classes + GPUClass.count {
      gpuClassCounts[index] = max(gpuClassCounts[index], other.gpuClassCounts[index])
    }
  }

  private mutating func count(_ task: RunningTask, by change: Int32) {
    if !task.taskAntiAffinity.isEmpty { antiAffineTasks += Int(change) }
    if !task.labels.isEmpty || !task.taskAntiAffinity.isEmpty { relatedTasks += Int(change) }
    guard let gpuClass = task.gpuClass else { return }
    let node = task.placement.node
    let index = node * GPUClass.count + gpuClass.number
    gpuClassCounts[index] += change
    let bit: UInt32 = 1 << UInt32(gpuClass.number)
    if gpuClassCounts[index] > 0 {
      free[node].gpuClasses |= bit
    } else {
      free[node].gpuClasses &= ~bit
    }
  }

  private mutating func take(_ grant: GPUGrant, on node: Int) {
    switch grant {
    case .none: break
    case .share(let device, let milli): change(device, on: node, by: -Int32(milli))
    case .devices(let devices):
      for device in devices { change(device, on: node, by: -GPUDevice.wholeMilli) }
    case .instances(let instances):
      for instance in instances {
        let index = deviceStart[node] + instance.device
        precondition(
          deviceSlices[index] & instance.slices == 0, "an instance is placed on free slices")
        deviceSlices[index] |= instance.slices
      }
    }
  }

  private mutating func giveBack(_ grant: GPUGrant, on node: Int) {
    switch grant {
    case .none: break
    case .share(let device, let milli): change(device, on: node, by: Int32(milli))
    case .devices(let devices):
      for device in devices { change(device, on: node, by: GPUDevice.wholeMilli) }
    case .instances(let instances):
      for instance in instances {
        deviceSlices[deviceStart[node] + instance.device] &= ~instance.slices
      }
    }
  }

  private mutating func change(_ device: Int, on node: Int, by milli: Int32) {
    let index = deviceStart[node] + device
    let before = deviceFreeMilli[index]
    let after = before + milli
    precondition(
      (0...GPUDevice.wholeMilli).contains(after),
      "a device is not given twice, nor given back twice")
    deviceFreeMilli[index] = after
    free[node].gpuMilli += milli
    if before == GPUDevice.wholeMilli { free[node].wholeDevices -= 1 }
    if after == GPUDevice.wholeMilli { free[node].wholeDevices += 1 }
  }
}

extension Cluster {
  private static func check(_ nodes: [Node]) throws(ClusterError) {
    guard nodes.count <= ClusterLimits.nodes else {
      throw ClusterError("\(nodes.count) nodes; at most \(ClusterLimits.nodes) are supported")
    }
    var names: Set<String> = []
    for node in nodes {
      guard !node.name.isEmpty, names.insert(node.name).inserted else {
        throw ClusterError(node: node.name, "expected a name of its own")
      }
      guard node.capacity.isValid, (0...Resources.amountMax).contains(node.costPerHourMicros) else {
        throw ClusterError(
          node: node.name, "amounts and costs are from 0 to \(Resources.amountMax)")
      }
      guard Overcommit.range.contains(node.overcommit.cpuPercent),
        Overcommit.range.contains(node.overcommit.memoryPercent)
      else {
        throw ClusterError(
          node: node.name,
          "overcommitment is from \(Overcommit.range.lowerBound) to \(Overcommit.range.upperBound) percent"
        )
      }
      try check(node.devices, of: node.name)
    }
  }

  private static func check(_ devices: [GPUDevice], of node: String) throws(ClusterError) {
    guard devices.count <= ClusterLimits.devicesPerNode else {
      throw ClusterError(
        node: node,
        "\(devices.count) devices; at most \(ClusterLimits.devicesPerNode) are supported")
    }
    for (number, device) in devices.enumerated() {
      guard (0...Resources.amountMax).contains(device.memoryMB) else {
        throw ClusterError(node: node, "device \(number): memory is from 0 on")
      }
      for peer in device.linkedPeers {
        guard devices.indices.contains(peer), peer != number,
          devices[peer].linkedPeers.contains(number)
        else {
          throw ClusterError(
            node: node, "device \(number): a link to \(peer) needs that device and its link back")
        }
      }
      if case .instances(let profiles) = device.division {
        guard !profiles.isEmpty, profiles.allSatisfy(\.isValid),
          Set(profiles.map(\.name)).count == profiles.count
        else {
          throw ClusterError(
            node: node,
            "device \(number): profiles have names of their own and places on the device")
        }
      }
    }
  }
}

/// What a task asks of a node's description.
private struct NodeKind: Hashable {
  let devices: [GPUDevice]
  let labels: Labels
  let taints: [Taint]
  let zone: String
  let state: NodeState

  init(_ node: Node) {
    devices = node.devices
    labels = node.labels
    taints = node.taints
    zone = node.zone
    state = node.state
  }
}

/// The nodes' devices in flat arrays.
private struct DeviceLayout {
  var start: ContiguousArray<Int> = [0]
  var model: ContiguousArray<UInt8> = []
  var freeMilli: ContiguousArray<Int32> = []
  var models: [String] = []

  init(_ nodes: [Node]) throws(ClusterError) {
    var numbers: [String: UInt8] = [:]
    for node in nodes {
      for device in node.devices {
        if numbers[device.model] == nil {
          guard models.count < ClusterLimits.models else {
            throw ClusterError(
              node: node.name, "more than \(ClusterLimits.models) models of devices in the cluster")
          }
          numbers[device.model] = UInt8(models.count)
          models.append(device.model)
        }
        model.append(numbers[device.model] ?? 0)
        freeMilli.append(device.division == .shares ? GPUDevice.wholeMilli : 0)
      }
      start.append(model.count)
    }
  }
}
