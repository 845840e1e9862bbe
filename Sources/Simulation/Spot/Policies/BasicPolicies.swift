/// Always a spot instance: cheap, and preempted most.
public struct GreedyPolicy: SpotPolicy {
  public init() {}

  public var name: String { "Greedy" }
  public var reviewsEachStep: Bool { false }

  public func choice(for view: SpotView) -> SpotChoice { .cheapestSpot(view) }
}

/// Spot instances until a task has lost so many, on-demand from then on.
public struct OnDemandFallbackPolicy: SpotPolicy {
  /// At least 0; at 0 no spot instance is used.
  public let threshold: Int

  public init(threshold: Int) {
    self.threshold = threshold
  }

  public var name: String { "OnDemandFallback" }
  public var reviewsEachStep: Bool { false }

  public func choice(for view: SpotView) -> SpotChoice {
    view.preemptions < threshold ? .cheapestSpot(view) : .cheapestOnDemand(view)
  }
}

/// Never a spot instance: dear, and never preempted.
public struct OnDemandOnlyPolicy: SpotPolicy {
  public init() {}

  public var name: String { "OnDemandOnly" }
  public var reviewsEachStep: Bool { false }

  public func choice(for view: SpotView) -> SpotChoice { .cheapestOnDemand(view) }
}

extension SpotChoice {
  /// A spot instance where the rest of the work, at the price of now, and bringing the data there cost
  /// least; waiting where none
  /// can be had. Of equal zones the first.
  static func cheapestSpot(_ view: SpotView) -> SpotChoice {
    let hours = SpotUnits.hours(view.remainingNanoseconds)
    var best: (zone: Int, dollars: Double)?
    for (zone, market) in view.zones.enumerated() where market.isSpotAvailable {
      let dollars = market.spotDollarsPerHour * hours + market.moveDollars
      if dollars < best?.dollars ?? .infinity { best = (zone, dollars) }
    }
    return best.map { .run(.spot, zone: $0.zone) } ?? .wait
  }

  /// An on-demand instance where the rest of the work, and bringing the data there, costs least.
  static func cheapestOnDemand(_ view: SpotView) -> SpotChoice {
    let hours = SpotUnits.hours(view.remainingNanoseconds)
    var best = (zone: 0, dollars: Double.infinity)
    for (zone, market) in view.zones.enumerated() {
      let dollars = market.onDemandDollarsPerHour * hours + market.moveDollars
      if dollars < best.dollars { best = (zone, dollars) }
    }
    return .run(.onDemand, zone: best.zone)
  }
}
