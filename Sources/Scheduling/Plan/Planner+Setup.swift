import Model

extension Planner {
  init(
    _ snapshot: Snapshot, at now: Instant, detail: Detail = .all
  ) throws(SnapshotError) {
    let columns = snapshot.columns.isEmpty ? Planner.standardColumns : snapshot.columns
    let calendar = try PlanCalendar(snapshot, at: now)
    let jobs = try PlanJobs(snapshot, columns: columns, calendar: calendar)
    let ranks = try UserRanks(snapshot, now: now)
    let setup = PlanSetup(snapshot: snapshot, jobs: jobs, columns: columns, now: now)
    let (machine, placements) = try setup.machine()
    let units = PlanUnits(snapshot: snapshot, jobs: jobs, now: now).units()
    self.snapshot = snapshot
    self.now = now
    self.detail = detail
    self.jobs = jobs
    self.ranks = ranks
    self.units = units
    preemptions = jobs.preemptions
    self.placements = placements
    idle = machine
    order = detail == .all ? PlanOrder(units, jobs, snapshot, ranks: ranks, now: now) : nil
    state = PlanState(
      machine, outages: snapshot.reservations, held: calendar.spans, at: now,
      overdueSpan: snapshot.policy.backfill.overdueSpan)
    running = []
    plan.columns = columns
    if !snapshot.bookings.isEmpty { plan.bookings = calendar.report(snapshot.nodes ?? []) }
    var ends: [(end: Instant, number: Int)] = []
    for (number, job) in jobs.jobs.enumerated() {
      guard let run = job.run, let placement = placements[number] else { continue }
      ends.append((run.stopping?.by ?? run.admitted + jobs.estimates[number], number))
      guard run.stopping == nil else { continue }
      running.append(
        RunningJob(
          number: JobNumber(number), queue: job.queue, priority: jobs.priorities[number],
          created: job.created, admitted: run.admitted,
          amounts: PlanMachine.sum(placement.tasks, columns: columns.count),
          isPreemptible: job.isPreemptible, preemptions: job.preemptions))
    }
    // In the order of their ends each goes behind those before it.
    for (end, number) in ends.sorted(by: <) {
      if let placement = placements[number] { state.addRunning(placement, until: end) }
    }
    keepRoomOfVictims()
  }

  static let standardColumns = [
    SnapshotColumn(.cpu, name: "cpu", decimals: 3, isNamed: false),
    SnapshotColumn(.memory, name: "memory_mb", decimals: 0, isNamed: false),
    SnapshotColumn(.gpu(model: nil), name: "gpus", decimals: 3, isNamed: false),
  ]

  /// What is left by jobs that were told to stop before is kept for those they stop for, in the order of these.
  private mutating func keepRoomOfVictims() {
    var victims: [Int: [Int]] = [:]
    for (number, job) in jobs.jobs.enumerated() {
      guard let stopping = job.run?.stopping, let preemptor = stopping.preemptor,
        let waiting = jobs.numbers[preemptor], jobs.jobs[waiting].run == nil
      else { continue }
      victims[waiting, default: []].append(number)
    }
    for (index, unit) in units.enumerated() {
      let numbers = unit.jobs.flatMap { victims[$0] ?? [] }
      guard !numbers.isEmpty, unit.obstacles.isEmpty,
        state.fitsNow(unit.request, estimate: unit.estimate) == nil
      else { continue }
      let by = numbers.compactMap { jobs.jobs[$0].run?.stopping?.by }.max() ?? now
      let held = numbers.compactMap { placements[$0] }
      guard
        let placement = state.placement(
          unit.request, estimate: unit.estimate, without: held, by: max(by, now))
      else { continue }
      state.makeRoom(held, by: max(by, now), for: placement, estimate: unit.estimate)
      keepReservation(of: index, placement, at: max(by, now))
      keptStarts[index] = max(by, now)
    }
  }
}

/// Turns nodes, queues and running jobs into a machine.
struct PlanSetup {
  let snapshot: Snapshot
  let jobs: PlanJobs
  let columns: [SnapshotColumn]
  let now: Instant

