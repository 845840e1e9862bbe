import Model

/// What came of looking for jobs that make room.
enum VictimSearch {
  case found([(job: Int, reason: PreemptionReason)], PlanMachine.Placement, by: Instant)
  /// Why there are none, for people.
  case none([String])
}

extension Planner {
  /// Looks for running jobs that the unit may make stop, by the rules of its queue and by places.
  mutating func searchVictims(for unit: PlanUnit) -> VictimSearch {
    guard snapshot.policy.isPreemptionEnabled, !running.isEmpty else { return .none([]) }
    guard let queue = unit.queue else {
      return .none(["a gang over several queues makes nobody stop"])
    }
    let rules = state.promised.quota.queues[queue]
    guard rules.within != .never || rules.reclaim != .never else { return .none([]) }
    var obstacles: [String] = []
    let memory = memory(for: unit)
    for tasks in unit.request.variants {
      let request = PlanMachine.Request(
        number: unit.request.number, variants: [tasks],
        minimumTasks: unit.request.minimumTasks)
      let needed = tasks.prefix(unit.request.minimumTasks)
      let preemptor = preemptor(unit, queue, PlanMachine.sum(needed, columns: jobs.columns.count))
      let limits = snapshot.policy.preemption
      let by = now + limits.grace
      let outcome = PreemptionSearch.search(
        for: preemptor, running: running, in: state.promised.quota, memory: memory,
        at: now, limits: limits,
        fits: { victims in
          state.placement(
            request, estimate: unit.estimate, without: placements(of: victims), by: by) != nil
        })
      if case .victims(let preemption) = outcome {
        let victims = preemption.victims
        if let placement = state.placement(
          request, estimate: unit.estimate, without: placements(of: victims.map(\.index)), by: by)
        {
          return .found(victims.map { ($0.number.value, $0.reason) }, placement, by: by)
        }
      }
      if obstacles.isEmpty { obstacles = outcome.reasons(in: state.promised.quota, preemptor) }
    }
    return .none(obstacles)
  }

  private func preemptor(_ unit: PlanUnit, _ queue: Int, _ amounts: [Int64]) -> Preemptor {
    // A gang is as urgent as the least of its members, and as old as the youngest.
    return Preemptor(
      number: JobNumber(unit.jobs[0]), queue: queue,
      priority: unit.jobs.map { jobs.priorities[$0] }.min() ?? 0,
      created: unit.jobs.map { jobs.jobs[$0].created }.max() ?? now, amounts: amounts)
  }

  /// Who preempted whom, with all that preempted a gang's members noted for its first.
  private func memory(for unit: PlanUnit) -> PreemptionMemory {
    var memory = preemptions
    for job in unit.jobs.dropFirst() {
      for preemptor in memory.preemptors(of: JobNumber(job))
      where preemptor.value != unit.jobs[0] {
        memory.record(preemptor, preempted: JobNumber(unit.jobs[0]))
      }
    }
    return memory
  }

  private func placements(of indexes: [Int]) -> [PlanMachine.Placement] {
    indexes.compactMap { placements[running[$0].number.value] }
  }

  /// Tells jobs to stop and keeps what they leave.
  mutating func evict(
    _ victims: [(job: Int, reason: PreemptionReason)], for index: Int,
    _ placement: PlanMachine.Placement, by: Instant
  ) {
    let unit = units[index]
    let tree = state.promised.quota
    for (job, reason) in victims {
      plan.evictions.append(
        Plan.Eviction(
          job: jobs.jobs[job].name, preemptor: jobs.jobs[unit.jobs[0]].name,
          reason: text(reason, victim: job, unit, tree), deadline: by))
    }
    let stopped = Set(victims.map(\.job))
    running.removeAll { stopped.contains($0.number.value) }
    state.makeRoom(
      victims.compactMap { placements[$0.job] }, by: by, for: placement, estimate: unit.estimate)
    // What the victims would have held later is there for others then.
    refusals.forgetSpans()
    order?.started(placement)
    keepReservation(of: index, placement, at: by)
    let count = victims.count == 1 ? "1 job that makes" : "\(victims.count) jobs that make"
    isAnyAhead = true
    waiting.append(
      WaitingUnit(
        unit: index, reasons: ["waits for \(count) room for it"], remedies: [],
        expectedStart: by, mayStart: true))
  }

  mutating func keepReservation(
    of index: Int, _ placement: PlanMachine.Placement, at start: Instant
  ) {
    for job in units[index].jobs {
      plan.reservations.append(
        Plan.Reservation(
          job: jobs.jobs[job].name, start: start, nodes: nodeNames(placement)))
    }
  }

  private func text(
    _ reason: PreemptionReason, victim: Int, _ unit: PlanUnit, _ tree: QuotaTree
  ) -> String {
    let job = jobs.jobs[unit.jobs[0]]
    let own = tree.queues[job.queue].name
    let other = tree.queues[jobs.jobs[victim].queue].name
    let priority = unit.jobs.map { jobs.priorities[$0] }.min() ?? 0
    switch reason {
    case .lowerPriority:
      return "its priority \(jobs.priorities[victim]) is below the \(priority) of \(job.name)"
    case .newer:
      return "it was created after \(job.name), whose priority \(priority) is not lower"
    case .reclaimed(let column, let borrowed):
      let amount = jobs.columns[column]
      return "queue \(other) holds \(amount.text(borrowed)) \(amount.name) above its quota, and "
        + "queue \(own) takes back what is within its own"
    case .fairShare(let rule, let preemptor, let victim):
      let when =
        switch rule {
        case .lessThanOrEqualToFinalShare: "even without this job"
        case .lessThanInitialShare: "with this job"
        }
      return "queue \(own) borrows a share of \(share(preemptor)) with \(job.name), and the side "
        + "of queue \(other) borrows \(share(victim)) \(when)"
    }
  }

  private func share(_ share: DominantShare) -> String {
    guard !share.isUnbounded else { return "any size (its weight is 0)" }
    return FixedDecimal.text(Int64((min(share.value, 1e9) * 1000).rounded()), places: 3)
  }
}
