import Model
package import Scheduling

/// Why the places of a schedule cannot have been.
package enum PlacementFault: Hashable, Sendable, CustomStringConvertible {
  /// A run has more or fewer places than its job has tasks.
  case otherTasks(job: Int, found: Int, expected: Int)
  /// A task is on a node that is not there, or that does not have what it asks for at all.
  case wrongNode(job: Int, node: Int)
  /// A task has other devices, or other parts of them, than it asks for.
  case wrongDevices(job: Int, node: Int)
  /// More is held of a node than it has, from this time on.
  case overfull(node: Int, atSeconds: Double)
  /// More is held of a device than there is of it, from this time on.
  case overfullDevice(node: Int, device: Int, atSeconds: Double)
  /// A task that asks for a node of its own has company, from this time on.
  case notAlone(node: Int, atSeconds: Double)
  /// A task runs on a node that is out of service.
  case outOfService(job: Int, node: Int)

  package var description: String {
    switch self {
    case .otherTasks(let job, let found, let expected):
      "job \(job) runs with \(found) tasks and has \(expected)"
    case .wrongNode(let job, let node): "job \(job) runs on node \(node), which it cannot use"
    case .wrongDevices(let job, let node):
      "job \(job) holds devices of node \(node) that it did not ask for"
    case .overfull(let node, let at): "more of node \(node) is held than it has, from \(at) s on"
    case .overfullDevice(let node, let device, let at):
      "more of device \(device) of node \(node) is held than there is, from \(at) s on"
    case .notAlone(let node, let at):
      "node \(node) is shared although a task asks to be alone there, from \(at) s on"
    case .outOfService(let job, let node):
      "job \(job) runs on node \(node) while it is out of service"
    }
  }
}

/// Finds what is impossible in the places of a schedule: every node and every device over time.
///
/// It has its own sums and shares no code with what places tasks, but for what a node's description allows.
package enum PlacementValidator {
  /// One task's hold on a node.
  private struct Hold {
    let job: Int
    let start: Instant
    let end: Instant
    let request: TaskRequest
    let gpu: GPUGrant
  }

  /// The faults, at most ``ScheduleValidator/faultsMax``; none for a possible schedule. O(n log n) for n runs of tasks.
  ///
  /// - Parameters:
  ///   - schedule: runs of the workload's jobs, which ``ScheduleValidator`` found in order.
  ///   - nodes: what the places' numbers mean.
  package static func faults(
    in schedule: [ScheduleRecord], of workload: Workload, on nodes: [Node], outages: [NodeOutage]
  ) -> [PlacementFault] {
    let workload = workload.askingNodes()
    let asks = Dictionary(
      workload.jobs.map { ($0.id, workload.asks[$0.ask]) }, uniquingKeysWith: { first, _ in first })
    var faults: [PlacementFault] = []
    var holds: [[Hold]] = Array(repeating: [], count: nodes.count)
    for record in schedule {
      guard let ask = asks[record.job] else { continue }
      guard record.places.count == ask.count else {
        faults.append(
          .otherTasks(job: record.job, found: record.places.count, expected: ask.count))
        continue
      }
      for place in record.places {
        guard nodes.indices.contains(place.node),
          NodeFilter.fixed(ask.task, on: nodes[place.node]).blockers.isEmpty
        else {
          faults.append(.wrongNode(job: record.job, node: place.node))
          continue
        }
        if !grants(place.gpu, ask.task, on: nodes[place.node]) {
          faults.append(.wrongDevices(job: record.job, node: place.node))
        }
        holds[place.node].append(
          Hold(
            job: record.job, start: record.start, end: record.end, request: ask.task,
            gpu: place.gpu))
      }
    }
    for node in nodes.indices {
      sweep(holds[node], nodes[node], number: node, &faults)
      for outage in outages where outage.node == node {
        for hold in holds[node] where hold.start < outage.to && hold.end > outage.from {
          faults.append(.outOfService(job: hold.job, node: node))
        }
      }
    }
    return Array(faults.prefix(ScheduleValidator.faultsMax))
  }

  /// Whether a grant is what the task asks for, on devices that it accepts.
  private static func grants(_ grant: GPUGrant, _ task: TaskRequest, on node: Node) -> Bool {
    let accepted = NodeFilter.fixed(task, on: node).devices
    guard grant.deviceSet.allSatisfy({ accepted.contains($0) }) else { return false }
    switch (grant, task.gpu) {
    case (.none, .none): return true
    case (.share(_, let milli), .share(let asked)): return milli == asked
    case (.devices(let devices), .devices(let count)): return devices.count == count
    case (.instances(let instances), .instances(_, let count)): return instances.count == count
    case (.none, _), (.share, _), (.devices, _), (.instances, _): return false
    }
  }

  /// What is held of one node over time.
  private static func sweep(
    _ holds: [Hold], _ node: Node, number: Int, _ faults: inout [PlacementFault]
  ) {
    var changes = holds.flatMap { [($0.start, 1, $0), ($0.end, -1, $0)] }
    // At one instant what ends makes room for what starts.
    changes.sort { ($0.0, $0.1) < ($1.0, $1.1) }
    var free = node.allocatable
    var devices = Array(repeating: Int64(GPUDevice.wholeMilli), count: node.devices.count)
    var slices = Array(
      repeating: [Int](repeating: 0, count: MIGProfile.slices), count: devices.count)
    var tasks = 0
    var alone = 0
    for (at, sign, hold) in changes {
      let seconds = Seconds.value(at.nanoseconds)
      free = sign > 0 ? free - hold.request.amounts : free + hold.request.amounts
      tasks += sign
      if hold.request.exclusiveNode { alone += sign }
      take(hold.gpu, by: sign, &devices, &slices)
      guard sign > 0 else { continue }
      if !Resources.zero.fits(in: free) {
        faults.append(.overfull(node: number, atSeconds: seconds))
      }
      if alone > 0, tasks > 1 { faults.append(.notAlone(node: number, atSeconds: seconds)) }
      for device in devices.indices
      where devices[device] < 0 || slices[device].contains(where: { $0 > 1 }) {
        faults.append(.overfullDevice(node: number, device: device, atSeconds: seconds))
      }
      if faults.count >= ScheduleValidator.faultsMax { return }
    }
  }

  private static func take(
    _ grant: GPUGrant, by sign: Int, _ devices: inout [Int64], _ slices: inout [[Int]]
  ) {
    switch grant {
    case .none: break
    case .share(let device, let milli): devices[device] -= Int64(sign * milli)
    case .devices(let set):
      for device in set { devices[device] -= Int64(sign) * Int64(GPUDevice.wholeMilli) }
    case .instances(let instances):
      for instance in instances {
        for slice in 0..<MIGProfile.slices where instance.slices & (1 << UInt8(slice)) != 0 {
          slices[instance.device][slice] += sign
        }
      }
    }
  }
}
