import Model

/// How long scores that an order gave stay right.
package enum ScoreMovement: Hashable, Sendable {
  /// A job's score is the same as long as it waits.
  case never
  /// A job's score changes at instants that are known beforehand
  /// (``JobOrdering/nextChange(of:after:)``).
  case atKnownInstants
  /// Scores hold for this long after they were given; then all waiting jobs are ranked anew.
  case after(TimeSpan)
  /// Scores are good for one pass.
  case everyPass
}

/// An order of waiting jobs: a score for each, lowest first; ties by submission, then number.
package protocol JobOrdering: Sendable {
  var movement: ScoreMovement { get }

  /// Called before waiting jobs are ranked anew, with ``ScoreMovement/after(_:)`` and
  /// ``ScoreMovement/everyPass``.
  mutating func prepare(at now: Instant)

  /// The job's score at `now`; never "not a number".
  func score(of job: JobFacts, at now: Instant) -> Double

  /// When the job's score changes next, after `now`; nil where it does not. Asked with
  /// ``ScoreMovement/atKnownInstants`` only.
  func nextChange(of job: JobFacts, after now: Instant) -> Instant?

  /// A job joins the queue, for the first time or again.
  mutating func submitted(_ job: JobFacts, at now: Instant)

  /// A job was started.
  mutating func started(_ job: JobFacts, at now: Instant)

  /// A running job ended, or was stopped.
  mutating func ended(_ job: JobFacts, at now: Instant)
}

extension JobOrdering {
  package mutating func prepare(at now: Instant) {}
  package func nextChange(of job: JobFacts, after now: Instant) -> Instant? { nil }
  package mutating func submitted(_ job: JobFacts, at now: Instant) {}
  package mutating func started(_ job: JobFacts, at now: Instant) {}
  package mutating func ended(_ job: JobFacts, at now: Instant) {}
}
