import Model

/// The orders that come with the scheduler.
package enum JobOrder: Hashable, Sendable {
  /// In the order of submission.
  case firstComeFirstServed
  /// The shortest estimate first.
  case shortestFirst
  /// The highest priority first, which grows with the wait up to a ceiling.
  case priority(Ageing)
  /// -(w/r)³ n. Source: Tang et al., "Fault-aware, utility-based job scheduling on Blue Gene/P
  /// systems", CLUSTER 2009.
  case wfp3
  /// -w / (log2(n) r), same source. The logarithm of one processor, 0, counts as the smallest
  /// positive one.
  case unicep
  /// log10(r) n + 870 log10(s). Source: Carastan-Santos and de Camargo, "Obtaining dynamic
  /// scheduling policies with simulation and machine learning", SC'17, as compared in Zhang et al.,
  /// "RLScheduler", SC'20.
  case f1
  /// The earliest deadline first, of those who can still keep theirs; then all others, in the order
  /// of submission.
  case earliestDeadline

  /// How a priority grows with the wait.
  ///
  /// What counts is min(`ceiling`, priority + `pointsPerHour` × wait), and at the ceiling the order
  /// is that of submission, also against jobs that came in with a higher priority. So nobody
  /// starves: after (`ceiling` - priority) / `pointsPerHour` only what was submitted before is
  /// ahead.
  package struct Ageing: Hashable, Sendable {
    /// Points of priority for an hour of waiting; 0 turns ageing off.
    package var pointsPerHour: Double
    /// The priority that nothing goes beyond.
    package var ceiling: Double

    package init(pointsPerHour: Double, ceiling: Double) {
      precondition(pointsPerHour >= 0 && pointsPerHour.isFinite && ceiling.isFinite)
      self.pointsPerHour = pointsPerHour
      self.ceiling = ceiling
    }

    /// A job of the lowest priority, 0, is ahead of all younger ones after ten hours.
    package static let standard = Ageing(pointsPerHour: 100, ceiling: 1000)
  }
}

extension JobOrder: JobOrdering {
  package var movement: ScoreMovement {
    switch self {
    case .firstComeFirstServed, .shortestFirst, .f1: .never
    case .priority(let ageing): ageing.pointsPerHour > 0 ? .atKnownInstants : .never
    case .earliestDeadline: .atKnownInstants
    case .wfp3, .unicep: .everyPass
    }
  }

  package func score(of job: JobFacts, at now: Instant) -> Double {
    switch self {
    case .firstComeFirstServed: return 0
    case .shortestFirst: return job.estimate.seconds
    case .priority(let ageing): return ageing.score(of: job, at: now)
    case .wfp3:
      let relative = JobOrder.waitSeconds(of: job, at: now) / job.estimate.seconds
      return -(relative * relative * relative) * Double(job.processors)
    case .unicep:
      let logarithm =
        job.processors == 1
        ? JobOrder.smallestLogarithm : ExactMath.log2(Double(job.processors))
      return -JobOrder.waitSeconds(of: job, at: now) / (logarithm * job.estimate.seconds)
    case .f1:
      let submitSeconds = Double(job.submit.nanoseconds) / 1e9
      return ExactMath.log10(job.estimate.seconds) * Double(job.processors)
        + 870 * ExactMath.log10(submitSeconds > 0 ? submitSeconds : JobOrder.earliestSubmitSeconds)
    case .earliestDeadline:
      guard let deadline = job.deadline, now + job.estimate <= deadline else { return .infinity }
      return Double(deadline.nanoseconds) / 1e9
    }
  }

  package func nextChange(of job: JobFacts, after now: Instant) -> Instant? {
    let change: Instant?
    switch self {
    case .priority(let ageing): change = ageing.isOldFrom(job)
    case .earliestDeadline: change = job.deadline.map { $0 - job.estimate + .nanoseconds(1) }
    case .firstComeFirstServed, .shortestFirst, .wfp3, .unicep, .f1: change = nil
    }
    return change.flatMap { $0 > now ? $0 : nil }
  }

  /// What `log2(1)` counts as: that of the number after 1.
  private static let smallestLogarithm = ExactMath.log2(1.0.nextUp)
  /// What a submission at second 0 counts as, whose logarithm does not exist.
  private static let earliestSubmitSeconds = 0.1

  private static func waitSeconds(of job: JobFacts, at now: Instant) -> Double {
    max(0, (now - job.submit).seconds)
  }
}

extension JobOrder.Ageing {
  /// Until a job reaches the ceiling, the order by priority + rate × wait is that of the instants
  /// at which they reach it, which do not move; from then on, that of submission, ahead of all who
  /// have not.
  func score(of job: JobFacts, at now: Instant) -> Double {
    guard pointsPerHour > 0 else { return -min(ceiling, Double(job.priority)) }
    let old = isOldFrom(job)
    return now >= old ? -.infinity : Double(old.nanoseconds) / 1e9
  }

  /// When the job's priority reaches the ceiling.
  func isOldFrom(_ job: JobFacts) -> Instant {
    guard pointsPerHour > 0 else { return .distantFuture }
    let hours = max(0, ceiling - Double(job.priority)) / pointsPerHour
    let nanoseconds = (hours * 3600e9).rounded(.up)
    guard nanoseconds < Double(Int64.max) else { return .distantFuture }
    return job.submit + TimeSpan(nanoseconds: Int64(nanoseconds))
  }
}

/// An order whose scores are given from outside, for example the ranks of a fair-share tree.
///
/// Scores belong to users; a job's is that of its user, and those who have none come last.
package struct RankedOrder: JobOrdering {
  /// The score of each user, by number; lowest first.
  package var scores: [Double]
  /// For how long a set of ranks holds; then the waiting jobs are ranked by those that are here.
  package let holds: TimeSpan

  package init(scores: [Double], holds: TimeSpan) {
    self.scores = scores
    self.holds = holds
  }

  package var movement: ScoreMovement { .after(holds) }

  package func score(of job: JobFacts, at now: Instant) -> Double {
    scores.indices.contains(job.user) ? scores[job.user] : .infinity
  }
}
