extension PreemptionReason {
  /// One sentence for people: why this job must make room.
  ///
  /// - Parameters:
  ///   - job: the victim.
  ///   - preemptor: for whom it makes room.
  package func text(for job: RunningJob, _ preemptor: Preemptor, in tree: QuotaTree) -> String {
    let own = tree.queues[preemptor.queue].name
    let other = tree.queues[job.queue].name
    switch self {
    case .lowerPriority:
      return "its priority \(job.priority) is below the \(preemptor.priority) of job "
        + "\(preemptor.number.value) in the same queue \(own)"
    case .newer:
      return "it was created after job \(preemptor.number.value), whose priority "
        + "\(preemptor.priority) is not lower than its \(job.priority), in the same queue \(own)"
    case .reclaimed(let column, let borrowed):
      return "queue \(other) holds \(borrowed) \(tree.columns[column].name) above its quota, and "
        + "queue \(own) takes back what is within its own for job \(preemptor.number.value)"
    case .fairShare(let rule, let preemptorShare, let victimShare):
      let when =
        switch rule {
        case .lessThanOrEqualToFinalShare: "even without this job"
        case .lessThanInitialShare: "with this job"
        }
      return "queue \(own) borrows a share of \(Self.text(preemptorShare)) with job "
        + "\(preemptor.number.value); the side of queue \(other) borrows "
        + "\(Self.text(victimShare)) \(when)"
    }
  }

  private static func text(_ share: DominantShare) -> String {
    if share.isUnbounded { return "any (it has weight 0)" }
    let thousandths = Int((min(share.value, 1e9) * 1000) + 0.5)
    let fraction = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

extension PreemptionObstacle {
  /// What keeps so many jobs from making room, for people.
  package func text(_ count: Int) -> String {
    let jobs = count == 1 ? "1 running job" : "\(count) running jobs"
    let text =
      switch self {
      case .notPreemptible: "may not be preempted"
      case .runsTooShortly: "started too short a time ago"
      case .preemptedTooOften: "had to make room too often before"
      case .preemptedThis: "preempted this job before"
      case .holdsNothingNeeded: "would free nothing that is short"
      case .ruleForbids: "may not be preempted by the rules of this queue"
      case .priorityNotLower: "would need a lower priority"
      case .queueWithinQuota: "in queues that hold no more than their quota"
      case .unrelated: "in queues that share no group with this one"
      }
    return "\(jobs) \(text)"
  }
}

extension PreemptionOutcome {
  /// Why no job makes room, for people; empty where the job fits or others make room.
  package func reasons(in tree: QuotaTree, _ preemptor: Preemptor) -> [String] {
    switch self {
    case .notNeeded, .victims: return []
    case .neverFits(let column):
      let queue = tree.queues[preemptor.queue].name
      let most = tree.ceiling(of: preemptor.queue, column)
      return [
        "asks \(preemptor.amounts[column]) \(tree.columns[column].name); queue \(queue) can "
          + "hold at most \(most)"
      ]
    case .impossible(let obstacles, let candidates):
      var reasons = PreemptionObstacle.allCases.filter { obstacles[$0.rawValue] > 0 }
        .map { $0.text(obstacles[$0.rawValue]) }
      if candidates > 0 {
        reasons.append(
          candidates == 1
            ? "1 running job that may be preempted frees too little"
            : "\(candidates) running jobs that may be preempted free too little")
      }
      return reasons
    }
  }
}
