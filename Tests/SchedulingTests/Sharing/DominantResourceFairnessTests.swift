import Model
import Scheduling
import TestSupport
import Testing

@Suite struct DominantResourceFairnessTests {
  private typealias Tenant = DominantResourceFairness.Tenant

  /// Ghodsi et al., NSDI 2011, section 4.1 and figure 3.
  @Test func `the paper's example gives three and two tasks`() {
    let problem = DominantResourceFairness(
      capacity: [9, 18], tenants: [Tenant(demand: [1, 4]), Tenant(demand: [3, 1])])
    #expect(problem.wholeTasks() == [3, 2])
    #expect(near(problem.divisibleTasks(), [3, 2]))
    #expect(problem.share(of: 0, tasks: 3) == problem.share(of: 1, tasks: 2))
    #expect(problem.share(of: 1, tasks: 2).value == 2.0 / 3)
  }

  @Test func `a weight of two is worth twice the share`() {
    let problem = DominantResourceFairness(
      capacity: [30, 30],
      tenants: [Tenant(demand: [1, 0], weightMilli: 2000), Tenant(demand: [1, 1])])
    #expect(problem.wholeTasks() == [20, 10])
    #expect(near(problem.divisibleTasks(), [20, 10]))
  }

  @Test func `what one tenant does not want goes to the others`() {
    let problem = DominantResourceFairness(
      capacity: [12],
      tenants: [
        Tenant(demand: [1], tasks: 2), Tenant(demand: [1]), Tenant(demand: [1]),
      ])
    #expect(problem.wholeTasks() == [2, 5, 5])
    #expect(near(problem.divisibleTasks(), [2, 5, 5]))
  }

  @Test func `without weight a tenant gets what the others leave`() {
    let problem = DominantResourceFairness(
      capacity: [10],
      tenants: [Tenant(demand: [1], weightMilli: 0), Tenant(demand: [1], tasks: 7)])
    #expect(problem.wholeTasks() == [3, 7])
    #expect(near(problem.divisibleTasks(), [3, 7]))
    let scarce = DominantResourceFairness(
      capacity: [3], tenants: [Tenant(demand: [1], weightMilli: 0), Tenant(demand: [1])])
    #expect(scarce.wholeTasks() == [0, 3])
    #expect(near(scarce.divisibleTasks(), [0, 3]))
  }

  @Test func `whoever needs what there is none of gets nothing and blocks no one`() {
    let problem = DominantResourceFairness(
      capacity: [10, 0], tenants: [Tenant(demand: [1, 1]), Tenant(demand: [2, 0])])
    #expect(problem.wholeTasks() == [0, 5])
    #expect(near(problem.divisibleTasks(), [0, 5]))
  }

  @Test func `a gang is served as one task or not at all`() {
    // A gang of four of (2): the other tenant's small tasks come first by share, and the gang then
    // fits no more.
    let problem = DominantResourceFairness(
      capacity: [10], tenants: [Tenant(demand: [8], tasks: 2), Tenant(demand: [1])])
    #expect(problem.wholeTasks() == [1, 2])
  }

  @Test func `equal shares go to the lower index`() {
    let problem = DominantResourceFairness(
      capacity: [3], tenants: [Tenant(demand: [1]), Tenant(demand: [1])])
    #expect(problem.wholeTasks() == [2, 1])
  }

  // MARK: - Properties