  /// The machine without the jobs, and where each running job is on it.
  func machine() throws(SnapshotError) -> (PlanMachine, [Int: PlanMachine.Placement]) {
    var cluster: Cluster?
    if let nodes = snapshot.nodes {
      do {
        cluster = try Cluster(nodes: nodes)
      } catch {
        throw SnapshotError(error.message, path: error.node.isEmpty ? "" : "node \(error.node)")
      }
    }
    for share in snapshot.withheld {
      let request = TaskRequest()
      _ = cluster?.place(request, at: Placement(node: share.node, gpu: share.grant))
    }
    let placer = cluster.map {
      Placer(
        $0, policy: policy, random: SeededRandom(seed: snapshot.policy.seed).child("placement"))
    }
    var placements: [Int: PlanMachine.Placement] = [:]
    var trial = placer
    for (number, job) in jobs.jobs.enumerated() {
      guard let run = job.run else { continue }
      placements[number] = try placement(of: number, run, on: &trial)
    }
    let tree = try quotas(placements)
    return (PlanMachine(places: placer.map { ClusterMachine($0) }, quotas: tree), placements)
  }

  private var policy: PlacementPolicy {
    switch snapshot.policy.placement {
    case .bestFit: .bestFit
    case .pack: .weighted(ScoreWeights(strategy: .pack))
    case .spread: .weighted(ScoreWeights(strategy: .spread))
    case .fragmentationGradient:
      .fragmentationGradient(TypicalTasks(of: jobs.jobs.flatMap(\.tasks)))
    case .dotProduct: .dotProduct
    case .gpuPacking: .gpuPacking
    case .gpuClustering: .gpuClustering
    case .random: .random
    }
  }

  /// What a job that starts to run holds beside what others hold.
  func placement(
    of number: Int, _ run: SnapshotRun, beside placer: Placer?
  ) throws(SnapshotError) -> PlanMachine.Placement {
    var trial = placer
    return try placement(of: number, run, on: &trial, isTrial: true)
  }

  /// What a running job holds, by what it asks and where it is. Devices that are not named are the first that are free.
  private func placement(
    of number: Int, _ run: SnapshotRun, on placer: inout Placer?, isTrial: Bool = false
  ) throws(SnapshotError) -> PlanMachine.Placement {
    let job = jobs.jobs[number]
    guard placer != nil, let nodes = snapshot.nodes else {
      let tasks = jobs.variants(of: number)[0]
      return PlanMachine.Placement(number: number, tasks: tasks, places: [])
    }
    var placement = PlanMachine.Placement(number: number, tasks: [], places: [])
    let isAlone = run.places.count == 1 && isTrial
    for place in run.places.sorted(by: { $0.task < $1.task }) {
      guard nodes.indices.contains(place.node), job.tasks.indices.contains(place.task) else {
        throw SnapshotError("there is no such task or node", path: "job \(job.name)")
      }
      var request = job.tasks[place.task]
      let found = try found(request, at: place, job.name, in: placer?.cluster)
      // What a task runs on is what quotas count it as.
      let devices = found.gpu.deviceSet
      let models = Set(devices.map { nodes[place.node].devices[$0].model })
      if let model = models.first, models.count == 1 { request.gpuConstraints.models = [model] }
      // One task of which only the place is asked leaves the placer as it is: it would be copied.
      if !isAlone { _ = placer?.occupy(request, at: found) }
      placement.tasks.append(jobs.task(request, of: number, place.task))
      placement.places.append(found)
    }
    return placement
  }

