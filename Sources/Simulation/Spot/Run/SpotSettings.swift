/// What instances are like, and what happens to a task that loses one.
///
/// Without a periodic checkpoint a task has what its grace period can save: with the usual 120 s at
/// 10 Gbit/s that is all of it, so that a preemption costs a task the seconds of saving and
/// restoring, and with a grace period of 0 all of its work.
public struct SpotSettings: Hashable, Sendable {
  /// What each start of a task on an instance costs in time, besides its data's transfer.
  public var overheadHours: Double
  /// A running task is saved whenever it has done so much work; nil for never.
  public var checkpointHours: Double?
  /// How long before a preemption it is announced.
  public var graceSeconds: Double
  /// The network of instances: the n-th launched one has the n-th value, and again from the first.
  public var bandwidthsGigabits: [Double]
  public var memoryGigabytes: Double
  /// How many tasks share an instance at most.
  public var tasksPerInstanceMax: Int
  /// Each further task of an instance makes all of its tasks take longer by this part.
  public var slowdown: Double
  /// How long an instance without a task is kept for the next one.
  public var idleHours: Double
  public var billing: BillingUnit
  /// What data cost that leave a region.
  public var egressDollarsPerGigabyte: Double

  public init(
    overheadHours: Double = 0, checkpointHours: Double? = nil, graceSeconds: Double = 120,
    bandwidthsGigabits: [Double] = [10], memoryGigabytes: Double = 24,
    tasksPerInstanceMax: Int = 1, slowdown: Double = 0, idleHours: Double = 0,
    billing: BillingUnit = .exact, egressDollarsPerGigabyte: Double = 0.02
  ) {
    self.overheadHours = overheadHours
    self.checkpointHours = checkpointHours
    self.graceSeconds = graceSeconds
    self.bandwidthsGigabits = bandwidthsGigabits
    self.memoryGigabytes = memoryGigabytes
    self.tasksPerInstanceMax = tasksPerInstanceMax
    self.slowdown = slowdown
    self.idleHours = idleHours
    self.billing = billing
    self.egressDollarsPerGigabyte = egressDollarsPerGigabyte
  }

  /// Megabytes a second for a gigabit a second.
  package static let megabytesPerGigabit = 125.0
  package static let megabytesPerGigabyte = 1024.0
  package static let bandwidthGigabitsMax = 1e6
  package static let tasksPerInstanceLimit = 64

  /// Refuses what cannot be simulated.
  package func check() throws(SpotError) {
    try Self.check("overhead", overheadHours, 0...SpotUnits.hoursMax, "hours")
    if let checkpointHours {
      try Self.check("checkpoint interval", checkpointHours, 1e-6...SpotUnits.hoursMax, "hours")
    }
    try Self.check("grace period", graceSeconds, 0...SpotUnits.hoursMax, "seconds")
    guard !bandwidthsGigabits.isEmpty else { throw SpotError("instances have a bandwidth") }
    for bandwidth in bandwidthsGigabits {
      try Self.check("bandwidth", bandwidth, 1e-6...Self.bandwidthGigabitsMax, "Gbit/s")
    }
    try Self.check("memory", memoryGigabytes, 1e-6...SpotTask.stateMegabytesMax, "GB")
    guard (1...Self.tasksPerInstanceLimit).contains(tasksPerInstanceMax) else {
      throw SpotError("tasks per instance: expected 1 to \(Self.tasksPerInstanceLimit)")
    }
    try Self.check("slowdown", slowdown, 0...1000, "as a part")
    try Self.check("idle time", idleHours, 0...SpotUnits.hoursMax, "hours")
    try Self.check("egress price", egressDollarsPerGigabyte, 0...1000, "dollars a GB")
  }

  private static func check(
    _ what: String, _ value: Double, _ range: ClosedRange<Double>, _ unit: String
  ) throws(SpotError) {
    guard range.contains(value) else {
      throw SpotError(
        "\(what): expected \(range.lowerBound) to \(range.upperBound) \(unit), got \(value)")
    }
  }

  package var overheadNanoseconds: Int64 { SpotUnits.nanoseconds(hours: overheadHours) }
  package var graceNanoseconds: Int64 { Int64((graceSeconds * 1e9).rounded()) }
  package var idleNanoseconds: Int64 { SpotUnits.nanoseconds(hours: idleHours) }
  package var checkpointNanoseconds: Int64? {
    checkpointHours.map(SpotUnits.nanoseconds)
  }
  package var memoryMegabytes: Double { memoryGigabytes * Self.megabytesPerGigabyte }

  /// The bandwidth of the instance of this number.
  package func bandwidthGigabits(instance: Int) -> Double {
    bandwidthsGigabits[instance % bandwidthsGigabits.count]
  }

  /// How long so many megabytes take.
  package static func transferNanoseconds(megabytes: Double, gigabits: Double) -> Int64 {
    let seconds = megabytes / (gigabits * megabytesPerGigabit)
    return Int64((min(seconds, 3600 * SpotUnits.hoursMax) * 1e9).rounded(.up))
  }

  /// What a change of instance costs a task of so much state in time at most: its overhead, and
  /// saving and restoring over the slowest network.
  package func changeNanoseconds(megabytes: Double) -> Int64 {
    let slowest = bandwidthsGigabits.min() ?? 1
    return overheadNanoseconds
      + 2 * Self.transferNanoseconds(megabytes: megabytes, gigabits: slowest)
  }

  /// The speed of each of so many tasks on one instance, in parts of a thousand, at least one.
  package func speedPermille(tasks: Int) -> Int64 {
    max(1, Int64((1000 / (1 + slowdown * Double(max(0, tasks - 1)))).rounded()))
  }
}
