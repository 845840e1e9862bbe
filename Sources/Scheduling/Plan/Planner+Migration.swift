import Model

extension Planner {
  /// Proposes moves of running jobs, if the policy asks for some: first those that let its job start, then those that leave
  /// less of the devices fragmented.
  ///
  /// Nothing is moved to a node that is reserved or that a job makes room on. A task keeps its model of devices, so
  /// that no quota changes. What other tasks must run near stays.
  mutating func proposeMoves() {
    guard let policy = snapshot.policy.migration else { return }
    plan.moves = []
    guard let nodes = snapshot.nodes, let (cluster, movable) = clusterToMoveOn(policy) else {
      return
    }
    let index = policy.job.flatMap { job in
      waiting.firstIndex { units[$0.unit].jobs.contains { jobs.jobs[$0].name == job } }
    }
    let beneficiaries = index.map { Set(units[waiting[$0].unit].jobs) } ?? []
    let typical = TypicalTasks(of: jobs.jobs.flatMap(\.tasks))
    var search = MigrationSearch(
      cluster, movable: movable, typical: typical, isClosed: closedNodes(except: beneficiaries),
      limit: policy.limit)
    if let index, lacksOnlyPlaces(waiting[index]) {
      let unit = units[waiting[index].unit]
      let tasks = unit.request.variants[0].prefix(unit.request.minimumTasks)
      if search.makeRoom(for: tasks.map(\.request)), !search.moves.isEmpty {
        let names = search.moves.map { move in
          "\(jobs.jobs[move.job].name) to node \(nodes[move.to.node].name)"
        }
        waiting[index].remedies.append("moving \(names.joined(separator: ", "))")
      }
    }
    let count = search.moves.count
    search.defragment()
    plan.moves = search.moves.enumerated().map { number, move in
      Plan.Move(
        job: jobs.jobs[move.job].name, task: move.task, from: nodes[move.from.node].name,
        to: nodes[move.to.node].name, gpu: move.to.gpu, gainMilli: move.gainMilli,
        cost: move.cost, beneficiary: number < count ? policy.job : nil)
    }
  }

  /// Whether places alone keep a unit from starting, and nobody makes room for it.
  private func lacksOnlyPlaces(_ waiting: WaitingUnit) -> Bool {
    let unit = units[waiting.unit]
    let names = unit.jobs.map { jobs.jobs[$0].name }
    return waiting.mayStart && unit.obstacles.isEmpty
      && Shortage(unit, state, snapshot.queues).gaps.isEmpty
      && !plan.evictions.contains { names.contains($0.preemptor) }
  }

  /// The cluster with all that runs and starts, and the tasks that may be moved on it.
  private func clusterToMoveOn(_ policy: MigrationPolicy) -> (Cluster, [MovableTask])? {
    guard var cluster = idle.places?.cluster, let nodes = snapshot.nodes else { return nil }
    let affinities = jobs.jobs.flatMap(\.tasks).flatMap(\.taskAffinity)
    let stopping = Set(plan.evictions.map(\.job))
    var movable: [MovableTask] = []
    for (number, job) in jobs.jobs.enumerated() {
      guard let placement = placements[number], let run = job.run else { continue }
      let isStopping = run.stopping != nil || stopping.contains(job.name)
      let left = run.admitted + jobs.estimates[number] - now
      for (task, place) in zip(placement.tasks, placement.places) {
        let slot = cluster.place(task.request, at: place)
        guard let cost = job.moveCost, !isStopping, cost < left,
          cost <= policy.costMax ?? cost,
          !affinities.contains(where: { $0.tasks.matches(task.request.labels) })
        else { continue }
        movable.append(
          MovableTask(
            job: number, task: task.index, request: task.request, slot: slot, placement: place,
            cost: cost))
      }
    }
    let numbers = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.name, $0) })
    for start in plan.starts {
      guard let job = jobs.numbers[start.job], let node = start.node.flatMap({ numbers[$0] })
      else { continue }
      _ = cluster.place(
        jobs.jobs[job].tasks[start.task], at: Placement(node: node, gpu: start.gpu))
    }
    return (cluster, movable)
  }

  /// By node whether something is to happen there that a moved job could be in the way of.
  private func closedNodes(except units: Set<Int>) -> [Bool] {
    guard let nodes = snapshot.nodes else { return [] }
    var names: Set<String> = []
    for reservation in plan.reservations {
      guard let job = jobs.numbers[reservation.job], !units.contains(job) else { continue }
      names.formUnion(reservation.nodes)
    }
    for outage in snapshot.reservations where outage.end > now {
      names.formUnion(outage.nodes.map { nodes[$0].name })
    }
    for window in snapshot.maintenance where window.end > now {
      names.formUnion(window.nodes.map { nodes[$0].name })
    }
    for booking in plan.bookings ?? [] { names.formUnion(booking.nodes) }
    return nodes.map { names.contains($0.name) }
  }
}
