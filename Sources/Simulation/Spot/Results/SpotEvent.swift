/// Something that happened in a run.
public struct SpotEvent: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case taskArrival(task: Int)
    case taskCompletion(task: Int)
    case instanceLaunch(instance: Int, kind: InstanceKind)
    case instancePreemption(instance: Int)
    /// An instance was given back, or the run was over.
    case instanceTermination(instance: Int)
  }

  package let nanoseconds: Int64
  public let kind: Kind

  public var timeHours: Double { SpotUnits.hours(nanoseconds) }
}

/// A task's stay on an instance.
public struct SpotSpan: Hashable, Sendable {
  public enum End: String, Hashable, Sendable {
    case completed, preempted, moved, horizon
  }

  public let task: Int
  public let instance: Int
  public let kind: InstanceKind
  public let zone: Int
  package let startNanoseconds: Int64
  /// Until here nothing was computed: the instance started, and the task's data came.
  package let warmNanoseconds: Int64
  package let endNanoseconds: Int64
  public let end: End

  public var startHours: Double { SpotUnits.hours(startNanoseconds) }
  public var warmHours: Double { SpotUnits.hours(warmNanoseconds) }
  public var endHours: Double { SpotUnits.hours(endNanoseconds) }
}