  private func near(_ values: [Double], _ expected: [Double], _ tolerance: Double = 1e-9) -> Bool {
    values.count == expected.count
      && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  private func problem(
    _ random: inout SeededRandom, weights: Bool, limits: Bool
  ) -> DominantResourceFairness {
    let capacity = (0..<(1 + random.below(3))).map { _ in random.within(20...60) }
    let tenants = (0..<(1 + random.below(4))).map { _ in
      var demand = capacity.map { _ in random.within(0...5) }
      demand[random.below(demand.count)] = random.within(1...5)
      return Tenant(
        demand: demand, weightMilli: weights ? 500 * random.within(1...4) : 1000,
        tasks: limits && random.chance(40) ? random.below(8) : 1_000_000)
    }
    return DominantResourceFairness(capacity: capacity, tenants: tenants)
  }

  /// How many tasks of `demand` a bundle of resources is worth.
  private func worth(_ bundle: [Double], _ demand: [Int64]) -> Double {
    zip(bundle, demand).reduce(.infinity) { least, pair in
      pair.1 > 0 ? min(least, pair.0 / Double(pair.1)) : least
    }
  }

  /// Raises the common share by tiny steps: slow, and another way than the one under test.
  private func filledByBisection(_ problem: DominantResourceFairness) -> [Double] {
    var fixed: [Int: Double] = [:]
    func tasks(_ level: Double) -> [Double] {
      problem.tenants.enumerated().map { index, tenant in
        if let fixed = fixed[index] { return fixed }
        let one = problem.share(of: index, tasks: 1).value
        return min(Double(tenant.tasks), level / one)
      }
    }
    func fits(_ level: Double) -> Bool {
      let tasks = tasks(level)
      return problem.capacity.indices.allSatisfy { resource in
        let used = zip(problem.tenants, tasks).reduce(0.0) {
          $0 + Double($1.0.demand[resource]) * $1.1
        }
        return used <= Double(problem.capacity[resource]) * (1 + 1e-12)
      }
    }
    while fixed.count < problem.tenants.count {
      var (low, high) = (0.0, 1e9)
      for _ in 0..<200 {
        let middle = (low + high) / 2
        if fits(middle) { low = middle } else { high = middle }
      }
      let level = tasks(low)
      let used = problem.capacity.indices.map { resource in
        zip(problem.tenants, level).reduce(0.0) { $0 + Double($1.0.demand[resource]) * $1.1 }
      }
      for (index, tenant) in problem.tenants.enumerated() where fixed[index] == nil {
        let isFull = problem.capacity.indices.contains {
          tenant.demand[$0] > 0 && used[$0] >= Double(problem.capacity[$0]) * (1 - 1e-9)
        }
        if isFull || level[index] >= Double(tenant.tasks) { fixed[index] = level[index] }
      }
    }
    return problem.tenants.indices.map { fixed[$0] ?? 0 }
  }

  @Test func `divisible tasks equal those of a level found by bisection`() {
    for seed in TestSeed.all(200) {
      var random = SeededRandom(seed: seed).child("bisection")
      let problem = problem(&random, weights: true, limits: true)
      #expect(
        near(problem.divisibleTasks(), filledByBisection(problem), 1e-6), "seed \(seed)")
    }
  }

