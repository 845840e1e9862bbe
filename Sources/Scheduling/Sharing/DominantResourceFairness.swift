/// Dominant resource fairness: the tenant whose largest part of any one resource is smallest comes
/// next.
///
/// Source: Ghodsi, Zaharia, Hindman, Konwinski, Shenker and Stoica, "Dominant resource fairness:
/// fair allocation of multiple resource types", NSDI 2011. With divisible tasks it is
/// strategy-proof, envy-free and Pareto-efficient, and no tenant has less than with an equal part
/// of everything.
package struct DominantResourceFairness: Hashable, Sendable {
  /// Whoever asks: tasks that are all alike. A gang is one task: it runs whole or not at all.
  package struct Tenant: Hashable, Sendable {
    /// What one task takes, by resource; at least 0, and above 0 for one of them.
    package var demand: [Int64]
    /// 1000 is the ordinary weight; at least 0. Tenants with weight 0 are served after all others.
    package var weightMilli: Int64
    /// How many tasks it has, at least 0.
    package var tasks: Int

    package init(demand: [Int64], weightMilli: Int64 = 1000, tasks: Int = .max) {
      precondition(weightMilli >= 0, "a weight is at least 0")
      precondition(tasks >= 0, "a number of tasks is at least 0")
      precondition(demand.allSatisfy { $0 >= 0 }, "a demand is at least 0")
      precondition(demand.contains { $0 > 0 }, "a task takes something")
      self.demand = demand
      self.weightMilli = weightMilli
      self.tasks = tasks
    }
  }

  /// By resource, at least 0.
  package let capacity: [Int64]
  package let tenants: [Tenant]

  package init(capacity: [Int64], tenants: [Tenant]) {
    precondition(capacity.allSatisfy { $0 >= 0 }, "a capacity is at least 0")
    precondition(
      tenants.allSatisfy { $0.demand.count == capacity.count },
      "a demand names every resource")
    self.capacity = capacity
    self.tenants = tenants
  }

  /// Whole tasks, given one by one to the tenant with the smallest share, the lower index on a tie,
  /// until no one's next task fits. By tenant. O(tasks × (resources + log tenants)).
  package func wholeTasks() -> [Int] {
    var free = capacity
    var given = Array(repeating: 0, count: tenants.count)
    var heap = MinimumHeap(tenants.indices.map { turn(of: $0, tasks: 0) })
    while let next = heap.first {
      let tenant = tenants[next.tenant]
      guard given[next.tenant] < tenant.tasks,
        zip(tenant.demand, free).allSatisfy({ $0 <= $1 })
      else {
        // What is free only shrinks, so what does not fit now never does.
        heap.removeFirst()
        continue
      }
      given[next.tenant] += 1
      for resource in free.indices {
        free[resource] -= tenant.demand[resource]
      }
      heap.replaceFirst(turn(of: next.tenant, tasks: given[next.tenant]))
    }
    return given
  }

  /// The weighted dominant share of a tenant with some of its tasks running. What they take must
  /// fit the capacity.
  package func share(of tenant: Int, tasks: Int) -> DominantShare {
    DominantShare(
      of: tenants[tenant].demand.map { $0 * Int64(tasks) }, in: capacity,
      weightMilli: tenants[tenant].weightMilli)
  }

  /// When a tenant is served: those with a weight first, then the smallest share, then the lowest
  /// index.
  private struct Turn: Comparable {
    var isWeightless: Bool
    var share: DominantShare
    var tenant: Int

    static func < (left: Turn, right: Turn) -> Bool {
      if left.isWeightless != right.isWeightless { return right.isWeightless }
      if left.share != right.share { return left.share < right.share }
      return left.tenant < right.tenant
    }
  }

  private func turn(of tenant: Int, tasks: Int) -> Turn {
    Turn(
      isWeightless: tenants[tenant].weightMilli == 0, share: share(of: tenant, tasks: tasks),
      tenant: tenant)
  }

  /// Tasks that may be cut into any parts: all weighted shares rise together; when a resource is
  /// used up, whoever needs it stays where it is, and when a tenant has all its tasks, it does. By
  /// tenant.
  ///
  /// Tenants with weight 0 share, as equals, what the others leave. O((tenants + resources)² ×
  /// resources).
  package func divisibleTasks() -> [Double] {
    var free = capacity.map(Double.init)
    var given = Array(repeating: 0.0, count: tenants.count)
    let weighted = tenants.indices.filter { tenants[$0].weightMilli > 0 }
    let weightless = tenants.indices.filter { tenants[$0].weightMilli == 0 }
    raise(weighted, &given, &free)
    raise(weightless, &given, &free)
    return given
  }

  private func raise(_ group: [Int], _ given: inout [Double], _ free: inout [Double]) {
    var active = group.filter { tenant in
      tenants[tenant].tasks > 0
        && capacity.indices.allSatisfy { tenants[tenant].demand[$0] == 0 || free[$0] > 0 }
    }
    // Tasks per unit of weighted share.
    let rates = tenants.map { tenant in
      let largest = zip(tenant.demand, capacity).reduce(0.0) { largest, pair in
        pair.1 > 0 ? max(largest, Double(pair.0) / Double(pair.1)) : largest
      }
      return Double(max(1, tenant.weightMilli)) / 1000 / largest
    }
    while !active.isEmpty {
      let uses = capacity.indices.map { resource in
        active.reduce(0.0) { $0 + rates[$1] * Double(tenants[$1].demand[resource]) }
      }
      var step = Double.infinity
      var exhausted: Int?
      for resource in capacity.indices where uses[resource] > 0 {
        if free[resource] / uses[resource] < step {
          step = free[resource] / uses[resource]
          exhausted = resource
        }
      }
      var satisfied: Int?
      for tenant in active {
        let rest = (Double(tenants[tenant].tasks) - given[tenant]) / rates[tenant]
        if rest < step {
          step = rest
          satisfied = tenant
        }
      }
      for tenant in active {
        given[tenant] += step * rates[tenant]
      }
      for resource in capacity.indices {
        free[resource] = max(0, free[resource] - step * uses[resource])
      }
      // What ended the step has ended exactly, whatever the rounding says, so that every step ends
      // something.
      if let satisfied {
        given[satisfied] = Double(tenants[satisfied].tasks)
      } else if let exhausted {
        free[exhausted] = 0
      }
      active.removeAll { tenant in
        given[tenant] >= Double(tenants[tenant].tasks)
          || capacity.indices.contains { tenants[tenant].demand[$0] > 0 && free[$0] <= 0 }
      }
    }
  }
}
