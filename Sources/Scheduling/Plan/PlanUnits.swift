import Model

/// Makes units of the pending jobs and finds what holds them.
struct PlanUnits {
  let snapshot: Snapshot
  let jobs: PlanJobs
  let now: Instant

  /// All pending jobs, each in one unit, by the number of the first.
  func units() -> [PlanUnit] {
    var gangs: [String: [Int]] = [:]
    var units: [[Int]] = []
    for (number, job) in jobs.jobs.enumerated() where job.run == nil {
      if let gang = job.gang, snapshot.policy.isGangEnabled {
        gangs[gang, default: []].append(number)
      } else {
        units.append([number])
      }
    }
    units += gangs.values
    units.sort { $0[0] < $1[0] }
    var kinds = PlanKinds()
    return units.map { numbers in
      var unit = unit(numbers)
      unit.kind = kinds.kind(of: unit.request)
      return unit
    }
  }

  func unit(_ numbers: [Int]) -> PlanUnit {
    var variants = jobs.variants(of: numbers[0])
    for number in numbers.dropFirst() {
      let others = jobs.variants(of: number)
      variants = variants.flatMap { first in others.map { first + $0 } }
      variants = Array(variants.prefix(Self.variantsMax))
    }
    let minimum =
      numbers.count == 1 ? jobs.jobs[numbers[0]].minimumTasks : variants[0].count
    var unit = PlanUnit(
      jobs: numbers,
      request: PlanMachine.Request(
        number: numbers[0], variants: variants, minimumTasks: minimum),
      estimate: numbers.map { jobs.estimates[$0] }.max() ?? .seconds(1), obstacles: [],
      remedies: [])
    for number in numbers { findObstacles(of: number, in: &unit) }
    findHours(of: &unit)
    findDeadlines(of: &unit)
    findGangObstacles(of: &unit)
    return unit
  }

  /// Ways to run one gang that are tried: its members' models multiply.
  private static let variantsMax = 64

  // MARK: Obstacles

  private func findObstacles(of number: Int, in unit: inout PlanUnit) {
    let job = jobs.jobs[number]
    let name = unit.jobs.count > 1 ? "job \(job.name): " : ""
    if let hold = job.hold {
      unit.obstacles.append(name + hold)
      unit.remedies.append("releasing \(job.name)")
    }
    if snapshot.queueHolds.indices.contains(job.queue),
      let hold = snapshot.queueHolds[job.queue]
    {
      unit.obstacles.append("\(name)queue \(snapshot.queues[job.queue].name) is \(hold)")
      unit.remedies.append("resuming queue \(snapshot.queues[job.queue].name)")
    }
    if let start = job.notBefore, start > now {
      let wait = FixedDecimal.text((start - now).nanoseconds, places: 9)
      unit.obstacles.append("\(name)it is not to start for another \(wait) s")
    }
    findPast(of: number, name, in: &unit)
    findDependencies(of: number, name, in: &unit)
  }

  /// A unit runs within the hours of all its jobs.
  private func findHours(of unit: inout PlanUnit) {
    for number in unit.jobs {
      guard let hours = PlanCalendar.hours(of: jobs.jobs[number], snapshot) else { continue }
      unit.hours = unit.hours.map { $0.intersection(hours) } ?? hours
    }
    guard let hours = unit.hours else { return }
    unit.hoursNeeded =
      unit.jobs.map { PlanCalendar.hoursNeeded(by: jobs.jobs[$0], snapshot) }.max() ?? .zero
    let earliest = unit.jobs.map { jobs.earliestStart(of: $0, at: now) }.max() ?? now
    guard earliest < .distantFuture,
      let start = hours.earliestStart(of: unit.hoursNeeded, from: earliest)
    else {
      unit.obstacles.append("its active hours are never as long as it may run")
      return
    }
    guard start > now else { return }
    let wait = FixedDecimal.text((start - now).nanoseconds, places: 9)
    unit.obstacles.append("its active hours have room for it in \(wait) s")
  }

  /// Of a unit that waits already: whether it will be late whatever happens.
  private func findDeadlines(of unit: inout PlanUnit) {
    guard !unit.obstacles.isEmpty else { return }
    for number in unit.jobs {
      let job = jobs.jobs[number]
      let start = jobs.earliestStart(of: number, at: now)
      guard let deadline = job.deadline, start < .distantFuture,
        start + jobs.estimates[number] > deadline
      else { continue }
      let late = FixedDecimal.text(
        (start + jobs.estimates[number] - deadline).nanoseconds, places: 9)
      unit.obstacles.append(
        "job \(job.name) would end \(late) s after its deadline at the earliest")
    }
  }

  private func findGangObstacles(of unit: inout PlanUnit) {
    guard snapshot.policy.isGangEnabled, let gang = jobs.jobs[unit.jobs[0]].gang else { return }
    let size = unit.jobs.compactMap { jobs.jobs[$0].gangSize }.max() ?? 0
    let running = jobs.jobs.count { $0.run != nil && $0.gang == gang }
    if unit.jobs.count + running < size {
      unit.obstacles.append(
        "gang \(gang): \(unit.jobs.count + running) of \(size) members are here")
    }
  }
}

/// Numbers of what units ask of places, from 0 on.
struct PlanKinds {
  private struct Key: Hashable {
    var task: TaskRequest
    var count: Int
  }

  private var numbers: [Key: Int] = [:]

  var count: Int { numbers.count }

  /// The same number for requests that fit the same places; nil for one that may fit into less and not into more.
  mutating func kind(of request: PlanMachine.Request) -> Int? {
    guard request.isSteady else { return nil }
    let key = Key(task: request.variants[0][0].request, count: request.minimumTasks)
    if let number = numbers[key] { return number }
    numbers[key] = numbers.count
    return numbers.count - 1
  }
}
