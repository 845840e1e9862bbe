import Model

/// A task that runs and may run elsewhere.
package struct MovableTask: Sendable {
  /// Names its job to whoever asks.
  package var job: Int
  /// Its number in the job.
  package var task: Int
  package var request: TaskRequest
  /// Where it runs in the cluster that is searched.
  package var slot: TaskSlot
  package var placement: Placement
  /// What a move costs: how long the job does not work.
  package var cost: TimeSpan

  package init(
    job: Int, task: Int, request: TaskRequest, slot: TaskSlot, placement: Placement,
    cost: TimeSpan
  ) {
    self.job = job
    self.task = task
    self.request = request
    self.slot = slot
    self.placement = placement
    self.cost = cost
  }
}

/// A task that should run elsewhere. Moves of one proposal are made one after the other, in their order.
package struct Migration: Hashable, Sendable {
  package var job: Int
  package var task: Int
  package var from: Placement
  package var to: Placement
  /// By how many thousandths of devices less is fragmented after it; below 0 where more is.
  package var gainMilli: Int64
  package var cost: TimeSpan
}

/// Bounds of a search for moves.
package enum MigrationLimits {
  /// Moves that a plan may propose.
  package static let moves = 1000
  /// Tasks that one round tries to move, those first whose leaving gains the most.
  package static let candidates = 128
  /// Tasks times nodes that one round looks at.
  package static let cells = 2_000_000
  /// Sets of tasks that are tried in turn when room is made for another, the cheapest first.
  package static let choicesTried = 256
}
