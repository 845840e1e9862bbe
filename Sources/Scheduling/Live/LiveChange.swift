import Model

/// A fact that a ``LivePlanner`` is told of.
package enum LiveChange: Hashable, Sendable {
  /// A job waits.
  case submitted(SnapshotJob)
  /// A waiting job runs.
  case started(job: String, SnapshotRun)
  /// A running job was told to stop.
  case stopping(job: String, SnapshotRun.Stopping)
  /// A job is gone, whether it ran or waited. How it ended is remembered where a job that waits depends on it.
  case ended(job: String, FinishedState)
  /// A node, by its place in ``Snapshot/nodes``, takes tasks or does not.
  case node(Int, NodeState)
  /// What was promised to jobs that wait, in place of all that was before: as a rule the reservations of the last plan.
  case promised([StartPromise])
  /// What a user, by its place in ``Snapshot/shareNodes``, has used, decayed to now, in unit-seconds.
  case usage(user: Int, Double)
}

/// What a plan tells to do.
package struct PlanDecisions: Hashable, Sendable {
  package var starts: [Plan.Start]
  package var evictions: [Plan.Eviction]
  package var reservations: [Plan.Reservation]

  package init(
    starts: [Plan.Start], evictions: [Plan.Eviction], reservations: [Plan.Reservation]
  ) {
    self.starts = starts
    self.evictions = evictions
    self.reservations = reservations
  }
}

extension Plan {
  package var decisions: PlanDecisions {
    PlanDecisions(starts: starts, evictions: evictions, reservations: reservations)
  }
}

/// What came of a pass of a ``LivePlanner``.
package struct LivePlan: Hashable, Sendable {
  /// How many changes it knew: who carries it out sees what came in between.
  package var revision: UInt64
  package var at: Instant
  package var decisions: PlanDecisions
}
