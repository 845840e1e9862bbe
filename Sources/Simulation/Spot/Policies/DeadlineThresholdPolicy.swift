/// Spot instances while there is time to spare, on-demand in their gaps when less than a share of it
/// is left.
///
/// The time to spare is what the deadline leaves beside the work and one overhead. Greedy spends all of
/// it on waiting; this policy keeps a share for a bad end. A spot instance is taken whenever there is
/// one, and kept until it is lost. Without a deadline it is greedy.
public struct DeadlineThresholdPolicy: SpotPolicy {
  /// The part of the time to spare that is kept, from 0 (greedy) to 1 (no waiting).
  public let keptShare: Double

  public init(keptShare: Double = 0.5) {
    self.keptShare = keptShare
  }

  public var name: String { "Threshold" }

  public func choice(for view: SpotView) -> SpotChoice {
    if view.placement?.kind == .spot { return view.staying }
    let spot = SpotChoice.cheapestSpot(view)
    guard spot == .wait, let deadline = view.deadlineNanoseconds else { return spot }
    if view.placement != nil { return view.staying }
    let fixed = view.workNanoseconds + view.overheadNanoseconds
    let atFirst = deadline - view.arrivalNanoseconds - fixed
    let now = deadline - view.nowNanoseconds - view.remainingNanoseconds - view.overheadNanoseconds
    return Double(now) <= keptShare * Double(max(0, atFirst)) ? .cheapestOnDemand(view) : .wait
  }
}
