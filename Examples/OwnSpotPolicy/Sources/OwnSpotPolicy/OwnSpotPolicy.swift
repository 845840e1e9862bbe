// A spot policy of one's own, compared with the library's on a market that is drawn from a seed.

import Simulation

/// Spot instances while they cost less than a share of the on-demand price, on-demand above it.
struct PriceCap: SpotPolicy {
  /// From 0 (never spot) to 1.
  let shareMax: Double

  var name: String { "PriceCap" }

  func choice(for view: SpotView) -> SpotChoice {
    let zone = view.zones[0]
    let isCheap = zone.spotDollarsPerHour < shareMax * zone.onDemandDollarsPerHour
    return .run(isCheap && zone.isSpotAvailable ? .spot : .onDemand, zone: 0)
  }
}

@main
struct OwnSpotPolicy {
  static func main() throws {
    let experiment = SpotExperiment(repeats: 10)
    let comparison = try experiment.run([
      GreedyPolicy(), PriceCap(shareMax: 0.6), OnDemandOnlyPolicy(),
    ])
    for (policy, name) in comparison.policyNames.enumerated() {
      guard let cost = comparison.estimate(policy, \.totalCost),
        let savings = comparison.savingsPercent(policy)
      else { continue }
      print("\(name): $\(Int(cost.mean)) a run, \(Int(savings.mean)) % below on-demand")
    }
    let costs = comparison.policyNames.indices.compactMap { policy in
      comparison.estimate(policy, \.totalCost)?.mean
    }
    print(costs[0] < costs[1] && costs[1] < costs[2] ? "a cap lies between" : "no order")
  }
}
