import Model

extension JobRecord {
  /// When something is due about a job by time alone; dependencies not counted.
  var timedAlarm: Instant? {
    let constraints = specification.constraints
    switch phase {
    case .completed, .failed, .cancelled: return nil
    case .pending, .suspended: return constraints.deadline
    case .queued(_, let gate): return JobRecord.earliest(gate.until, constraints.deadline)
    case .scheduled(let attempt), .provisioning(let attempt), .migrating(.arriving(let attempt)):
      return alarm(of: attempt, until: attempt.placedAt + hold)
    case .running(let attempt), .checkpointing(let attempt), .migrating(.leaving(let attempt)):
      return alarm(of: attempt, until: runtimeEnd(of: attempt))
    case .preempted: return .epoch
    case .migrating(.placeless(let since)):
      return JobRecord.earliest(since + JobLimits.migrationHold, constraints.deadline)
    }
  }

  /// An attempt that is being stopped has only the end of its grace before it.
  private func alarm(of attempt: Attempt, until end: Instant?) -> Instant? {
    guard let stop = attempt.stop else {
      return JobRecord.earliest(end, specification.constraints.deadline)
    }
    return stop.isForced ? nil : stop.graceEnd
  }

  /// How long a placed attempt may take to start.
  var hold: TimeSpan {
    specification.distribution.isDistributed ? JobLimits.gangHold : JobLimits.startHold
  }

  func runtimeEnd(of attempt: Attempt) -> Instant? {
    guard let start = attempt.startedAt,
      let seconds = specification.constraints.maxRuntimeSeconds
    else { return nil }
    return start + .seconds(seconds)
  }

  static func earliest(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
  }
}
