package import Model

/// One run of a job on its nodes, from the lease of its place to the release.
package struct Attempt: Hashable, Sendable {
  /// From 1, never used again for the job.
  package var number: Int
  /// The lease of the coordinator that holds the place.
  package var lease: Text
  /// By rank.
  package var ranks: [Rank]
  package var placedAt: Instant
  /// When the last of its ranks had started.
  package var startedAt: Instant?
  /// What it has been told, if its end is wanted.
  package var stop: StopOrder?
  /// Since when nobody knows whether its processes live; nil = they are believed to.
  package var inDoubtSince: Instant?
  /// What it used so far.
  package var usage: AttemptUsage
  package var usageAt: Instant

  package init(number: Int, lease: Text, ranks: [Rank], placedAt: Instant) {
    self.number = number
    self.lease = lease
    self.ranks = ranks
    self.placedAt = placedAt
    usage = AttemptUsage()
    usageAt = placedAt
  }

  package var hasStarted: Bool { startedAt != nil }
}

/// The place of one process of an attempt.
package struct Rank: Hashable, Sendable {
  package var node: Text
  /// Indexes of devices of the node, ascending.
  package var gpus: [Int]
  /// What the executor knows the processes by, from their start on: more than a process id, which is used again.
  package var identity: Text?

  package init(node: Text, gpus: [Int], identity: Text? = nil) {
    self.node = node
    self.gpus = gpus
    self.identity = identity
  }
}

/// That an attempt is to end, and what becomes of its job then.
package struct StopOrder: Hashable, Sendable {
  package enum Purpose: UInt8, CaseIterable, Hashable, Sendable {
    case cancel = 1
    case suspend = 2
    case preempt = 3
    case migrate = 4
    case runtimeExceeded = 5
    case deadlinePassed = 6
    /// A rank did not start in time.
    case holdExpired = 7

    /// A later order replaces an earlier one only where it says more.
    var weight: Int {
      switch self {
      case .cancel: 3
      case .deadlinePassed: 2
      case .runtimeExceeded, .holdExpired: 1
      case .suspend, .preempt, .migrate: 0
      }
    }
  }

  package var purpose: Purpose
  /// When the processes are killed.
  package var graceEnd: Instant
  /// Whether that time has come.
  package var isForced: Bool

  package init(purpose: Purpose, graceEnd: Instant, isForced: Bool = false) {
    self.purpose = purpose
    self.graceEnd = graceEnd
    self.isForced = isForced
  }
}

/// What an attempt used, summed from its start. Sums saturate.
package struct AttemptUsage: Hashable, Sendable {
  package var cpuNanoseconds: Int64 = 0
  package var gpuNanoseconds: Int64 = 0
  /// MB × seconds.
  package var memoryMegabyteSeconds: Int64 = 0
  package var networkBytes: Int64 = 0
  package var storageMegabyteSeconds: Int64 = 0

  package init() {}

  package static func + (left: AttemptUsage, right: AttemptUsage) -> AttemptUsage {
    var sum = left
    sum.cpuNanoseconds = left.cpuNanoseconds.addingSaturated(right.cpuNanoseconds)
    sum.gpuNanoseconds = left.gpuNanoseconds.addingSaturated(right.gpuNanoseconds)
    sum.memoryMegabyteSeconds = left.memoryMegabyteSeconds
      .addingSaturated(right.memoryMegabyteSeconds)
    sum.networkBytes = left.networkBytes.addingSaturated(right.networkBytes)
    sum.storageMegabyteSeconds = left.storageMegabyteSeconds
      .addingSaturated(right.storageMegabyteSeconds)
    return sum
  }

  /// Whether nothing is below 0 and nothing below what was said before.
  func continues(_ earlier: AttemptUsage) -> Bool {
    cpuNanoseconds >= earlier.cpuNanoseconds && gpuNanoseconds >= earlier.gpuNanoseconds
      && memoryMegabyteSeconds >= earlier.memoryMegabyteSeconds
      && networkBytes >= earlier.networkBytes
      && storageMegabyteSeconds >= earlier.storageMegabyteSeconds
  }
}

/// How the processes of an attempt ended: the attempt's end is told once, when none of them is left.
package struct AttemptResult: Hashable, Sendable {
  /// 0 = all went well. A process that a signal ended has 128 and the signal's number.
  package var exitCode: Int32
  /// The signal that ended it; 0 = none.
  package var signal: Int32
  /// For people; empty where the code says all.
  package var reason: Text

  package init(exitCode: Int32, signal: Int32 = 0, reason: Text = .empty) {
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
  }

  package var isSuccess: Bool { exitCode == 0 && signal == 0 }
}
