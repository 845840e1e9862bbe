/// A policy under the safety net of deadlines: when the time that is left is no more than an
/// on-demand instance needs, the task runs on one.
///
/// It holds where a preemption destroys no work, and where the deadline can be met at all.
public struct DeadlineSafePolicy<Base: SpotPolicy>: SpotPolicy {
  public let base: Base

  public init(_ base: Base) {
    self.base = base
  }

  public var name: String { base.name }

  public func choice(for view: SpotView) -> SpotChoice {
    SafetyNet.choice(base.choice(for: view), for: view)
  }
}
