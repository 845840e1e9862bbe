/// The zones that a job may run in, on the same steps.
package struct DeadlineMarket: Hashable, Sendable {
  /// As results show it.
  package let name: String
  /// At least one; they have the same steps.
  package let zones: [AvailabilityTrace]
  /// What it costs to bring the job's data into another zone.
  package let moveNanodollars: Int64

  /// - Parameter name: the zone's unless it is given.
  package init(_ zone: AvailabilityTrace, name: String? = nil) {
    self.name = name ?? zone.zone
    zones = [zone]
    moveNanodollars = 0
  }

  /// The zones together; as long as the shortest of them.
  ///
  /// - Parameter name: the zones' with `+` between them unless it is given.
  package init(
    together zones: [AvailabilityTrace], name: String? = nil, moveDollars: Double = 0
  ) throws(DeadlineJobError) {
    guard let first = zones.first, moveDollars.isFinite,
      (0...SpotUnits.dollarsPerHourMax).contains(moveDollars)
    else {
      throw DeadlineJobError(description: "expected zones, and a price of moving from 0 on")
    }
    for zone in zones where zone.stepNanoseconds != first.stepNanoseconds {
      throw DeadlineJobError(
        description: "\(first.zone) and \(zone.zone) have steps of different length; zones are "
          + "simulated together only on the same steps")
    }
    self.name = name ?? zones.map(\.zone).joined(separator: "+")
    self.zones = zones
    moveNanodollars = SpotUnits.nanodollars(moveDollars)
  }

  package var stepNanoseconds: Int64 { zones[0].stepNanoseconds }

  /// The steps in which runs of a job start: those of the shortest zone.
  package func starts(of job: DeadlineJob) -> [Int] {
    zones.min { $0.steps < $1.steps }.map(job.starts) ?? []
  }

  /// The share of steps with spot instances in some zone, from 0 to 1.
  package var availability: Double {
    let steps = zones.map(\.steps).min() ?? 0
    let available = (0..<steps).count { step in zones.contains { $0.hasSpot(at: step) } }
    return Double(available) / Double(max(1, steps))
  }

  /// What a job costs on-demand alone, in the cheapest zone.
  package func onDemandCharge(of job: DeadlineJob) -> Charge {
    let steps = DeadlineJob.steps(
      job.workNanoseconds + job.overheadNanoseconds, of: stepNanoseconds)
    return Charge(
      nanodollarsPerHour: zones.map(\.onDemandNanodollars).min() ?? 0,
      nanoseconds: steps * stepNanoseconds)
  }
}
