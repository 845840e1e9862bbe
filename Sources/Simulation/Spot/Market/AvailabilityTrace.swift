/// When spot instances could be had in a zone, and at what price: a recording, in steps of equal
/// length.
public struct AvailabilityTrace: Hashable, Sendable {
  public let zone: String
  /// Above 0.
  package let stepNanoseconds: Int64
  /// One flag for each step, at least one.
  package let isAvailable: [Bool]
  /// In nano-dollars an hour: one for all steps, or one for each.
  package let spotNanodollars: [Int64]
  /// In nano-dollars an hour.
  package let onDemandNanodollars: Int64

  package init(
    zone: String, stepNanoseconds: Int64, isAvailable: [Bool], spotNanodollars: [Int64],
    onDemandNanodollars: Int64
  ) {
    precondition(stepNanoseconds > 0, "a step has a length")
    precondition(!isAvailable.isEmpty, "a trace has steps")
    precondition(
      spotNanodollars.count == 1 || spotNanodollars.count == isAvailable.count,
      "one price for all steps or one for each")
    self.zone = zone
    self.stepNanoseconds = stepNanoseconds
    self.isAvailable = isAvailable
    self.spotNanodollars = spotNanodollars
    self.onDemandNanodollars = onDemandNanodollars
  }

  package var steps: Int { isAvailable.count }
  package var spanNanoseconds: Int64 { Int64(steps) * stepNanoseconds }

  /// The part of the steps in which spot instances could be had, from 0 to 1.
  public var availability: Double {
    Double(isAvailable.count(where: \.self)) / Double(steps)
  }

  /// False past the end: what was not recorded is not promised.
  package func hasSpot(at step: Int) -> Bool { step < steps && isAvailable[step] }

  /// The price of a step, in nano-dollars an hour; the last one holds past the end.
  package func spotNanodollars(at step: Int) -> Int64 {
    spotNanodollars[min(step, spotNanodollars.count - 1)]
  }

  /// The same trace at the prices of a series, which starts with it; where it ends its last price
  /// holds.
  package func priced(_ nanodollars: [Int64]) -> AvailabilityTrace {
    guard let last = nanodollars.last else { return self }
    let missing = max(0, steps - nanodollars.count)
    return AvailabilityTrace(
      zone: zone, stepNanoseconds: stepNanoseconds, isAvailable: isAvailable,
      spotNanodollars: nanodollars.prefix(steps) + Array(repeating: last, count: missing),
      onDemandNanodollars: onDemandNanodollars)
  }
}
