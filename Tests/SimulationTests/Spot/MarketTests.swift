import Model
import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct SpotMarketTests {
  @Test func `the sine of whole, half and quarter turns is exact, and others are close`() {
    #expect(ExactMath.sine(turns: 0) == 0 && ExactMath.sine(turns: 3) == 0)
    #expect(ExactMath.sine(turns: 0.25) == 1 && ExactMath.sine(turns: -0.25) == -1)
    #expect(ExactMath.sine(turns: 0.5) == 0)
    #expect(abs(ExactMath.sine(turns: 1.0 / 12) - 0.5) < 1e-15)
    #expect(abs(ExactMath.sine(turns: 0.125) - 0.5.squareRoot()) < 1e-15)
    for step in -100...100 {
      // sin² + cos² = 1, whatever the angle.
      let sine = ExactMath.sine(turns: Double(step) / 37)
      let cosine = ExactMath.sine(turns: Double(step) / 37 + 0.25)
      #expect(abs(sine * sine + cosine * cosine - 1) < 1e-14)
    }
  }

  /// Mean and deviation of the process after so many steps, over many paths.
  static func moments(_ process: OrnsteinUhlenbeck, steps: Int, stepHours: Double)
    -> (mean: Double, deviation: Double)
  {
    var random = SeededRandom(seed: 7)
    let paths = 20_000
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<paths {
      let value =
        process.path(count: steps + 1, stepHours: stepHours, random: &random).last ?? 0
      sum += value
      squares += value * value
    }
    let mean = sum / Double(paths)
    return (mean, (squares / Double(paths) - mean * mean).squareRoot())
  }

  @Test
  func `spot defect 15: the price's mean and variance are the closed form's, whatever the step`() {
    let process = OrnsteinUhlenbeck(mean: 0.3, reversion: 0.5, volatility: 0.2)
    // Var X_t = σ² (1 - e^(-2θt)) / 2θ from a known start; at t = 2 h with σ = 0.2 and θ = 0.5.
    let expected = (0.04 * (1 - ExactMath.exp(-2))).squareRoot()
    for (steps, hours) in [(20, 0.1), (4, 0.5), (1, 2.0)] {
      let (mean, deviation) = Self.moments(process, steps: steps, stepHours: hours)
      // Four standard errors of 20,000 paths.
      #expect(abs(mean - 0.3) < 4 * expected / 141)
      #expect(abs(deviation - expected) < 4 * expected / 200)
    }
    // Small steps that are put together are one large step.
    var variance = 0.0
    for _ in 0..<20 {
      let decay = process.decay(hours: 0.1)
      let deviation = process.deviation(hours: 0.1)
      variance = variance * decay * decay + deviation * deviation
    }
    #expect(abs(variance.squareRoot() - process.deviation(hours: 2)) < 1e-14)
    let free = OrnsteinUhlenbeck(mean: 1, reversion: 0, volatility: 0.2)
    #expect(free.decay(hours: 5) == 1 && free.deviation(hours: 4) == 0.4)
  }

  @Test func `spot defect 15: a second market of the same model does not go on from the first`() {
    let model = MarketModel()
    let market = model.market(hours: 48, seed: 3)
    #expect(model.market(hours: 48, seed: 3) == market)
    let samples = market.zones[0].samples
    #expect(samples.count == 480 && samples[0].dollarsPerHour == 0.3)
    #expect(samples.allSatisfy { $0.dollarsPerHour >= 0.1 && $0.dollarsPerHour <= 0.95 })
    // A longer market begins with the shorter one.
    #expect(Array(model.market(hours: 96, seed: 3).zones[0].samples.prefix(480)) == samples)
  }

  @Test func `spot defect 15: a relative volatility fits every price level`() {
    var cheap = MarketModel(prices: .ornsteinUhlenbeck(volatility: 0.3, isRelative: true))
    var dear = cheap
    cheap.spotDollarsPerHour = 0.25
    cheap.onDemandDollarsPerHour = 1
    dear.spotDollarsPerHour = 2
    dear.onDemandDollarsPerHour = 8
    let pairs = zip(
      cheap.market(hours: 48, seed: 1).zones[0].samples,
      dear.market(hours: 48, seed: 1).zones[0].samples)
    for (left, right) in pairs {
      #expect(abs(left.dollarsPerHour * 8 - right.dollarsPerHour) < 1e-7)
    }
  }

  @Test func `a week's cycle moves prices where it is asked for`() {
    let prices = PriceModel.ornsteinUhlenbeck(volatility: 0)
    let weekly = MarketModel(prices: prices, weeklyAmplitude: 0.2).market(hours: 168, seed: 1)
    let flat = MarketModel(prices: prices).market(hours: 168, seed: 1)
    // A quarter of the week is 42 h; there the factor is 1.2.
    let ratio =
      weekly.zones[0].samples[420].dollarsPerHour / flat.zones[0].samples[420].dollarsPerHour
    #expect(abs(ratio - 1.2) < 1e-6)
    // Six hours into a day the daily factor is 1.1.
    #expect(abs(flat.zones[0].samples[60].dollarsPerHour - 0.33) < 1e-9)
  }

  @Test
  func `spot defect 16: a step's probability is at most 1, and the exponential one is an option`() {
    let prices = PriceModel.ornsteinUhlenbeck(volatility: 0)
    func first(_ rate: Double, _ isExponential: Bool) -> Double {
      MarketModel(
        prices: prices,
        preemptions: PreemptionModel(ratePerHour: rate, isExponential: isExponential)
      ).market(hours: 1, seed: 1).zones[0].samples[0].preemptionProbability
    }
    // 0.05 × (1 - 0.3) × 0.1 h.
    #expect(abs(first(0.05, false) - 0.0035) < 1e-12)
    #expect(abs(first(0.05, true) - (1 - ExactMath.exp(-0.0035))) < 1e-12)
    #expect(first(1000, false) == 1 && first(1000, true) == 1)
  }

  @Test func `spot defect 16: a bid takes instances away while the price is above it`() {
    var model = MarketModel(
      prices: .ornsteinUhlenbeck(volatility: 0),
      preemptions: PreemptionModel(ratePerHour: 0, bidDollarsPerHour: 0.32))
    let zone = model.market(hours: 24, seed: 1).zones[0]
    // 0.3 (1 + 0.1 sin) is above 0.32 between sin = 2/3 about 2.79 h and 9.21 h.
    #expect(zone.isAvailable(at: 0) && !zone.isAvailable(at: 6 * SpotUnits.nanosecondsPerHour))
    #expect(zone.preemption(of: 0, draw: 100) == 28 * zone.stepNanoseconds)
    model.preemptions.bidDollarsPerHour = nil
    #expect(model.market(hours: 24, seed: 1).zones[0].preemption(of: 0, draw: 100) == nil)
  }

  static let zone = ZoneMarket(
    name: "z", onDemandNanodollars: 1000, stepNanoseconds: 10, spotNanodollars: [3, 5, 7],
    hazards: [0.1, 0.2, 0.4])

  @Test
  func `spot defect 14: a price holds from its sample to the next one, and no one sees later ones`()
  {
    let zone = Self.zone
    #expect([0, 9, 10, 19, 20, 29, 30, 1000].map(zone.spotPrice) == [3, 3, 5, 5, 7, 7, 7, 7])
    let early = SpotMarket(zones: [zone]).views(at: 9)[0]
    let other = ZoneMarket(
      name: "z", onDemandNanodollars: 1000, stepNanoseconds: 10, spotNanodollars: [3, 900, 900],
      hazards: [0.1, 9, 9])
    #expect(SpotMarket(zones: [other]).views(at: 9)[0] == early)
  }

  @Test func `the charge of any span is the sum over its nanoseconds`() {
    for start in Int64(0)...40 {
      var naive: Int128 = 0
      for end in start...45 {
        #expect(Self.zone.charge(.spot, from: start, to: end).units == naive)
        #expect(
          Self.zone.charge(.onDemand, from: start, to: end).units == 1000 * Int128(end - start))
        naive += Int128(Self.zone.spotPrice(at: end))
      }
    }
  }

  @Test func `a preemption is at the end of the step in which the hazard passes the draw`() {
    let zone = Self.zone
    #expect(zone.preemption(of: 0, draw: 0.05) == 10)
    #expect(zone.preemption(of: 0, draw: 0.15) == 20)
    #expect(zone.preemption(of: 0, draw: 0.65) == 30)
    #expect(zone.preemption(of: 0, draw: 0.75) == nil)
    // Half of the first step is gone: 0.05 of it are left.
    #expect(zone.preemption(of: 5, draw: 0.04) == 10)
    #expect(zone.preemption(of: 5, draw: 0.06) == 20)
    #expect(zone.preemption(of: 30, draw: 0) == nil)
  }

  @Test(arguments: TestSeed.all(20))
  func `the search for a preemption finds what a walk over the steps finds`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let count = 1 + random.below(40)
    let hazards = (0..<count).map { _ in random.chance(20) ? 0 : random.next().asUnitInterval }
    let flags = (0..<count).map { _ in !random.chance(5) }
    let zone = ZoneMarket(
      name: "z", onDemandNanodollars: 1, stepNanoseconds: 10,
      spotNanodollars: Array(repeating: 1, count: count), hazards: hazards, availability: flags)
    for start in 0..<Int64(count * 10) {
      let draw = random.exponential(mean: 1)
      var left = draw
      var found: Int64?
      var step = Int(start / 10)
      var part = 1 - Double(start % 10) / 10
      while step < count, found == nil {
        if !flags[step] { found = Int64(step * 10) }
        left -= part * hazards[step]
        if found == nil, left < 0 { found = Int64(step + 1) * 10 }
        part = 1
        step += 1
      }
      #expect(zone.preemption(of: start, draw: draw) == found, "seed \(seed), start \(start)")
    }
  }

  @Test func `a whole step is lost with the step's own probability`() {
    let random = SeededRandom(seed: 5)
    let zone = ZoneMarket(
      name: "z", onDemandNanodollars: 1, stepNanoseconds: 10, spotNanodollars: [1, 1],
      hazards: [-ExactMath.log(1 - 0.3), -ExactMath.log(1 - 0.6)])
    var lost = [0, 0, 0]
    for index in UInt64(0)..<100_000 {
      let draw = -ExactMath.log(1 - random.word(at: index).asUnitInterval)
      switch zone.preemption(of: 0, draw: draw) {
      case 10: lost[0] += 1
      case 20: lost[1] += 1
      default: lost[2] += 1
      }
    }
    // 0.3, 0.7 × 0.6 and the rest, within four deviations.
    #expect(abs(lost[0] - 30_000) < 600 && abs(lost[1] - 42_000) < 630)
    #expect(lost.reduce(0, +) == 100_000)
  }
}
