/// The spot market of one run: its zones, all with the same steps. Every policy of a comparison
/// faces the same one.
public struct SpotMarket: Hashable, Sendable {
  /// At least one; their step is the same.
  public let zones: [ZoneMarket]

  package init(zones: [ZoneMarket]) {
    precondition(!zones.isEmpty, "a market has a zone")
    precondition(
      zones.allSatisfy { $0.stepNanoseconds == zones[0].stepNanoseconds }, "zones share one step")
    self.zones = zones
  }

  package var stepNanoseconds: Int64 { zones[0].stepNanoseconds }

  /// The zones as a policy may see them at an instant.
  package func views(at nanoseconds: Int64) -> [ZoneView] {
    zones.map { zone in
      ZoneView(
        spotDollarsPerHour: SpotUnits.dollars(zone.spotPrice(at: nanoseconds)),
        onDemandDollarsPerHour: SpotUnits.dollars(zone.onDemandNanodollars),
        isSpotAvailable: zone.isAvailable(at: nanoseconds),
        preemptionsPerHour: zone.hazardPerHour(at: nanoseconds))
    }
  }
}

/// One sample of a zone's market.
public struct SpotPrice: Hashable, Sendable {
  public let timeHours: Double
  public let dollarsPerHour: Double
  /// The probability that an instance which runs until the next sample loses it.
  public let preemptionProbability: Double

  public init(timeHours: Double, dollarsPerHour: Double, preemptionProbability: Double) {
    self.timeHours = timeHours
    self.dollarsPerHour = dollarsPerHour
    self.preemptionProbability = preemptionProbability
  }
}

extension ZoneMarket {
  /// The zone's samples, one for each step.
  public var samples: [SpotPrice] {
    (0..<steps).map { step in
      let at = Int64(step) * stepNanoseconds
      return SpotPrice(
        timeHours: SpotUnits.hours(at),
        dollarsPerHour: SpotUnits.dollars(spotNanodollars[step]),
        preemptionProbability: preemptionProbability(at: at))
    }
  }
}
