import Model
import Simulation

/// Small markets and runs that tests of the spot simulator share.
enum SpotScenario {
  static let hour = SpotUnits.nanosecondsPerHour

  /// One zone with steps of an hour and flat prices of 0.30 and 1.00, in which every spot instance
  /// is taken away at the end of the named steps.
  static func market(hours: Int = 48, preemptedAt ends: Set<Int> = [], price: Double = 0.30)
    -> SpotMarket
  {
    SpotMarket(zones: [zone(hours: hours, preemptedAt: ends, price: price)])
  }

  static func zone(
    hours: Int = 48, preemptedAt ends: Set<Int> = [], price: Double = 0.30, region: Int = 0,
    availability: [Bool]? = nil
  ) -> ZoneMarket {
    ZoneMarket(
      name: "zone", region: region, onDemandNanodollars: 1_000_000_000, stepNanoseconds: hour,
      spotNanodollars: Array(repeating: SpotUnits.nanodollars(price), count: hours),
      hazards: (0..<hours).map { ends.contains($0 + 1) ? ZoneMarket.certainHazard : 0 },
      availability: availability)
  }

  static func task(
    _ id: Int, at arrivalHours: Double = 0, hours: Double, deadline: Double? = nil,
    megabytes: Double = 0
  ) throws -> SpotTask {
    try SpotTask(
      id: id, arrivalHours: arrivalHours, durationHours: hours, deadlineHours: deadline,
      stateMegabytes: megabytes)
  }

  static func run(
    _ policy: any SpotPolicy, _ tasks: [SpotTask], market: SpotMarket,
    settings: SpotSettings = SpotSettings(), hours: Double = 48, seed: UInt64 = 1
  ) throws -> SpotMetrics {
    var simulator = SpotSimulator(policy: policy, market: market, settings: settings, seed: seed)
    for task in tasks { try simulator.add(task) }
    return try simulator.run(hours: hours)
  }

  /// Start, warm and end of a task's stays, in hours.
  static func spans(of task: Int, _ metrics: SpotMetrics) -> [[Double]] {
    metrics.record.spans.filter { $0.task == task }.map {
      [$0.startHours, $0.warmHours, $0.endHours]
    }
  }

  /// The cost of all instances, counted anew from launches and ends alone: step by step, and with
  /// the zone of each instance from the stays on it.
  static func recount(
    _ metrics: SpotMetrics, _ market: SpotMarket, billing: BillingUnit = .exact
  ) -> Int128 {
    var launches: [Int: (at: Int64, kind: InstanceKind)] = [:]
    var ends: [Int: Int64] = [:]
    for event in metrics.events {
      switch event.kind {
      case .instanceLaunch(let instance, let kind): launches[instance] = (event.nanoseconds, kind)
      case .instancePreemption(let instance), .instanceTermination(let instance):
        ends[instance] = event.nanoseconds
      case .taskArrival, .taskCompletion: break
      }
    }
    var zones: [Int: Int] = [:]
    for span in metrics.record.spans { zones[span.instance] = span.zone }
    var units: Int128 = 0
    let step = market.zones[0].stepNanoseconds
    for (instance, launch) in launches {
      guard let end = ends[instance], let number = zones[instance] else { return -1 }
      let zone = market.zones[number]
      let unit: Int64 =
        switch billing {
        case .exact: 1
        case .second: 1_000_000_000
        case .tick: step
        case .hour: hour
        }
      var until = launch.at
      while until < end { until += max(unit, billing == .exact ? end - until : unit) }
      var now = launch.at
      while now < until {
        let next = min(until, (now / step + 1) * step)
        let price = launch.kind == .spot ? zone.spotPrice(at: now) : zone.onDemandNanodollars
        units += Int128(price) * Int128(next - now)
        now = next
      }
    }
    for entry in metrics.record.ledger.entries {
      if case .egress = entry.subject { units += entry.charge.units }
    }
    return units
  }
}
