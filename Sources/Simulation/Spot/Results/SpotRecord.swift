/// What happened in a run, from which its figures are made.
public struct SpotRecord: Hashable, Sendable {
  /// How a task fared.
  public struct Outcome: Hashable, Sendable {
    public let task: SpotTask
    /// Nil where it was not done at the horizon.
    package let completionNanoseconds: Int64?
    /// The work that was done and not lost again.
    package let keptNanoseconds: Int64
    public let preemptions: Int
    /// It went on on-demand after a preemption.
    public let fellBack: Bool

    /// From its arrival to its end, waiting and lost attempts included.
    package var responseNanoseconds: Int64? {
      completionNanoseconds.map { $0 - task.arrivalNanoseconds }
    }
  }

  /// In the order of time.
  public private(set) var events: [SpotEvent] = []
  /// In the order of their ends.
  public private(set) var spans: [SpotSpan] = []
  public internal(set) var ledger = SpotLedger()
  /// In the order of arrival.
  public private(set) var outcomes: [Outcome] = []
  /// Work that was done and lost to preemptions.
  package private(set) var lostNanoseconds: Int64 = 0
  /// Work that grace periods saved beyond the last checkpoint.
  package private(set) var savedNanoseconds: Int64 = 0
  /// How long instances were kept without a task.
  package internal(set) var idleNanoseconds: Int64 = 0
  public private(set) var checkpointsAttempted = 0
  public private(set) var checkpointsSuccessful = 0

  mutating func add(_ kind: SpotEvent.Kind, at now: Int64) {
    events.append(SpotEvent(nanoseconds: now, kind: kind))
  }

  mutating func add(_ span: SpotSpan) {
    spans.append(span)
  }

  mutating func addEgress(_ charge: Charge, task: Int, zone: Int, at now: Int64) {
    guard charge > .zero else { return }
    ledger.add(
      LedgerEntry(
        subject: .egress(task: task), zone: zone, startNanoseconds: now, endNanoseconds: now,
        charge: charge))
  }

  mutating func noteGrace(_ plan: GracePlan, _ progress: WorkSegment.Progress, kept: Int64) {
    lostNanoseconds += progress.done - kept
    savedNanoseconds += kept - progress.saved
    guard plan.extent != .restart, progress.done > progress.saved else { return }
    checkpointsAttempted += 1
    if plan.extent == .full { checkpointsSuccessful += 1 }
  }

  mutating func note(_ outcome: Outcome) {
    outcomes.append(outcome)
  }
}
