/// What is saved of a task between the announcement of a preemption and the preemption.
///
/// A task computes on until it must be written. One that ends before the instance goes is not
/// saved, it just finishes.
package struct GracePlan: Hashable, Sendable {
  /// How much of the state passes the network in time.
  package enum Extent: Hashable, Sendable {
    /// At least ``fullShare`` of it.
    case full
    case partial
    /// Less than ``partialShare``, which is not worth it: the task starts from its last checkpoint.
    case restart
  }

  package let extent: Extent
  /// The part of the unsaved work that is kept, 0 to 1.
  package let keptShare: Double
  /// How long before the preemption the task stops computing.
  package let saveNanoseconds: Int64

  package static let fullShare = 0.8
  package static let partialShare = 0.3

  /// - Parameter windowNanoseconds: The grace period, or the time the task has computed on the
  ///   instance where that is less.
  package init(stateMegabytes: Double, gigabits: Double, windowNanoseconds: Int64) {
    let needed = SpotSettings.transferNanoseconds(megabytes: stateMegabytes, gigabits: gigabits)
    guard windowNanoseconds > 0 else {
      extent = .restart
      keptShare = 0
      saveNanoseconds = 0
      return
    }
    let share = needed <= windowNanoseconds ? 1 : Double(windowNanoseconds) / Double(needed)
    guard share >= GracePlan.partialShare else {
      extent = .restart
      keptShare = 0
      saveNanoseconds = 0
      return
    }
    extent = share >= GracePlan.fullShare ? .full : .partial
    keptShare = share
    saveNanoseconds = min(needed, windowNanoseconds)
  }

  /// The progress that outlives the preemption.
  package func kept(_ progress: WorkSegment.Progress) -> Int64 {
    let unsaved = progress.done - progress.saved
    return progress.saved + (keptShare >= 1 ? unsaved : Int64(Double(unsaved) * keptShare))
  }
}
