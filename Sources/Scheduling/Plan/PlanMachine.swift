import Model

/// What the jobs of a snapshot run on: the places of a cluster, where they are described, and the quotas of queues.
struct PlanMachine: Machine {
  /// A job, or the jobs of a gang.
  struct Request: Sendable {
    /// The number of the first of its jobs.
    var number: Int
    /// Ways to run it, the first that fits is taken: more than one where quotas count devices by model and the job
    /// accepts several.
    var variants: [[PlannedTask]]
    /// How many of the tasks must start, 1...count.
    var minimumTasks: Int

    /// Whether the request fits into everything that is larger than what it fits into: see
    /// ``ClusterMachine/isSteady(_:minimumTasks:)``.
    var isSteady: Bool {
      variants.count == 1
        && ClusterMachine.isSteady(variants[0].lazy.map(\.request), minimumTasks: minimumTasks)
    }
  }

  struct PlannedTask: Sendable {
    /// The number of its job.
    var job: Int
    var queue: Int
    /// Its place in the job.
    var index: Int
    var request: TaskRequest
    /// By column of the quotas.
    var amounts: [Int64]
  }

  /// The tasks that start, and where.
  struct Placement: Sendable {
    var number: Int
    var tasks: [PlannedTask]
    /// As many as tasks; empty where places are not described.
    var places: [Scheduling.Placement]
    /// Nodes that are out of service; then there are no tasks.
    var closedNodes: [Int] = []

    var cluster: ClusterMachine.Placement {
      var placed: [ClusterMachine.PlacedTask] = []
      for (index, (task, place)) in zip(tasks, places).enumerated() {
        placed.append(.init(index: index, request: task.request, placement: place))
      }
      return ClusterMachine.Placement(number: number, tasks: placed)
    }
  }

  /// Nil where places are not described.
  private(set) var places: ClusterMachine?
  /// The state of the quotas, and after ``restrict(to:)`` the states that must all allow a job.
  private(set) var quotas: [QuotaTree]

  init(places: ClusterMachine?, quotas: QuotaTree) {
    self.places = places
    self.quotas = [quotas]
  }

  /// The state of the quotas where it is one.
  var quota: QuotaTree { quotas[0] }

  func placement(of request: Request) -> Placement? {
    for tasks in request.variants {
      let found =
        request.minimumTasks == tasks.count
        ? wholePlacement(request, tasks) : partialPlacement(request, tasks)
      if let found { return found }
    }
    return nil
  }

  func placement(of request: Request, sparing other: PlanMachine) -> Placement? {
    for tasks in request.variants {
      let found =
        request.minimumTasks == tasks.count
        ? wholePlacement(request, tasks, sparing: other)
        : partialPlacement(request, tasks, sparing: other)
      if let found { return found }
    }
    return nil
  }

  /// The same placement as ``placement(of:)``, by scores that are kept from one question to the next.
  mutating func find(_ request: Request) -> Placement? {
    for tasks in request.variants {
      guard request.minimumTasks == tasks.count else {
        if let found = partialPlacement(request, tasks) { return found }
        continue
      }
      guard quotas.allSatisfy({ Self.admits(tasks, $0) }) else { continue }
      if let found = findPlaces(request.number, tasks, minimumTasks: tasks.count) { return found }
    }
    return nil
  }

  /// Whether the quotas admit the request in some way; a request of which not all tasks must start may be admitted less.
  func quotasAdmit(_ request: Request) -> Bool {
    request.variants.contains { tasks in
      request.minimumTasks < tasks.count || quotas.allSatisfy { Self.admits(tasks, $0) }
    }
  }

  private func wholePlacement(
    _ request: Request, _ tasks: [PlannedTask], sparing other: PlanMachine? = nil
  ) -> Placement? {
    guard quotas.allSatisfy({ Self.admits(tasks, $0) }) else { return nil }
    return placesOnly(request.number, tasks, minimumTasks: tasks.count, sparing: other)
  }

  /// Of tasks that need not all start, those that the quotas admit, in order, and of them those that find places.
  private func partialPlacement(
    _ request: Request, _ tasks: [PlannedTask], sparing other: PlanMachine? = nil
  ) -> Placement? {
    var trees = quotas
    var admitted: [PlannedTask] = []
    for task in tasks where trees.allSatisfy({ $0.canAdmit(task.amounts, to: task.queue) }) {
      for index in trees.indices { trees[index].add(task.amounts, to: task.queue) }
      admitted.append(task)
    }
    guard admitted.count >= request.minimumTasks else { return nil }
    return placesOnly(
      request.number, admitted, minimumTasks: request.minimumTasks, sparing: other)
  }

