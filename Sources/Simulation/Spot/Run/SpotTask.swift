/// Work for one instance.
public struct SpotTask: Hashable, Sendable {
  public let id: Int
  package var arrivalNanoseconds: Int64
  package var workNanoseconds: Int64
  package var deadlineNanoseconds: Int64?
  /// What a checkpoint of it weighs, and what it holds of an instance's memory.
  public var stateMegabytes: Double

  /// - Parameters:
  ///   - durationHours: What it needs of an instance's time, overheads left out; more than 0.
  ///   - stateMegabytes: Nil for 200 MB an hour of its duration, at most 8000.
  public init(
    id: Int, arrivalHours: Double, durationHours: Double, deadlineHours: Double? = nil,
    stateMegabytes: Double? = nil
  ) throws(SpotError) {
    let range = 0.0...SpotUnits.hoursMax
    guard range.contains(arrivalHours) else {
      throw SpotError("task \(id): an arrival is at 0 to \(SpotUnits.hoursMax) hours")
    }
    guard range.contains(durationHours), SpotUnits.nanoseconds(hours: durationHours) > 0 else {
      throw SpotError("task \(id): a duration is above 0 and at most \(SpotUnits.hoursMax) hours")
    }
    if let deadlineHours, !range.contains(deadlineHours) {
      throw SpotError("task \(id): a deadline is at 0 to \(SpotUnits.hoursMax) hours")
    }
    if let stateMegabytes, !(0...SpotTask.stateMegabytesMax).contains(stateMegabytes) {
      throw SpotError("task \(id): its state has 0 to \(SpotTask.stateMegabytesMax) MB")
    }
    self.init(
      id: id, arrivalNanoseconds: SpotUnits.nanoseconds(hours: arrivalHours),
      workNanoseconds: SpotUnits.nanoseconds(hours: durationHours),
      deadlineNanoseconds: deadlineHours.map(SpotUnits.nanoseconds),
      stateMegabytes: stateMegabytes ?? SpotTask.usualStateMegabytes(hours: durationHours))
  }

  package init(
    id: Int, arrivalNanoseconds: Int64, workNanoseconds: Int64, deadlineNanoseconds: Int64? = nil,
    stateMegabytes: Double = 0
  ) {
    self.id = id
    self.arrivalNanoseconds = arrivalNanoseconds
    self.workNanoseconds = workNanoseconds
    self.deadlineNanoseconds = deadlineNanoseconds
    self.stateMegabytes = stateMegabytes
  }

  public var arrivalHours: Double { SpotUnits.hours(arrivalNanoseconds) }
  public var durationHours: Double { SpotUnits.hours(workNanoseconds) }
  public var deadlineHours: Double? { deadlineNanoseconds.map(SpotUnits.hours) }

  /// The largest state of a task.
  package static let stateMegabytesMax = 1e9

  /// The state of a task that says nothing of it: it grows with the work, up to a bound.
  package static func usualStateMegabytes(hours: Double) -> Double { min(200 * hours, 8000) }
}

/// Input that cannot be simulated: what, and what was expected.
public struct SpotError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  package init(_ description: String) {
    self.description = description
  }
}
