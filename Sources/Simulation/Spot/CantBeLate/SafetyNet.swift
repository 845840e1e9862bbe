/// What keeps every policy from being late: the last instant at which an on-demand instance still
/// makes it overrules what the policy wants (Wu et al., NSDI 2024).
///
/// In whole steps, with the work that is left rounded up and the time that is left rounded down:
///
/// - With no more time than the work and one overhead need, the task goes on-demand. Only a spot
///   instance that is past its overhead keeps running: when it is lost, the same time is left.
/// - With no more time than the work and two overheads need, a task that has no spot instance starts
///   none: losing it during its overhead would be paid for nothing.
/// - Without an overhead there is no risk in a step, so a spot instance is taken while there is one.
package enum SafetyNet {
  /// The choice that is made where a policy wants `wanted`.
  package static func choice(_ wanted: SpotChoice, for view: SpotView) -> SpotChoice {
    guard let deadline = view.deadlineNanoseconds, view.remainingNanoseconds > 0 else {
      return wanted
    }
    let left = max(0, deadline - view.nowNanoseconds) / view.stepNanoseconds
    func need(overheads: Int64) -> Int64 {
      DeadlineJob.steps(
        view.remainingNanoseconds + overheads * view.overheadNanoseconds, of: view.stepNanoseconds)
    }
    guard need(overheads: 2) >= left else { return wanted }
    let spot = view.placement.flatMap { $0.kind == .spot ? $0 : nil }
    guard need(overheads: 1) >= left else { return spot == nil ? onDemand(wanted, view) : wanted }
    if let spot, spot.overheadLeftNanoseconds == 0 { return .run(.spot, zone: spot.zone) }
    if view.overheadNanoseconds == 0, case .run(.spot, _) = SpotChoice.cheapestSpot(view) {
      return .cheapestSpot(view)
    }
    return onDemand(wanted, view)
  }

  /// An on-demand instance that runs is kept; else the policy's own, else the cheapest.
  private static func onDemand(_ wanted: SpotChoice, _ view: SpotView) -> SpotChoice {
    if let placement = view.placement, placement.kind == .onDemand {
      return .run(.onDemand, zone: placement.zone)
    }
    if case .run(.onDemand, _) = wanted { return wanted }
    return .cheapestOnDemand(view)
  }
}
