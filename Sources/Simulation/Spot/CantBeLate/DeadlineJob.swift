/// Why a job with a deadline cannot be simulated.
package struct DeadlineJobError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
}

/// A job that must be done by its deadline, and how often it is started along a trace.
///
/// The model is that of Wu et al., "Can't Be Late: Optimizing Spot Instance Savings under Deadlines"
/// (NSDI 2024). Times are whole nanoseconds, so that nothing hangs on a rounding.
package struct DeadlineJob: Hashable, Sendable {
  /// The longest time that a job's description may have, in hours: ten years.
  package static let hoursMax = 87_600.0
  /// The shortest time between two starts, in hours: a second.
  package static let startEveryHoursMin = 1.0 / 3600
  /// What a start leaves of the trace behind the deadline, as the authors' experiments do.
  package static let marginNanoseconds = SpotUnits.nanosecondsPerHour

  package let workNanoseconds: Int64
  /// From the start.
  package let deadlineNanoseconds: Int64
  /// What each start or change of instance costs: time that is billed and computes nothing.
  package let overheadNanoseconds: Int64
  /// From one start to the next.
  package let startEveryNanoseconds: Int64

  package init(
    workHours: Double, deadlineHours: Double, overheadHours: Double, startEveryHours: Double
  ) throws(DeadlineJobError) {
    workNanoseconds = try DeadlineJob.nanoseconds(workHours, "the job's length")
    deadlineNanoseconds = try DeadlineJob.nanoseconds(deadlineHours, "the deadline")
    overheadNanoseconds = try DeadlineJob.nanoseconds(
      overheadHours, "the overhead", allowsZero: true)
    startEveryNanoseconds = try DeadlineJob.nanoseconds(startEveryHours, "the time between starts")
    guard startEveryHours >= DeadlineJob.startEveryHoursMin else {
      throw DeadlineJobError(description: "the time between starts is less than a second")
    }
    guard workNanoseconds <= deadlineNanoseconds else {
      throw DeadlineJobError(
        description: "the deadline of \(deadlineHours) hours comes before the job of "
          + "\(workHours) hours can be done")
    }
  }

  private static func nanoseconds(
    _ hours: Double, _ what: String, allowsZero: Bool = false
  ) throws(DeadlineJobError) -> Int64 {
    let nanoseconds = (hours * Double(SpotUnits.nanosecondsPerHour)).rounded()
    guard nanoseconds >= (allowsZero ? 0 : 1), hours <= hoursMax else {
      throw DeadlineJobError(
        description: "\(what) is \(hours) hours; expected a number "
          + "\(allowsZero ? "from" : "above") 0 and up to \(Int64(hoursMax))")
    }
    return Int64(nanoseconds)
  }

  /// The steps in which runs start: the first at or after each whole multiple of the time between
  /// starts, as long as the deadline and an hour fit into the trace behind it.
  package func starts(in trace: AvailabilityTrace) -> [Int] {
    let room = trace.spanNanoseconds - deadlineNanoseconds - DeadlineJob.marginNanoseconds
    guard room >= 0 else { return [] }
    return (0...room / startEveryNanoseconds).map {
      Int(DeadlineJob.steps($0 * startEveryNanoseconds, of: trace.stepNanoseconds))
    }
  }

  /// A run is late that ends behind this many steps: those up to the one that contains the deadline.
  package func stepsUntilLate(_ stepNanoseconds: Int64) -> Int {
    Int(DeadlineJob.steps(deadlineNanoseconds, of: stepNanoseconds))
  }

  /// How many steps hold a time, rounded up.
  static func steps(_ nanoseconds: Int64, of stepNanoseconds: Int64) -> Int64 {
    (nanoseconds + stepNanoseconds - 1) / stepNanoseconds
  }
}
