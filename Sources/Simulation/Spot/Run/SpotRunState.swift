/// An instance of a run.
struct SpotInstance {
  let id: Int
  let kind: InstanceKind
  let zone: Int
  let launch: Int64
  let gigabits: Double
  /// When the market takes it away; nil where that is not within the market's steps.
  let preemption: Int64?
  /// The tasks on it, in the order in which they came.
  var tasks: [Int] = []
  var usedMegabytes = 0.0
  /// Since when it has no task; nil while it has.
  var idleSince: Int64?
  /// Nil while it runs.
  var end: Int64?
}

/// A task in a run.
struct SpotTaskState {
  enum Phase: Hashable {
    case expected
    case waiting
    case running(instance: Int)
    case completed
  }

  var phase = Phase.expected
  /// The work that is done and kept, as long as the task does not run.
  var kept: Int64 = 0
  /// Where its state lies; nil as long as it has none.
  var zone: Int?
  /// Its work on its instance; of meaning while it runs.
  var segment = WorkSegment(start: 0, done: 0, saved: 0)
  var spanStart: Int64 = 0
  var warm: Int64 = 0
  /// How many spot instances were launched for it, which numbers its draws.
  var spotLaunches: UInt64 = 0
  var preemptions = 0
  /// It went on on-demand after a preemption.
  var fellBack = false
  /// Changes whenever its end is foreseen anew, so that what was foreseen before is known as void.
  var version: UInt32 = 0
  var askedAt: Int64 = -1
  var completion: Int64?
}

/// What is foreseen in a run.
enum SpotRunEvent {
  /// Void unless the version is the task's.
  case completion(task: Int, version: UInt32)
  /// Void where the instance has ended.
  case preemption(instance: Int)
  /// Void where the instance has had a task since.
  case idleEnd(instance: Int, since: Int64)
}
