import Model

/// Places tasks on a cluster by one policy: filter, score, choose devices.
///
/// Tasks are placed by shape: ``shape(for:)`` gives equal requests one number. For each shape the placer keeps every node's
/// score, and recomputes it only for nodes that changed since it was last asked for: a decision costs a scan of one number
/// a node and the scores of the few that changed, and nothing where nothing changed. ``find(_:)`` without these scores, over the whole cluster, gives the same answer:
/// a property of the tests. Among equal scores the lowest node number wins, so that results are deterministic.
///
/// A request that looks at which tasks run where (affinity between tasks) is answered without kept scores, for they
/// change with every task.
package struct Placer: Sendable {
  /// A shape's number; valid for the placer that gave it.
  package struct Shape: Hashable, Sendable {
    let number: Int
  }

  package private(set) var cluster: Cluster
  package let policy: PlacementPolicy
  private let isRandom: Bool
  /// For the random policy.
  package var random: SeededRandom
  private let scorer: NodeScorer
  private var shapes: [ShapeScores] = []
  private var numbers: [TaskRequest: Int] = [:]
  private var changes: ChangeLog
  /// What is fragmented of each node, for the policy that asks for it; by its place in the log.
  private var fragmented: ContiguousArray<Int64>

  package init(_ cluster: Cluster, policy: PlacementPolicy, random: SeededRandom) {
    self.cluster = cluster
    self.policy = policy
    isRandom = policy == .random
    self.random = random
    scorer = NodeScorer(policy, for: cluster)
    changes = ChangeLog(nodes: cluster.nodes.count)
    fragmented = []
    if let meter = scorer.meter {
      fragmented = ContiguousArray(
        cluster.nodes.indices.map { meter.fragmented(node: $0, of: cluster) })
    }
  }

  /// The number of the shape of requests like this one.
  ///
  /// - Precondition: ``TaskRequest/isValid``, which whoever reads requests checks.
  package mutating func shape(for request: TaskRequest) -> Shape {
    precondition(request.isValid, "a request that is placed is in its ranges")
    if let number = numbers[request] { return Shape(number: number) }
    numbers[request] = shapes.count
    shapes.append(ShapeScores(request, for: cluster))
    return Shape(number: shapes.count - 1)
  }

  /// Finds a place for a task and lets it run there; nil where it fits nowhere.
  package mutating func place(_ shape: Shape) -> (slot: TaskSlot, placement: Placement)? {
    guard let placement = find(shape) else { return nil }
    let slot = cluster.place(shapes[shape.number].request, at: placement)
    noteChange(of: placement.node)
    return (slot, placement)
  }

  /// Places all of a gang's tasks, in order, or none of them; nil where some task finds no place beside those before it.
  package mutating func placeTogether(
    _ gang: [Shape]
  ) -> [(slot: TaskSlot, placement: Placement)]? {
    var placed: [(slot: TaskSlot, placement: Placement)] = []
    for shape in gang {
      guard let found = place(shape) else {
        for (slot, _) in placed.reversed() { remove(slot) }
        return nil
      }
      placed.append(found)
    }
    return placed
  }

  /// Lets a task run at a place that is known.
  ///
  /// - Precondition: the place has what the task takes.
  package mutating func occupy(_ request: TaskRequest, at placement: Placement) -> TaskSlot {
    let slot = cluster.place(request, at: placement)
    noteChange(of: placement.node)
    return slot
  }

  /// Keeps only what is free in another state of the same nodes as well: see ``Cluster/restrict(to:)``.
  package mutating func restrict(to other: Cluster) {
    for node in cluster.restrict(to: other) { noteChange(of: node) }
  }

  /// Makes one node's free amounts the least of several states: see ``Cluster/setFree(of:leastOf:)``.
  package mutating func setFree(of node: Int, leastOf states: [Cluster]) {
    cluster.setFree(of: node, leastOf: states)
    noteChange(of: node)
  }

  /// Ends a task; what it took is free again.
  package mutating func remove(_ slot: TaskSlot) {
    let task = cluster.remove(slot)
    noteChange(of: task.placement.node)
  }

  /// Changes whether a node takes new tasks.
  package mutating func setState(_ state: NodeState, of node: Int) {
    cluster.setState(state, of: node)
    noteChange(of: node)
  }

  /// Holds a node: see ``NodeHold``.
  package mutating func hold(_ node: Int, _ hold: NodeHold) {
    cluster.hold(node, hold)
    noteChange(of: node)
  }

  /// The place that ``place(_:)`` would take; nil where the task fits nowhere. Of a random policy each call is a new draw.
  package mutating func find(_ shape: Shape) -> Placement? {
    let number = shape.number
    if shapes[number].looksAtTasks || cluster.antiAffineTasks > 0 {
      return find(shapes[number].request)
    }
    if shapes[number].seen != changes.count {
      refresh(number, shapes[number].request)
      shapes[number].best = isRandom ? nil : ShapeScores.best(shapes[number].scores)
    }
    let chosen = isRandom ? chooseAny(shapes[number].scores) : shapes[number].best
    guard let node = chosen else { return nil }
    let fixed = shapes[number].fixed[Int(cluster.kindOfNode[node])]
    return placement(of: shapes[number].request, on: node, devices: fixed.devices)
  }

  /// The same for any request, by kept scores as long as not too many shapes have them.
  package mutating func findKept(_ request: TaskRequest) -> Placement? {
    guard request.isValid, numbers[request] != nil || shapes.count < Placer.keptShapesMax else {
      return find(request)
    }
    return find(shape(for: request))
  }

  /// Shapes whose scores ``findKept(_:)`` keeps, each a number for every node.
  package static let keptShapesMax = 1024

  /// The same for any request, without kept scores: filter and score of every node.
  ///
  /// - Parameter closed: by node, whether it is left out; nil = none is.
  package mutating func find(_ request: TaskRequest, except closed: [Bool]? = nil) -> Placement? {
    let relations = TaskRelations(request, in: cluster)
    let fixed = cluster.exampleOfKind.map { NodeFilter.fixed(request, on: $0) }
    var scores = ContiguousArray<Int32>()
    scores.reserveCapacity(cluster.nodes.count)
    for node in cluster.nodes.indices {
      let fixed = fixed[Int(cluster.kindOfNode[node])]
      let fits =
        closed?[node] != true && fixed.blockers.isEmpty
        && NodeFilter.current(request, on: node, devices: fixed.devices, of: cluster).isEmpty
        && relations.blockers(on: node, of: cluster).isEmpty
      guard fits else {
        scores.append(ShapeScores.doesNotFit)
        continue
      }
      scores.append(
        scorer.score(
          request, on: node, devices: fixed.devices, of: cluster, relations: relations,
          fragmented: scorer.meter.map { $0.fragmented(node: node, of: cluster) } ?? 0))
    }
    let chosen = isRandom ? chooseAny(scores) : ShapeScores.best(scores)
    guard let node = chosen else { return nil }
    let devices = fixed[Int(cluster.kindOfNode[node])].devices
    return placement(of: request, on: node, devices: devices)
  }

  private mutating func noteChange(of node: Int) {
    changes.add(node)
    if let meter = scorer.meter { fragmented[node] = meter.fragmented(node: node, of: cluster) }
  }

  private mutating func refresh(_ number: Int, _ request: TaskRequest) {
    let since = shapes[number].seen
    shapes[number].seen = changes.count
    shapes[number].learnKinds(of: cluster)
    guard let changed = changes.since(since) else {
      for node in cluster.nodes.indices {
        shapes[number].scores[node] = score(request, on: node, of: number)
      }
      return
    }
    for index in changed {
      let node = changes.node(at: index)
      guard changes.isLatest(index, of: node) else { continue }
      shapes[number].scores[node] = score(request, on: node, of: number)
    }
  }

  private func score(_ request: TaskRequest, on node: Int, of number: Int) -> Int32 {
    let fixed = shapes[number].fixed[Int(cluster.kindOfNode[node])]
    guard fixed.blockers.isEmpty,
      NodeFilter.current(request, on: node, devices: fixed.devices, of: cluster).isEmpty
    else { return ShapeScores.doesNotFit }
    return scorer.score(
      request, on: node, devices: fixed.devices, of: cluster, relations: .none,
      fragmented: fragmented.isEmpty ? 0 : fragmented[node])
  }

  /// Any node where the task fits, each with the same chance; nil where there is none.
  private mutating func chooseAny(_ scores: ContiguousArray<Int32>) -> Int? {
    var fitting = 0
    for score in scores where score != ShapeScores.doesNotFit { fitting += 1 }
    guard fitting > 0 else { return nil }
    var left = random.below(fitting)
    return scores.firstIndex { score in
      guard score != ShapeScores.doesNotFit else { return false }
      left -= 1
      return left < 0
    }
  }

  private mutating func placement(
    of request: TaskRequest, on node: Int, devices: DeviceSet
  ) -> Placement {
    if let meter = scorer.meter, case .share(let milli) = request.gpu {
      let best = FragmentationScore.best(
        request, on: node, devices: devices, of: cluster, meter: meter,
        before: meter.fragmented(node: node, of: cluster))
      return Placement(node: node, gpu: .share(device: best.device, milli: milli))
    }
    let grant = DeviceChoice.grant(
      request, on: node, devices: devices, of: cluster, rule: policy.deviceRule, random: &random)
    return Placement(node: node, gpu: grant)
  }
}

