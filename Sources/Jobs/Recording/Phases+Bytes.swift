import Model

/// Phases and attempts as bytes: what one half writes, the other reads. Order is the format.
extension ByteSink {
  mutating func append(_ key: JobKey) { append(key.number) }

  mutating func append(_ actor: JobActor) {
    switch actor {
    case .time: append(byte: 0)
    case .planner: append(byte: 1)
    case .executor: append(byte: 2)
    case .principal(let name):
      append(byte: 3)
      append(name)
    }
  }

  mutating func append(_ gate: JobGate) {
    switch gate {
    case .open(let until):
      append(true)
      append(optional: until) { $0.append($1) }
    case .closed(let until):
      append(false)
      append(until)
    }
  }

  mutating func append(_ phase: JobPhase) {
    append(byte: PhaseKind(phase).rawValue)
    switch phase {
    case .pending(let since), .suspended(let since), .preempted(let since),
      .migrating(.placeless(let since)):
      append(since)
    case .queued(let since, let gate):
      append(since)
      append(gate)
    case .scheduled(let attempt), .provisioning(let attempt), .running(let attempt),
      .checkpointing(let attempt), .migrating(.leaving(let attempt)),
      .migrating(.arriving(let attempt)):
      append(attempt)
    case .completed(let ending), .failed(let ending), .cancelled(let ending):
      append(ending)
    }
  }

  private mutating func append(_ ending: JobEnding) {
    append(ending.at)
    append(byte: ending.cause.rawValue)
    append(optional: ending.exitCode) { $0.append($1) }
    append(ending.reason)
  }

  private mutating func append(_ attempt: Attempt) {
    append(attempt.number)
    append(attempt.lease)
    append(attempt.ranks.count)
    for rank in attempt.ranks {
      append(rank.node)
      append(rank.gpus.count)
      for gpu in rank.gpus { append(gpu) }
      append(optional: rank.identity) { $0.append($1) }
    }
    append(attempt.placedAt)
    append(optional: attempt.startedAt) { $0.append($1) }
    append(optional: attempt.stop) { $0.append($1) }
    append(optional: attempt.inDoubtSince) { $0.append($1) }
    append(attempt.usage)
    append(attempt.usageAt)
  }

  mutating func append(_ stop: StopOrder) {
    append(byte: stop.purpose.rawValue)
    append(stop.graceEnd)
    append(stop.isForced)
  }

  mutating func append(_ usage: AttemptUsage) {
    append(usage.cpuNanoseconds)
    append(usage.gpuNanoseconds)
    append(usage.memoryMegabyteSeconds)
    append(usage.networkBytes)
    append(usage.storageMegabyteSeconds)
  }
}

/// The numbers of phases. Numbers are never used again for something else.
private enum PhaseKind: UInt8 {
  case pending = 1
  case queued = 2
  case scheduled = 3
  case provisioning = 4
  case running = 5
  case checkpointing = 6
  case completed = 7
  case failed = 8
  case cancelled = 9
  case suspended = 10
  case preempted = 11
  case leaving = 12
  case placeless = 13
  case arriving = 14

  init(_ phase: JobPhase) {
    self =
      switch phase {
      case .pending: .pending
      case .queued: .queued
      case .scheduled: .scheduled
      case .provisioning: .provisioning
      case .running: .running
      case .checkpointing: .checkpointing
      case .completed: .completed
      case .failed: .failed
      case .cancelled: .cancelled
      case .suspended: .suspended
      case .preempted: .preempted
      case .migrating(.leaving): .leaving
      case .migrating(.placeless): .placeless
      case .migrating(.arriving): .arriving
      }
  }
}

extension ByteSource {
  mutating func key() throws(Malformed) -> JobKey { JobKey(try signed()) }

  mutating func actor() throws(Malformed) -> JobActor {
    switch try byte() {
    case 0: return .time
    case 1: return .planner
    case 2: return .executor
    case 3: return .principal(try text())
    default: throw malformed("an actor before this")
    }
  }

  mutating func gate() throws(Malformed) -> JobGate {
    guard try flag() else { return .closed(until: try instant()) }
    return .open(until: try optionalInstant())
  }

  mutating func optionalInstant() throws(Malformed) -> Instant? {
    try optional { source throws(Malformed) in try source.instant() }
  }

  mutating func optionalText() throws(Malformed) -> Text? {
    try optional { source throws(Malformed) in try source.text() }
  }

  mutating func phase() throws(Malformed) -> JobPhase {
    switch try value(PhaseKind.self) {
    case .pending: .pending(since: try instant())
    case .queued: .queued(since: try instant(), try gate())
    case .scheduled: .scheduled(try attempt())
    case .provisioning: .provisioning(try attempt())
    case .running: .running(try attempt())
    case .checkpointing: .checkpointing(try attempt())
    case .completed: .completed(try ending())
    case .failed: .failed(try ending())
    case .cancelled: .cancelled(try ending())
    case .suspended: .suspended(since: try instant())
    case .preempted: .preempted(since: try instant())
    case .leaving: .migrating(.leaving(try attempt()))
    case .placeless: .migrating(.placeless(since: try instant()))
    case .arriving: .migrating(.arriving(try attempt()))
    }
  }

  private mutating func ending() throws(Malformed) -> JobEnding {
    JobEnding(
      at: try instant(), cause: try value(JobCause.self),
      exitCode: try optional { source throws(Malformed) in try source.int32() },
      reason: try text())
  }

  /// A count of things that each have a byte at least.
  mutating func boundedCount() throws(Malformed) -> Int {
    let count = try count()
    guard count <= remaining else { throw malformed("\(count) entries") }
    return count
  }

  private mutating func attempt() throws(Malformed) -> Attempt {
    let number = try count()
    let lease = try text()
    var ranks: [Rank] = []
    for _ in 0..<(try boundedCount()) {
      let node = try text()
      var gpus: [Int] = []
      for _ in 0..<(try boundedCount()) { gpus.append(try count()) }
      ranks.append(Rank(node: node, gpus: gpus, identity: try optionalText()))
    }
    var attempt = Attempt(number: number, lease: lease, ranks: ranks, placedAt: try instant())
    attempt.startedAt = try optionalInstant()
    attempt.stop = try optional { source throws(Malformed) in try source.stop() }
    attempt.inDoubtSince = try optionalInstant()
    attempt.usage = try usage()
    attempt.usageAt = try instant()
    return attempt
  }

  mutating func stop() throws(Malformed) -> StopOrder {
    StopOrder(
      purpose: try value(StopOrder.Purpose.self), graceEnd: try instant(), isForced: try flag())
  }

  mutating func usage() throws(Malformed) -> AttemptUsage {
    var usage = AttemptUsage()
    usage.cpuNanoseconds = try signed()
    usage.gpuNanoseconds = try signed()
    usage.memoryMegabyteSeconds = try signed()
    usage.networkBytes = try signed()
    usage.storageMegabyteSeconds = try signed()
    guard usage.continues(AttemptUsage()) else { throw malformed("a use of 0 or more before this") }
    return usage
  }
}
