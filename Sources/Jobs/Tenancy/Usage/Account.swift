package import Model

/// What a scope uses: held now, counted today, accrued and reserved.
package struct Account: Hashable, Sendable {
  package internal(set) var held = Holdings.zero
  /// Thousandths of GPUs by type, where that is not 0.
  package internal(set) var gpusByType: [Text: Int64] = [:]
  package internal(set) var jobs: Int64 = 0
  /// The first instant of the day on which ``admittedOnDay`` jobs were admitted.
  var day: Instant
  var admittedOnDay: Int64 = 0
  /// What accrues now, and what accrued up to the last change of it.
  package internal(set) var flow = Flow.zero
  var accrued: WindowSums
  /// What attempts that are over accrued; the rest of ``accrued`` is of attempts that run.
  var settled: WindowSums
  /// What admitted jobs may accrue yet, from the start of the attempt that runs.
  package internal(set) var reserved = WindowValues.zero

  /// More than a million each second of a day.
  static let admittedOnDayMax: Int64 = 1 << 40

  package init(at now: Instant) {
    day = UTCWindow.day.start(of: now)
    accrued = WindowSums(until: now)
    settled = WindowSums(until: now)
  }

  // MARK: Questions

  /// What accrued in the window that holds `now`, exactly.
  package func accrued(in window: UTCWindow, at now: Instant) -> Consumption {
    var sums = accrued
    sums.advance(to: now, flow, since: sums.until)
    return sums.values[window]
  }

  /// What is taken in the window that holds `now`: what attempts that are over accrued and what admitted jobs may
  /// yet, or what accrued in fact, whichever is more of each.
  ///
  /// An attempt that began before the window counts with all that was reserved for it: rather too much than too little.
  package func taken(in window: UTCWindow, at now: Instant) -> Consumption {
    var sums = settled
    sums.advance(to: now, .zero, since: now)
    let planned = sums.values[window] + reserved[window]
    let fact = accrued(in: window, at: now)
    return Consumption(
      jobTime: max(planned.jobTime, fact.jobTime), gpuTime: max(planned.gpuTime, fact.gpuTime),
      cost: max(planned.cost, fact.cost))
  }

  package func admitted(onDayOf now: Instant) -> Int64 {
    UTCWindow.day.start(of: now) == day ? admittedOnDay : 0
  }

  // MARK: Changes

  /// Counts a job that is admitted.
  mutating func count(at now: Instant) {
    admittedOnDay = min(admitted(onDayOf: now) + 1, Account.admittedOnDayMax)
    day = UTCWindow.day.start(of: now)
  }

  /// Takes on what follows from a job, running or not.
  mutating func charge(_ charge: Charge) {
    held += charge.holdings
    jobs += 1
    reserved += charge.reserved
    if let type = charge.gpuType { add(charge.holdings.gpuThousandths, ofType: type) }
    if let run = charge.run { start(charge, run) }
  }

  mutating func start(_ charge: Charge, _ run: Charge.Run, at now: Instant) {
    accrued.advance(to: now, flow, since: accrued.until)
    start(charge, run)
  }

  private mutating func start(_ charge: Charge, _ run: Charge.Run) {
    flow += charge.flow
    if let type = run.placedGPUType { add(charge.holdings.gpuThousandths, ofType: type) }
  }

  /// - Parameters:
  ///   - charge: with the run that ends.
  ///   - after: the same job, without it.
  mutating func stop(_ charge: Charge, _ run: Charge.Run, after: Charge, at now: Instant) {
    accrued.advance(to: now, flow, since: accrued.until)
    flow -= charge.flow
    settled.advance(to: now, charge.flow, since: run.since)
    reserved -= charge.reserved
    reserved += after.reserved
    if let type = run.placedGPUType { add(-charge.holdings.gpuThousandths, ofType: type) }
  }

  mutating func giveBack(_ charge: Charge) {
    held -= charge.holdings
    if let type = charge.gpuType { add(-charge.holdings.gpuThousandths, ofType: type) }
    jobs -= 1
    reserved -= charge.reserved
  }

  private mutating func add(_ thousandths: Int64, ofType type: Text) {
    let sum = gpusByType[type, default: 0] + thousandths
    gpusByType[type] = sum == 0 ? nil : sum
  }
}
