import Model

/// Looks for moves of running tasks: such that less of the devices is fragmented, or such that a task that waits finds room.
///
/// Each round weighs all pairs of a task and a node by what the move alone would change, and chooses by a matching of least
/// cost in which a node gets at most one task. The chosen moves are then made one after the other, and one that no longer fits
/// or gains beside those before it is left out. No task moves twice.
///
/// Pure, and a value: what was found is in ``moves``, and ``cluster`` is as it would be afterwards.
package struct MigrationSearch: Sendable {
  package private(set) var cluster: Cluster
  package private(set) var moves: [Migration] = []
  /// Those that were not moved, and are where they say.
  private var movable: [MovableTask]
  private let meter: FragmentationMeter
  /// By node: whether it takes no moved tasks, such as one that is reserved.
  private let isClosed: [Bool]
  private var movesLeft: Int

  /// - Parameters:
  ///   - cluster: as it is now, with the movable tasks on it.
  ///   - isClosed: by node, whether nothing is moved to it.
  ///   - limit: moves at most, within ``MigrationLimits/moves``.
  package init(
    _ cluster: Cluster, movable: [MovableTask], typical: TypicalTasks, isClosed: [Bool],
    limit: Int
  ) {
    self.cluster = cluster
    self.movable = movable
    self.isClosed = isClosed
    meter = FragmentationMeter(typical, for: cluster)
    movesLeft = min(limit, MigrationLimits.moves)
  }

  // MARK: Less fragmentation

  /// The most milliseconds that a move's cost counts as: twelve days.
  private static let costCeiling: Int64 = 1 << 30
  /// What a thousandth of a device gained is worth in milliseconds: more than all moves of a round can cost together.
  private static let gainWeight: Int64 = 1 << 38

  /// Moves tasks as long as that leaves less of the devices fragmented.
  package mutating func defragment() {
    while movesLeft > 0, defragmentOnce() {}
  }

  /// One round; false where it found nothing.
  private mutating func defragmentOnce() -> Bool {
    let candidates = candidates()
    let nodes = cluster.nodes.count
    let columns = MinimumCostMatching.assign(
      rows: candidates.count, columns: nodes + candidates.count
    ) { row, column in
      // Beside the nodes each task has a column of its own in which it stays.
      guard column < nodes else { return column - nodes == row ? 0 : nil }
      guard let trial = trial(of: candidates[row], on: column), trial.gain > 0 else { return nil }
      let cost = min(candidates[row].task.cost.nanoseconds / 1_000_000, Self.costCeiling)
      return cost - trial.gain.multipliedSaturated(by: Self.gainWeight)
    }
    var chosen: [(task: MovableTask, node: Int, gain: Int64)] = []
    for (row, column) in columns.enumerated() {
      guard let node = column, node < nodes,
        let trial = trial(of: candidates[row], on: node)
      else { continue }
      chosen.append((candidates[row].task, node, trial.gain))
    }
    chosen.sort {
      ($1.gain, $0.task.job, $0.task.task) < ($0.gain, $1.task.job, $1.task.task)
    }
    let before = moves.count
    for (task, node, _) in chosen where movesLeft > 0 {
      guard let trial = trial(of: candidate(task), on: node), trial.gain > 0 else { continue }
      move(task, to: trial.placement, gain: trial.gain)
    }
    return moves.count > before
  }

  /// A task that a round tries to move.
  private struct Candidate {
    var task: MovableTask
    /// What is fragmented less of its node once it left, times the meter's weight.
    var relief: Int64
    /// By kind of node: what its description says of the task.
    var fixed: [NodeFilter.Fixed]
  }

  /// The tasks whose leaving alone gains the most, as many as a round may look at.
  private func candidates() -> [Candidate] {
    let most = min(
      MigrationLimits.candidates, MigrationLimits.cells / max(1, cluster.nodes.count))
    let all = movable.filter { $0.request.gpu != .none }.map { ($0, relief(of: $0)) }
    let sorted = all.sorted {
      ($1.1, $0.0.job, $0.0.task) < ($0.1, $1.0.job, $1.0.task)
    }
    return sorted.prefix(most).map { candidate($0.0) }
  }

  private func candidate(_ task: MovableTask) -> Candidate {
    Candidate(task: task, relief: relief(of: task), fixed: fixed(task.request))
  }

  private func fixed(_ request: TaskRequest) -> [NodeFilter.Fixed] {
    cluster.exampleOfKind.map { NodeFilter.fixed(request, on: $0) }
  }

  // MARK: Room for a job

  /// Moves tasks away until all of these find room together, at the least cost of each; nothing is moved where they would not.
  ///
  /// - Returns: whether they find room now.
  package mutating func makeRoom(for requests: [TaskRequest]) -> Bool {
    var trial = self
    for request in requests {
      guard let placement = trial.room(for: request) ?? trial.clear(for: request) else {
        return false
      }
      _ = trial.cluster.place(request, at: placement)
    }
    self = trial
    return true
  }

  /// The first node with room as it is.
  private func room(for request: TaskRequest) -> Placement? {
    let fixed = fixed(request)
    return cluster.nodes.indices.lazy.compactMap { placement(of: request, on: $0, fixed) }.first
  }

  /// Moves tasks away from the node where that costs the least; nil where it is not possible.
  private mutating func clear(for request: TaskRequest) -> Placement? {
    let fixed = fixed(request)
    var choices: [(node: Int, leaving: [MovableTask], cost: TimeSpan)] = []
    for node in Set(movable.map(\.placement.node)).sorted() {
      for leaving in leavings(on: node, for: request, fixed) where leaving.count <= movesLeft {
        choices.append((node, leaving, leaving.reduce(.zero) { $0 + $1.cost }))
      }
    }
    choices.sort { ($0.cost, $0.leaving.count, $0.node) < ($1.cost, $1.leaving.count, $1.node) }
    for choice in choices.prefix(MigrationLimits.choicesTried) {
      var trial = self
      guard trial.relocate(choice.leaving) else { continue }
      guard let placement = trial.placement(of: request, on: choice.node, fixed) else { continue }
      self = trial
      return placement
    }
    return nil
  }

  /// Sets of a node's tasks without which a request would fit there: each task that alone is enough, or else one set of several
  /// none of which can be spared, cheap ones rather than dear ones.
  private func leavings(
    on node: Int, for request: TaskRequest, _ fixed: [NodeFilter.Fixed]
  ) -> [[MovableTask]] {
    let tasks = movable.filter { $0.placement.node == node }.sorted {
      ($1.cost, $0.job, $0.task) < ($0.cost, $1.job, $1.task)
    }
    let most = tasks.reduce(cluster.free[node].amounts) { $0 + $1.request.amounts }
    guard !isClosed[node], request.amounts.fits(in: most) else { return [] }
    var trial = self
    var single: [MovableTask] = []
    for task in tasks {
      trial.cluster.remove(task.slot)
      if trial.placement(of: request, on: node, fixed) != nil { single.append(task) }
      // What was freed last is taken first: the task has its slot again.
      _ = trial.cluster.place(task.request, at: task.placement)
    }
    guard single.isEmpty else { return single.map { [$0] } }
    for task in tasks { trial.cluster.remove(task.slot) }
    guard trial.placement(of: request, on: node, fixed) != nil else { return [] }
    var leaving: [MovableTask] = []
    for task in tasks {
      let slot = trial.cluster.place(task.request, at: task.placement)
      if trial.placement(of: request, on: node, fixed) == nil {
        trial.cluster.remove(slot)
        leaving.append(task)
      }
    }
    return [leaving]
  }

  /// Moves all of some tasks of one node to others, so that the least is fragmented by each round; false where some find none.
  private mutating func relocate(_ tasks: [MovableTask]) -> Bool {
    var left = tasks
    while !left.isEmpty {
      let candidates = left.map(candidate)
      let columns = MinimumCostMatching.assign(rows: left.count, columns: cluster.nodes.count) {
        row, node in
        trial(of: candidates[row], on: node).map { -$0.gain }
      }
      var missing: [MovableTask] = []
      for (task, node) in zip(left, columns) {
        guard let node, let trial = trial(of: candidate(task), on: node) else {
          missing.append(task)
          continue
        }
        move(task, to: trial.placement, gain: trial.gain)
      }
      guard missing.count < left.count else { return false }
      left = missing
    }
    return true
  }

  // MARK: One move

  /// What a move of one task would be and gain; nil where it may not go there.
  private func trial(
    of candidate: Candidate, on node: Int
  ) -> (placement: Placement, gain: Int64)? {
    let task = candidate.task
    guard node != task.placement.node,
      let placement = placement(of: task.request, on: node, candidate.fixed)
    else { return nil }
    var free = FreeDevices(of: node, in: cluster)
    free.take(placement.gpu)
    let cpu = cluster.free[node].amounts.cpuMilli - task.request.amounts.cpuMilli
    let added =
      meter.fragmented(node: node, cpuMilli: cpu, devices: free, of: cluster)
      - meter.fragmented(node: node, of: cluster)
    return (placement, (candidate.relief - added) / max(1, meter.totalWeight))
  }

  /// What is fragmented less of a task's node once it left, times the meter's weight.
  private func relief(of task: MovableTask) -> Int64 {
    let node = task.placement.node
    var free = FreeDevices(of: node, in: cluster)
    free.giveBack(task.placement.gpu)
    let cpu = cluster.free[node].amounts.cpuMilli + task.request.amounts.cpuMilli
    return meter.fragmented(node: node, of: cluster)
      - meter.fragmented(node: node, cpuMilli: cpu, devices: free, of: cluster)
  }

  /// Where a task would be on a node; nil where something stands against it.
  private func placement(
    of request: TaskRequest, on node: Int, _ fixed: [NodeFilter.Fixed]
  ) -> Placement? {
    guard !isClosed[node] else { return nil }
    let fixed = fixed[Int(cluster.kindOfNode[node])]
    guard fixed.blockers.isEmpty,
      NodeFilter.current(request, on: node, devices: fixed.devices, of: cluster).isEmpty
    else { return nil }
    if request.looksAtTasks || cluster.antiAffineTasks > 0 {
      let relations = TaskRelations(request, in: cluster)
      guard relations.blockers(on: node, of: cluster).isEmpty else { return nil }
    }
    // The rule draws no numbers.
    var random = SeededRandom(seed: 0)
    let gpu = DeviceChoice.grant(
      request, on: node, devices: fixed.devices, of: cluster, rule: .bestFit, random: &random)
    return Placement(node: node, gpu: gpu)
  }

  private mutating func move(_ task: MovableTask, to placement: Placement, gain: Int64) {
    cluster.remove(task.slot)
    _ = cluster.place(task.request, at: placement)
    movable.removeAll { $0.slot == task.slot }
    movesLeft -= 1
    moves.append(
      Migration(
        job: task.job, task: task.task, from: task.placement, to: placement, gainMilli: gain,
        cost: task.cost))
  }
}

extension FreeDevices {
  fileprivate mutating func take(_ grant: GPUGrant) { change(by: grant, sign: 1) }

  fileprivate mutating func giveBack(_ grant: GPUGrant) { change(by: grant, sign: -1) }

  /// Instances are cut from devices of which no shares are given: nothing changes.
  private mutating func change(by grant: GPUGrant, sign: Int32) {
    switch grant {
    case .none, .instances: break
    case .share(let device, let milli): take(sign * Int32(milli), of: device)
    case .devices(let devices):
      for device in devices { take(sign * GPUDevice.wholeMilli, of: device) }
    }
  }
}