/// The score phase of one policy.
struct NodeScorer: Sendable {
  let policy: PlacementPolicy
  /// For the policy that asks for it.
  let meter: FragmentationMeter?

  init(_ policy: PlacementPolicy, for cluster: Cluster) {
    self.policy = policy
    if case .fragmentationGradient(let typical) = policy {
      meter = FragmentationMeter(typical, for: cluster)
    } else {
      meter = nil
    }
  }

  /// The score of a node where the task fits, at least 0.
  func score(
    _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster,
    relations: TaskRelations, fragmented: Int64
  ) -> Int32 {
    switch policy {
    case .random: return 0
    case .dotProduct: return PackingScores.dotProduct(request, on: node, of: cluster)
    case .gpuClustering: return PackingScores.gpuClustering(request, on: node, of: cluster)
    case .gpuPacking:
      return PackingScores.gpuPacking(request, on: node, devices: devices, of: cluster)
    case .bestFit: return PackingScores.bestFit(request, on: node, of: cluster)
    case .fragmentationGradient:
      guard let meter else { preconditionFailure("this policy is made with its meter") }
      return FragmentationScore.best(
        request, on: node, devices: devices, of: cluster, meter: meter, before: fragmented
      ).score
    case .weighted(let weights):
      return WeightedScore(
        request, on: node, of: cluster, relations: relations, strategy: weights.strategy
      ).total(weights)
    }
  }
}