  @Test func `no tenant has less than with an equal part of everything`() {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("incentive")
      let problem = problem(&random, weights: true, limits: false)
      let weights = problem.tenants.reduce(0.0) { $0 + Double($1.weightMilli) }
      let whole = problem.wholeTasks()
      for (index, tasks) in problem.divisibleTasks().enumerated() {
        let tenant = problem.tenants[index]
        let part = problem.capacity.map { Double($0) * Double(tenant.weightMilli) / weights }
        #expect(tasks >= worth(part, tenant.demand) * (1 - 1e-9), "seed \(seed)")
      }
      // Whole tasks: less at most by what one task of each tenant takes.
      for (index, tasks) in whole.enumerated() {
        let tenant = problem.tenants[index]
        let lost = problem.capacity.indices.map { resource in
          problem.tenants.reduce(0) { max($0, $1.demand[resource]) }
            * Int64(problem.tenants.count)
        }
        let part = problem.capacity.indices.map {
          (Double(problem.capacity[$0]) * Double(tenant.weightMilli) / weights)
            - Double(lost[$0])
        }
        #expect(Double(tasks) >= worth(part, tenant.demand) - 1, "seed \(seed)")
      }
    }
  }

  @Test func `no tenant would rather have what another of its weight has`() {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("envy")
      let problem = problem(&random, weights: false, limits: false)
      let tasks = problem.divisibleTasks()
      let whole = problem.wholeTasks()
      for (mine, tenant) in problem.tenants.enumerated() {
        for (other, their) in problem.tenants.enumerated() {
          let bundle = their.demand.map { Double($0) * tasks[other] }
          #expect(
            worth(bundle, tenant.demand) <= tasks[mine] * (1 + 1e-9) + 1e-9, "seed \(seed)")
          // Up to one task of the other, where tasks are whole.
          let wholeBundle = their.demand.map { Double($0) * Double(whole[other] - 1) }
          #expect(Int(worth(wholeBundle, tenant.demand)) <= whole[mine], "seed \(seed)")
        }
      }
    }
  }

  @Test func `no tenant can have more without another having less`() {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("pareto")
      let problem = problem(&random, weights: true, limits: true)
      let tasks = problem.divisibleTasks()
      let whole = problem.wholeTasks()
      for (index, tenant) in problem.tenants.enumerated() {
        let isSatisfied = tasks[index] >= Double(tenant.tasks)
        let isBlocked = problem.capacity.indices.contains { resource in
          let used = zip(problem.tenants, tasks).reduce(0.0) {
            $0 + Double($1.0.demand[resource]) * $1.1
          }
          return tenant.demand[resource] > 0
            && used >= Double(problem.capacity[resource]) * (1 - 1e-9)
        }
        #expect(isSatisfied || isBlocked, "seed \(seed)")
        let isWholeBlocked = problem.capacity.indices.contains { resource in
          let used = zip(problem.tenants, whole).reduce(Int64(0)) {
            $0 + $1.0.demand[resource] * Int64($1.1)
          }
          #expect(used <= problem.capacity[resource], "seed \(seed)")
          return used + tenant.demand[resource] > problem.capacity[resource]
        }
        #expect(whole[index] == tenant.tasks || isWholeBlocked, "seed \(seed)")
      }
    }
  }

  @Test func `no tenant gets more by asking for what it does not need`() {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("lies")
      let problem = problem(&random, weights: true, limits: false)
      let honest = problem.divisibleTasks()
      let liar = random.below(problem.tenants.count)
      let truth = problem.tenants[liar]
      var tenants = problem.tenants
      tenants[liar].demand = truth.demand.map { max(0, $0 + random.within(-3...3)) }
      guard tenants[liar].demand.contains(where: { $0 > 0 }) else { continue }
      let lied = DominantResourceFairness(capacity: problem.capacity, tenants: tenants)
        .divisibleTasks()
      let bundle = tenants[liar].demand.map { Double($0) * lied[liar] }
      #expect(
        worth(bundle, truth.demand) <= honest[liar] * (1 + 1e-9) + 1e-9, "seed \(seed)")
    }
  }

  @Test func `whole tasks equal those of a plain search for the smallest share`() {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("plain")
      let problem = problem(&random, weights: true, limits: true)
      var given = problem.tenants.map { _ in 0 }
      while true {
        let fitting = problem.tenants.indices.filter { index in
          given[index] < problem.tenants[index].tasks
            && problem.capacity.indices.allSatisfy { resource in
              let used = zip(problem.tenants, given).reduce(Int64(0)) {
                $0 + $1.0.demand[resource] * Int64($1.1)
              }
              return used + problem.tenants[index].demand[resource] <= problem.capacity[resource]
            }
        }
        guard
          let next = fitting.min(by: { left, right in
            let (first, second) = (
              problem.share(of: left, tasks: given[left]),
              problem.share(of: right, tasks: given[right])
            )
            return first != second ? first < second : left < right
          })
        else { break }
        given[next] += 1
      }
      #expect(problem.wholeTasks() == given, "seed \(seed)")
    }
  }
}