  private func found(
    _ request: TaskRequest, at place: SnapshotPlace, _ job: String, in cluster: Cluster?
  ) throws(SnapshotError) -> Placement {
    guard let cluster else { return Placement(node: place.node, gpu: .none) }
    let node = cluster.nodes[place.node]
    var devices = NodeFilter.fixed(request, on: node).devices
    if let named = place.devices {
      guard named.isSubset(of: DeviceSet(node.devices.indices)) else {
        throw SnapshotError(
          "node \(node.name) has no such GPU", path: "job \(job), task \(place.task)")
      }
      devices = named
    }
    var request = request
    if place.devices != nil { request.gpuConstraints = .any }
    if case .instances(_, let count) = request.gpu, place.instances.count == count {
      return try named(request, at: place, job, in: cluster)
    }
    let blockers = NodeFilter.current(request, on: place.node, devices: devices, of: cluster)
    guard blockers.isEmpty else {
      let texts = blockers.all.map(\.text).joined(separator: ", ")
      throw SnapshotError(
        "it cannot run on node \(node.name) beside the others: \(texts)",
        path: "job \(job), task \(place.task)")
    }
    var random = SeededRandom(seed: 0)
    let gpu = DeviceChoice.grant(
      request, on: place.node, devices: devices, of: cluster, rule: .bestFit, random: &random)
    return Placement(node: place.node, gpu: gpu)
  }

  /// The place of a task whose hardware instances are known.
  private func named(
    _ request: TaskRequest, at place: SnapshotPlace, _ job: String, in cluster: Cluster
  ) throws(SnapshotError) -> Placement {
    let start = cluster.deviceStart[place.node]
    var withoutDevices = request
    withoutDevices.gpu = .none
    let areFree = place.instances.allSatisfy { instance in
      cluster.nodes[place.node].devices.indices.contains(instance.device)
        && cluster.deviceSlices[start + instance.device] & instance.slices == 0
    }
    guard areFree,
      NodeFilter.current(withoutDevices, on: place.node, devices: .empty, of: cluster).isEmpty
    else {
      throw SnapshotError(
        "it cannot run on node \(cluster.nodes[place.node].name) beside the others",
        path: "job \(job), task \(place.task)")
    }
    return Placement(node: place.node, gpu: .instances(place.instances))
  }

  // MARK: Quotas

  private func quotas(
    _ placements: [Int: PlanMachine.Placement]
  ) throws(SnapshotError) -> QuotaTree {
    var queues = snapshot.queues
    if queues.isEmpty {
      queues = [
        QueueSettings(
          name: "default", nominal: columns.map { _ in QuotaTree.quantityLimit },
          within: snapshot.policy.preemptsWithoutQueues ? .lower : .never)
      ]
    }
    do {
      return try QuotaTree(
        columns: columns.map(\.quotaColumn), queues: queues,
        capacity: snapshot.queues.isEmpty ? nil : capacity(placements))
    } catch {
      throw SnapshotError("\(error)", path: "queues")
    }
  }

  /// What the queues can have together: what the ready nodes have, and what runs on the others.
  private func capacity(_ placements: [Int: PlanMachine.Placement]) -> [Int64]? {
    guard snapshot.sharesCluster, let nodes = snapshot.nodes else { return nil }
    var capacity = columns.map { column in
      nodes.filter(\.state.takesTasks).reduce(Int64(0)) { $0.addingSaturated(column.amount($1)) }
    }
    for share in snapshot.withheld where nodes[share.node].state.takesTasks {
      let model = nodes[share.node].devices[share.device].model
      for (index, column) in columns.enumerated() {
        guard case .gpu(let counted) = column.kind, counted == nil || counted == model else {
          continue
        }
        capacity[index] -= Int64(share.milli)
      }
    }
    for placement in placements.values {
      for (task, place) in zip(placement.tasks, placement.places)
      where !nodes[place.node].state.takesTasks {
        for index in capacity.indices {
          capacity[index] = capacity[index].addingSaturated(task.amounts[index])
        }
      }
    }
    // A queue that something is not limited for owns that beside the cluster, so that it takes nothing from the others' shares.
    for index in capacity.indices {
      for queue in snapshot.queues where queue.nominal[index] == QuotaTree.quantityLimit {
        capacity[index] = capacity[index].addingSaturated(QuotaTree.quantityLimit)
      }
    }
    return capacity
  }
}
