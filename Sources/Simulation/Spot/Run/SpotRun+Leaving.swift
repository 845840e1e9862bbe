import Model

/// How tasks and instances end.
extension SpotRun {
  mutating func complete(_ task: Int, at now: Int64) {
    record.add(.taskCompletion(task: tasks[task].id), at: now)
    endSpan(of: task, .completed, at: now)
    states[task].kept = tasks[task].workNanoseconds
    states[task].completion = now
    states[task].phase = .completed
    if let place = place(ofActive: task) { active.remove(at: place) }
  }

  /// Takes an instance away from its tasks, each of which keeps what its grace period can save.
  mutating func preempt(_ number: Int, at now: Int64) {
    record.add(.instancePreemption(instance: number), at: now)
    let instance = instances[number]
    for task in instance.tasks {
      // Tasks of one instance share its network while they are saved.
      let plan = GracePlan(
        stateMegabytes: instance.usedMegabytes, gigabits: instance.gigabits,
        windowNanoseconds: min(settings.graceNanoseconds, max(0, now - states[task].warm)))
      let progress = states[task].segment.progress(at: now - plan.saveNanoseconds)
      let kept = plan.kept(progress)
      record.noteGrace(plan, progress, kept: kept)
      states[task].preemptions += 1
      endSpan(of: task, .preempted, at: now)
      states[task].kept = kept
      states[task].phase = .waiting
      waitingCount += 1
      ask(task, at: now)
    }
    if instances[number].end == nil { terminate(number, at: now, isTold: false) }
  }

  /// Takes a task off its instance because the policy wants so; its work is kept.
  mutating func leave(_ task: Int, at now: Int64) {
    guard case .running = states[task].phase else { return }
    let progress = states[task].segment.progress(at: now)
    endSpan(of: task, .moved, at: now)
    states[task].kept = progress.done
    states[task].phase = .waiting
    waitingCount += 1
  }

  /// Ends a task's stay on its instance, and the instance where it was the last one and none other
  /// is waited for.
  private mutating func endSpan(of task: Int, _ end: SpotSpan.End, at now: Int64) {
    guard case .running(let number) = states[task].phase else { return }
    states[task].version &+= 1
    record.add(
      SpotSpan(
        task: tasks[task].id, instance: number, kind: instances[number].kind,
        zone: instances[number].zone, startNanoseconds: states[task].spanStart,
        warmNanoseconds: min(states[task].warm, now), endNanoseconds: now, end: end))
    instances[number].tasks.removeAll { $0 == task }
    instances[number].usedMegabytes = instances[number].tasks.reduce(0) {
      $0 + tasks[$1].stateMegabytes
    }
    if end == .preempted || end == .horizon {
      if instances[number].tasks.isEmpty { terminate(number, at: now, isTold: end == .horizon) }
      return
    }
    guard instances[number].tasks.isEmpty else {
      for other in instances[number].tasks { rebase(other, at: now) }
      reopen(number)
      return
    }
    guard settings.idleNanoseconds > 0, now < horizon else {
      terminate(number, at: now)
      return
    }
    instances[number].idleSince = now
    idle.append(number)
    open.removeAll { $0 == number }
    foreseen.add(
      .idleEnd(instance: number, since: now),
      at: Instant(nanoseconds: now) + .nanoseconds(settings.idleNanoseconds))
  }

  /// Notes that an instance has room again, in the order of the numbers.
  mutating func reopen(_ number: Int) {
    guard settings.tasksPerInstanceMax > 1, !open.contains(number) else { return }
    open.insert(number, at: open.firstIndex { $0 > number } ?? open.count)
  }

  /// Ends an instance and writes its bill.
  mutating func terminate(_ number: Int, at now: Int64, isTold: Bool = true) {
    let instance = instances[number]
    instances[number].end = now
    if let since = instance.idleSince { record.idleNanoseconds += now - since }
    instances[number].idleSince = nil
    open.removeAll { $0 == number }
    idle.removeAll { $0 == number }
    let billed = settings.billing.billedNanoseconds(
      now - instance.launch, stepNanoseconds: market.stepNanoseconds)
    record.ledger.add(
      LedgerEntry(
        subject: .instance(id: number, kind: instance.kind), zone: instance.zone,
        startNanoseconds: instance.launch, endNanoseconds: instance.launch + billed,
        charge: market.zones[instance.zone].charge(
          instance.kind, from: instance.launch, to: instance.launch + billed)))
    if isTold { record.add(.instanceTermination(instance: number), at: now) }
  }

  /// Ends what still runs at the horizon; it is paid for, and its tasks count as unfinished.
  mutating func close() {
    for task in active {
      guard case .running = states[task].phase else { continue }
      let progress = states[task].segment.progress(at: horizon)
      endSpan(of: task, .horizon, at: horizon)
      states[task].kept = progress.done
      states[task].phase = .waiting
    }
    for instance in instances where instance.end == nil { terminate(instance.id, at: horizon) }
    for (task, state) in zip(tasks, states) {
      record.note(
        SpotRecord.Outcome(
          task: task, completionNanoseconds: state.completion, keptNanoseconds: state.kept,
          preemptions: state.preemptions, fellBack: state.fellBack))
    }
  }

  private func place(ofActive task: Int) -> Int? {
    var low = 0
    var high = active.count
    while low < high {
      let middle = (low + high) / 2
      if active[middle] < task { low = middle + 1 } else { high = middle }
    }
    return low < active.count && active[low] == task ? low : nil
  }
}
