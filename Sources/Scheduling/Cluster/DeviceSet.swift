/// A set of one node's devices, one bit each.
package struct DeviceSet: Hashable, Sendable, Sequence {
  package var bits: UInt16

  package static let empty = DeviceSet(bits: 0)

  package init(bits: UInt16) {
    self.bits = bits
  }

  /// - Precondition: each number is in 0..<``ClusterLimits/devicesPerNode``.
  package init(_ devices: some Sequence<Int>) {
    bits = 0
    for device in devices { insert(device) }
  }

  package var count: Int { bits.nonzeroBitCount }
  package var isEmpty: Bool { bits == 0 }

  package func contains(_ device: Int) -> Bool { bits & (1 << UInt16(device)) != 0 }

  package mutating func insert(_ device: Int) {
    precondition(
      (0..<ClusterLimits.devicesPerNode).contains(device), "a device's number is below the limit")
    bits |= 1 << UInt16(device)
  }

  package mutating func remove(_ device: Int) { bits &= ~(1 << UInt16(device)) }

  package func intersection(_ other: DeviceSet) -> DeviceSet { DeviceSet(bits: bits & other.bits) }

  package func isSubset(of other: DeviceSet) -> Bool { bits & ~other.bits == 0 }

  /// The devices with the lowest numbers, at most so many.
  package func first(_ count: Int) -> DeviceSet {
    var found = DeviceSet.empty
    for device in self {
      if found.count == count { break }
      found.insert(device)
    }
    return found
  }

  /// The devices by number.
  package func makeIterator() -> Iterator { Iterator(left: bits) }

  package struct Iterator: IteratorProtocol {
    var left: UInt16

    package mutating func next() -> Int? {
      guard left != 0 else { return nil }
      let device = left.trailingZeroBitCount
      left &= left - 1
      return device
    }
  }
}

/// The devices that a task got.
package enum GPUGrant: Hashable, Sendable {
  case none
  /// A part of one device, in thousandths.
  case share(device: Int, milli: Int)
  case devices(DeviceSet)
  case instances([MIGInstance])

  /// The devices of the grant, whatever part of them.
  package var deviceSet: DeviceSet {
    switch self {
    case .none: .empty
    case .share(let device, _): DeviceSet(CollectionOfOne(device))
    case .devices(let devices): devices
    case .instances(let instances): DeviceSet(instances.map(\.device))
    }
  }
}

/// One hardware instance: its device and the slices that it takes of it.
package struct MIGInstance: Hashable, Sendable {
  package var device: Int
  package var slices: UInt8

  package init(device: Int, slices: UInt8) {
    self.device = device
    self.slices = slices
  }
}

/// Where a task is to run.
package struct Placement: Hashable, Sendable {
  /// The node's number.
  package var node: Int
  package var gpu: GPUGrant

  package init(node: Int, gpu: GPUGrant) {
    self.node = node
    self.gpu = gpu
  }
}

/// Names a task that runs in a ``Cluster``, until it is removed.
package struct TaskSlot: Hashable, Sendable {
  package let value: Int
}

/// A task that runs, and what it holds.
package struct RunningTask: Hashable, Sendable {
  package let placement: Placement
  package let amounts: Resources
  package let isExclusive: Bool
  package let labels: Labels
  package let taskAntiAffinity: [TaskAffinity]
  /// Which kind of GPU request it came with; nil for none.
  package let gpuClass: GPUClass?
}

/// Tasks that ask for GPUs in the same way: what GPU clustering keeps together.
package struct GPUClass: Hashable, Sendable {
  /// 0 = shares of one device, 1... = that many whole devices, ``ClusterLimits/devicesPerNode`` + 1 = instances.
  package let number: Int

  package static let count = ClusterLimits.devicesPerNode + 2

  /// Nil for a request without GPUs.
  package init?(_ request: GPURequest) {
    switch request {
    case .none: return nil
    case .share: number = 0
    case .devices(let count): number = count
    case .instances: number = ClusterLimits.devicesPerNode + 1
    }
  }
}