  /// Where the tasks find places, whatever the quotas say.
  func placesOnly(
    _ number: Int, _ tasks: [PlannedTask], minimumTasks: Int, sparing other: PlanMachine? = nil
  ) -> Placement? {
    guard let places else { return Placement(number: number, tasks: tasks, places: []) }
    let request = ClusterMachine.Request(
      number: number, tasks: tasks.map(\.request), minimumTasks: minimumTasks)
    let found =
      if let other = other?.places {
        places.placement(of: request, sparing: other)
      } else {
        places.placement(of: request)
      }
    guard let found else { return nil }
    return Placement(
      number: number, tasks: found.tasks.map { tasks[$0.index] },
      places: found.tasks.map(\.placement))
  }

  /// The same as ``placesOnly(_:_:minimumTasks:sparing:)``, by scores that are kept.
  mutating func findPlaces(
    _ number: Int, _ tasks: [PlannedTask], minimumTasks: Int
  ) -> Placement? {
    guard places != nil else { return Placement(number: number, tasks: tasks, places: []) }
    let request = ClusterMachine.Request(
      number: number, tasks: tasks.map(\.request), minimumTasks: minimumTasks)
    guard let found = places?.find(request) else { return nil }
    return Placement(
      number: number, tasks: found.tasks.map { tasks[$0.index] },
      places: found.tasks.map(\.placement))
  }

  /// Whether quotas admit all of the tasks together.
  static func admits(_ tasks: [PlannedTask], _ tree: QuotaTree) -> Bool {
    if let queue = tasks.first?.queue, tasks.allSatisfy({ $0.queue == queue }) {
      return tree.canAdmit(sum(tasks, columns: tree.columns.count), to: queue)
    }
    var tree = tree
    for task in tasks {
      guard tree.canAdmit(task.amounts, to: task.queue) else { return false }
      tree.add(task.amounts, to: task.queue)
    }
    return true
  }

  /// What tasks ask together, by column.
  static func sum(_ tasks: some Sequence<PlannedTask>, columns: Int) -> [Int64] {
    var sum = Array(repeating: Int64(0), count: columns)
    for task in tasks {
      for column in sum.indices { sum[column] = sum[column].addingSaturated(task.amounts[column]) }
    }
    return sum
  }

  mutating func occupy(_ placement: Placement) {
    places?.close(placement.closedNodes)
    for task in placement.tasks {
      for index in quotas.indices { quotas[index].add(task.amounts, to: task.queue) }
    }
    if !placement.places.isEmpty { places?.occupy(placement.cluster) }
  }

  /// Changes whether a node takes new tasks.
  mutating func setState(_ state: NodeState, of node: Int) { places?.setState(state, of: node) }

  /// Holds nodes for a time, in a state that lasts no longer.
  mutating func hold(_ span: HeldSpan) { places?.hold(span.nodes, span.hold) }

  /// Takes the places alone, in a trial that quotas have no part in.
  mutating func occupyPlaces(_ placement: Placement) { places?.occupy(placement.cluster) }

  mutating func vacate(_ placement: Placement) {
    for task in placement.tasks {
      for index in quotas.indices { quotas[index].remove(task.amounts, from: task.queue) }
    }
    if !placement.places.isEmpty { places?.vacate(placement.cluster) }
  }

  mutating func restrict(to other: PlanMachine) {
    restrictPlaces(to: other.places)
    for tree in other.quotas where !quotas.contains(tree) { quotas.append(tree) }
  }

  /// Makes what is free where a placement is, and by quotas, what is free in all of these states, the first of which this one
  /// was made of by ``restrict(to:)`` with the others.
  mutating func refresh(where placement: Placement, restricting states: [PlanMachine]) {
    guard let first = states.first else { return }
    places?.setFree(
      of: Set(placement.places.map(\.node)), leastOf: states.compactMap(\.places))
    quotas = first.quotas
    for state in states.dropFirst() {
      for tree in state.quotas where !quotas.contains(tree) { quotas.append(tree) }
    }
  }

  /// Whether where a task fits may hang on which tasks run where.
  var hasRelations: Bool { (places?.cluster.relatedTasks ?? 0) > 0 }

  /// Keeps only what is free in the other state as well.
  mutating func restrictPlaces(to other: ClusterMachine?) {
    if let other { places?.restrict(to: other) }
  }

  var room: Int { places?.room ?? .max }

  static func bulk(of request: Request) -> Int {
    request.variants.lazy.map { tasks in
      ClusterMachine.bulk(
        of: ClusterMachine.Request(
          number: request.number, tasks: tasks.map(\.request), minimumTasks: request.minimumTasks))
    }.min() ?? 0
  }
}
