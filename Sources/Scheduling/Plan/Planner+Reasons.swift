import Model

extension Planner {
  /// Why a unit could not start if it had everything to itself; nil where it could.
  mutating func impossibility(of index: Int) -> [String]? {
    let unit = units[index]
    return quotaImpossibility(unit) ?? placeImpossibility(unit, isSilent: isSilent(index))
  }

  /// Why a unit finds no places on the cluster with nothing running; nil where it does, or where it looks for company.
  private mutating func placeImpossibility(_ unit: PlanUnit, isSilent: Bool) -> [String]? {
    if refusals.isPossible(unit) { return nil }
    for tasks in unit.request.variants {
      guard !tasks.contains(where: { $0.request.looksAtTasks }) else { return nil }
      let found = idle.findPlaces(
        unit.request.number, tasks, minimumTasks: unit.request.minimumTasks)
      if found != nil {
        refusals.notePossible(unit)
        return nil
      }
    }
    let intro = "no node that is ready has room for it, even with nothing running"
    if isSilent { return [intro] }
    guard waiting.count < PlanLimits.explanations,
      let (missing, survey) = survey(unit, in: idle, version: nil)
    else { return [intro] }
    return [intro] + placeReasons(unit, missing, survey)
  }

  private func quotaImpossibility(_ unit: PlanUnit) -> [String]? {
    let tree = state.now.quota
    var reasons: [String] = []
    for tasks in unit.request.variants {
      var lacks = false
      let needed = tasks.prefix(unit.request.minimumTasks)
      for queue in Set(needed.map(\.queue)).sorted() {
        let amounts = PlanMachine.sum(
          needed.filter { $0.queue == queue }, columns: jobs.columns.count)
        for (column, amount) in amounts.enumerated()
        where amount > tree.ceiling(of: queue, column) {
          lacks = true
          let name = jobs.columns[column]
          reasons.append(
            "can never start: it asks \(name.text(amount)) \(name.name), and queue "
              + "\(tree.queues[queue].name) can hold at most "
              + name.text(tree.ceiling(of: queue, column)))
        }
      }
      if !lacks { return nil }
    }
    return reasons
  }

  /// Every reason why a unit does not start now, and what would let it start: the smallest changes that there are.
  mutating func explanation(
    of unit: PlanUnit, _ shortage: Shortage
  ) -> (reasons: [String], remedies: [String]) {
    var reasons = shortage.gaps.map { gap in
      let column = jobs.columns[gap.column]
      let tree = state.now.quota
      return "queue \(tree.queues[gap.queue].name) can take \(column.text(gap.available)) more "
        + "\(column.name) by quota, and it asks \(column.text(gap.asked))"
    }
    guard waiting.count < PlanLimits.explanations else { return (reasons, []) }
    guard let (missing, survey) = survey(unit, in: state.now, version: state.version) else {
      if reasons.isEmpty { reasons.append(delayed()) }
      return (reasons, remedies(for: unit, shortage, nil))
    }
    reasons += placeReasons(unit, missing, survey)
    return (reasons, remedies(for: unit, shortage, survey))
  }

  /// What stands against a task on all nodes, in counts.
  private func placeReasons(
    _ unit: PlanUnit, _ missing: PlanMachine.PlannedTask, _ survey: PlaceSurvey
  ) -> [String] {
    let count = unit.request.variants[0].count
    let job = unit.jobs.count > 1 ? "job \(jobs.jobs[missing.job].name): " : ""
    let task = unit.jobs.count == 1 && count > 1 ? "task \(missing.index) of \(count): " : ""
    return survey.counts.lines.map { job + task + $0 }
  }

  private func delayed() -> String {
    let reserved = plan.reservations.prefix(PlanLimits.namesAhead).map(\.job)
    if reserved.isEmpty || state.isHeld {
      return "a node that it needs is reserved, booked or in maintenance before it would end"
    }
    return "it would delay what is reserved for \(reserved.joined(separator: ", "))"
  }

  /// The first task of a unit that finds no place beside those before it, and a look at all nodes for it; nil where all do.
  ///
  /// - Parameter version: of the machine, which has the same answer for all units of a kind; nil where none is to be kept.
  private mutating func survey(
    _ unit: PlanUnit, in machine: PlanMachine, version: Int?
  ) -> (missing: PlanMachine.PlannedTask, survey: PlaceSurvey)? {
    guard let cluster = machine.places?.cluster else { return nil }
    let tasks = unit.request.variants[0]
    guard tasks.count == 1, let task = tasks.first else {
      let (placed, missing) = placesNow(unit, in: machine)
      guard let missing, let cluster = placed.places?.cluster else { return nil }
      return (missing, PlaceSurvey(missing.request, in: cluster))
    }
    let found =
      if let version, let kind = unit.kind {
        surveys.survey(of: kind, version: version) { PlaceSurvey(task.request, in: cluster) }
      } else {
        PlaceSurvey(task.request, in: cluster)
      }
    return found.counts.fitting == 0 ? (task, found) : nil
  }

