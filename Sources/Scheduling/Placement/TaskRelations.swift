/// A task's relations to the tasks that run, looked up once for a decision.
package struct TaskRelations: Sendable {
  /// The places of one relation where a meant task runs.
  private struct Places: Sendable {
    let topology: TaskAffinity.Topology
    var nodes: Set<Int> = []
    var values: Set<String> = []
    var isEmpty: Bool { nodes.isEmpty && values.isEmpty }

    init(_ topology: TaskAffinity.Topology) {
      self.topology = topology
    }

    mutating func insert(_ node: Node, number: Int) {
      switch topology {
      case .node: nodes.insert(number)
      case .zone: if !node.zone.isEmpty { values.insert(node.zone) }
      case .label(let key): if let value = node.labels[key] { values.insert(value) }
      }
    }

    func contains(_ node: Node, number: Int) -> Bool {
      switch topology {
      case .node: nodes.contains(number)
      case .zone: !node.zone.isEmpty && values.contains(node.zone)
      case .label(let key): node.labels[key].map(values.contains) ?? false
      }
    }

    /// Whether a node is a place at all.
    func knows(_ node: Node) -> Bool {
      switch topology {
      case .node: true
      case .zone: !node.zone.isEmpty
      case .label(let key): node.labels[key] != nil
      }
    }
  }

  private var near: [(places: Places, isFirst: Bool)] = []
  private var away: [Places] = []
  private var wishes: [(places: Places, isNear: Bool, weight: Int64)] = []

  /// Relations of a task that has none, and that none keeps away.
  package static let none = TaskRelations()

  private init() {}

  /// Looks at all running tasks once for each relation.
  package init(_ request: TaskRequest, in cluster: Cluster) {
    guard request.looksAtTasks || cluster.antiAffineTasks > 0 else { return }
    for affinity in request.taskAffinity {
      let places = TaskRelations.places(affinity, in: cluster)
      near.append((places, places.isEmpty && affinity.tasks.matches(request.labels)))
    }
    away = request.taskAntiAffinity.map { TaskRelations.places($0, in: cluster) }
    wishes = request.taskPreferences.map {
      (TaskRelations.places($0.affinity, in: cluster), $0.isNear, $0.weight)
    }
    guard cluster.antiAffineTasks > 0 else { return }
    cluster.forEachTask { task in
      for affinity in task.taskAntiAffinity where affinity.tasks.matches(request.labels) {
        var places = Places(affinity.topology)
        let node = task.placement.node
        places.insert(cluster.nodes[node], number: node)
        away.append(places)
      }
    }
  }

  package func blockers(on number: Int, of cluster: Cluster) -> BlockerSet {
    var blockers = BlockerSet()
    guard !near.isEmpty || !away.isEmpty else { return blockers }
    let node = cluster.nodes[number]
    let isNearAll = near.allSatisfy { places, isFirst in
      isFirst ? places.knows(node) : places.contains(node, number: number)
    }
    if !isNearAll { blockers.insert(.taskAffinity) }
    if away.contains(where: { $0.contains(node, number: number) }) {
      blockers.insert(.taskAntiAffinity)
    }
    return blockers
  }

  /// The weights of the wishes that a node fulfils.
  package func fulfilled(on node: Node, number: Int) -> Int64 {
    wishes.reduce(0) { sum, wish in
      wish.places.contains(node, number: number) == wish.isNear ? sum + wish.weight : sum
    }
  }

  private static func places(_ affinity: TaskAffinity, in cluster: Cluster) -> Places {
    var places = Places(affinity.topology)
    cluster.forEachTask { task in
      guard affinity.tasks.matches(task.labels) else { return }
      let node = task.placement.node
      places.insert(cluster.nodes[node], number: node)
    }
    return places
  }
}
