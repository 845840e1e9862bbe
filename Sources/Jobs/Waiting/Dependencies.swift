import Model

/// What the job that another one waits for says of it.
enum DependencyVerdict: Hashable {
  case waiting
  case satisfied
  /// It never will be, unless people try the job again.
  case broken
}

extension DependencyKind {
  /// A failed job counts as ended, though people may try it again: nobody waits for that.
  func verdict(of job: JobRecord) -> DependencyVerdict {
    switch (self, job.status) {
    case (.completion, .completed), (.completion, .failed), (.completion, .cancelled),
      (.success, .completed), (.data, .completed):
      .satisfied
    case (.checkpoint, _) where job.checkpoints > 0: .satisfied
    case (.checkpoint, .completed): .broken
    case (_, .failed), (_, .cancelled): .broken
    default: .waiting
    }
  }
}

extension JobBook {
  /// When something is due about a job; `epoch` is at once.
  func alarm(of record: JobRecord) -> Instant? {
    if record.status == .pending, openVerdicts(of: record).contains(where: { $0.1 != .waiting }) {
      return .epoch
    }
    return record.timedAlarm
  }

  /// The verdicts of the dependencies that are not satisfied, by their index.
  func openVerdicts(of record: JobRecord) -> [(index: Int, DependencyVerdict)] {
    record.dependencies.enumerated().compactMap { index, dependency in
      guard dependency.satisfiedAt == nil else { return nil }
      guard let other = jobs[dependency.job] else {
        preconditionFailure("a job that others wait for is not forgotten")
      }
      return (index, dependency.kind.verdict(of: other))
    }
  }

  /// Whether a job that has not begun waits for another one.
  func isWaitedFor(_ key: JobKey) -> Bool { !(dependents[key] ?? []).isEmpty }
}