  /// The tasks of the first way to run a unit, placed as far as they go, and the first that finds no place.
  private func placesNow(
    _ unit: PlanUnit, in machine: PlanMachine
  ) -> (PlanMachine, missing: PlanMachine.PlannedTask?) {
    var machine = machine
    var placed = 0
    for (index, task) in unit.request.variants[0].enumerated() {
      guard placed < unit.request.minimumTasks else { break }
      // A number of its own for each task: the trial is thrown away.
      let number = -1 - index
      guard let found = machine.placesOnly(number, [task], minimumTasks: 1) else {
        if unit.request.variants[0].count == unit.request.minimumTasks { return (machine, task) }
        continue
      }
      machine.occupyPlaces(found)
      placed += 1
    }
    let missing = placed < unit.request.minimumTasks ? unit.request.variants[0].last : nil
    return (machine, missing)
  }

  // MARK: What would help

  /// - Parameter survey: of the task that finds no place; nil where all do.
  private mutating func remedies(
    for unit: PlanUnit, _ shortage: Shortage, _ survey: PlaceSurvey?
  ) -> [String] {
    if shortage.isOfQuota {
      return shortage.gaps.map { gap in
        let column = jobs.columns[gap.column]
        return "\(column.text(gap.asked - gap.available)) \(column.name) less in use by queue "
          + "\(state.now.quota.queues[gap.queue].name) and those it borrows from, or asked"
      }
    }
    guard let survey else {
      guard let span = state.spanNow(unit.request), span > .zero else { return [] }
      return ["a time limit of at most \(FixedDecimal.text(span.nanoseconds, places: 9)) s"]
    }
    return survey.lack.map { [$0.text] } ?? []
  }

  // MARK: The end

  /// Puts the plan together: forecasts, shares, and what waits.
  mutating func finish() -> Plan {
    forecast()
    proposeMoves()
    addShares()
    var ahead: [String] = []
    for entry in waiting {
      for job in units[entry.unit].jobs {
        plan.waiting.append(
          Plan.Waiting(
            job: jobs.jobs[job].name, reasons: entry.reasons,
            ahead: Array(ahead.prefix(PlanLimits.namesAhead)), aheadCount: ahead.count,
            expectedStart: entry.expectedStart, remedies: entry.remedies))
      }
      ahead += units[entry.unit].jobs.map { jobs.jobs[$0].name }
    }
    return plan
  }

  /// Says of units without a reservation when they would start if all before them did as expected.
  private mutating func forecast() {
    let nodes = snapshot.nodes?.count ?? 0
    guard (state.runningCount + 1) * max(1, nodes) <= PlanLimits.forecastCells else { return }
    var left = PlanLimits.forecasts
    var earliest = now
    for index in waiting.indices where waiting[index].mayStart && left > 0 {
      if let start = waiting[index].expectedStart {
        earliest = max(earliest, start)
        continue
      }
      left -= 1
      let unit = units[waiting[index].unit]
      guard let found = state.earliest(unit.request, estimate: unit.estimate) else {
        waiting[index].reasons.append("it would not fit after all running jobs have ended either")
        continue
      }
      guard unit.mayStart(at: found.start) else {
        waiting[index].reasons.append("by the time it finds room its active hours lack room for it")
        continue
      }
      state.reserve(found.placement, at: found.start, estimate: unit.estimate)
      // Without backfill nobody starts before those ahead of it.
      let isInOrder = snapshot.policy.backfill.depth == .none
      waiting[index].expectedStart = isInOrder ? max(found.start, earliest) : found.start
      earliest = max(earliest, found.start)
    }
  }

  private mutating func addShares() {
    let tree = state.promised.quota
    if !snapshot.queues.isEmpty {
      var demand = tree.queues.map { _ in tree.columns.map { _ in Int64(0) } }
      for number in jobs.jobs.indices {
        for task in jobs.variants(of: number)[0] {
          for column in tree.columns.indices {
            demand[task.queue][column] = demand[task.queue][column].addingSaturated(
              task.amounts[column])
          }
        }
      }
      let shares = tree.fairShares(demand: demand)
      for (index, queue) in tree.queues.enumerated() where !queue.name.isEmpty {
        let share = tree.borrowedShare(of: index)
        let parent = tree.parents[index].map { tree.queues[$0].name } ?? ""
        plan.queueShares.append(
          Plan.QueueShare(
            queue: queue.name, parent: parent.isEmpty ? nil : parent, nominal: queue.nominal,
            fair: shares.fair[index], capped: shares.capped[index], held: held(index, tree),
            borrowedShare: share.isUnbounded ? nil : share.value))
      }
    }
    for (index, node) in snapshot.shareNodes.enumerated() where node.kind == .user {
      plan.userShares.append(
        Plan.UserShare(
          user: node.name, account: node.parent.map { snapshot.shareNodes[$0].name },
          usage: ranks.usage[index], factor: ranks.factors[index]))
    }
    plan.userShares.sort { $0.user < $1.user }
  }

  /// What a queue holds, or the members of a group together.
  private func held(_ node: Int, _ tree: QuotaTree) -> [Int64] {
    guard !tree.isLeaf(node) else {
      return tree.columns.indices.map { tree.held(by: node, $0) }
    }
    return tree.children[node].reduce(tree.columns.map { _ in Int64(0) }) { sum, child in
      zip(sum, held(child, tree)).map { $0.addingSaturated($1) }
    }
  }
}
