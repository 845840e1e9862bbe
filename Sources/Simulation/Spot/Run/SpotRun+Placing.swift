import Model
import Scheduling

/// Where tasks go.
extension SpotRun {
  /// How many tasks are matched with instances without a task at once; later ones take what they
  /// find.
  static var matchingMax: Int { 256 }

  /// Places the tasks that were decided for: on instances without a task so that bringing their
  /// states costs least time in all, then on instances with room, then on new ones.
  mutating func place(at now: Int64) {
    let matched = idleMatches()
    for (index, placing) in placing.enumerated() {
      let instance =
        (index < matched.count ? matched[index] : nil) ?? roomyInstance(for: placing)
        ?? launch(for: placing, at: now)
      start(placing.task, on: instance, at: now)
    }
  }

  /// By place in ``placing`` an instance without a task: a matching of the least cost, in which a
  /// pair that does not fit is none.
  private func idleMatches() -> [Int?] {
    guard !idle.isEmpty, !placing.isEmpty else { return [] }
    let rows = placing.prefix(Self.matchingMax)
    let columns = idle.prefix(Self.matchingMax)
    return MinimumCostMatching.assign(rows: rows.count, columns: columns.count) { row, column in
      guard fits(rows[row], columns[column]) else { return nil }
      guard states[rows[row].task].kept > 0 else { return 0 }
      return SpotSettings.transferNanoseconds(
        megabytes: tasks[rows[row].task].stateMegabytes,
        gigabits: instances[columns[column]].gigabits)
    }.map { $0.map { columns[$0] } }
  }

  /// The first instance of the kind and zone that has room for one more task.
  private func roomyInstance(for placing: Placing) -> Int? {
    guard settings.tasksPerInstanceMax > 1 else { return nil }
    return open.first { fits(placing, $0) }
  }

  /// Whether an instance is what a task was decided to go on, and has the memory for it.
  func fits(_ placing: Placing, _ number: Int) -> Bool {
    let instance = instances[number]
    return instance.kind == placing.kind && instance.zone == placing.zone
      && instance.usedMegabytes + tasks[placing.task].stateMegabytes <= settings.memoryMegabytes
  }

  private mutating func launch(for placing: Placing, at now: Int64) -> Int {
    let number = instances.count
    var preemption: Int64?
    if placing.kind == .spot {
      let draw = draw(task: placing.task, launch: states[placing.task].spotLaunches)
      states[placing.task].spotLaunches += 1
      preemption = market.zones[placing.zone].preemption(of: now, draw: draw)
    }
    instances.append(
      SpotInstance(
        id: number, kind: placing.kind, zone: placing.zone, launch: now,
        gigabits: settings.bandwidthGigabits(instance: number), preemption: preemption))
    record.add(.instanceLaunch(instance: number, kind: placing.kind), at: now)
    if let preemption, preemption <= horizon {
      foreseen.add(.preemption(instance: number), at: Instant(nanoseconds: preemption))
    }
    if settings.tasksPerInstanceMax > 1 { open.append(number) }
    return number
  }

  /// Exponentially distributed with mean 1, by the task's own number and its attempt.
  private func draw(task: Int, launch: UInt64) -> Double {
    let id = UInt64(bitPattern: Int64(tasks[task].id))
    let word = SeededRandom(seed: draws.word(at: id)).word(at: launch)
    return -ExactMath.log(1 - word.asUnitInterval)
  }

  private mutating func start(_ task: Int, on number: Int, at now: Int64) {
    let instance = instances[number]
    var restore: Int64 = 0
    if states[task].kept > 0, let zone = states[task].zone {
      restore = SpotSettings.transferNanoseconds(
        megabytes: tasks[task].stateMegabytes, gigabits: instance.gigabits)
      record.addEgress(
        egress(of: task, from: zone, to: instance.zone), task: tasks[task].id,
        zone: instance.zone, at: now)
    }
    if instance.kind == .onDemand, states[task].preemptions > 0 { states[task].fellBack = true }
    states[task].phase = .running(instance: number)
    states[task].zone = instance.zone
    states[task].spanStart = now
    states[task].warm = now + settings.overheadNanoseconds + restore
    waitingCount -= 1
    instances[number].tasks.append(task)
    instances[number].usedMegabytes += tasks[task].stateMegabytes
    if let since = instance.idleSince {
      record.idleNanoseconds += now - since
      instances[number].idleSince = nil
      idle.removeAll { $0 == number }
      reopen(number)
    }
    let kept = states[task].kept
    begin(task, on: number, at: states[task].warm, WorkSegment.Progress(done: kept, saved: kept))
    for other in instances[number].tasks.dropLast() { rebase(other, at: now) }
    if instances[number].tasks.count >= settings.tasksPerInstanceMax {
      open.removeAll { $0 == number }
    }
  }

  /// Sets a task's work going from an instant on, and foresees its end.
  private mutating func begin(
    _ task: Int, on number: Int, at start: Int64, _ progress: WorkSegment.Progress
  ) {
    let gigabits = instances[number].gigabits
    let segment = WorkSegment(
      start: start, done: progress.done, saved: progress.saved,
      speedPermille: settings.speedPermille(tasks: instances[number].tasks.count),
      interval: settings.checkpointNanoseconds,
      write: SpotSettings.transferNanoseconds(
        megabytes: tasks[task].stateMegabytes, gigabits: gigabits))
    states[task].segment = segment
    states[task].version &+= 1
    let end = segment.end(total: tasks[task].workNanoseconds)
    guard end <= min(horizon, instances[number].preemption ?? .max) else { return }
    foreseen.add(
      .completion(task: task, version: states[task].version), at: Instant(nanoseconds: end))
  }

  /// Goes on with a task whose instance has got or lost another one: its speed changes.
  mutating func rebase(_ task: Int, at now: Int64) {
    guard settings.slowdown > 0, case .running(let number) = states[task].phase else { return }
    let progress = states[task].segment.progress(at: now)
    begin(task, on: number, at: max(now, states[task].warm), progress)
  }
}
