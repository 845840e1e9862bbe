import Scheduling

/// The spot market of one zone, already drawn: what an instance costs, whether it can be had, and
/// how likely it is taken away, for each step of the market.
///
/// Sums over the steps are kept, so that the bill of any span and the instant of a preemption are
/// found without walking over the steps between.
public struct ZoneMarket: Hashable, Sendable {
  public let name: String
  /// Moving data between zones of one region is free.
  public let region: Int
  package let onDemandNanodollars: Int64
  package let stepNanoseconds: Int64
  /// Nano-dollars an hour; each holds from its step's start to the next, the last for ever.
  package let spotNanodollars: [Int64]
  /// The cumulated price at each step's start, in the units of ``Charge``.
  private let cumulatedPrice: [Int128]
  /// The cumulated hazard at each step's start, one more than there are steps.
  private let cumulatedHazard: [Double]
  /// The first step from each on in which no spot instance can be had; the count where there is
  /// none.
  private let nextUnavailable: [Int]

  /// The hazard that stands for a certain preemption: an exponential draw of 53 bits is below it.
  package static let certainHazard = 64.0

  /// - Parameters:
  ///   - spotNanodollars: A price for each step, at least one.
  ///   - hazards: For each step -ln(1 - p), where p is the probability that an instance which runs
  ///     through the step is preempted in it.
  ///   - availability: False in steps in which no spot instance runs; nil where all have some.
  package init(
    name: String, region: Int = 0, onDemandNanodollars: Int64, stepNanoseconds: Int64,
    spotNanodollars: [Int64], hazards: [Double], availability: [Bool]? = nil
  ) {
    precondition(stepNanoseconds > 0, "a step has a length")
    precondition(!spotNanodollars.isEmpty, "a market has a price")
    precondition(hazards.count == spotNanodollars.count, "one hazard for each step")
    precondition(
      availability == nil || availability?.count == hazards.count, "one flag for each step")
    self.name = name
    self.region = region
    self.onDemandNanodollars = onDemandNanodollars
    self.stepNanoseconds = stepNanoseconds
    self.spotNanodollars = spotNanodollars
    var price: Int128 = 0
    cumulatedPrice = spotNanodollars.map { nanodollars in
      defer { price += Int128(nanodollars) * Int128(stepNanoseconds) }
      return price
    }
    var sum = 0.0
    var sums = [0.0]
    for hazard in hazards {
      sum += min(max(0, hazard), ZoneMarket.certainHazard)
      sums.append(sum)
    }
    cumulatedHazard = sums
    var next = Array(repeating: hazards.count, count: hazards.count)
    if let availability {
      for step in availability.indices.reversed() {
        let later = step + 1 < next.count ? next[step + 1] : next.count
        next[step] = availability[step] ? later : step
      }
    }
    nextUnavailable = next
  }

  /// How many steps were drawn.
  package var steps: Int { spotNanodollars.count }

  /// The step of an instant; the last one after the end.
  package func step(at nanoseconds: Int64) -> Int {
    min(Int(nanoseconds / stepNanoseconds), steps - 1)
  }

  package func isAvailable(at nanoseconds: Int64) -> Bool {
    let step = step(at: nanoseconds)
    return nextUnavailable[step] != step
  }

  /// The price that holds at an instant: that of its step's start, never a later one.
  package func spotPrice(at nanoseconds: Int64) -> Int64 { spotNanodollars[step(at: nanoseconds)] }

  /// The probability that an instance which runs through the step of this instant loses it.
  package func preemptionProbability(at nanoseconds: Int64) -> Double {
    let step = step(at: nanoseconds)
    return 1 - ExactMath.exp(cumulatedHazard[step] - cumulatedHazard[step + 1])
  }

  /// Preemptions an hour, as the market tells at this instant.
  package func hazardPerHour(at nanoseconds: Int64) -> Double {
    let step = step(at: nanoseconds)
    return (cumulatedHazard[step + 1] - cumulatedHazard[step])
      / SpotUnits.hours(stepNanoseconds)
  }

  /// What an instance of this kind costs from one instant to a later one.
  package func charge(_ kind: InstanceKind, from start: Int64, to end: Int64) -> Charge {
    switch kind {
    case .onDemand:
      Charge(nanodollarsPerHour: onDemandNanodollars, nanoseconds: end - start)
    case .spot: Charge(units: spotUnits(until: end) - spotUnits(until: start))
    }
  }

  private func spotUnits(until nanoseconds: Int64) -> Int128 {
    let step = step(at: nanoseconds)
    let rest = nanoseconds - Int64(step) * stepNanoseconds
    return cumulatedPrice[step] + Int128(spotNanodollars[step]) * Int128(rest)
  }

  /// When a spot instance that is launched at `start` is taken away; nil where that does not happen
  /// in the steps that were drawn.
  ///
  /// It is at the end of the step in which the hazard cumulated since the launch passes `draw`,
  /// which is drawn from the exponential distribution of mean 1: for whole steps exactly one trial
  /// of the step's probability after the other. A step in which spot instances are not available
  /// takes them at its start. O(log steps).
  package func preemption(of start: Int64, draw: Double) -> Int64? {
    let first = step(at: start)
    guard start < Int64(steps) * stepNanoseconds else { return nil }
    let part = Double(start - Int64(first) * stepNanoseconds) / Double(stepNanoseconds)
    let hazard = cumulatedHazard[first + 1] - cumulatedHazard[first]
    let target = cumulatedHazard[first] + part * hazard + draw
    // The first step whose end lies beyond the target.
    var low = first
    var high = steps
    while low < high {
      let middle = (low + high) / 2
      if cumulatedHazard[middle + 1] > target { high = middle } else { low = middle + 1 }
    }
    let drawn = low < steps ? low + 1 : nil
    let unavailable = nextUnavailable[first] < steps ? nextUnavailable[first] : nil
    guard let step = [drawn, unavailable].compactMap(\.self).min() else { return nil }
    return Int64(step) * stepNanoseconds
  }
}
