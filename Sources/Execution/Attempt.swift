package import Model

/// One run of a job: the first has number 1.
package struct AttemptID: Hashable, Sendable, CustomStringConvertible {
  package var job: Text
  package var number: Int32

  package init(job: Text, number: Int32) {
    self.job = job
    self.number = number
  }

  /// As it stands in the names of leases: `job/ID/NUMBER`.
  package var description: String { "job/\(job)/\(number)" }
}

/// What an attempt may use, which is what its lease holds.
package struct AttemptResources: Hashable, Sendable {
  /// In thousandths of a core; above 0.
  package var cpuMilli: Int64
  /// In MiB; above 0.
  package var memoryMB: Int64
  /// In thousandths of a device, all devices together.
  package var gpuMilli: Int64
  /// In MiB.
  package var storageMB: Int64

  package init(cpuMilli: Int64, memoryMB: Int64, gpuMilli: Int64 = 0, storageMB: Int64 = 0) {
    self.cpuMilli = cpuMilli
    self.memoryMB = memoryMB
    self.gpuMilli = gpuMilli
    self.storageMB = storageMB
  }
}

/// What an attempt has used since it started. Only ever rises.
package struct AttemptUsage: Hashable, Sendable {
  /// Core-milliseconds that were worked.
  package var cpuMilliseconds: Int64 = 0
  /// Device-milliseconds that were worked.
  package var gpuMilliseconds: Int64 = 0
  /// MiB times seconds that were in use.
  package var memoryMBSeconds: Int64 = 0
  package var networkBytes: Int64 = 0

  package init() {}

  package static func += (left: inout AttemptUsage, right: AttemptUsage) {
    left.cpuMilliseconds = left.cpuMilliseconds.addingSaturated(right.cpuMilliseconds)
    left.gpuMilliseconds = left.gpuMilliseconds.addingSaturated(right.gpuMilliseconds)
    left.memoryMBSeconds = left.memoryMBSeconds.addingSaturated(right.memoryMBSeconds)
    left.networkBytes = left.networkBytes.addingSaturated(right.networkBytes)
  }
}

/// How busy an attempt is, each as a part of what it was given, from 0 to 1.
package struct Utilization: Hashable, Sendable {
  package var cpu: Double
  /// Nil without devices.
  package var gpu: Double?
  package var memory: Double

  package init(cpu: Double, gpu: Double?, memory: Double) {
    self.cpu = cpu
    self.gpu = gpu
    self.memory = memory
  }
}

/// How an attempt ended.
package enum AttemptEnd: Hashable, Sendable {
  /// By itself, with this code; a reason where it is not 0 and something tells.
  case exited(code: Int32, reason: String?)
  /// By a signal.
  case signalled(Int32)
  /// It never ran, and would not elsewhere: what it asks for is not to be had here.
  case refused(String)

  package var isSuccess: Bool { self == .exited(code: 0, reason: nil) }
}
