import Model
import Scheduling

/// How prices are drawn.
public enum PriceModel: Hashable, Sendable {
  /// A mean-reverting price with a daily cycle: clamp(X (1 + 0.1 sin(2π t / 24 h)), 0.10 of the
  /// on-demand price, 0.95 of it), a sample every 0.1 h, X₀ the mean.
  ///
  /// `volatility` is in dollars an hour for √hour. With the usual 0.2 and a reversion of 0.5 an
  /// hour the price's deviation in the long run is 0.2, wide for a mean of 0.30: a sixth of the
  /// samples would lie below the floor, and what the clamp adds to them lifts the mean to about
  /// 0.316. A relative volatility is a share of the mean instead, and fits every price level.
  case ornsteinUhlenbeck(
    volatility: Double = 0.2, reversion: Double = 0.5, isRelative: Bool = false)
  /// The same price and the same probability in every hour.
  case simple
}

/// How prices and rates make preemptions.
public struct PreemptionModel: Hashable, Sendable {
  /// Preemptions an hour, before the price has its say.
  public var ratePerHour: Double
  /// The probability of a step is 1 - exp(-rate dt) and not rate × dt, at most 1.
  public var isExponential: Bool
  /// Instances are taken away, and none can be had, while the price is above this.
  public var bidDollarsPerHour: Double?

  public init(
    ratePerHour: Double = usualRatePerHour, isExponential: Bool = false,
    bidDollarsPerHour: Double? = nil
  ) {
    self.ratePerHour = ratePerHour
    self.isExponential = isExponential
    self.bidDollarsPerHour = bidDollarsPerHour
  }

  public static let usualRatePerHour = 0.05

  /// -ln(1 - p) for a step.
  func hazard(multiplier: Double, stepHours: Double) -> Double {
    let expected = ratePerHour * multiplier * stepHours
    guard !isExponential else { return expected }
    guard expected < 1 else { return ZoneMarket.certainHazard }
    return -ExactMath.log(1 - expected)
  }
}

/// A market that is drawn from a seed.
public struct MarketModel: Hashable, Sendable {
  public var spotDollarsPerHour: Double
  public var onDemandDollarsPerHour: Double
  public var prices: PriceModel
  public var preemptions: PreemptionModel
  /// How far prices rise and fall over a week, as a part of the price; 0 for no cycle.
  public var weeklyAmplitude: Double
  /// Zones draw their prices independently; each is a region of its own.
  public var zones: Int

  public init(
    spotDollarsPerHour: Double = usualSpotDollarsPerHour,
    onDemandDollarsPerHour: Double = usualOnDemandDollarsPerHour,
    prices: PriceModel = .ornsteinUhlenbeck(), preemptions: PreemptionModel = PreemptionModel(),
    weeklyAmplitude: Double = 0, zones: Int = 1
  ) {
    self.spotDollarsPerHour = spotDollarsPerHour
    self.onDemandDollarsPerHour = onDemandDollarsPerHour
    self.prices = prices
    self.preemptions = preemptions
    self.weeklyAmplitude = weeklyAmplitude
    self.zones = zones
  }

  public static let usualSpotDollarsPerHour = 0.30
  public static let usualOnDemandDollarsPerHour = 1.00
  /// The amplitude of the daily cycle.
  package static let dailyAmplitude = 0.1
  /// Bounds of a price, as parts of the on-demand price.
  package static let floorShare = 0.10
  package static let ceilingShare = 0.95
  /// The least part of the rate that is left of it where spot is almost as dear as on-demand.
  package static let preemptionShareMin = 0.1

  /// How far samples are apart.
  package var stepHours: Double {
    switch prices {
    case .ornsteinUhlenbeck: 0.1
    case .simple: 1
    }
  }

  /// Draws the market of a seed, for at least so many hours.
  public func market(hours: Double, seed: UInt64) -> SpotMarket {
    let count = max(1, Int((hours / stepHours).rounded(.up)))
    let random = SeededRandom(seed: seed).child("spot prices")
    return SpotMarket(
      zones: (0..<zones).map { zone in
        self.zone(zone, count: count, random: SeededRandom(seed: random.word(at: UInt64(zone))))
      })
  }

  private func zone(_ index: Int, count: Int, random: SeededRandom) -> ZoneMarket {
    let dollars = path(count: count, random: random)
    let hazards = dollars.map { price in
      preemptions.hazard(multiplier: multiplier(price), stepHours: stepHours)
    }
    return ZoneMarket(
      name: "zone-\(index)", region: index,
      onDemandNanodollars: SpotUnits.nanodollars(onDemandDollarsPerHour),
      stepNanoseconds: SpotUnits.nanoseconds(hours: stepHours),
      spotNanodollars: dollars.map(SpotUnits.nanodollars), hazards: hazards,
      availability: preemptions.bidDollarsPerHour.map { bid in dollars.map { $0 <= bid } })
  }

  private func path(count: Int, random: SeededRandom) -> [Double] {
    switch prices {
    case .simple: return Array(repeating: spotDollarsPerHour, count: count)
    case .ornsteinUhlenbeck(let volatility, let reversion, let isRelative):
      let process = OrnsteinUhlenbeck(
        mean: spotDollarsPerHour, reversion: reversion,
        volatility: isRelative ? volatility * spotDollarsPerHour : volatility)
      var random = random
      let path = process.path(count: count, stepHours: stepHours, random: &random)
      return path.enumerated().map { step, value in
        min(
          max(
            value * cycle(hours: Double(step) * stepHours),
            MarketModel.floorShare * onDemandDollarsPerHour),
          MarketModel.ceilingShare * onDemandDollarsPerHour)
      }
    }
  }

  private func cycle(hours: Double) -> Double {
    (1 + MarketModel.dailyAmplitude * ExactMath.sine(turns: hours / 24))
      * (1 + weeklyAmplitude * ExactMath.sine(turns: hours / (7 * 24)))
  }

  /// Cheap capacity is taken away more often, as seed markets of this kind have it.
  private func multiplier(_ price: Double) -> Double {
    switch prices {
    case .simple: 1
    case .ornsteinUhlenbeck:
      max(MarketModel.preemptionShareMin, 1 - price / onDemandDollarsPerHour)
    }
  }
}
