import Scheduling

/// Spot instances as long as an hour of work that is kept costs less on them than on-demand, with
/// what preemptions destroy and what new starts cost counted in.
///
/// Preemptions are taken to come at random at the rate that the market tells. Work of c hours that
/// is lost unless it is done in one go, with starts of o hours, then takes
/// (e^(λ (c + o)) - 1) / λ hours. Source: Daly, "A higher order estimate of the optimum checkpoint
/// interval for restart dumps", Future Generation Computer Systems 22(3), 2006.
public struct CheckpointAwarePolicy: SpotPolicy {
  public init() {}

  public var name: String { "CheckpointAware" }
  public var reviewsEachStep: Bool { false }

  public func choice(for view: SpotView) -> SpotChoice {
    let hours = SpotUnits.hours(view.remainingNanoseconds)
    var best: (zone: Int, dollars: Double)?
    for (zone, market) in view.zones.enumerated() where market.isSpotAvailable {
      let dollars =
        market.spotDollarsPerHour * hours * Self.hoursPerKeptHour(view, market)
        + market.moveDollars
      if dollars < best?.dollars ?? .infinity { best = (zone, dollars) }
    }
    let onDemand = SpotChoice.cheapestOnDemand(view)
    guard let best, case .run(_, let zone) = onDemand else { return onDemand }
    let market = view.zones[zone]
    let onDemandDollars = market.onDemandDollarsPerHour * hours + market.moveDollars
    return best.dollars < onDemandDollars ? .run(.spot, zone: best.zone) : onDemand
  }

  /// How many hours of a spot instance an hour of kept work takes.
  static func hoursPerKeptHour(_ view: SpotView, _ zone: ZoneView) -> Double {
    let rate = zone.preemptionsPerHour
    let overhead = SpotUnits.hours(view.overheadNanoseconds)
    let stretch = SpotUnits.hours(view.atRiskNanoseconds)
    guard rate > 0, stretch > 0 else { return 1 + rate * overhead }
    return (ExactMath.exp(rate * (stretch + overhead)) - 1) / (rate * stretch)
  }
}
