/// The cheapest spot instance of all zones, at every step: a task moves where the rest of its work
/// costs less with the move counted in, and runs on-demand where no zone has a spot instance.
public struct MultiZonePolicy: SpotPolicy {
  /// A move must save this part of what staying would cost, so that small changes of prices do not
  /// send a task to and fro.
  public static let savingShareMin = 0.1

  public init() {}

  public var name: String { "MultiZone" }

  public func choice(for view: SpotView) -> SpotChoice {
    let best = SpotChoice.cheapestSpot(view)
    guard case .run(_, let zone) = best else { return .cheapestOnDemand(view) }
    guard let placement = view.placement else { return best }
    let stay = view.zones[placement.zone]
    let price =
      placement.kind == .spot ? stay.spotDollarsPerHour : stay.onDemandDollarsPerHour
    let hours = SpotUnits.hours(view.remainingNanoseconds)
    let moved = hours + SpotUnits.hours(view.overheadNanoseconds)
    let target = view.zones[zone]
    let cost = target.spotDollarsPerHour * moved + target.moveDollars
    guard cost < price * hours * (1 - Self.savingShareMin) else {
      return .run(placement.kind, zone: placement.zone)
    }
    return best
  }
}
