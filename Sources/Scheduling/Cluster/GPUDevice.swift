/// One GPU of a node.
package struct GPUDevice: Hashable, Sendable {
  /// The whole of a device, in thousandths.
  package static let wholeMilli: Int32 = 1000

  /// What a device is divided into.
  package enum Division: Hashable, Sendable {
    /// Taken whole, or in shares of thousandths.
    case shares
    /// Hardware instances of these profiles (NVIDIA MIG); it cannot be taken whole or in shares.
    case instances([MIGProfile])
  }

  /// As the vendor names it, for example `A100`. Empty = unknown.
  package var model: String
  package var memoryMB: Int64
  package var computeCapability: ComputeCapability
  /// The node's memory region that the device hangs on; nil = unknown.
  package var numaNode: Int?
  /// The numbers of the node's other devices that a direct link (NVLink) leads to.
  package var linkedPeers: [Int]
  package var division: Division

  package init(
    model: String, memoryMB: Int64 = 0,
    computeCapability: ComputeCapability = ComputeCapability(major: 0, minor: 0),
    numaNode: Int? = nil, linkedPeers: [Int] = [], division: Division = .shares
  ) {
    self.model = model
    self.memoryMB = memoryMB
    self.computeCapability = computeCapability
    self.numaNode = numaNode
    self.linkedPeers = linkedPeers
    self.division = division
  }
}

/// The generation of a device's instruction set; `8.6` is above `8.0`.
package struct ComputeCapability: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var major: Int
  package var minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `8.6` or `8`; nil for another text.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let major = Int(parts[0]), major >= 0,
      let minor = parts.count == 2 ? Int(parts[1]) : 0, minor >= 0
    else { return nil }
    self.init(major: major, minor: minor)
  }

  package static func < (left: ComputeCapability, right: ComputeCapability) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  package var description: String { "\(major).\(minor)" }
}

/// A size of hardware instance that a device can be cut into, and where on the device it may lie.
///
/// A device has ``slices`` slices of memory. An instance takes a run of them that begins at one of a few places, which is
/// why a device can have enough free slices and still no place: NVIDIA's table of placements (`nvidia-smi mig -lgipp`).
package struct MIGProfile: Hashable, Sendable {
  package static let slices = 8

  /// For example `3g.20gb`.
  package var name: String
  /// Slices that an instance takes, 1...``slices``.
  package var length: Int
  /// The slices at which an instance may begin, ascending.
  package var starts: [Int]

  package init(name: String, length: Int, starts: [Int]) {
    self.name = name
    self.length = length
    self.starts = starts
  }

  /// Whether every place lies on the device.
  package var isValid: Bool {
    (1...MIGProfile.slices).contains(length) && !starts.isEmpty
      && starts.allSatisfy { $0 >= 0 && $0 + length <= MIGProfile.slices }
  }

  /// The slices of an instance that begins at `start`, one bit each.
  package func slices(at start: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: ((1 << length) - 1) << start)
  }

  /// The profiles of an A100 with 40 GB.
  package static let a100: [MIGProfile] = [
    MIGProfile(name: "1g.5gb", length: 1, starts: [0, 1, 2, 3, 4, 5, 6]),
    MIGProfile(name: "1g.10gb", length: 2, starts: [0, 2, 4, 6]),
    MIGProfile(name: "2g.10gb", length: 2, starts: [0, 2, 4]),
    MIGProfile(name: "3g.20gb", length: 4, starts: [0, 4]),
    MIGProfile(name: "4g.20gb", length: 4, starts: [0]),
    MIGProfile(name: "7g.40gb", length: 8, starts: [0]),
  ]
}