/// The kept scores of one shape.
private struct ShapeScores: Sendable {
  /// Below every score.
  static let doesNotFit: Int32 = -1

  let request: TaskRequest
  /// By kind of node.
  var fixed: ContiguousArray<NodeFilter.Fixed> = []
  /// By node.
  var scores: ContiguousArray<Int32>
  /// The node that the scores choose; nil where the task fits nowhere. Kept, so that the same question is answered at once
  /// until something changes.
  var best: Int?
  /// How much of the log of changes the scores know; below 0 = nothing is computed yet.
  var seen = -1
  let looksAtTasks: Bool

  init(_ request: TaskRequest, for cluster: Cluster) {
    self.request = request
    looksAtTasks = request.looksAtTasks
    scores = ContiguousArray(repeating: ShapeScores.doesNotFit, count: cluster.nodes.count)
  }

  /// The first node of the best; nil where the task fits nowhere.
  static func best(_ scores: ContiguousArray<Int32>) -> Int? {
    var best = doesNotFit
    for score in scores { best = max(best, score) }
    return best == doesNotFit ? nil : scores.firstIndex(of: best)
  }

  mutating func learnKinds(of cluster: Cluster) {
    for kind in fixed.count..<cluster.exampleOfKind.count {
      fixed.append(NodeFilter.fixed(request, on: cluster.exampleOfKind[kind]))
    }
  }
}

/// The nodes that changed, in order, as far back as it is cheaper than looking at all nodes.
private struct ChangeLog: Sendable {
  private var nodes: ContiguousArray<Int32> = []
  /// By node: the place of its latest change.
  private var latest: ContiguousArray<Int>
  /// The place of the first entry that is kept.
  private var first = 0

  init(nodes count: Int) {
    latest = ContiguousArray(repeating: -1, count: count)
  }

  /// How many changes there were.
  var count: Int { first + nodes.count }

  mutating func add(_ node: Int) {
    if nodes.count >= 4 * max(64, latest.count) {
      let dropped = nodes.count / 2
      nodes.removeFirst(dropped)
      first += dropped
    }
    latest[node] = count
    nodes.append(Int32(node))
  }

  /// The places of the changes since one; nil where they are not kept.
  func since(_ place: Int) -> Range<Int>? { place < first ? nil : place..<count }

  func node(at place: Int) -> Int { Int(nodes[place - first]) }

  /// Whether the node did not change again afterwards.
  func isLatest(_ place: Int, of node: Int) -> Bool { latest[node] == place }
}
