package import Model

/// Shares of the pools by component, with the many small ones added up, so that the number of series stays bounded.
package struct ComponentShares: Sendable {
  package struct Share: Hashable, Sendable {
    package var component: Text
    package var pool: Int
    /// Of the pool's capacity; over 1 where the pool is over-committed.
    package var ratio: Double
  }

  /// Components that are told apart; the others count together as ``other``.
  package static let componentsMax = 50
  package static let other: Text = "other"

  /// Ordered by pool, then by component.
  package let shares: [Share]

  /// Keeps the components with the largest share of any pool; pools without capacity are left out.
  /// O(n log n) for n uses.
  package init(of uses: [ComponentUse], capacities: [Int64]) {
    var ratios: [Text: [Int: Double]] = [:]
    for use in uses where capacities.indices.contains(use.pool) && capacities[use.pool] > 0 {
      let ratio = Double(use.allocated) / Double(capacities[use.pool])
      ratios[use.component, default: [:]][use.pool, default: 0] += ratio
    }
    let ranked = ratios.map { (component: $0.key, largest: $0.value.values.max() ?? 0) }
      .sorted { left, right in
        left.largest == right.largest
          ? left.component < right.component : left.largest > right.largest
      }
    var kept = Dictionary(
      uniqueKeysWithValues: ranked.prefix(ComponentShares.componentsMax).map {
        ($0.component, ratios[$0.component] ?? [:])
      })
    for folded in ranked.dropFirst(ComponentShares.componentsMax) {
      kept[ComponentShares.other, default: [:]].merge(
        ratios[folded.component] ?? [:], uniquingKeysWith: +)
    }
    var shares: [Share] = []
    for (component, byPool) in kept {
      for (pool, ratio) in byPool {
        shares.append(Share(component: component, pool: pool, ratio: ratio))
      }
    }
    shares.sort { left, right in
      left.pool == right.pool ? left.component < right.component : left.pool < right.pool
    }
    self.shares = shares
  }
}
