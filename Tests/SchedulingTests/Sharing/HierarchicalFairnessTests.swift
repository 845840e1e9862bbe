import Model
import Scheduling
import TestSupport
import Testing

@Suite struct HierarchicalFairnessTests {
  private typealias Node = HierarchicalFairness.Node

  private func fill(_ capacity: [Int64], _ nodes: [Node]) -> [Int] {
    var fairness = HierarchicalFairness(capacity: capacity, nodes: nodes)
    return fairness.fill()
  }

  @Test func `groups share first, their members then`() {
    let given = fill(
      [120],
      [
        .group(parent: nil), .group(parent: nil),
        .tenant(parent: 0, demand: [1]), .tenant(parent: 0, demand: [1]),
        .tenant(parent: 0, demand: [1]), .tenant(parent: 1, demand: [1]),
      ])
    #expect(given == [0, 0, 20, 20, 20, 60])
  }

  @Test func `weights hold at each level`() {
    // Story 3 of Kueue's fair sharing: two departments, one with teams of weight 1, 1 and 3.
    let given = fill(
      [300],
      [
        .group(parent: nil), .group(parent: nil),
        .tenant(parent: 0, demand: [1]), .tenant(parent: 0, demand: [1]),
        .tenant(parent: 0, demand: [1], weightMilli: 3000), .tenant(parent: 1, demand: [1]),
      ])
    #expect(given == [0, 0, 30, 30, 90, 150])
  }

  @Test func `a member that holds all of one resource does not starve its sibling`() {
    // The first member came early and holds every processor, which no one else wants. Summed up,
    // its group would look as rich as all processors, and the sibling would get no GPU beside the
    // other group's tenant.
    var fairness = HierarchicalFairness(
      capacity: [100, 100],
      nodes: [
        .group(parent: nil), .tenant(parent: 0, demand: [1, 0]),
        .tenant(parent: 0, demand: [0, 1]), .tenant(parent: nil, demand: [0, 1]),
      ], running: [0, 100, 0, 0])
    #expect(fairness.fill() == [0, 100, 50, 50])
  }

  @Test func `a member that wants little does not make its group look poor for ever`() {
    // The first member has one task only. Were it still counted as the least served, its group
    // would stay at 1/100 and take everything.
    let given = fill(
      [100],
      [
        .group(parent: nil), .tenant(parent: 0, demand: [1], tasks: 1),
        .tenant(parent: 0, demand: [1]), .tenant(parent: nil, demand: [1]),
      ])
    #expect(given == [0, 1, 49, 50])
  }

  @Test func `a member without tasks and a group without members take no part`() {
    let given = fill(
      [10],
      [
        .group(parent: nil), .group(parent: nil), .tenant(parent: 1, demand: [1], tasks: 0),
        .tenant(parent: nil, demand: [1]),
      ])
    #expect(given == [0, 0, 0, 10])
    #expect(HierarchicalFairness(capacity: [10], nodes: []).next == nil)
  }

  @Test func `in one level it gives what dominant resource fairness gives`() {
    for seed in TestSeed.all(200) {
      var random = SeededRandom(seed: seed).child("flat")
      // Powers of two, so that floating-point shares tie exactly where fractions do.
      let capacity: [Int64] = [32, 64]
      let tenants = (0..<4).map { _ in
        DominantResourceFairness.Tenant(
          demand: [random.within(1...4), random.within(0...4)],
          weightMilli: 1000 << random.within(0...1),
          tasks: random.chance(30) ? random.below(6) : 1000)
      }
      let flat = DominantResourceFairness(capacity: capacity, tenants: tenants).wholeTasks()
      let given = fill(
        capacity,
        tenants.map {
          .tenant(parent: nil, demand: $0.demand, weightMilli: $0.weightMilli, tasks: $0.tasks)
        })
      #expect(given == flat, "seed \(seed)")
    }
  }

