import Model
import Scheduling

/// Tasks that are drawn from a seed: arrivals evenly over the first 80 % of the time, lengths evenly
/// from 1 to 20 hours.
public struct TaskModel: Hashable, Sendable {
  public var count: Int
  /// A task's deadline is its arrival and so many times its duration; nil for none. At least 1.
  public var deadlineFactor: Double?

  public init(count: Int = 100, deadlineFactor: Double? = nil) {
    self.count = count
    self.deadlineFactor = deadlineFactor
  }

  /// The share of the simulated time in which tasks arrive.
  package static let arrivalShare = 0.8
  package static let durationHoursMin = 1.0
  package static let durationHoursMax = 20.0

  /// Tasks with the numbers from 0. Each has words of its own: more tasks change none of the others.
  public func tasks(hours: Double, seed: UInt64) -> [SpotTask] {
    let random = SeededRandom(seed: seed)
    let arrivals = random.child("task arrivals")
    let durations = random.child("task durations")
    return (0..<count).map { id in
      let arrival = arrivals.word(at: UInt64(id)).asUnitInterval * TaskModel.arrivalShare * hours
      let spread = TaskModel.durationHoursMax - TaskModel.durationHoursMin
      let duration =
        TaskModel.durationHoursMin + durations.word(at: UInt64(id)).asUnitInterval * spread
      return SpotTask(
        id: id, arrivalNanoseconds: SpotUnits.nanoseconds(hours: arrival),
        workNanoseconds: SpotUnits.nanoseconds(hours: duration),
        deadlineNanoseconds: deadlineFactor.map {
          SpotUnits.nanoseconds(hours: min(arrival + duration * $0, SpotUnits.hoursMax))
        },
        stateMegabytes: SpotTask.usualStateMegabytes(hours: duration))
    }
  }
}
