import Model

/// Who may start before those that are ahead of it.
package struct BackfillSettings: Hashable, Sendable {
  /// How many blocked jobs hold a reservation that nobody may delay.
  package enum Depth: Hashable, Sendable {
    /// None, and nobody overtakes: the first job that does not fit stops the pass.
    case none
    /// The first `count` blocked jobs; 1 is EASY. At least 1.
    case first(_ count: Int)
    /// Every blocked job: conservative backfilling.
    case all
  }

  /// In which order jobs without a reservation are tried.
  package enum Candidates: Hashable, Sendable {
    case queueOrder
    /// The shortest estimate first; ties as in the queue.
    case shortestFirst
  }

  package var depth: Depth
  package var candidates: Candidates
  /// A running job is expected to end this much from now at the earliest, also if its estimate is
  /// up. More than 0.
  package var overdueSpan: TimeSpan

  package init(
    depth: Depth, candidates: Candidates = .queueOrder, overdueSpan: TimeSpan = .seconds(1)
  ) {
    if case .first(let count) = depth {
      precondition(count >= 1, "a reservation depth of 0 is `none`")
    }
    precondition(overdueSpan > .zero, "what runs does not end now")
    self.depth = depth
    self.candidates = candidates
    self.overdueSpan = overdueSpan
  }
}
