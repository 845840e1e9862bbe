import Model

/// A cluster of nodes as backfill sees it: what a job's tasks ask, and which of them find places.
package struct ClusterMachine: Machine {
  /// Tasks that start together.
  package struct Request: Sendable {
    /// Names the job: no two that are placed at the same time have the same.
    package var number: Int
    package var tasks: [TaskRequest]
    /// How many of the tasks must find places, 1...count.
    package var minimumTasks: Int

    package init(number: Int, tasks: [TaskRequest], minimumTasks: Int? = nil) {
      self.number = number
      self.tasks = tasks
      self.minimumTasks = minimumTasks ?? tasks.count
    }
  }

  /// A task and its place.
  package struct PlacedTask: Sendable {
    /// Its place in the request.
    package var index: Int
    package var request: TaskRequest
    package var placement: Scheduling.Placement

    package init(index: Int, request: TaskRequest, placement: Scheduling.Placement) {
      self.index = index
      self.request = request
      self.placement = placement
    }
  }

  package struct Placement: Sendable {
    package var number: Int
    package var tasks: [PlacedTask]

    package init(number: Int, tasks: [PlacedTask]) {
      self.number = number
      self.tasks = tasks
    }
  }

  package private(set) var placer: Placer
  private var slots: [Int: [TaskSlot]] = [:]
  /// Thousandths of processors that are free on all nodes together.
  private var freeCPUMilli: Int64

  package init(_ placer: Placer) {
    self.placer = placer
    freeCPUMilli = placer.cluster.free.reduce(0) { $0 + $1.amounts.cpuMilli }
  }

  package var cluster: Cluster { placer.cluster }

  /// The tasks are placed one by one, in order, each by the policy; nil where too few find places beside those before them.
  package func placement(of request: Request) -> Placement? { placement(of: request, except: nil) }

  /// The same where some nodes are left out.
  private func placement(of request: Request, except closed: [Bool]?) -> Placement? {
    var trial = placer
    trial.random = placer.random.child("\(request.number)")
    var taken: [TaskSlot] = []
    return Self.place(request, on: &trial, taken: &taken) { $0.find($1, except: closed) }
  }

  /// The same placement as ``placement(of:)``, by scores that are kept from one question to the next.
  ///
  /// O(nodes that changed since such a request was looked for) where a copy would cost O(nodes).
  package mutating func find(_ request: Request) -> Placement? {
    let random = placer.random
    placer.random = random.child("\(request.number)")
    var taken: [TaskSlot] = []
    let found = Self.place(request, on: &placer, taken: &taken) { $0.findKept($1) }
    for slot in taken.reversed() { placer.remove(slot) }
    placer.random = random
    return found
  }

  /// Lets tasks run on a placer as far as those after them must be placed beside them, and says where.
  private static func place(
    _ request: Request, on placer: inout Placer, taken: inout [TaskSlot],
    find: (inout Placer, TaskRequest) -> Scheduling.Placement?
  ) -> Placement? {
    if request.tasks.count == 1 {
      guard let placement = find(&placer, request.tasks[0]) else {
        return request.minimumTasks == 0 ? Placement(number: request.number, tasks: []) : nil
      }
      let task = PlacedTask(index: 0, request: request.tasks[0], placement: placement)
      return Placement(number: request.number, tasks: [task])
    }
    var placed: [PlacedTask] = []
    var missing: Set<TaskRequest> = []
    for (index, task) in request.tasks.enumerated() {
      if missing.contains(task) { continue }
      if let placement = find(&placer, task) {
        taken.append(placer.occupy(task, at: placement))
        placed.append(PlacedTask(index: index, request: task, placement: placement))
        continue
      }
      guard request.minimumTasks < request.tasks.count else { return nil }
      // Another such task finds no place either, unless it looks for company that came in between.
      if !task.looksAtTasks { missing.insert(task) }
    }
    guard placed.count >= request.minimumTasks else { return nil }
    return Placement(number: request.number, tasks: placed)
  }

  /// First on the nodes of which more is free here than in the other state, then, what did not fit there, on all.
  package func placement(of request: Request, sparing other: ClusterMachine) -> Placement? {
    let free = placer.cluster.free
    let isSame = free.indices.map { free[$0] == other.placer.cluster.free[$0] }
    guard isSame.contains(true), isSame.contains(false) else { return placement(of: request) }
    var first = request
    first.minimumTasks = 0
    let early = placement(of: first, except: isSame)?.tasks ?? []
    guard !early.isEmpty else { return placement(of: request) }
    if early.count == request.tasks.count {
      return Placement(number: request.number, tasks: early)
    }
    var rest = self
    rest.occupy(Placement(number: request.number, tasks: early))
    let done = Set(early.map(\.index))
    let left = request.tasks.indices.filter { !done.contains($0) }
    let late = Request(
      number: request.number, tasks: left.map { request.tasks[$0] },
      minimumTasks: max(0, request.minimumTasks - early.count))
    // Taken in two goes the tasks may leave less room for each other than in one.
    guard let found = rest.placement(of: late) else { return placement(of: request) }
    let tasks =
      early
      + found.tasks.map {
        PlacedTask(index: left[$0.index], request: $0.request, placement: $0.placement)
      }
    return Placement(number: request.number, tasks: tasks.sorted { $0.index < $1.index })
  }

  package mutating func occupy(_ placement: Placement) {
    var taken: [TaskSlot] = []
    taken.reserveCapacity(placement.tasks.count)
    for task in placement.tasks {
      taken.append(placer.occupy(task.request, at: task.placement))
      freeCPUMilli -= task.request.amounts.cpuMilli
    }
    slots[placement.number, default: []] += taken
  }

  package mutating func vacate(_ placement: Placement) {
    guard let taken = slots.removeValue(forKey: placement.number) else {
      preconditionFailure("what is given back was taken")
    }
    for slot in taken { placer.remove(slot) }
    for task in placement.tasks { freeCPUMilli += task.request.amounts.cpuMilli }
  }

  package mutating func restrict(to other: ClusterMachine) {
    placer.restrict(to: other.placer.cluster)
    freeCPUMilli = placer.cluster.free.reduce(0) { $0 + $1.amounts.cpuMilli }
  }

  /// Makes the free amounts of some nodes the least of several states: see ``Cluster/setFree(of:leastOf:)``.
  package mutating func setFree(of nodes: some Sequence<Int>, leastOf states: [ClusterMachine]) {
    let clusters = states.map(\.placer.cluster)
    for node in nodes {
      freeCPUMilli -= placer.cluster.free[node].amounts.cpuMilli
      placer.setFree(of: node, leastOf: clusters)
      freeCPUMilli += placer.cluster.free[node].amounts.cpuMilli
    }
  }

  /// Changes whether a node takes new tasks.
  package mutating func setState(_ state: NodeState, of node: Int) {
    placer.setState(state, of: node)
  }

  /// Takes nodes out of service.
  package mutating func close(_ nodes: [Int]) {
    for node in nodes where placer.cluster.nodes[node].state.takesTasks {
      placer.setState(.maintenance, of: node)
    }
  }

  /// Holds nodes: see ``NodeHold``.
  package mutating func hold(_ nodes: [Int], _ hold: NodeHold) {
    for node in nodes { placer.hold(node, hold) }
  }

  // MARK: Kinds

  /// Equal tasks that all start.
  package struct Kind: Hashable, Sendable {
    let task: TaskRequest
    let count: Int
  }

  package static func kind(of request: Request) -> Kind? {
    guard isSteady(request.tasks, minimumTasks: request.minimumTasks) else { return nil }
    return Kind(task: request.tasks[0], count: request.tasks.count)
  }

  /// Whether tasks fit into everything that is larger than what they fit into: equal tasks that all start, that relate to no
  /// others, and that do not choose devices in groups where one choice could spoil the next.
  static func isSteady(_ tasks: some Collection<TaskRequest>, minimumTasks: Int) -> Bool {
    guard let first = tasks.first, minimumTasks == tasks.count, !first.looksAtTasks else {
      return false
    }
    guard minimumTasks > 1 else { return true }
    if case .instances = first.gpu { return false }
    return first.gpuConstraints.interconnect == .any && !first.gpuConstraints.sameNUMANode
      && tasks.allSatisfy { $0 == first }
  }

  /// Whether a task of the request finds a place, for itself, on a node where something was given back: if none does, the
  /// tasks are placed as they were before.
  package func mayFit(_ request: Request, since returned: Placement) -> Bool {
    if request.tasks.contains(where: \.looksAtTasks) { return true }
    return returned.tasks.contains { task in
      !task.request.taskAntiAffinity.isEmpty
        || request.tasks.enumerated().contains { index, other in
          guard index == 0 || other != request.tasks[0] else { return false }
          let node = task.placement.node
          let fixed = NodeFilter.fixed(other, on: placer.cluster.nodes[node])
          return fixed.blockers.isEmpty
            && NodeFilter.current(other, on: node, devices: fixed.devices, of: placer.cluster)
              .isEmpty
        }
    }
  }

  package var room: Int { Int(freeCPUMilli) }

  /// The processors of as many of the smallest tasks as must find places.
  package static func bulk(of request: Request) -> Int {
    let amounts = request.tasks.map(\.amounts.cpuMilli)
    let least =
      request.minimumTasks == amounts.count
      ? amounts[...] : amounts.sorted().prefix(request.minimumTasks)
    return Int(least.reduce(0, +))
  }
}
