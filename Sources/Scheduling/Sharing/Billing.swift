import Model

/// What a job is charged for each second: what it blocks, not what it asks.
///
/// A job that takes all the memory of a node blocks its processors too. So of what belongs to nodes
/// (processors, memory, GPUs) only the dearest counts, and what belongs to the whole cluster
/// (licences, bandwidth) is added to it. Source: the MAX_TRES rule of Slurm's accounting, as its
/// documentation describes it.
package struct Billing: Hashable, Sendable {
  /// One resource's price.
  package struct Price: Hashable, Sendable {
    /// Milli-units charged for `per` of the resource, at least 0.
    package var milliUnits: Int64
    /// An amount of the resource, above 0.
    package var per: Int64
    /// Whether it belongs to the cluster as a whole and not to a node.
    package var isGlobal: Bool

    package init(milliUnits: Int64, per: Int64, isGlobal: Bool = false) {
      precondition(milliUnits >= 0, "a price is at least 0")
      precondition(per > 0, "a price is for an amount above 0")
      self.milliUnits = milliUnits
      self.per = per
      self.isGlobal = isGlobal
    }
  }

  /// By resource, in the order of the amounts.
  package var prices: [Price]

  package init(prices: [Price]) {
    self.prices = prices
  }

  /// The bill for a second, in milli-units, rounded up; saturates.
  ///
  /// - Parameter blocked: by resource, at least 0, as many as there are prices: what no one else
  ///   can use while the job runs, which for an exclusive node is the whole node.
  package func milliUnits(blocked: [Int64]) -> Int64 {
    precondition(blocked.count == prices.count, "a bill needs one amount for each price")
    var dearest: Int64 = 0
    var global: Int64 = 0
    for (amount, price) in zip(blocked, prices) {
      precondition(amount >= 0, "what is blocked is at least 0")
      let cost = Self.roundedUp(amount, times: price.milliUnits, over: price.per)
      if price.isGlobal {
        global = global.addingSaturated(cost)
      } else {
        dearest = max(dearest, cost)
      }
    }
    return dearest.addingSaturated(global)
  }

  private static func roundedUp(_ amount: Int64, times factor: Int64, over divisor: Int64) -> Int64
  {
    let product = Int128(amount) * Int128(factor)
    return Int64(clamping: (product + Int128(divisor) - 1) / Int128(divisor))
  }
}
