package import Model

/// What a client does about a pool while the coordinator cannot be reached.
package enum UnreachableRule: UInt8, Hashable, Sendable, CaseIterable {
  /// Nothing is used.
  case pessimistic
  /// Whatever is asked for is used.
  case optimistic
  /// As much as the coordinator last called safe for one client, what the client already holds counted.
  case safe
}

/// What this client uses of each pool, and what it may use while the coordinator cannot be reached.
package struct OfflineBook: Sendable {
  private struct Pool {
    var safeCapacity: Int64?
    var held: Int64 = 0
  }

  private var pools: [Text: Pool] = [:]
  private var holds: [Text: [(pool: Text, quantity: Int64)]] = [:]
  private let limits: Limits

  package init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Remembers what the coordinator called safe; 0 or less tells nothing.
  package mutating func learn(pool: Text, safeCapacity: Int64) {
    guard safeCapacity > 0, pools[pool] != nil || pools.count < limits.pools else { return }
    pools[pool, default: Pool()].safeCapacity = safeCapacity
  }

  /// Counts what a lease holds until ``drop(_:)``.
  package mutating func hold(_ lease: Text, _ amounts: [(pool: Text, quantity: Int64)]) {
    guard holds[lease] == nil, holds.count < limits.records else { return }
    holds[lease] = amounts
    for amount in amounts {
      let held = pools[amount.pool]?.held ?? 0
      pools[amount.pool, default: Pool()].held = held.addingSaturated(amount.quantity)
    }
  }

  package mutating func drop(_ lease: Text) {
    for amount in holds.removeValue(forKey: lease) ?? [] {
      pools[amount.pool]?.held -= amount.quantity
    }
  }

  package func held(_ pool: Text) -> Int64 { pools[pool]?.held ?? 0 }

  /// Whether all these amounts may be used without the coordinator's word.
  package func allows(_ amounts: [(pool: Text, quantity: Int64, rule: UnreachableRule)]) -> Bool {
    !amounts.isEmpty
      && amounts.allSatisfy { amount in
        switch amount.rule {
        case .pessimistic: false
        case .optimistic: true
        case .safe:
          held(amount.pool).addingSaturated(amount.quantity)
            <= pools[amount.pool]?.safeCapacity ?? 0
        }
      }
  }
}
