import Model
import Scheduling

/// Dominant resource fairness among tenants, weighted and in a tree: whoever's largest part of any one resource is smallest has
/// the next turn with its earliest job, as ``HierarchicalFairness`` says.
///
/// The waiting jobs are ranked anew at each pass by playing the turns: a tenant with several waiting jobs gets its second turn
/// with its first job counted. Turns do not ask what is free, so that a large job is not passed over for ever: backfill looks
/// after the room.
struct DominantShareOrder: JobOrdering {
  /// How many turns are played at a pass; those that wait behind them are in the order of submission.
  static let turnsMax = 64

  private struct Entry: Comparable {
    let submit: Instant
    let job: Int

    static func < (left: Entry, right: Entry) -> Bool {
      (left.submit, left.job) < (right.submit, right.job)
    }
  }

  private let capacity: [Int64]
  /// By ask: by resource, something of at least one.
  private let amounts: [[Int64]]
  /// By job.
  private let asks: [Int]
  private let tenants: [Int]
  /// By node: groups before their members; tenants have no members.
  private let parents: [Int?]
  private let weights: [Int64]
  /// By node: what a tenant holds.
  private var held: [[Int64]]
  /// By node: the waiting jobs of a tenant, in the order of submission.
  private var waiting: [[Entry]]
  /// By job: its turn.
  private var turns: [Double]

  /// All users of a workload as tenants with equal claims.
  ///
  /// - Parameters:
  ///   - workload: each job with an ask.
  ///   - capacity: in the order of ``ResourceFigures/names``.
  init(_ workload: Workload, capacity: [Int64]) {
    var numbers: [Int: Int] = [:]
    let tenants = workload.jobs.map { job in
      if let number = numbers[job.user] { return number }
      numbers[job.user] = numbers.count
      return numbers.count - 1
    }
    self.init(
      workload, capacity: capacity, tenants: tenants,
      parents: Array(repeating: nil, count: numbers.count),
      weights: Array(repeating: 1000, count: numbers.count))
  }

  /// - Parameters:
  ///   - tenants: by job, the node that it belongs to.
  ///   - parents: by node, groups before their members.
  ///   - weights: by node, in thousandths; 1000 is the ordinary one.
  init(
    _ workload: Workload, capacity: [Int64], tenants: [Int], parents: [Int?], weights: [Int64]
  ) {
    self.capacity = capacity
    self.tenants = tenants
    self.parents = parents
    self.weights = weights.map { max(1, $0) }
    asks = workload.jobs.map(\.ask)
    amounts = workload.asks.map { ask in
      let amounts = [ask.cpuMilli, ask.memoryMB, ask.gpuMilli]
      return amounts.allSatisfy { $0 == 0 } ? [1, 0, 0] : amounts
    }
    held = Array(repeating: [0, 0, 0], count: parents.count)
    waiting = Array(repeating: [], count: parents.count)
    turns = Array(repeating: Double(Self.turnsMax), count: workload.jobs.count)
  }

  var movement: ScoreMovement { .everyPass }

  func score(of job: JobFacts, at now: Instant) -> Double { turns[job.number.value] }

  mutating func submitted(_ job: JobFacts, at now: Instant) {
    let tenant = tenants[job.number.value]
    let entry = Entry(submit: job.submit, job: job.number.value)
    waiting[tenant].insert(entry, at: place(of: entry, in: waiting[tenant]))
  }

  mutating func started(_ job: JobFacts, at now: Instant) {
    let tenant = tenants[job.number.value]
    let entry = Entry(submit: job.submit, job: job.number.value)
    let place = place(of: entry, in: waiting[tenant])
    precondition(
      waiting[tenant].indices.contains(place) && waiting[tenant][place] == entry,
      "what starts has waited")
    waiting[tenant].remove(at: place)
    change(tenant, by: amounts[asks[entry.job]], sign: 1)
  }

  mutating func ended(_ job: JobFacts, at now: Instant) {
    change(tenants[job.number.value], by: amounts[asks[job.number.value]], sign: -1)
  }

  private mutating func change(_ tenant: Int, by amounts: [Int64], sign: Int64) {
    for resource in amounts.indices { held[tenant][resource] += sign * amounts[resource] }
  }

  private func place(of entry: Entry, in list: [Entry]) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Plays the turns. O(turns × tenants that wait or hold something).
  mutating func prepare(at now: Instant) {
    let (active, numbers) = activeNodes
    let nodes = active.map { node -> HierarchicalFairness.Node in
      let parent = parents[node].map { numbers[$0] }
      guard waiting[node].isEmpty else {
        return .tenant(
          parent: parent, demand: amounts[asks[waiting[node][0].job]], weightMilli: weights[node],
          tasks: waiting[node].count)
      }
      let isTenant = held[node].contains { $0 > 0 }
      return isTenant
        ? .tenant(parent: parent, demand: held[node], weightMilli: weights[node], tasks: 0)
        : .group(parent: parent, weightMilli: weights[node])
    }
    var fairness = HierarchicalFairness(
      capacity: capacity, nodes: nodes,
      held: active.indices.map { nodes[$0].demand.isEmpty ? [] : held[active[$0]] })
    for node in active {
      for entry in waiting[node] { turns[entry.job] = Double(Self.turnsMax) }
    }
    var turn = 0
    while turn < Self.turnsMax, let next = fairness.next {
      let list = waiting[active[next]]
      let place = fairness.given[next]
      turns[list[place].job] = Double(turn)
      turn += 1
      fairness.give(next)
      if place + 1 < list.count {
        fairness.setDemand(amounts[asks[list[place + 1].job]], of: next)
      }
    }
  }

  /// The nodes that something waits or is held in, and their groups, in order; and each node's place among them.
  private var activeNodes: ([Int], numbers: [Int]) {
    var isActive = Array(repeating: false, count: parents.count)
    for node in parents.indices
    where !waiting[node].isEmpty || held[node].contains(where: { $0 > 0 }) {
      var next: Int? = node
      while let active = next, !isActive[active] {
        isActive[active] = true
        next = parents[active]
      }
    }
    var active: [Int] = []
    var numbers = Array(repeating: 0, count: parents.count)
    for node in parents.indices where isActive[node] {
      numbers[node] = active.count
      active.append(node)
    }
    return (active, numbers)
  }
}