  @Test func `everyone has its part of the tree in some resource, or all that it wants`() {
    for seed in TestSeed.all(100) {
      var random = SeededRandom(seed: seed).child("guarantee")
      let capacity = (0..<3).map { _ in random.within(600...1500) }
      var nodes: [Node] = []
      for index in 0..<(4 + random.below(6)) {
        let groups = nodes.indices.filter { nodes[$0].demand.isEmpty }
        let parent = groups.isEmpty || random.chance(30) ? nil : random.pick(groups)
        let weight = 500 * random.within(1...3)
        if index < 2 || random.chance(30) {
          nodes.append(.group(parent: parent, weightMilli: weight))
        } else {
          var demand = capacity.map { _ in random.chance(50) ? random.within(0...3) : 0 }
          demand[random.below(3)] = random.within(1...3)
          nodes.append(
            .tenant(
              parent: parent, demand: demand, weightMilli: weight,
              tasks: random.chance(20) ? random.below(60) : 1_000_000))
        }
      }
      let given = fill(capacity, nodes)
      for resource in capacity.indices {
        let used = nodes.indices.reduce(Int64(0)) {
          $0 + (nodes[$1].demand.isEmpty ? 0 : nodes[$1].demand[resource] * Int64(given[$1]))
        }
        #expect(used <= capacity[resource], "seed \(seed)")
      }
      for (index, node) in nodes.enumerated()
      where !node.demand.isEmpty && given[index] < node.tasks {
        // The product of its part among its siblings and those of its groups. Siblings without
        // tenants count too.
        var part = 1.0
        var step: Int? = index
        while let current = step {
          let siblings = nodes.filter { $0.parent == nodes[current].parent }
          part *= Double(nodes[current].weightMilli)
          part /= siblings.reduce(0.0) { $0 + Double($1.weightMilli) }
          step = nodes[current].parent
        }
        let share = zip(node.demand, capacity).reduce(0.0) {
          max($0, Double($1.0) * Double(given[index]) / Double($1.1))
        }
        // Whole tasks: at most a few of 3 in 600 below it.
        #expect(share >= part - 0.03, "seed \(seed), node \(index)")
      }
    }
  }

  @Test func `what members hold of other resources takes no one's part`() {
    for seed in TestSeed.all(100) {
      var random = SeededRandom(seed: seed).child("holders")
      // Resource 0 is held, as far as it goes, by tenants that want nothing else; all others share
      // resource 1.
      let capacity: [Int64] = [1000, random.within(600...1500)]
      var nodes: [Node] = [.group(parent: nil), .group(parent: nil), .group(parent: 0)]
      var running = [0, 0, 0]
      var held: Int64 = 0
      for _ in 0..<(2 + random.below(6)) {
        let parent = random.below(3)
        if random.chance(50) {
          let tasks = random.within(0...(1000 - held))
          held += tasks
          nodes.append(.tenant(parent: parent, demand: [1, 0]))
          running.append(Int(tasks))
        } else {
          nodes.append(.tenant(parent: parent, demand: [0, 1]))
          running.append(0)
        }
      }
      var fairness = HierarchicalFairness(capacity: capacity, nodes: nodes, running: running)
      let given = fairness.fill()
      for (index, node) in nodes.enumerated() where node.demand == [0, 1] {
        var part = 1.0
        var step: Int? = index
        while let current = step {
          part /= Double(nodes.count { $0.parent == nodes[current].parent })
          step = nodes[current].parent
        }
        #expect(Double(given[index]) >= part * Double(capacity[1]) - 2, "seed \(seed)")
      }
    }
  }

  @Test func `tenants whose tasks differ have turns by what they hold, whether these fit or not`() {
    var fairness = HierarchicalFairness(
      capacity: [10],
      nodes: [
        .tenant(parent: nil, demand: [20], tasks: 2), .tenant(parent: nil, demand: [1], tasks: 3),
      ], held: [[1], [3]])
    var turns: [Int] = []
    while let next = fairness.next {
      turns.append(next)
      fairness.give(next)
      // The first one's second task is small.
      if next == 0, fairness.given[0] == 1 { fairness.setDemand([1], of: 0) }
    }
    #expect(turns == [0, 1, 1, 1, 0], "21 of 10 are held after the first turn")
  }
}
