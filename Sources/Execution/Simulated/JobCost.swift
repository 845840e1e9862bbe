import Model

/// What work costs, in whole nano-dollars, so that sums are exact.
package struct JobCost: Hashable, Sendable {
  /// A core for a second.
  package var coreSecond: Int64
  /// A device for a second.
  package var gpuSecond: Int64
  /// A GiB for an hour.
  package var memoryGBHour: Int64

  package init(coreSecond: Int64, gpuSecond: Int64, memoryGBHour: Int64) {
    self.coreSecond = coreSecond
    self.gpuSecond = gpuSecond
    self.memoryGBHour = memoryGBHour
  }

  /// $0.0001 a core-second, $0.001 a GPU-second, $0.01 a GB-hour.
  package static let usual = JobCost(
    coreSecond: 100_000, gpuSecond: 1_000_000, memoryGBHour: 10_000_000)

  /// What a usage costs in nano-dollars, rounded down once for each kind; saturates.
  package func nanodollars(of usage: AttemptUsage) -> Int64 {
    let core = JobCost.scaled(usage.cpuMilliseconds, by: coreSecond, over: 1000)
    let gpu = JobCost.scaled(usage.gpuMilliseconds, by: gpuSecond, over: 1000)
    let memory = JobCost.scaled(usage.memoryMBSeconds, by: memoryGBHour, over: 1024 * 3600)
    return core.addingSaturated(gpu).addingSaturated(memory)
  }

  /// The product over a number, without losing what does not fit in between.
  private static func scaled(_ amount: Int64, by price: Int64, over divisor: Int64) -> Int64 {
    let product = amount.multipliedFullWidth(by: price)
    guard product.high >= 0, product.high < divisor / 2 else { return .max }
    return divisor.dividingFullWidth(product).quotient
  }
}
